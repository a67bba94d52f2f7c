"""From files to the rows that the index keeps of them: one chunk, in whatever process."""

import time
from collections.abc import Iterable

from kb import places, read
from kb.digest import blake2b
from kb.inside import read_inside
from kb.model import Layer, Record
from linker.rows import Rows

_CLOCK_GRAIN_NS = 20_000_000
"""A file touched this shortly before it was read may change again without its time changing."""

File = tuple[int, str, int, int, bytes | None, bool]
"""A file to be read: its document's number, path, time of the last change in ns, size, digest as known, is it known."""


def read_rows(root: str, layer: Layer, files: Iterable[File], *, is_fresh: bool) -> Rows:
    """Read some files of a vault, as rows of the index; those whose content is the known one are only named."""
    rows = Rows()
    for doc, path, mtime_ns, size, known, was_there in files:
        started = time.time_ns()
        record, digest = _read(root, path, known)
        settled = started - mtime_ns > _CLOCK_GRAIN_NS
        if record is None:
            rows.same.append((mtime_ns, size, settled, doc))
            continue
        if was_there:
            rows.rewritten.append(doc)
        rows.add(doc, layer, record, (mtime_ns, size, settled, digest), is_fresh=is_fresh)
    return rows


def _read(root: str, path: str, known: bytes | None) -> tuple[Record | None, bytes]:
    """The record of a file, and the digest of what it was read from; no record where that is known."""
    try:
        raw = read_inside(root, path, places.LIMIT + 1)
    except OSError as error:
        digest = b"unreadable"
        return (None if digest == known else read.unreadable(path, error.strerror or "unknown reason")), digest
    digest = blake2b(raw, digest_size=16).digest()
    try:
        return (None if digest == known else read.read(path, raw)), digest
    except Exception as error:  # a fault of ours in one note must not cost the reader all the others
        reason = f"paperkb's own reader failed ({type(error).__name__}: {error})"
        return read.unreadable(path, reason, "please report it with the note"), digest
