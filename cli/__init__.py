"""The `paperkb` command: it parses, calls and shows."""
