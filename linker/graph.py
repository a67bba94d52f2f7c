"""The graph for those who draw or script it."""

from kb.store import Store
from kb.typed import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx

DRAWN = ("builds-on", "cites")


def among(store: Store, keys: list[str], types: tuple[str, ...] = DRAWN) -> list[tuple[str, str, str, str]]:
    """Edges between these papers as (source, target, type, why), each pair and type once."""
    with store.listed("drawn", keys) as table:
        rows = store.rows(
            "SELECT s.key, t.key, g.type, max(g.why) FROM edge g "
            "JOIN node s ON s.id = g.source JOIN node t ON t.id = g.target "
            f"JOIN {table} a ON a.value = s.key JOIN {table} b ON b.value = t.key "
            "WHERE s.kind = 'paper' AND t.kind = 'paper' "
            f"AND g.type IN ({', '.join('?' * len(types))}) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            types,
        )
    return [(source, target, kind, why) for source, target, kind, why in rows]


def cocited(store: Store, node: int, limit: int = 20) -> list[tuple[str, int]]:
    """Papers and ghosts that the same papers cite or build on, with how many do: most first, then by key."""
    marks = ", ".join("?" * len(DRAWN))
    return [
        (f"{kind}:{key}", count)
        for kind, key, count in store.rows(
            "SELECT n.kind, n.key, count(DISTINCT g.source) FROM edge e CROSS JOIN edge g ON g.source = e.source "
            f"AND g.type IN ({marks}) AND g.target <> e.target JOIN node n ON n.id = g.target "
            f"WHERE e.target = ? AND e.type IN ({marks}) GROUP BY g.target ORDER BY 3 DESC, 1 DESC, 2 LIMIT ?",
            (*DRAWN, node, *DRAWN, limit),
        )
    ]


def labels(store: Store) -> dict[str, str]:
    """What to call each paper where room is short: its first alias that is shorter than its title's head."""
    aliases: dict[str, list[str]] = {}
    for key, alias in store.rows(
        "SELECT n.key, v.value FROM value v JOIN node n ON n.id = v.node "
        "WHERE v.field = 'alias' AND n.kind = 'paper' ORDER BY n.key, v.position"
    ):
        aliases.setdefault(key, []).append(alias)
    found = {}
    for key, title in store.rows("SELECT key, title FROM node WHERE kind = 'paper'"):
        head = title.partition(": ")[0]
        found[key] = next((alias for alias in aliases.get(key, []) if len(alias) < len(head)), head)
    return found


def to_networkx(store: Store) -> "networkx.MultiDiGraph":
    """Every node and edge; nodes are called `kind:key`, edges carry type, why, path and line."""
    import networkx

    graph = networkx.MultiDiGraph()
    names = {}
    for node, kind, key, title, date, status, layer in store.rows(
        "SELECT id, kind, key, title, date, code_status, layer FROM node ORDER BY kind, key"
    ):
        names[node] = f"{kind}:{key}"
        graph.add_node(
            names[node],
            kind=kind,
            key=key,
            title=title,
            date=date or "",
            code_status=status or "none",
            source=layer or "",
        )
    for source, target, kind, why, path, line in store.rows(
        "SELECT g.source, g.target, g.type, g.why, coalesce(d.path, ''), g.line FROM edge g "
        "LEFT JOIN document d ON d.id = g.doc ORDER BY 3, 5, 6"
    ):
        graph.add_edge(names[source], names[target], type=kind, why=why, path=path, line=line)
    return graph
