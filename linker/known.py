"""The files as the index knows them."""

from collections.abc import Iterable
from typing import NamedTuple

from kb.store import Store
from kb.walk import Found


class Known(NamedTuple):
    """A file's stamp and content as last read."""

    doc: int
    mtime_ns: int
    size: int
    settled: int
    digest: bytes | None

    @property
    def is_document(self) -> bool:
        """Attachments are known by name only."""
        return self.digest is not None

    def fits(self, found: Found) -> bool:
        return bool(self.settled) and self.mtime_ns == found.mtime_ns and self.size == found.size


_SELECT = "SELECT path, id, mtime_ns, size, settled, digest FROM document WHERE layer = ?"


def known_files(store: Store, layer: str) -> dict[str, Known]:
    """Every file of a layer by path."""
    return {path: Known(*rest) for path, *rest in store.rows(_SELECT, (layer,))}


def known_among(store: Store, layer: str, paths: Iterable[str]) -> dict[str, Known]:
    """Those of these files that the index knows."""
    rows = (store.one(f"{_SELECT} AND path = ?", (layer, path)) for path in paths)
    return {row[0]: Known(*row[1:]) for row in rows if row}
