"""A child process that works ahead for this one, which could do all of it itself."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from kb.processes import Process

Made = TypeVar("Made")


class Worker(Generic[Made]):
    """The results that `work(*job)` of a module sends; nothing more after its first failure.

    Args:
        read: turns a message into a result.
        may_fork: whether the process may be a fork, see `Process`.
    """

    def __init__(
        self, module: str, job: tuple[Any, ...], read: Callable[[bytes], Made], *, may_fork: bool = True
    ) -> None:
        self._read = read
        try:
            self._process: Process | None = Process(module, job, may_fork=may_fork)
        except OSError:
            self._process = None

    def next(self) -> Made | None:
        """The next result, or None after a failure."""
        if self._process:
            try:
                return self._read(self._process.receive())
            except Exception:  # anything else it sent is worthless
                self.stop()
        return None

    def stop(self) -> None:
        """Kill the child."""
        if self._process:
            self._process.stop()
            self._process = None
