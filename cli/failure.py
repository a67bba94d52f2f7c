"""What is said of a failure, whoever asked: one line, and under it at most a caret or the several things meant."""

import errno

from cli.printable import visible
from cli.session import CommandError

_DEBUG = "`paperkb --debug ...` shows where"


def told(error: Exception) -> str:
    """A user's mistake in its own words; any other fault with what to do."""
    if isinstance(error, CommandError):
        return visible(str(error))
    if isinstance(error, OSError):
        hint = "make room and try again" if error.errno == errno.ENOSPC else _DEBUG
        return visible(f"{' '.join(reason(error).split())} - {hint}")
    what = f"{type(error).__name__}: {' '.join(str(error).split())}"
    damaged = type(error).__name__ in ("DatabaseError", "IntegrityError")  # by name: no import of sqlite3 for it
    return f"{visible(what)} - {'`paperkb index --rebuild` makes the index anew' if damaged else _DEBUG}"


def reason(error: Exception) -> str:
    """Why something failed; of what the system refused, which file and why, without its numbers."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
