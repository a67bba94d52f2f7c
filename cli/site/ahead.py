"""Drawing in several processes, while this one writes the pages around the drawings.

What one of them cannot do, this process does itself; so all ends the same, only later.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cli.site.draw import Draw, Drawing, draw
from kb.processes import allowed, send
from kb.typed import Any
from kb.worker import Worker

_FEWEST = 100
"""Drawings from which on it pays to start processes."""
_MOST_WORKERS = 4
"""More of them draw faster than one process writes pages."""


@contextmanager
def drawn_ahead(drawings: Sequence[Drawing]) -> Iterator[Draw]:
    """What draws these, if it is asked for one after the other; any other is drawn when it is asked for."""
    count = min(allowed(), _MOST_WORKERS) if len(drawings) >= _FEWEST else 0
    workers: list[Worker[str]] = []
    try:
        jobs = ([drawing.plain() for drawing in drawings[first::count]] for first in range(count))
        workers += (Worker("cli.site.ahead", (job,), bytes.decode) for job in jobs)
        turns = [(drawing, workers[n % count]) for n, drawing in enumerate(drawings)][::-1] if workers else []

        def drawn(drawing: Drawing) -> str:
            found = turns.pop()[1].next() if turns and turns[-1][0] == drawing else None
            return found or draw(drawing)

        yield drawn
    finally:
        for worker in workers:
            worker.stop()


def work(drawings: list[tuple[Any, ...]]) -> None:
    """What such a process does."""
    with os.fdopen(os.dup(1), "wb") as pipe:
        os.dup2(2, 1)  # whatever else is printed is no drawing
        for plain in drawings:
            send(pipe, draw(Drawing.of(*plain)).encode())
