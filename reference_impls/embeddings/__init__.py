"""Words as vectors, learned from the company they keep."""
