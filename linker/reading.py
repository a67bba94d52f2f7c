"""Read what changed: by stamp, then by content."""

import os
from contextlib import closing

from kb.model import Layer
from kb.walk import ATTACHED, Stamp
from linker.changes import Changes, OnDocument, Source
from linker.chunks import File
from linker.known import Known, in_layer, known_files
from linker.update import Update
from linker.workers import read_all


def read_changed(
    update: Update,
    source: Source,
    before: set[Stamp],
    there: set[Stamp],
    changes: Changes,
    on_document: OnDocument,
) -> None:
    """Pass every file of a source that was added, changed or removed to the update.

    Args:
        before: the files to compare, as the index knows them.
        there: the same files as they are now.
    """
    store, layer = update.store, source.layer
    came = sorted(there - before)
    documents = [stamp for stamp in came if stamp[2] != ATTACHED]
    other = known_files(store, layer, sorted({path for path, _, _ in before - there}))
    files: list[File] = []
    number = store.next_id("document")
    for path, mtime_ns, size in documents:
        if path in other:
            doc, digest = other.pop(path)
            files.append((doc, path, mtime_ns, size, digest, True))
        else:
            files.append((number, path, mtime_ns, size, None, False))
            number += 1
    with closing(read_all(os.fspath(source.root), layer, files, is_fresh=store.is_fresh)) as chunks:
        for chunk, rows in chunks:
            put = {row[0] for row in rows.documents}
            for doc, path, _, _, digest, _ in chunk:
                on_document(len(changes))
                if doc in put:
                    (changes.added if digest is None else changes.changed).append(path)
            update.put(layer, rows)
    changes.removed += _remove(update, other)
    update.attach(layer, [path for path, _, size in came if size == ATTACHED])


def remove_all(update: Update, layer: Layer) -> None:
    """Remove a whole layer from the index."""
    store = update.store
    _remove(update, known_files(store, layer, sorted(path for path, _, _ in in_layer(store, layer))))


def _remove(update: Update, gone: dict[str, Known]) -> list[str]:
    """Remove files from the index; return those that were documents."""
    update.remove([doc for doc, _ in gone.values()])
    return [path for path, (_, digest) in gone.items() if digest is not None]
