"""All that is known about one thing, ready to show or serialize: facts with sources, edges, claim, mentions."""

import json

from kb.query.names import Named
from kb.store import Store
from kb.typed import TYPE_CHECKING, Any
from linker import tags
from linker.edges import Edge, into, out_of

if TYPE_CHECKING:
    from linker.openings import Opening

_COLUMNS = (
    "title",
    "date",
    "arxiv_id",
    "doi",
    "venue",
    "family",
    "category",
    "status",
    "implementation",
    "code_status",
    "path",
)
_NEIGHBORS = 5
_OPENING = 600
"""Characters of a note's first paragraph, if it serves as the summary."""


def card(store: Store, named: Named) -> dict[str, Any]:
    """The card of a node, JSON-ready; a document's has its links, an implementation's its claim and records."""
    row = store.one(f"SELECT {', '.join(_COLUMNS)}, layer, facts FROM node WHERE id = ?", (named.node,))
    assert row, "the name was just found"
    found: dict[str, Any] = {"kind": named.kind, "key": named.key, **dict(zip(_COLUMNS, row))}
    found["year"] = int(found["date"][:4]) if found["date"] else None
    found["source"] = row[-2]
    values = store.rows(
        "SELECT field, value FROM value WHERE node = ? AND field <> 'name' ORDER BY field, position", (named.node,)
    )
    for name, field in (("authors", "author"), ("tags", "tag"), ("aliases", "alias"), ("ids", "id")):
        found[name] = [value for kind, value in values if kind == field]
    found["authors_more"] = ("cut", "authors") in values
    found["boilerplate_tags"] = tags.of_paper(store, named.node)
    facts: dict[str, list[list[Any]]] = json.loads(row[-1] or "{}")
    found["sources"] = {
        field: [
            {"path": path, "line": line, "value": value, "source": layer, **({"why": why[0]} if why else {})}
            for value, path, line, layer, *why in candidates
        ]
        for field, candidates in facts.items()
    }
    stated = facts["summary"][0][0] if "summary" in facts else None
    opened = None if stated else _opening(store, named)
    found["summary"] = opened.text if opened else stated
    found["summary_from"] = {"path": opened.path, "source": opened.source} if opened else None
    outgoing, incoming = out_of(store, named.node), into(store, named.node)
    found["patterns"] = _keys(outgoing, "uses-pattern")
    found["constraints"] = _keys(outgoing, "raises-constraint")
    found["edges"] = {"out": [_edge(edge) for edge in outgoing], "in": [_edge(edge) for edge in incoming]}
    found["mentions"] = _mentions(store, named.node)
    found["discussed"] = _discussed(store, named.node)
    found["notes"] = notes(store, named.node)
    implementation = named.key if named.kind == "implementation" else found["implementation"]
    found["code"] = _code(store, implementation) if implementation else None
    if named.kind == "paper":
        found["neighbors"] = _neighbors(store, named.node)
    places = [(note["source"], note["path"]) for note in found["notes"]]
    if named.kind == "document":
        places = [(found["source"], found["path"])]
    if places:
        found["documents"] = [document(store, *place) for place in dict.fromkeys(places)]
    return found


def _opening(store: Store, named: Named) -> "Opening | None":
    if named.kind not in ("paper", "pattern", "constraint"):
        return None
    from linker.openings import openings  # reads Markdown, so it is slow to import

    return openings(store, named.kind, [named.key], _OPENING).get(named.key)


def _keys(edges: list[Edge], kind: str) -> list[str]:
    return list(dict.fromkeys(edge.target.partition(":")[2] for edge in edges if edge.type == kind))


def _edge(edge: Edge) -> dict[str, Any]:
    return {name: value for name, value in edge._asdict().items() if name != "role" or value}


def notes(store: Store, node: int) -> list[dict[str, Any]]:
    """The notes about a thing, the primary one first."""
    rows = store.rows(
        "SELECT d.path, d.layer, e.decided_by, e.line FROM entry e JOIN document d ON d.id = e.doc "
        "JOIN node n ON n.id = e.node WHERE e.node = ? AND NOT e.mentioned "
        "ORDER BY NOT (d.path = n.path AND d.layer = n.layer), d.layer DESC, d.path, e.n",
        (node,),
    )
    return [{"path": path, "source": layer, "about_by": by, "line": line} for path, layer, by, line in rows]


def _discussed(store: Store, node: int) -> list[dict[str, Any]]:
    """What lists, threads and digests say about a paper, each with the whole passage and what was found in it."""
    rows = store.rows(
        "SELECT d.id, e.n, d.path, d.layer, e.line, e.decided_by, e.title, e.why, e.passage FROM entry e "
        "JOIN document d ON d.id = e.doc WHERE e.node = ? AND e.mentioned ORDER BY d.layer DESC, d.path, e.n",
        (node,),
    )
    items: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for doc in dict.fromkeys(row[0] for row in rows):
        for entry, item in _items(store, doc):
            items.setdefault((doc, entry), []).append(item)
    return [
        {
            "path": path,
            "source": layer,
            "line": line,
            "about_by": by,
            "called": title,
            "why": why,
            "text": text,
            "items": items.get((doc, n), []),
        }
        for doc, n, path, layer, line, by, title, why, text in rows
    ]


def _items(store: Store, doc: int) -> list[tuple[int, dict[str, Any]]]:
    """Claims, questions, experiments and the like in a document, each with the entry that it belongs to."""
    rows = store.rows("SELECT entry, kind, line, text, parts FROM item WHERE doc = ? ORDER BY n", (doc,))
    return [
        (entry, {"kind": kind, "line": line, "text": text, "parts": [list(part) for part in json.loads(parts)]})
        for entry, kind, line, text, parts in rows
    ]


def _mentions(store: Store, node: int) -> list[dict[str, Any]]:
    """Every link to a thing, except those of its own notes; a plain link has its remark, a typed edge shows its own."""
    rows = store.rows(
        "SELECT DISTINCT d.path, l.line, l.col, l.raw, d.layer, iif(l.role = '', l.why, '') FROM link l "
        "JOIN document d ON d.id = l.doc WHERE l.to_node = ? AND NOT EXISTS (SELECT 1 FROM entry e "
        "WHERE e.doc = l.doc AND e.n = l.entry AND e.node = l.to_node AND NOT e.mentioned) "
        "ORDER BY d.layer DESC, d.path, l.line, l.col",
        (node,),
    )
    return [
        {"path": path, "line": line, "column": column, "raw": raw, "source": layer, **({"why": why} if why else {})}
        for path, line, column, raw, layer, why in rows
    ]


def _code(store: Store, name: str) -> dict[str, Any] | None:
    row = store.one("SELECT data FROM implementation WHERE id = ?", (name,))
    data: dict[str, Any] | None = json.loads(row[0]) if row else None
    return data


def _neighbors(store: Store, node: int) -> list[dict[str, Any]]:
    """The papers that share the most patterns with this one."""
    rows = store.rows(
        "SELECT n.key, n.title, count(DISTINCT g.target), group_concat(DISTINCT t.key) FROM edge own "
        "JOIN edge g ON g.target = own.target AND g.type = own.type AND g.source <> own.source "
        "JOIN node n ON n.id = g.source JOIN node t ON t.id = g.target "
        "WHERE own.source = ? AND own.type = 'uses-pattern' "
        "AND n.kind = 'paper' GROUP BY n.id ORDER BY 3 DESC, n.first_day, n.key LIMIT ?",
        (node, _NEIGHBORS),
    )
    return [
        {"key": key, "title": title, "shared": count, "patterns": sorted(patterns.split(","))}
        for key, title, count, patterns in rows
    ]


def _fact(facts: str, field: str) -> str | None:
    return next((value for name, value, *_ in json.loads(facts) if name == field), None)


def document(store: Store, layer: str, path: str) -> dict[str, Any]:
    """One file: its dialect and why, what it is about and why, and where each of its links leads."""
    row = store.one(
        "SELECT id, dialect, dialect_by, title, diagnostics FROM document WHERE layer = ? AND path = ?", (layer, path)
    )
    assert row, "nodes name documents that exist"
    doc, dialect, dialect_by, title, diagnostics = row
    about = store.rows(
        "SELECT n.kind, n.key, e.decided_by FROM entry e JOIN node n ON n.id = e.node "
        "WHERE e.doc = ? AND NOT e.mentioned ORDER BY e.n",
        (doc,),
    )
    told = store.rows(
        "SELECT n.key, e.line, e.title, e.why, e.facts FROM entry e JOIN node n ON n.id = e.node "
        "WHERE e.doc = ? AND e.mentioned ORDER BY e.n",
        (doc,),
    )
    return {
        "path": path,
        "source": layer,
        "title": title,
        "dialect": dialect,
        "dialect_by": dialect_by,
        "about": about[0][1] if len(about) == 1 and about[0][0] == "paper" else None,
        "about_by": about[0][2] if about else "nothing in it says that it is about one paper",
        "entries": [f"{kind}:{key}" for kind, key, _ in about],
        "discusses": [
            {"paper": f"paper:{key}", "line": line, "called": called, "why": why, "category": _fact(facts, "category")}
            for key, line, called, why, facts in told
        ],
        "items": [item for _, item in _items(store, doc)],
        "links": _links(store, doc),
        "diagnostics": [
            {"line": line, "column": column, "code": code, "severity": severity, "message": message, "hint": hint}
            for line, column, code, severity, message, hint in json.loads(diagnostics or "[]")
        ],
    }


def _links(store: Store, doc: int) -> list[dict[str, Any]]:
    rows = store.rows(
        "SELECT l.raw, l.line, l.col, l.kind, l.how, l.status, t.path, t.layer, n.kind, n.key, l.target, l.fragment, "
        "l.candidates FROM link l LEFT JOIN document t ON t.id = l.to_doc LEFT JOIN node n ON n.id = l.to_node "
        "WHERE l.doc = ? ORDER BY l.n",
        (doc,),
    )
    return [
        {
            "raw": raw,
            "line": line,
            "column": column,
            "kind": kind,
            "how": how or None,
            "status": status,
            "target": path or (f"{node_kind}:{key}" if key else target if status == "external" else None),
            "target_source": layer,
            "fragment": fragment or None,
            "candidates": json.loads(candidates or "[]"),
        }
        for raw, line, column, kind, how, status, path, layer, node_kind, key, target, fragment, candidates in rows
    ]
