"""The files as the index knows them, and what of that differs from the files as they are."""

from collections.abc import Iterable

from kb.store import Store
from kb.walk import Stamp, Walk

Known = tuple[int, bytes | None]
"""A file's number, and the digest of its content as last read; attachments, known by name only, have none."""

_UNSETTLED, _ATTACHED = -1, -2
"""Instead of a size: a file that is to be looked at again in any case; and one that is no document."""
_STAMP = (
    f"SELECT path, mtime_ns, CASE WHEN digest IS NULL THEN {_ATTACHED} WHEN settled THEN size ELSE {_UNSETTLED} END "
    "FROM document WHERE layer = ?"
)


def known_stamps(store: Store, layer: str, only: Iterable[str] | None = None) -> set[Stamp]:
    """What the index knows of the files of a layer, or of these among them, to be compared with `stamps`."""
    if only is None:
        return set(store.rows(_STAMP, (layer,)))
    return {row for path in only for row in store.rows(f"{_STAMP} AND path = ?", (layer, path))}


def stamps(found: Walk) -> set[Stamp]:
    """All files that were found."""
    return {*found.stamps, *((path, 0, _ATTACHED) for path in found.attachments)}


def split(files: Iterable[Stamp]) -> tuple[list[Stamp], list[str]]:
    """The documents among files, and the paths of the attachments; both in order."""
    ordered = sorted(files)
    attachments = [path for path, _, size in ordered if size == _ATTACHED]
    return [file for file in ordered if file[2] != _ATTACHED], attachments


def known_files(store: Store, layer: str, paths: Iterable[str]) -> dict[str, Known]:
    """What the index keeps of these files of a layer, as far as it knows them."""
    select = "SELECT path, id, digest FROM document WHERE layer = ? AND path = ?"
    rows = (store.one(select, (layer, path)) for path in paths)
    return {row[0]: row[1:] for row in rows if row}
