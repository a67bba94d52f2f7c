"""Experiments: questions that no single paper settles, with equal conditions for every arm."""
