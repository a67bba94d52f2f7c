"""Taking turns: a user's processes that share a folder do something one after another, with a pause in between."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

_NAME = "last-request"

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        while True:
            with suppress(PermissionError):  # it gives up after ten seconds
                return msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)


@contextmanager
def turn(folder: str, gap: float) -> Iterator[None]:
    """Wait until no other process has the turn and `gap` seconds have passed since the last turn ended.

    The file that is locked meanwhile records when that was. A process that dies releases the lock.

    Raises:
        OSError: the folder cannot be used.
    """
    with open(os.path.join(folder, _NAME), "a+", encoding="utf-8") as file:
        file.seek(0)  # so that all lock the same byte
        _lock(file)
        time.sleep(_left(file, gap))
        try:
            yield
        finally:
            file.truncate(0)
            file.write(f"{time.time()}\n")


def _left(file: IO[str], gap: float) -> float:
    """Seconds of the gap that are left; never more than the gap, even if a clock was set back."""
    try:
        ended = float(file.read(32))
    except ValueError:  # the first turn, or the file holds no time
        return 0.0
    return max(0.0, min(gap, ended + gap - time.time()))
