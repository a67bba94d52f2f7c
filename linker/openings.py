"""What a thing is, in the first words of the note about it."""

from collections.abc import Iterable

from kb.opening import opening
from kb.store import Store
from kb.typed import NamedTuple


class Opening(NamedTuple):
    """How a note opens, and which note that is."""

    text: str
    source: str
    path: str


def openings(store: Store, kind: str, keys: Iterable[str], limit: int) -> dict[str, Opening]:
    """By key, how the first note about it opens that says something; the primary one first.

    Args:
        limit: characters.
    """
    found: dict[str, Opening] = {}
    with store.listed("opened", keys) as table:
        for key, body, layer, path in store.rows(
            f"SELECT n.key, t.body, d.layer, d.path FROM {table} a JOIN node n ON n.key = a.value AND n.kind = ? "
            "JOIN entry e ON e.node = n.id AND NOT e.mentioned JOIN document d ON d.id = e.doc "
            "JOIN text t ON t.rowid = d.id << 20 "
            "ORDER BY n.key, NOT (d.path = n.path AND d.layer = n.layer), d.layer DESC, d.path",
            (kind,),
        ):
            if key not in found and (said := opening(body, limit)):
                found[key] = Opening(said, layer, path)
    return found
