"""Read files in several processes: each prepares every n-th chunk, and this process takes the chunks in order.

If a process fails, this one does its work itself, with the same result, only later.
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
"""From this many files on, starting processes pays off; if they are forked, from 200."""
_MOST_WORKERS = 4
"""More workers would prepare rows faster than one process can write them."""
_AT_ONCE = 32
"""Files in a chunk, whose rows are in memory together."""


def read_all(
    root: str, layer: Layer, files: "Sequence[File]", *, is_fresh: bool
) -> "Generator[tuple[Sequence[File], Rows]]":
    """Read files chunk by chunk, in order; if there are many, in as many processes as may run at once."""
    chunks = [list(files[start : start + _AT_ONCE]) for start in range(0, len(files), _AT_ONCE)]
    workers: list[Worker[Rows]] = []
    try:
        if len(files) >= _FEWEST:
            import linker.chunks  # noqa: F401 - before forking, so that each process has it
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
    from linker.chunks import read_rows  # slow to import, as it reads Markdown and YAML: only when needed

    return read_rows(root, layer, chunk, is_fresh=is_fresh)


def work(root: str, layer: Layer, is_fresh: bool, chunks: "list[list[File]]") -> None:
    """The work of such a process."""
    from kb.processes import send

    with os.fdopen(os.dup(1), "wb") as pipe:
        os.dup2(2, 1)  # so that other output is not taken for a message
        for chunk in chunks:
            rows = _read(root, layer, chunk, is_fresh=is_fresh)
            if is_fresh:
                rows.waiting, rows.texts = marshal.dumps(rows.texts), []
            send(pipe, marshal.dumps(rows.plain()))
