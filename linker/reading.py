"""Read what changed: by stamp, then by content."""

from contextlib import closing
from pathlib import Path

from kb.model import Layer
from kb.store import Store
from kb.walk import Walk
from linker.chunks import File
from linker.known import Known, known_files
from linker.refresh import Changes, OnDocument
from linker.update import Update
from linker.workers import read_all


def read_changed(
    store: Store,
    update: Update,
    layer: Layer,
    root: Path,
    found: Walk,
    changes: Changes,
    on_document: OnDocument,
    known: dict[str, Known] | None = None,
) -> None:
    """Hand every file of a layer that came, changed or went to the update.

    Args:
        known: the files that `found` is to be compared with, instead of all that the index knows of the layer.
    """
    known = known_files(store, layer) if known is None else dict(known)
    files: list[File] = []
    number = store.next_id("document")
    for file in found.documents:
        before = known.pop(file.path, None)
        if before is None:
            files.append((number, file.path, file.mtime_ns, file.size, None, False))
            number += 1
        elif not before.fits(file):
            files.append((before.doc, file.path, file.mtime_ns, file.size, before.digest, True))
    with closing(read_all(str(root), layer, files, is_fresh=store.is_fresh)) as chunks:
        for chunk, rows in chunks:
            put = {row[0] for row in rows.documents}
            for doc, path, _, _, digest, _ in chunk:
                on_document(len(changes))
                if doc in put:
                    (changes.added if digest is None else changes.changed).append(path)
            update.put(layer, rows)
    attached = {path for path in found.attachments if path in known and not known[path].is_document}
    gone = {path: before for path, before in known.items() if path not in attached}
    changes.removed += [path for path, before in gone.items() if before.is_document]
    update.remove([before.doc for before in gone.values()])
    update.attach(layer, [path for path in found.attachments if path not in attached])


def remove_all(store: Store, update: Update, layer: Layer, changes: Changes) -> None:
    """Take a whole layer out of the index."""
    known = known_files(store, layer)
    changes.removed += [path for path, gone in known.items() if gone.is_document]
    update.remove([gone.doc for gone in known.values()])
