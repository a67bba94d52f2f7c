"""Sparse networks: only a part of the network runs for each input."""
