"""Paper to implementation, as the cards declare it."""

from collections.abc import Iterable
from typing import Any

from kb.model import Implementation
from kb.slugs import slug
from kb.store import Store, dump
from kb.titles import title_key
from linker import nodes

EXPERIMENT = "experiment"
"""The role of a card that asks a question across papers, and of its links to them."""


def tied(store: Store) -> set[int]:
    """The papers that cards are tied to: only cards make edges that stand in no document."""
    return {node for (node,) in store.rows("SELECT target FROM edge WHERE doc IS NULL")}


def named(store: Store, nodes: Iterable[int]) -> bool:
    """Does a card name one of these nodes?"""
    papers = store.rows("SELECT DISTINCT p.value FROM implementation i, json_each(i.data, '$.papers') p")
    names = {name for (name,) in papers}
    with store.listed("touched", nodes) as table:
        ids = store.rows(f"SELECT v.value FROM {table} t CROSS JOIN value v ON v.node = t.value WHERE +v.field = 'id'")
        keys = store.rows(f"SELECT n.key FROM {table} t CROSS JOIN node n ON n.id = t.value")
    named_keys = {slug(name.removeprefix("key:")) for name in names if name.startswith("key:")}
    return any(name in names for (name,) in ids) or any(key in named_keys for (key,) in keys)


def tie(store: Store, implementations: Iterable[Implementation]) -> None:
    """Make a node of every implementation and an edge to each paper that its card names.

    An experiment implements nothing: it is linked to the papers that it is about, with its question as the why.
    """
    store.run(
        "UPDATE node SET implementation = NULL, code_status = CASE kind WHEN 'paper' THEN 'none' END "
        "WHERE id IN (SELECT target FROM edge WHERE doc IS NULL)"
    )
    store.run("DELETE FROM edge WHERE doc IS NULL")
    store.run("DELETE FROM value WHERE node IN (SELECT id FROM node WHERE kind = 'implementation')")
    store.run("DELETE FROM node WHERE kind = 'implementation'")
    store.run("DELETE FROM implementation")
    for card in implementations:
        path, line = card.place
        node = store.run(
            "INSERT INTO node (kind, key, title, family, code_status, path) VALUES ('implementation', ?, ?, ?, ?, ?)",
            (card.id, card.summary, card.family, card.status, path),
        )
        nodes.write_values(store, node, {"name": {title_key(name) for name in _names(card)}})
        store.run("INSERT INTO implementation VALUES (?, ?, ?)", (card.id, node, dump(card._asdict())))
        for (paper,) in (row for name in card.papers for row in _papers(store, name)):
            if card.role == EXPERIMENT:
                link = ("links", node, paper, EXPERIMENT, card.question, line)
                store.run("INSERT INTO edge VALUES (?, ?, ?, ?, ?, NULL, ?)", link)
                continue
            store.run("INSERT INTO edge VALUES ('implements', ?, ?, '', '', NULL, ?)", (node, paper, line))
            store.run("UPDATE node SET implementation = ?, code_status = ? WHERE id = ?", (card.id, card.status, paper))


def _names(card: Implementation) -> set[str]:
    """What people may call it: its id, and those of its trained models."""
    return {card.id, *(str(training["id"]) for training in card.trainings)}


def _papers(store: Store, name: str) -> list[tuple[Any, ...]]:
    if name.startswith("key:"):
        return store.rows("SELECT id FROM node WHERE kind = 'paper' AND key = ?", (slug(name.removeprefix("key:")),))
    return store.rows(
        "SELECT v.node FROM value v JOIN node n ON n.id = v.node "
        "WHERE v.field = 'id' AND v.value = ? AND n.kind = 'paper'",
        (name,),
    )
