"""The files as the index knows them, for comparison with the files on disk."""

from collections.abc import Iterable

from kb.store import Store
from kb.walk import ATTACHED, Stamp

Known = tuple[int, bytes | None]
"""A file's number and the digest of its content when last read; attachments, known by name only, have no digest."""

_UNSETTLED = -2
"""Instead of a size: the file must be checked again in any case."""
_STAMP = (
    f"SELECT path, mtime_ns, CASE WHEN digest IS NULL THEN {ATTACHED} WHEN settled THEN size ELSE {_UNSETTLED} END "
    "FROM document WHERE layer = ?"
)


def in_layer(store: Store, layer: str) -> set[Stamp]:
    """All files of a layer."""
    return set(store.rows(_STAMP, (layer,)))


def in_folders(store: Store, layer: str, folders: Iterable[str]) -> set[Stamp]:
    """The files in these folders, which are given as prefixes of paths."""
    found: set[Stamp] = set()
    for folder in folders:
        beyond = f"{folder[:-1]}0" if folder else b""  # `0` sorts after `/`, and a blob after all text
        found.update(
            store.rows(
                f"{_STAMP} AND path >= ? AND path < ? AND NOT instr(substr(path, ?), '/')",
                (layer, folder, beyond, len(folder) + 1),
            )
        )
    return found


def among(store: Store, layer: str, paths: Iterable[str]) -> set[Stamp]:
    """The stamps of those files that the index knows."""
    return {row for path in paths for row in store.rows(f"{_STAMP} AND path = ?", (layer, path))}


def known_files(store: Store, layer: str, paths: Iterable[str]) -> dict[str, Known]:
    """Number and digest of those files that the index knows, by path."""
    select = "SELECT path, id, digest FROM document WHERE layer = ? AND path = ?"
    rows = (store.one(select, (layer, path)) for path in paths)
    return {row[0]: row[1:] for row in rows if row}
