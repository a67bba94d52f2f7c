"""Keeping activations at a scale at which networks learn."""
