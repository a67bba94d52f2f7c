"""Nonlinear functions between linear maps, which would otherwise collapse into one."""
