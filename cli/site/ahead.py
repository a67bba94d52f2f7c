"""Drawing in several processes, while this one writes the pages around the drawings.

What one of them cannot do, this process does itself; so all ends the same, only later.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cli.site.draw import Draw, Drawing, draw
from kb.processes import Process, allowed, send
from kb.typed import Any

_FEWEST = 100
"""Drawings from which on it pays to start processes."""
_MOST_WORKERS = 4
"""More of them draw faster than one process writes pages."""


@contextmanager
def drawn_ahead(drawings: Sequence[Drawing]) -> Iterator[Draw]:
    """What draws these, if it is asked for one after the other; any other is drawn when it is asked for."""
    count = min(allowed(), _MOST_WORKERS) if len(drawings) >= _FEWEST else 0
    workers: list[_Worker] = []
    try:
        workers += (_Worker(drawings[first::count]) for first in range(count))
        turns = [(drawing, workers[n % count]) for n, drawing in enumerate(drawings)][::-1] if workers else []

        def drawn(drawing: Drawing) -> str:
            found = turns.pop()[1].next() if turns and turns[-1][0] == drawing else None
            return found or draw(drawing)

        yield drawn
    finally:
        for worker in workers:
            worker.stop()


class _Worker:
    """Another process that draws; from its first failure on it gives nothing."""

    def __init__(self, drawings: Sequence[Drawing]) -> None:
        try:
            plain = [drawing.plain() for drawing in drawings]
            self.process: Process | None = Process("cli.site.ahead", (plain,))
        except OSError:
            self.process = None

    def next(self) -> str | None:
        """Its next drawing."""
        if self.process:
            try:
                return self.process.receive().decode()
            except Exception:  # whatever else it sent is no drawing
                self.stop()
        return None

    def stop(self) -> None:
        if self.process:
            self.process.stop()
            self.process = None


def work(drawings: list[tuple[Any, ...]]) -> None:
    """What such a process does."""
    with os.fdopen(os.dup(1), "wb") as pipe:
        os.dup2(2, 1)  # whatever else is printed is no drawing
        for plain in drawings:
            send(pipe, draw(Drawing.of(*plain)).encode())
