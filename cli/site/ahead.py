"""Drawing in several processes, while this one writes the pages around the drawings.

Whatever one of them cannot draw, this process draws itself: the result is the same, only later.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cli.site.draw import Draw, Drawing, draw
from kb.processes import allowed, send
from kb.typed import Any
from kb.worker import Worker

_FEWEST = 100
"""The number of drawings that makes starting processes worthwhile."""
_MOST_WORKERS = 4
"""More of them would draw faster than one process writes pages."""


@contextmanager
def drawn_ahead(drawings: Sequence[Drawing]) -> Iterator[Draw]:
    """A function that returns these drawings, made ahead if requested in order; any other is drawn on request."""
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
    """The work of such a process."""
    with os.fdopen(os.dup(1), "wb") as pipe:
        os.dup2(2, 1)  # whatever else is printed is not a drawing
        for plain in drawings:
            send(pipe, draw(Drawing.of(*plain)).encode())
