"""Pages made in several processes, while this one takes them in order, compares them and writes them.

Each process reads the index itself. Whatever one of them does not make, this process makes: the result is the same,
only later.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from cli.site.pages import page
from cli.site.site import Site, Thing
from kb.index_file import identity
from kb.processes import allowed, send
from kb.store import Store
from kb.worker import Worker

_FEWEST = 200
"""The number of pages that makes starting processes worthwhile: that takes each as long as some thirty pages."""
_MOST_WORKERS = 8
"""More of them would make pages faster than one process writes them."""


@contextmanager
def made_ahead(site: Site, things: Mapping[str, Thing]) -> Iterator[Callable[[str], bytes]]:
    """A function that returns the pages of these things by their addresses; they must be requested in order."""
    count = min(allowed(), _MOST_WORKERS) if len(things) >= _FEWEST else 0
    workers: list[Worker[bytes]] = []
    try:
        shared = (site.store.path, site.store.file, site.store.meta("state"), str(site.root), site.name, site.url)
        jobs = ((*shared, [thing.node for thing in things.values()][first::count]) for first in range(count))
        workers += (Worker("cli.site.ahead", job, bytes, may_fork=False) for job in jobs)
        turns = {address: workers[n % count] for n, address in enumerate(things)} if workers else {}

        def made(address: str) -> bytes:
            found = turns[address].next() if turns else None
            return page(site, things[address]) if found is None else found

        yield made
    finally:
        for worker in workers:
            worker.stop()


def work(index: str, file: tuple[int, int], state: str, root: str, name: str, url: str, nodes: list[int]) -> None:
    """The work of such a process; none if the index is no longer as it was for the process that started this one."""
    if identity(index) != file:  # opening it could create another one
        return
    with os.fdopen(os.dup(1), "wb") as pipe, closing(Store(index)) as store, store.held():
        os.dup2(2, 1)  # whatever else is printed is not a page
        site = Site(store, Path(root), name, url)
        if store.meta("state") == state:
            for node in nodes:
                send(pipe, page(site, site.things[node]))
