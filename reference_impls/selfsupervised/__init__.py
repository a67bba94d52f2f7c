"""Learning from unlabeled data: parts of it are hidden and told from the rest."""
