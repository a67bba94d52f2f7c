"""The page of a vault, live on this machine: it follows the notes as they are written."""
