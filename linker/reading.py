"""Read what changed: by stamp, then by content."""

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path

from kb import places, read
from kb.inside import read_inside
from kb.model import Layer, Record
from kb.store import Store
from kb.walk import Walk
from linker.known import Known, known_files
from linker.refresh import Changes, OnDocument
from linker.update import Update

_CLOCK_GRAIN_NS = 20_000_000
"""A file touched this shortly before it was read may change again without its time changing."""


def read_changed(
    store: Store, update: Update, layer: Layer, root: Path, found: Walk, changes: Changes, on_document: OnDocument
) -> None:
    """Hand every file of a layer that came, changed or went to the update."""
    known = known_files(store, layer)
    for file in found.documents:
        before = known.pop(file.path, None)
        if before and before.fits(file):
            continue
        on_document(len(changes))
        started = time.time_ns()
        record, digest = _read(root, file.path)
        settled = started - file.mtime_ns > _CLOCK_GRAIN_NS
        if before and before.digest == digest and digest is not None:
            store.run(
                "UPDATE document SET mtime_ns = ?, size = ?, settled = ? WHERE id = ?",
                (file.mtime_ns, file.size, settled, before.doc),
            )
            continue
        (changes.changed if before and before.is_document else changes.added).append(file.path)
        update.put(layer, record, before.doc if before else None, (file.mtime_ns, file.size, settled, digest))
    attached = {path for path in found.attachments if path in known and not known[path].is_document}
    _remove(update, {path: gone for path, gone in known.items() if path not in attached}, changes)
    for path in found.attachments:
        if path not in attached:
            update.attach(layer, path)


def remove_all(store: Store, update: Update, layer: Layer, changes: Changes) -> None:
    """Take a whole layer out of the index."""
    _remove(update, known_files(store, layer), changes)


def _remove(update: Update, files: Mapping[str, Known], changes: Changes) -> None:
    for path, gone in files.items():
        if gone.is_document:
            changes.removed.append(path)
        update.remove(gone.doc)


def _read(root: Path, path: str) -> tuple[Record, bytes | None]:
    try:
        raw = read_inside(root, path, places.LIMIT + 1)
    except OSError as error:
        return read.unreadable(path, error.strerror or "unknown reason"), b"unreadable"
    digest = hashlib.blake2b(raw, digest_size=16).digest()
    try:
        return read.read(path, raw), digest
    except Exception as error:  # a fault of ours in one note must not cost the reader all the others
        reason = f"paperkb's own reader failed ({type(error).__name__}: {error})"
        return read.unreadable(path, reason, "please report it with the note"), digest
