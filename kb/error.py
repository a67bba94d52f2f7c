"""The base class of every failure that a program may want to catch."""


class Error(Exception):
    """A query, a setting or the index is at fault, not this program; the message says what to do."""
