"""Edges as answers show them: typed, with the writer's why and its place."""

from kb.store import Store
from kb.typed import NamedTuple


class Edge(NamedTuple):
    """`source` and `target` are node ids with their kind, such as `paper:lora`; `path` is empty for a card's edge."""

    type: str
    source: str
    target: str
    why: str
    path: str
    line: int
    title: str = ""  # of the other end
    role: str = ""


_SELECT = (
    "SELECT g.type, s.kind || ':' || s.key, t.kind || ':' || t.key, g.why, coalesce(d.path, i.path, ''), g.line, "
    "{other}.title, g.role FROM edge g JOIN node s ON s.id = g.source JOIN node t ON t.id = g.target "
    "LEFT JOIN document d ON d.id = g.doc LEFT JOIN node i ON i.id = g.source AND g.doc IS NULL "
)
_ORDER = " ORDER BY g.type, {other}.first_day IS NULL, {other}.first_day, 2, 3, 5, g.line"


def out_of(store: Store, node: int) -> list[Edge]:
    """What a node points at."""
    return [Edge(*row) for row in store.rows((_SELECT + "WHERE g.source = ?" + _ORDER).format(other="t"), (node,))]


def into(store: Store, node: int) -> list[Edge]:
    """What points at a node."""
    return [Edge(*row) for row in store.rows((_SELECT + "WHERE g.target = ?" + _ORDER).format(other="s"), (node,))]
