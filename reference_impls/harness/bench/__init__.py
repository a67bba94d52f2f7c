"""Benchmarks of time and memory: protocol rb1."""
