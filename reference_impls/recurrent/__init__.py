"""Recurrence: one set of weights, used at every step in time."""
