"""Tie papers to implementations, as the cards declare."""

import json
from collections.abc import Collection, Iterable

from kb.model import Implementation
from kb.slugs import slug
from kb.store import Store, dump
from kb.titles import title_key
from linker import nodes

EXPERIMENT = "experiment"
"""The role of a card that asks a question across papers, and of its links to them."""


def tied(store: Store) -> set[int]:
    """The papers that cards are tied to: only cards make edges without a document."""
    return {node for (node,) in store.rows("SELECT target FROM edge WHERE doc IS NULL")}


def named(store: Store, nodes: Iterable[int]) -> bool:
    """Whether a card names one of these nodes."""
    names = set(_names_of_papers(store))
    with store.listed("touched", nodes) as table:
        ids = store.rows(  # +: keeps SQLite from going through all ids of the vault
            f"SELECT v.value FROM {table} t CROSS JOIN value v ON v.node = t.value WHERE +v.field = 'id'"
        )
        keys = store.rows(f"SELECT n.key FROM {table} t CROSS JOIN node n ON n.id = t.value")
    named_keys = {slug(name.removeprefix("key:")) for name in names if name.startswith("key:")}
    return any(name in names for (name,) in ids) or any(key in named_keys for (key,) in keys)


def install(store: Store, implementations: Iterable[Implementation]) -> None:
    """Make a node of every implementation, in place of those known so far, and tie them to their papers."""
    if not store.is_fresh:
        store.run("DELETE FROM value WHERE node IN (SELECT id FROM node WHERE kind = 'implementation')")
        store.run("DELETE FROM node WHERE kind = 'implementation'")
        store.run("DELETE FROM implementation")
    wanted: set[str] = set()
    for card in implementations:
        node = store.run(
            "INSERT INTO node (kind, key, title, family, code_status, path) VALUES ('implementation', ?, ?, ?, ?, ?)",
            (card.id, card.summary, card.family, card.status, card.place[0]),
        )
        names = {title_key(name) for name in _names(card)}
        nodes.add_values(store, [(node, nodes.value_rows({"name": names}))])
        store.run("INSERT INTO implementation VALUES (?, ?, ?)", (card.id, node, dump(card._asdict())))
        wanted.update(card.papers)
    store.set_meta("papers of cards", dump(sorted(wanted)))  # cards are long, and this is read often
    tie(store)


def tie(store: Store) -> None:
    """Make an edge from every implementation to each paper that its card names, in place of those there were.

    An experiment implements nothing; it is linked to the papers that it is about, with its question as the why.
    """
    if not store.is_fresh:
        store.run(
            "UPDATE node SET implementation = NULL, code_status = CASE kind WHEN 'paper' THEN 'none' END "
            "WHERE id IN (SELECT target FROM edge WHERE doc IS NULL)"
        )
        store.run("DELETE FROM edge WHERE doc IS NULL")
    cards = store.rows(
        "SELECT id, node, json_extract(data, '$.role', '$.status', '$.question', '$.place[1]', '$.papers') "
        "FROM implementation ORDER BY id"
    )
    papers = _papers(store, _names_of_papers(store))
    for name, node, said in cards:
        role, status, question, line, wanted = json.loads(said)
        for paper in (paper for each in wanted for paper in papers.get(each, ())):
            if role == EXPERIMENT:
                link = ("links", node, paper, EXPERIMENT, question, line)
                store.run("INSERT INTO edge VALUES (?, ?, ?, ?, ?, NULL, ?)", link)
                continue
            store.run("INSERT INTO edge VALUES ('implements', ?, ?, '', '', NULL, ?)", (node, paper, line))
            store.run("UPDATE node SET implementation = ?, code_status = ? WHERE id = ?", (name, status, paper))


def _names_of_papers(store: Store) -> list[str]:
    names: list[str] = json.loads(store.meta("papers of cards") or "[]")
    return names


def _names(card: Implementation) -> set[str]:
    """Names that people may use for it: its id, and those of its trained models."""
    return {card.id, *(str(training["id"]) for training in card.trainings)}


def _papers(store: Store, names: Collection[str]) -> dict[str, list[int]]:
    """The papers that cards name, by name; all in one query, as an index being built has no SQL indexes yet."""
    found: dict[str, list[int]] = {}
    keys: dict[str, list[str]] = {}
    for name in names:
        if name.startswith("key:"):
            keys.setdefault(slug(name.removeprefix("key:")), []).append(name)
    with store.listed("named", (*names, *keys)) as table:
        for name, node in store.rows(
            f"SELECT v.value, v.node FROM value v CROSS JOIN node n ON n.id = v.node "
            f"WHERE v.field = 'id' AND v.value IN (SELECT value FROM {table}) AND n.kind = 'paper'"
        ):
            found.setdefault(name, []).append(node)
        for key, node in store.rows(
            f"SELECT key, id FROM node WHERE kind = 'paper' AND key IN (SELECT value FROM {table})"
        ):
            for name in keys.get(key, ()):
                found.setdefault(name, []).append(node)
    return found
