"""Everything that an index says, without row numbers and file stamps: equal vaults have equal contents."""

from typing import Any

from kb.store import Store

Contents = dict[str, list[tuple[Any, ...]]]

_TABLES = {
    "document": "SELECT layer, path, size, hex(digest), dialect, dialect_by, title, fragments, diagnostics "
    "FROM document",
    "entry": "SELECT d.layer, d.path, e.n, e.kind, e.line, e.decided_by, e.key, e.title, e.ids, e.facts, e.mentioned, "
    "e.why, e.passage, n.kind, n.key FROM entry e JOIN document d ON d.id = e.doc LEFT JOIN node n ON n.id = e.node",
    "node": "SELECT kind, key, title, date, first_day, last_day, arxiv_id, doi, venue, family, category, status, "
    "code_status, implementation, path, layer, facts FROM node",
    "value": "SELECT v.field, v.value, n.kind, n.key, v.position FROM value v JOIN node n ON n.id = v.node",
    "link": "SELECT d.layer, d.path, l.n, l.entry, l.raw, l.line, l.col, l.kind, l.target, l.fragment, l.role, l.why, "
    "l.how, l.status, t.path, n.kind, n.key, l.candidates FROM link l JOIN document d ON d.id = l.doc "
    "LEFT JOIN document t ON t.id = l.to_doc LEFT JOIN node n ON n.id = l.to_node",
    "edge": "SELECT e.type, s.kind, s.key, t.kind, t.key, e.role, e.why, d.layer, d.path, e.line FROM edge e "
    "JOIN node s ON s.id = e.source JOIN node t ON t.id = e.target LEFT JOIN document d ON d.id = e.doc",
    "item": "SELECT d.layer, d.path, i.n, i.entry, i.kind, i.line, i.text, i.parts FROM item i "
    "JOIN document d ON d.id = i.doc",
    "text": "SELECT d.layer, d.path, t.rowid & 0xFFFFF, t.title, t.body FROM text t "
    "JOIN document d ON d.id = t.rowid >> 20",
    "tags": "SELECT name, value FROM meta WHERE name LIKE 'tags %'",
    "implementation": "SELECT i.id, i.data, n.kind, n.key FROM implementation i JOIN node n ON n.id = i.node",
}


def contents(store: Store) -> Contents:
    """The rows of each table, sorted."""
    return {name: sorted(store.rows(sql), key=repr) for name, sql in _TABLES.items()}
