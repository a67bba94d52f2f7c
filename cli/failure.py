"""What is said of a failure, whoever asked: one line, and under it at most a caret or the several things meant."""

import errno

from cli.printable import visible
from cli.session import CommandError


def told(error: Exception) -> str:
    """A user's mistake in its own words; any other fault with its kind and what to do."""
    if isinstance(error, CommandError):
        return visible(str(error))
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"nothing more can be written: {error.strerror} - make room and try again"
    what = f"{type(error).__name__}: {' '.join(str(error).split())}"
    damaged = type(error).__name__ in ("DatabaseError", "IntegrityError")  # by name: no import of sqlite3 for it
    hint = "`paperkb index --rebuild` makes the index anew" if damaged else "`paperkb --debug ...` shows where"
    return f"{visible(what)} - {hint}"
