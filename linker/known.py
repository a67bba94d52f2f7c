"""The files as the index knows them."""

from dataclasses import dataclass

from kb.store import Store
from kb.walk import Found


@dataclass(frozen=True)
class Known:
    """A file's stamp and content as last read."""

    doc: int
    mtime_ns: int
    size: int
    settled: bool
    digest: bytes | None

    @property
    def is_document(self) -> bool:
        """Attachments are known by name only."""
        return self.digest is not None

    def fits(self, found: Found) -> bool:
        return self.settled and self.mtime_ns == found.mtime_ns and self.size == found.size


def known_files(store: Store, layer: str) -> dict[str, Known]:
    """Every file of a layer by path."""
    rows = store.rows("SELECT path, id, mtime_ns, size, settled, digest FROM document WHERE layer = ?", (layer,))
    return {path: Known(doc, mtime, size, bool(settled), digest) for path, doc, mtime, size, settled, digest in rows}
