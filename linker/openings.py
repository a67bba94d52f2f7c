"""What a thing is, in the first words of the note about it."""

from collections.abc import Iterable

from kb.opening import opening
from kb.searchable import as_written
from kb.store import Store
from kb.typed import NamedTuple


class Opening(NamedTuple):
    """The opening text of a note, and which note that is."""

    text: str
    source: str
    path: str


def openings(store: Store, kind: str, keys: Iterable[str], limit: int) -> dict[str, Opening]:
    """By key, the opening text of the first note about it that has one; the primary note comes first.

    Args:
        limit: characters.
    """
    found: dict[str, Opening] = {}
    with store.listed("opened", keys) as table:
        notes = store.rows(
            f"SELECT n.key, d.id << 20, d.layer, d.path FROM {table} a "
            "CROSS JOIN node n ON n.key = a.value AND n.kind = ? "  # otherwise all nodes of the kind are scanned
            "JOIN entry e ON e.node = n.id AND NOT e.mentioned JOIN document d ON d.id = e.doc "
            "ORDER BY n.key, NOT (d.path = n.path AND d.layer = n.layer), d.layer DESC, d.path",
            (kind,),
        )
        for key, row, layer, path in notes:
            if key not in found:
                text = store.one("SELECT body FROM text WHERE rowid = ?", (row,))
                if text and (said := opening(as_written(text[0]), limit)):
                    found[key] = Opening(said, layer, path)
    return found
