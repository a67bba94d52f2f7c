"""Reading in several processes: each prepares every n-th chunk of the files, and this one takes them in order.

What one of them cannot do, this process does itself; so all ends the same, only later.
"""

import marshal
import os
from collections.abc import Generator, Sequence

from kb.model import Layer
from kb.typed import TYPE_CHECKING
from linker.rows import Rows

if TYPE_CHECKING:
    from kb.worker import Worker
    from linker.chunks import File

_FEWEST = 300
"""Files from which on it pays to start processes; where they are forked, it begins to pay at 200."""
_MOST_WORKERS = 4
"""More of them prepare rows faster than one process can write them."""
_AT_ONCE = 32
"""Files whose rows are in memory together."""


def read_all(
    root: str, layer: Layer, files: "Sequence[File]", *, is_fresh: bool
) -> "Generator[tuple[Sequence[File], Rows]]":
    """Read files chunk by chunk, in order; many of them in as many processes as may run at once."""
    chunks = [list(files[start : start + _AT_ONCE]) for start in range(0, len(files), _AT_ONCE)]
    workers: list[Worker[Rows]] = []
    try:
        if len(files) >= _FEWEST:
            import linker.chunks  # noqa: F401 - before they are forked, so that each has it
            from kb import worker
            from kb.processes import allowed

            count = min(allowed(), _MOST_WORKERS, len(chunks))
            jobs = ((root, layer, is_fresh, chunks[first::count]) for first in range(count))
            workers += (worker.Worker("linker.workers", job, _received) for job in jobs)
        for number, chunk in enumerate(chunks):
            rows = workers[number % len(workers)].next() if workers else None
            yield chunk, rows or _read(root, layer, chunk, is_fresh=is_fresh)
    finally:
        for each in workers:
            each.stop()


def _received(message: bytes) -> Rows:
    return Rows.of(marshal.loads(message))


def _read(root: str, layer: Layer, chunk: "list[File]", *, is_fresh: bool) -> Rows:
    from linker.chunks import read_rows  # what reads Markdown and YAML costs time to import: only where due

    return read_rows(root, layer, chunk, is_fresh=is_fresh)


def work(root: str, layer: Layer, is_fresh: bool, chunks: "list[list[File]]") -> None:
    """What such a process does."""
    from kb.processes import send

    with os.fdopen(os.dup(1), "wb") as pipe:
        os.dup2(2, 1)  # whatever else is printed is no message
        for chunk in chunks:
            rows = _read(root, layer, chunk, is_fresh=is_fresh)
            if is_fresh:
                rows.waiting, rows.texts = marshal.dumps(rows.texts), []
            send(pipe, marshal.dumps(rows.plain()))
