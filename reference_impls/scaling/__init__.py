"""Scaling: for each mechanism whose purpose is a better growth of cost, the measured growth next to its paper's."""
