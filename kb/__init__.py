"""What notes say: reading it, storing it, and querying it."""
