"""Other processes of ours. Started anew, never forked: who called us may have threads, or no guard around its main."""

import contextlib
import marshal
import os
import sys
from typing import IO, Any

_START = """
import marshal, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.path[:] = marshal.load(sys.stdin.buffer)
from {module} import work
work(*marshal.load(sys.stdin.buffer))
"""
"""Ctrl-C is for the one who started it, who then stops it."""
_SIZE = 8
"""Bytes that tell how long a message is."""
_ROOM = 1 << 20
"""Bytes of messages that may wait in a pipe; `Popen(pipesize=...)` starts nothing at all where that is too many."""


def allowed() -> int:
    """How many may run at once: 0 on one core, or where ours is no plain Python that could be started again."""
    if getattr(sys, "frozen", False) or "python" not in os.path.basename(sys.executable or "").lower():
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if cores > 1 else 0


class Process:
    """Runs `work(*job)` of a module; job and messages hold what `marshal` can carry.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, module: str, job: tuple[Any, ...]) -> None:
        import subprocess  # costs time to import: not in the processes that are started

        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START.format(module=module)],  # -P: a `signal.py` lying here is not ours
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=1 << 16,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert self._process.stdin
        assert self._process.stdout
        self.input, self.output = self._process.stdin, self._process.stdout
        _widen(self.input)
        _widen(self.output)
        try:
            places = [place for place in sys.path if isinstance(place, str)]  # Python itself passes over any other
            self.input.write(marshal.dumps(places) + marshal.dumps(job))
            self.input.flush()
        except OSError:
            self.stop()
            raise

    def receive(self) -> bytes:
        """What it sends next.

        Raises:
            EOFError: it sent nothing more, or not all of it.
        """
        size = int.from_bytes(self.output.read(_SIZE), "big")
        message = self.output.read(size)
        if not size or len(message) < size:
            raise EOFError
        return message

    def ended_well(self) -> bool:
        """Wait for its end."""
        self._process.communicate()
        return self._process.returncode == 0

    def stop(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.communicate()


def _widen(pipe: IO[bytes]) -> None:
    """Make room for messages that wait, as far as the system allows it to this user."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _ROOM)


def send(pipe: IO[bytes], message: bytes) -> None:
    """What `Process.receive` reads at the other end."""
    pipe.write(len(message).to_bytes(_SIZE, "big") + message)
    pipe.flush()
