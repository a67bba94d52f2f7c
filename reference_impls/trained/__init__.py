"""Small trained models: an implementation, data that needs no download, a training loop and pictures."""
