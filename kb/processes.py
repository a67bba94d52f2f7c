"""Other processes of ours.

They are forked where that is safe, on Linux and from a process of one thread: it takes them two milliseconds to begin.
Elsewhere they are started anew, which takes Python and our modules eighty: who called us may have no guard around its
main.
"""

import contextlib
import marshal
import os
import signal
import sys
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess

_START = """
import marshal, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.path[:] = marshal.load(sys.stdin.buffer)
from {module} import work
work(*marshal.load(sys.stdin.buffer))
"""
"""Ctrl-C is for the one who started it, who then stops it: here, and where it is forked."""
_SIZE = 8
"""Bytes that tell how long a message is."""
_ROOM = 1 << 20
"""Bytes of messages that may wait in a pipe; `Popen(pipesize=...)` starts nothing at all where that is too many."""

_OF_AN_END = getattr(signal, "SIGCHLD", None)
"""The signal that a process ended; where it is ignored, the system forgets how."""


def allowed() -> int:
    """How many may run at once: 0 on one core, or where ours is no plain Python that could be started again."""
    if getattr(sys, "frozen", False) or "python" not in os.path.basename(sys.executable or "").lower():
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if cores > 1 else 0


class Process:
    """Runs `work(*job)` of a module; job and messages hold what `marshal` can carry.

    Raises:
        OSError: it cannot be started, or how it ended could not be known.
    """

    def __init__(self, module: str, job: tuple[Any, ...]) -> None:
        if _OF_AN_END and signal.getsignal(_OF_AN_END) == signal.SIG_IGN:  # as who started us may have said
            raise ChildProcessError
        theirs_to_read, ours_to_write = os.pipe()
        ours_to_read, theirs_to_write = os.pipe()
        self.input, self.output = os.fdopen(ours_to_write, "wb"), os.fdopen(ours_to_read, "rb", buffering=1 << 16)
        _widen(self.input)
        _widen(self.output)
        may_fork = _has_one_thread()
        begin = _Forked if may_fork else _started
        self._process: _Forked | subprocess.Popen[bytes] | None = None
        try:
            self._process = begin(module, job, theirs_to_read, theirs_to_write)
            if not may_fork:
                places = [place for place in sys.path if isinstance(place, str)]  # Python itself passes over any other
                self.input.write(marshal.dumps(places) + marshal.dumps(job))
                self.input.flush()
        except OSError:
            self.stop()
            raise
        finally:
            os.close(theirs_to_read)
            os.close(theirs_to_write)

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
        self._close()
        return self._process is not None and self._process.wait() == 0

    def stop(self) -> None:
        """End it, whatever it does."""
        if self._process:
            self._process.kill()
        self.ended_well()

    def _close(self) -> None:
        for pipe in (self.input, self.output):
            with contextlib.suppress(OSError):  # what it was still to be told matters no more
                pipe.close()


class _Forked:
    """What `Popen` is to a process that is started anew."""

    def __init__(self, module: str, job: tuple[Any, ...], to_read: int, to_write: int) -> None:
        work = import_module(module).work  # before, so that all of them have it
        self.code: int | None = None
        self.pid = os.fork()
        if self.pid:
            return
        code = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            for number, place in enumerate((to_read, to_write, os.open(os.devnull, os.O_WRONLY))):
                os.dup2(place, number)
            for inherited in [int(name) for name in os.listdir("/proc/self/fd") if int(name) > 2]:
                with contextlib.suppress(OSError):  # the listing itself is over
                    os.close(inherited)
            sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
            work(*job)
            code = 0
        finally:
            os._exit(code)  # nothing of the one who forked it is closed, written or said twice

    def kill(self) -> None:
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Its exit code."""
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code


def _has_one_thread() -> bool:
    """What another thread holds at that moment, a forked process would wait for forever."""
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def _started(module: str, job: tuple[Any, ...], to_read: int, to_write: int) -> "subprocess.Popen[bytes]":
    """A process that is to be told the places of modules and its job."""
    import subprocess  # costs time to import: not where they are forked

    return subprocess.Popen(
        [sys.executable, "-P", "-c", _START.format(module=module)],  # -P: a `signal.py` lying here is not ours
        stdin=to_read,
        stdout=to_write,
        stderr=subprocess.DEVNULL,
        bufsize=1 << 16,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _widen(pipe: IO[bytes]) -> None:
    """Make room for messages that wait, as far as the system allows it to this user."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _ROOM)


def send(pipe: IO[bytes], message: bytes) -> None:
    """What `Process.receive` reads at the other end."""
    pipe.write(len(message).to_bytes(_SIZE, "big") + message)
    pipe.flush()
