"""What keeps a network from learning its examples by heart."""
