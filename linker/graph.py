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
        key_of = dict(store.rows(f"SELECT n.id, n.key {_PAPERS.format(table=table)}"))
    called = {key.removeprefix("ghost:"): key for key in ghosts}
    with store.listed("drawn", called) as table:
        found = f"SELECT n.id, n.key FROM {table} a CROSS JOIN node n ON n.kind = 'ghost' AND n.key = a.value"
        key_of |= {node: called[key] for node, key in store.rows(found)}
    types = KINDS if "links" in kinds else tuple(kinds)
    with store.listed("drawn", key_of) as table:  # by number now, so edges that lead elsewhere are not read
        rows = store.rows(
            f"SELECT g.source, g.target, g.type, max(g.why) FROM {table} a CROSS JOIN edge g ON g.source = a.value "
            f"WHERE g.type IN ({', '.join('?' * len(types))}) AND +g.target IN (SELECT value FROM {table}) "
            "GROUP BY 1, 2, 3",
            types,
        )
        if "links" in kinds:
            days = dict(store.rows(f"SELECT n.id, n.first_day FROM {table} a CROSS JOIN node n ON n.id = a.value"))
            age = {node: (days[node] or "9999", key) for node, key in key_of.items()}
            rows = [row for row in rows if row[2] in kinds and row[2] != "links"] + _plain(rows, age)
    return sorted((key_of[source], key_of[target], kind, why) for source, target, kind, why in rows)


def _plain(rows: list[tuple[int, int, Kind, str]], age: dict[int, tuple[str, str]]) -> list[tuple[int, int, Kind, str]]:
    """The plain links between papers that no other link joins, each pair once, from the later paper."""
    joined = {(source, target) for source, target, kind, _ in rows if kind != "links"}
    found: dict[tuple[int, int], str] = {}
    for source, target, kind, why in rows:
        if kind == "links" and (source, target) not in joined and (target, source) not in joined:
            pair = (source, target) if age[source] > age[target] else (target, source)
            found[pair] = max(why, found.get(pair, ""))
    return [(later, earlier, "links", why) for (later, earlier), why in found.items()]


def telling(store: Store, keys: Collection[str]) -> tuple[Kind, ...]:
    """The kinds of links that tell most about these papers: builds-on, and what one's own notes have if not that.

    Few people write down what builds on what; where they only link or cite, that is what they expect to see.
    """
    with store.listed("drawn", keys) as table:
        there = (
            f"SELECT 1 {_PAPERS.format(table=table)} CROSS JOIN edge g ON g.source = n.id AND g.type = ? "
            "CROSS JOIN document d ON d.id = g.doc AND d.layer = 'own' CROSS JOIN node t ON t.id = g.target "
            f"AND t.kind = 'paper' AND t.key IN (SELECT value FROM {table}) LIMIT 1"
        )
        own = next((kind for kind in KINDS if store.one(there, (kind,))), KINDS[0])
    return tuple(dict.fromkeys((KINDS[0], own)))


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
    """Short names of papers: the first alias with fewer letters than the title's head, else that head.

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
        shorter = (alias for alias in aliases.get(key, []) if len(alias) < len(head))
        found[key] = next((alias for alias in shorter if len(_letters(alias)) < len(_letters(head))), head)
    return found


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name))


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
