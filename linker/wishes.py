"""What the reader's notes link to but have no note for, most wanted first."""

from kb.store import Store
from kb.typed import NamedTuple


class Ghost(NamedTuple):
    """Something without a note, and how much it is wanted.

    Args:
        id: its identifier, if its name is one (`arxiv:1412.6980`).
        notes: how many of the reader's notes link to it, in `links` places.
        path: of the first of these places; `line` and `column` are its position there.
    """

    key: str
    title: str
    id: str | None
    notes: int
    links: int
    path: str
    line: int
    column: int


def ranked(store: Store) -> list[Ghost]:
    """What the reader's own notes link to but have no note for, most wanted first."""
    places: dict[int, list[tuple[str, int, int]]] = {}
    for node, path, line, column in store.rows(
        "SELECT n.id, d.path, w.line, w.col FROM node n CROSS JOIN meaning m ON m.to_node = n.id "
        "CROSS JOIN written_link w ON w.meaning = m.id CROSS JOIN document d ON d.id = w.doc "
        "WHERE n.kind = 'ghost' AND d.layer = 'own'"
    ):
        places.setdefault(node, []).append((path, line, column))
    found = [
        Ghost(key, title, paper, len({path for path, _, _ in places[node]}), len(places[node]), *min(places[node]))
        for node, key, title, paper in store.rows(
            "SELECT n.id, n.key, n.title, (SELECT min(v.value) FROM value v WHERE v.node = n.id AND +v.field = 'id') "
            "FROM node n WHERE n.kind = 'ghost'"
        )
        if node in places
    ]
    return sorted(found, key=lambda ghost: (-ghost.notes, -ghost.links, ghost.key))
