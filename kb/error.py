"""What every failure that a program may want to catch has in common."""


class Error(Exception):
    """A question, a setting or the index is at fault, not this program; the message says what to do."""
