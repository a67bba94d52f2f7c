"""Benchmarks and their committed records."""
