"""How fast, and how much memory: protocol rb1."""
