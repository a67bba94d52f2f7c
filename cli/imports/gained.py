"""What the index knows about a note just written: the key of its paper, and what it gains from the curated vault."""

from collections import Counter

from cli.imports.plan import Outcome
from kb.store import Store

_GAINED = {"builds-on": "builds on", "uses-pattern": "patterns:", "raises-constraint": "limits:"}


def with_key(store: Store, outcome: Outcome) -> Outcome:
    """The outcome of a written note with its paper's key, now that it is in the index."""
    row = store.one(
        "SELECT n.key FROM document d JOIN entry e ON e.doc = d.id AND NOT e.mentioned JOIN node n ON n.id = e.node "
        "WHERE d.layer = 'own' AND d.path = ?",
        (outcome.path,),
    )
    return outcome._replace(key=row[0]) if row else outcome


def gained_by(store: Store, outcome: Outcome) -> str:
    """What a note gains at once from the curated vault."""
    rows = store.rows(
        "SELECT DISTINCT g.type, g.target FROM edge g JOIN node n ON n.id = g.source "
        "WHERE n.kind = 'paper' AND n.key = ?",
        (outcome.key,),
    )
    edges = Counter(kind for kind, _ in rows)
    row = store.one("SELECT implementation FROM node WHERE kind = 'paper' AND key = ?", (outcome.key,))
    code = f"code: paperkb run {row[0]}" if row and row[0] else ""
    counted = [f"{name} {edges[kind]}" for kind, name in _GAINED.items() if edges[kind]]
    return ", ".join(filter(None, (*counted, code)))
