"""From files to their rows in the index: one chunk of files, in any process."""

import os
import time
from collections.abc import Iterable

from kb import places, read
from kb.digest import blake2b
from kb.inside import read_inside
from kb.model import Layer, Record
from kb.typed import TYPE_CHECKING
from linker.rows import Rows
from linker.titled import Retold

if TYPE_CHECKING:
    from _typeshed import StrPath

_CLOCK_GRAIN_NS = 20_000_000
"""A file touched this shortly before it was read may change again without its time changing."""
_SECOND_NS = 1_000_000_000
"""Some file systems store times in whole seconds (network drives) or in steps of two (USB sticks)."""
_LAST_NS = (1 << 63) - 1
"""The latest time that the index can hold, in the year 2262; future times are not trusted anyway."""
_UNREADABLE_NOW = b"unreadable now: "
"""Instead of a digest, after failures that may pass (network, memory). Changed permissions are noticed anyway."""

File = tuple[int, str, int, int, bytes | None, bool]
"""A file to read: its document's number, path, time of the last change in ns, size, known digest, whether known."""


def read_rows(root: str, layer: Layer, files: Iterable[File], *, is_fresh: bool) -> Rows:
    """Read some files of a vault into rows of the index; files with unchanged content are only named."""
    rows = Rows()
    for doc, path, mtime_ns, size, known, was_there in files:
        started = time.time_ns()
        record, digest = _read(root, path, known)
        grain = _CLOCK_GRAIN_NS if mtime_ns % _SECOND_NS else 2 * _SECOND_NS
        settled = started - mtime_ns > grain and not digest.startswith(_UNREADABLE_NOW)
        stamp = min(mtime_ns, _LAST_NS), size, settled
        if record is None:
            rows.same.append((*stamp, doc))
            continue
        if was_there:
            rows.rewritten.append(doc)
        rows.add(doc, layer, record, (*stamp, digest), is_fresh=is_fresh)
    return rows


def retold_rows(root: "StrPath", retold: Iterable[Retold], *, is_fresh: bool) -> Rows:
    """The rows of notes whose names now are titles of known papers, or no longer; without those that have changed."""
    rows = Rows()
    for doc, path, known, title, by in retold:
        try:
            raw = read_inside(os.fspath(root), path, places.LIMIT + 1)
        except OSError:
            continue
        if blake2b(raw, digest_size=16).digest() == known:  # else the next refresh reads it
            record = read.read_titled(path, raw, title, by) if title else read.read(path, raw)
            rows.add(doc, "own", record, (0, 0, True, known), is_fresh=is_fresh)
    return rows


def _read(root: str, path: str, known: bytes | None) -> tuple[Record | None, bytes]:
    """The record of a file and the digest of its content; no record if the digest is the known one."""
    try:
        raw = read_inside(root, path, places.LIMIT + 1)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        digest = (b"denied" if isinstance(error, PermissionError) else _UNREADABLE_NOW) + reason.encode()
        return (None if digest == known else read.unreadable(path, reason)), digest
    digest = blake2b(raw, digest_size=16).digest()
    try:
        return (None if digest == known else read.read(path, raw)), digest
    except Exception as error:  # a bug of ours in one note must not cost the reader all the others
        reason = f"paperkb's own reader failed ({type(error).__name__}: {error})"
        return read.unreadable(path, reason, "please report it with the note"), digest
