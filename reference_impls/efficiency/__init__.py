"""Training in less memory or time, with the same results."""
