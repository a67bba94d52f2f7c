"""Counts of the reader's own vault, without the curated base."""

import json

from kb.store import IN_OWN_NOTES, Store, dump
from kb.typed import Any

_STATUS = {
    "ok": "resolved",
    "fragment-missing": "resolved",
    "ambiguous": "ambiguous",
    "missing": "missing",
    "external": "external",
    "person": "external",
    "label": "external",
}


def counts(store: Store) -> dict[str, Any]:
    """Documents, papers, ghosts, links by outcome and by reason, diagnostics, and notices about what is left out.

    Counted once for every state of the index.
    """
    state = store.meta("state")
    counted: dict[str, Any] = json.loads(store.meta("counts") or "{}")
    if counted.get("state") != state:
        counted = {"state": state, "counts": _count(store)}
        store.keep("counts", dump(counted))
    found: dict[str, Any] = counted["counts"]
    return found


def _count(store: Store) -> dict[str, Any]:
    [(documents, diagnostics)] = store.rows(
        "SELECT count(*), coalesce(sum(json_array_length(diagnostics)), 0) FROM document WHERE layer = 'own' "
        "AND dialect IS NOT NULL"
    )
    [(papers,)] = store.rows(f"SELECT count(*) FROM node n WHERE n.kind = 'paper' AND {IN_OWN_NOTES}")
    [(ghosts,)] = store.rows(
        "SELECT count(DISTINCT m.to_node) FROM node n JOIN meaning m ON m.to_node = n.id WHERE n.kind = 'ghost' "
        "AND m.layer = 'own' AND EXISTS (SELECT 1 FROM written_link w WHERE w.meaning = m.id)"
    )
    links = dict.fromkeys(("resolved", "ambiguous", "missing", "external"), 0)
    by_reason: dict[str, int] = {}
    by_kind: dict[str, dict[str, int]] = {}
    for kind, status, how, count in store.rows(  # group by meaning first: there are fewer of them
        "SELECT m.kind, m.status, m.how, sum(w.links) FROM "
        "(SELECT meaning, count(*) AS links FROM written_link GROUP BY meaning) w JOIN meaning m ON m.id = w.meaning "
        "WHERE m.layer = 'own' AND m.status <> 'work' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ):
        links[_STATUS[status]] += count
        reason = how or status
        by_reason[reason] = by_reason.get(reason, 0) + count
        kinds = by_kind.setdefault(kind, {})
        kinds[_STATUS[status]] = kinds.get(_STATUS[status], 0) + count
    return {
        "documents": documents,
        "papers": papers,
        "ghosts": ghosts,
        "links": links,
        "links_as": store.meta("links"),
        "by_reason": dict(sorted(by_reason.items())),
        "by_kind": by_kind,
        "diagnostics": diagnostics,
        "left_out": len(json.loads(store.meta("left_out") or "[]")),
    }
