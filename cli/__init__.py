"""The `paperkb` command: parse, call, show."""
