"""Networks on graphs: nodes learn from their neighbors."""
