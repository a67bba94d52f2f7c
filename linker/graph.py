"""The graph for drawing and scripting."""

from collections.abc import Collection

from kb.store import Store
from kb.typed import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import networkx

Kind = Literal["builds-on", "cites", "links"]
Link = tuple[str, str, Kind, str]
"""Source, target, kind and why; both ends are keys."""
CITING = ("builds-on", "cites")
"""The kinds that say which paper came first."""
KINDS: tuple[Kind, ...] = ("builds-on", "cites", "links")
"""The kinds of links between papers in a picture, the most telling first."""
_PAPERS = "FROM {table} a CROSS JOIN node n ON n.kind = 'paper' AND n.key = a.value"
"""The papers whose keys are listed."""


def among(
    store: Store, keys: list[str], kinds: Collection[str] = KINDS, ghosts: Collection[str] = ()
) -> list[Link]:
    """Links between these papers, each pair and kind once.

    A plain link joins two papers that no other kind joins, once whichever of the notes has it, from the later paper.

    Args:
        ghosts: keys of ghosts drawn with them; a key may begin with `ghost:` if a paper has the same key.
    """
    with store.listed("drawn", keys) as table:
        papers = store.rows(f"SELECT n.id, n.key, n.first_day {_PAPERS.format(table=table)}")
    called = {key.removeprefix("ghost:"): key for key in ghosts}
    with store.listed("drawn", called) as table:
        rows = store.rows(
            f"SELECT n.id, n.key, n.first_day FROM {table} a CROSS JOIN node n ON n.kind = 'ghost' AND n.key = a.value"
        )
    age = {node: (day or "9999", key) for node, key, day in papers}
    age |= {node: (day or "9999", called[key]) for node, key, day in rows}
    types = KINDS if "links" in kinds else tuple(kinds)
    with store.listed("drawn", age) as table:  # by number now, so edges that lead elsewhere are not read
        rows = store.rows(
            f"SELECT g.source, g.target, g.type, max(g.why) FROM {table} a CROSS JOIN edge g ON g.source = a.value "
            f"WHERE g.type IN ({', '.join('?' * len(types))}) AND +g.target IN (SELECT value FROM {table}) "
            "GROUP BY 1, 2, 3",
            types,
        )
    why_of: dict[tuple[int, int, Kind], str] = {
        (source, target, kind): why for source, target, kind, why in rows if kind != "links"
    }
    joined = {(source, target) for source, target, _ in why_of}
    for source, target, kind, why in rows:
        if kind == "links" and joined.isdisjoint(((source, target), (target, source))):
            later, earlier = sorted((source, target), key=age.__getitem__, reverse=True)
            why_of[later, earlier, kind] = max(why, why_of.get((later, earlier, kind), ""))
    return sorted(
        (age[source][1], age[target][1], kind, why)
        for (source, target, kind), why in why_of.items()
        if kind in kinds
    )


def telling(store: Store, keys: Collection[str]) -> tuple[Kind, ...]:
    """The kinds of links that tell most about these papers: builds-on, and what one's own notes have if not that.

    Few people write down what builds on what; where they only link or cite, that is what they expect to see.
    """
    with store.listed("drawn", keys) as table:
        rows = store.rows(
            f"WITH drawn AS MATERIALIZED (SELECT n.id {_PAPERS.format(table=table)}) "
            "SELECT DISTINCT g.type FROM drawn a CROSS JOIN edge g ON g.source = a.id "
            "CROSS JOIN document d ON d.id = g.doc WHERE d.layer = 'own' AND g.type IN (?, ?, ?) "
            "AND +g.target IN (SELECT id FROM drawn)",
            KINDS,
        )
    own = {kind for (kind,) in rows}
    return tuple(dict.fromkeys((KINDS[0], *[kind for kind in KINDS if kind in own][:1])))


def cocited(store: Store, node: int, limit: int = 20) -> list[tuple[str, int]]:
    """Papers and ghosts that the same papers cite or build on, with the number of those papers, most first."""
    marks = ", ".join("?" * len(CITING))
    return [
        (f"{kind}:{key}", count)
        for kind, key, count in store.rows(
            "SELECT n.kind, n.key, count(DISTINCT g.source) FROM edge e CROSS JOIN edge g ON g.source = e.source "
            f"AND g.type IN ({marks}) AND g.target <> e.target JOIN node n ON n.id = g.target "
            f"WHERE e.target = ? AND e.type IN ({marks}) GROUP BY g.target ORDER BY 3 DESC, 1 DESC, 2 LIMIT ?",
            (*CITING, node, *CITING, limit),
        )
    ]


def labels(store: Store, keys: Collection[str] | None = None) -> dict[str, str]:
    """Short names of papers: the first alias that is shorter than the title's head, else that head.

    Args:
        keys: of the papers that are shown. Default: all.
    """
    aliases: dict[str, list[str]] = {}
    with store.listed("labelled", keys or ()) as table:
        papers = "FROM node n WHERE n.kind = 'paper'" if keys is None else _PAPERS.format(table=table)
        titles = store.rows(f"SELECT n.key, n.title {papers}")
        for key, alias in store.rows(
            f"SELECT n.key, v.value FROM (SELECT n.id, n.key {papers}) n CROSS JOIN value v ON v.node = n.id "
            "WHERE +v.field = 'alias' ORDER BY n.key, v.position"
        ):
            aliases.setdefault(key, []).append(alias)
    found = {}
    for key, title in titles:
        head = title.partition(": ")[0]
        found[key] = next((alias for alias in aliases.get(key, []) if len(alias) < len(head)), head)
    return found


def pages_elsewhere(store: Store) -> dict[str, list[tuple[str, str]]]:
    """By key, the sites that have a paper under an id of their own, with its address there; without arXiv and DOIs."""
    from kb.ids import addresses_of  # slow to import, and needed only for drawing

    found: dict[str, list[str]] = {}
    for key, identifier in store.rows(
        "SELECT n.key, v.value FROM value v JOIN node n ON n.id = v.node WHERE v.field = 'id' "
        "AND n.kind IN ('paper', 'ghost') AND v.value NOT LIKE 'arxiv:%' AND v.value NOT LIKE 'doi:%' "
        "ORDER BY n.key, v.position"
    ):
        found.setdefault(key, []).append(identifier)
    return {key: addresses_of(listed) for key, listed in found.items()}


def to_networkx(store: Store) -> "networkx.MultiDiGraph[str]":
    """Every node and edge; nodes are named `kind:key`, edges have type, why, path and line."""
    import networkx

    not_in_xml = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])  # copied from a PDF, for example
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
            title=title.translate(not_in_xml),
            date=date or "",
            code_status=status or "none",
            source=layer or "",
        )
    for source, target, kind, why, path, line in store.rows(
        "SELECT g.source, g.target, g.type, g.why, coalesce(d.path, ''), g.line FROM edge g "
        "LEFT JOIN document d ON d.id = g.doc ORDER BY 3, 5, 6"
    ):
        graph.add_edge(names[source], names[target], type=kind, why=why.translate(not_in_xml), path=path, line=line)
    return graph
