"""Fitting a trained network to a new task with few new parameters."""
