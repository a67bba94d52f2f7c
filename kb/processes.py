"""Child processes.

They are forked where that is safe, on Linux from a process with one thread: starting takes two milliseconds. Elsewhere
a new Python is started, which takes eighty with our modules. `multiprocessing` is not an option, as the calling
program may have no guard around its main.
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
"""A child ignores Ctrl-C, here and when forked: the parent handles it and stops the child."""
_SIZE = 8
"""Bytes of the length before each message."""
_ROOM = 1 << 20
"""Bytes of messages that may wait in a pipe. `Popen(pipesize=...)` would fail to start if the system allows fewer."""

_OF_AN_END = getattr(signal, "SIGCHLD", None)
"""The signal that a child has ended; if it is ignored, the system discards the exit status."""


def allowed() -> int:
    """How many may run at once: 0 on one core, or if this is not a plain Python that could be started again."""
    if getattr(sys, "frozen", False) or "python" not in os.path.basename(sys.executable or "").lower():
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if cores > 1 else 0


class Process:
    """A child that runs `work(*job)` of a module; the job and messages contain only what `marshal` supports.

    Args:
        may_fork: whether it may be a fork. SQLite must not open a file in a fork of a process that has it open.

    Raises:
        OSError: it cannot be started, or its exit status could not be known.
    """

    def __init__(self, module: str, job: tuple[Any, ...], *, may_fork: bool = True) -> None:
        if _OF_AN_END and signal.getsignal(_OF_AN_END) == signal.SIG_IGN:  # may be inherited from the parent
            raise ChildProcessError
        theirs_to_read, ours_to_write = os.pipe()
        ours_to_read, theirs_to_write = os.pipe()
        self.input, self.output = os.fdopen(ours_to_write, "wb"), os.fdopen(ours_to_read, "rb", buffering=1 << 16)
        _widen(self.input)
        _widen(self.output)
        may_fork = may_fork and _has_one_thread()
        begin = _Forked if may_fork else _started
        self._process: _Forked | subprocess.Popen[bytes] | None = None
        try:
            self._process = begin(module, job, theirs_to_read, theirs_to_write)
            if not may_fork:
                places = [place for place in sys.path if isinstance(place, str)]  # Python itself ignores anything else
                self.input.write(marshal.dumps(places) + marshal.dumps(job))
                self.input.flush()
        except OSError:
            self.stop()
            raise
        finally:
            os.close(theirs_to_read)
            os.close(theirs_to_write)

    def receive(self) -> bytes:
        """The next message from the child.

        Raises:
            EOFError: there is no further message, or it is incomplete.
        """
        size = int.from_bytes(self.output.read(_SIZE), "big")
        message = self.output.read(size)
        if not size or len(message) < size:
            raise EOFError
        return message

    def ended_well(self) -> bool:
        """Wait until the child ends; whether it succeeded."""
        self._close()
        return self._process is not None and self._process.wait() == 0

    def stop(self) -> None:
        """Kill the child."""
        if self._process:
            self._process.kill()
        self.ended_well()

    def _close(self) -> None:
        for pipe in (self.input, self.output):
            with contextlib.suppress(OSError):  # unsent data no longer matters
                pipe.close()


class _Forked:
    """The counterpart of `Popen` for a forked child."""

    def __init__(self, module: str, job: tuple[Any, ...], to_read: int, to_write: int) -> None:
        work = import_module(module).work  # before the fork, so that every child has it
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
                with contextlib.suppress(OSError):  # the descriptor of the listing itself
                    os.close(inherited)
            sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
            work(*job)
            code = 0
        finally:
            os._exit(code)  # nothing of the parent's is closed, flushed or printed twice

    def kill(self) -> None:
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for the child; its exit code."""
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code


def _has_one_thread() -> bool:
    """Whether this process has one thread; a forked child would wait forever for a lock held by another one."""
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def _started(module: str, job: tuple[Any, ...], to_read: int, to_write: int) -> "subprocess.Popen[bytes]":
    """A new Python that reads its module path and its job from stdin."""
    import subprocess  # slow to import, and not needed for a fork

    return subprocess.Popen(
        [sys.executable, "-P", "-c", _START.format(module=module)],  # -P: ignore a `signal.py` in the current folder
        stdin=to_read,
        stdout=to_write,
        stderr=subprocess.DEVNULL,
        bufsize=1 << 16,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _widen(pipe: IO[bytes]) -> None:
    """Enlarge the pipe for waiting messages, if the system allows it."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _ROOM)


def send(pipe: IO[bytes], message: bytes) -> None:
    """Send a message for `Process.receive` at the other end."""
    pipe.write(len(message).to_bytes(_SIZE, "big") + message)
    pipe.flush()
