"""How costs grow: for each mechanism whose point is growth, what is measured beside what its paper says."""
