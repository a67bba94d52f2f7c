"""The files as the index knows them, to be compared with the files as they are."""

from collections.abc import Iterable

from kb.store import Store
from kb.walk import ATTACHED, Stamp

Known = tuple[int, bytes | None]
"""A file's number, and the digest of its content as last read; attachments, known by name only, have none."""

_UNSETTLED = -2
"""Instead of a size: the file is to be looked at again in any case."""
_STAMP = (
    f"SELECT path, mtime_ns, CASE WHEN digest IS NULL THEN {ATTACHED} WHEN settled THEN size ELSE {_UNSETTLED} END "
    "FROM document WHERE layer = ?"
)


def in_layer(store: Store, layer: str) -> set[Stamp]:
    """All files of a layer."""
    return set(store.rows(_STAMP, (layer,)))


def in_folders(store: Store, layer: str, folders: Iterable[str]) -> set[Stamp]:
    """The files in these folders, which are named by what paths in them begin with."""
    found: set[Stamp] = set()
    for folder in folders:
        beyond = f"{folder[:-1]}0" if folder else b""  # 0 comes after /, and what is no text after all text
        found.update(
            store.rows(
                f"{_STAMP} AND path >= ? AND path < ? AND NOT instr(substr(path, ?), '/')",
                (layer, folder, beyond, len(folder) + 1),
            )
        )
    return found


def among(store: Store, layer: str, paths: Iterable[str]) -> set[Stamp]:
    """Those of these files that the index knows."""
    return {row for path in paths for row in store.rows(f"{_STAMP} AND path = ?", (layer, path))}


def known_files(store: Store, layer: str, paths: Iterable[str]) -> dict[str, Known]:
    """What else the index keeps of these files, as far as it knows them."""
    select = "SELECT path, id, digest FROM document WHERE layer = ? AND path = ?"
    rows = (store.one(select, (layer, path)) for path in paths)
    return {row[0]: row[1:] for row in rows if row}
