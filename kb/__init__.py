"""What notes say: reading them, storing what they say, and asking for it."""
