"""Regularization: what keeps a network from memorizing its examples."""
