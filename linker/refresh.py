"""Bring an index up to date with the files: read what changed, link what that touches, nothing else."""

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path

from kb import places, read, walk
from kb.model import Diagnostic, Implementations, Layer, Record
from kb.store import Store, dump
from kb.walk import Found, Walk
from linker.update import Update

_CLOCK_GRAIN_NS = 20_000_000
"""A file touched this shortly before it was read may change again without its time changing."""


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of notes and the layer it forms."""

    layer: Layer
    root: Path


@dataclass
class Changes:
    """What a refresh found: paths that came, changed or went, by layer and path."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.added) + len(self.changed) + len(self.removed)


@dataclass(frozen=True, slots=True)
class _Known:
    doc: int
    mtime_ns: int
    size: int
    settled: bool
    digest: bytes | None

    def fits(self, found: Found) -> bool:
        return self.settled and self.mtime_ns == found.mtime_ns and self.size == found.size


def refresh(store: Store, sources: list[Source], implementations: Implementations) -> Changes:
    """Compare by stamp, then by content; write all that follows in one transaction.

    Raises:
        NotADirectoryError: a source's folder does not exist.
        ConfigError: a `paperkb.toml` cannot be used.
    """
    walks = {source.layer: walk.walk(source.root, walk.load_config(source.root)) for source in sources}
    signature = implementations.signature()
    if not _differs(store, walks) and store.meta("implementations") == signature:
        return Changes()
    changes = Changes()
    with store.transaction():
        update = Update(store)
        for source in sources:
            _apply(store, update, source, walks[source.layer], changes)
        update.link()
        if len(changes) or store.meta("implementations") != signature:
            update.implementations(implementations.read())
            store.set_meta("implementations", signature)
        left_out = [d for found in walks.values() for d in found.diagnostics]
        store.set_meta("left_out", dump([[d.path, d.code, d.severity, d.message, d.hint] for d in left_out]))
    return changes


def _known(store: Store, layer: str) -> dict[str, _Known]:
    rows = store.rows("SELECT path, id, mtime_ns, size, settled, digest FROM document WHERE layer = ?", (layer,))
    return {path: _Known(doc, mtime, size, bool(settled), digest) for path, doc, mtime, size, settled, digest in rows}


def _differs(store: Store, walks: dict[Layer, Walk]) -> bool:
    for layer, found in walks.items():
        known = _known(store, layer)
        if len(known) != len(found.documents) + len(found.attachments):
            return True
        if not all(path in known for path in found.attachments):
            return True
        if not all(file.path in known and known[file.path].fits(file) for file in found.documents):
            return True
    layers = {row[0] for row in store.rows("SELECT DISTINCT layer FROM document")}
    return bool(layers - set(walks))


def _apply(store: Store, update: Update, source: Source, found: Walk, changes: Changes) -> None:
    known = _known(store, source.layer)
    for file in found.documents:
        before = known.pop(file.path, None)
        if before and before.fits(file):
            continue
        started = time.time_ns()
        record, digest = _read(source.root, file.path)
        settled = started - file.mtime_ns > _CLOCK_GRAIN_NS
        if before and before.digest == digest and digest is not None:
            store.run(
                "UPDATE document SET mtime_ns = ?, size = ?, settled = ? WHERE id = ?",
                (file.mtime_ns, file.size, settled, before.doc),
            )
            continue
        (changes.changed if before else changes.added).append(file.path)
        update.put(source.layer, record, before.doc if before else None, (file.mtime_ns, file.size, settled, digest))
    for path in found.attachments:
        if not known.pop(path, None):
            update.attach(source.layer, path)
    for path, gone in known.items():
        if gone.digest is not None:
            changes.removed.append(path)
        update.remove(gone.doc)


def _read(root: Path, path: str) -> tuple[Record, bytes | None]:
    try:
        with open(root / path, "rb") as file:
            raw = file.read(places.LIMIT + 1)
    except OSError as error:
        return read.unreadable(path, error.strerror or "unknown reason"), b"unreadable"
    return read.read(path, raw), hashlib.blake2b(raw, digest_size=16).digest()


def left_out(rows: list[list[str]]) -> list[Diagnostic]:
    """The walk's notices as kept in the index."""
    return [
        Diagnostic(path, 1, 1, code, severity, message, hint)  # type: ignore[arg-type]
        for path, code, severity, message, hint in rows
    ]
