"""Self-supervised learning: parts of unlabeled data are hidden and predicted from the rest."""
