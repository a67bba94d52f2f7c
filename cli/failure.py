"""The message for a failure, whoever asked: one line, followed at most by a caret or a list of candidates."""

import errno

from cli.printable import visible
from cli.session import CommandError

_DEBUG = "`paperkb --debug ...` shows where"


def told(error: Exception) -> str:
    """The message of a user's mistake as it is; any other failure with what to do about it."""
    if isinstance(error, CommandError):
        return visible(str(error))
    if isinstance(error, OSError):
        hint = "make room and try again" if error.errno == errno.ENOSPC else _DEBUG
        return visible(f"{' '.join(reason(error).split())} - {hint}")
    what = f"{type(error).__name__}: {' '.join(str(error).split())}"
    damaged = type(error).__name__ in ("DatabaseError", "IntegrityError")  # by name, to avoid importing sqlite3
    return f"{visible(what)} - {'`paperkb index --rebuild` rebuilds the index' if damaged else _DEBUG}"


def reason(error: Exception) -> str:
    """Why something failed; for a refusal by the system, which file and why, without the error number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
