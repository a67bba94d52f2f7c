"""Another process that works ahead for this one, which can do all of it itself."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from kb.processes import Process

Made = TypeVar("Made")


class Worker(Generic[Made]):
    """Sends what `work(*job)` of a module makes; from its first failure on it gives nothing.

    Args:
        read: what a message of it means.
    """

    def __init__(self, module: str, job: tuple[Any, ...], read: Callable[[bytes], Made]) -> None:
        self._read = read
        try:
            self._process: Process | None = Process(module, job)
        except OSError:
            self._process = None

    def next(self) -> Made | None:
        """What it made next."""
        if self._process:
            try:
                return self._read(self._process.receive())
            except Exception:  # whatever else it sent means nothing
                self.stop()
        return None

    def stop(self) -> None:
        """End it, whatever it does."""
        if self._process:
            self._process.stop()
            self._process = None
