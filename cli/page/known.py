"""What the index knows about the papers of a page beyond an answer's fields; all facts are those that `show` prints."""

import json
from dataclasses import dataclass
from typing import Any

from cli.printable import printable
from kb.opening import opening
from kb.query.compile import compile_query
from kb.query.syntax import parse
from kb.store import Store
from linker.graph import pages_elsewhere
from linker.openings import openings

FLAGS = {"claim": "has:claim", "benchmark": "has:benchmark", "note": "has:note", "survey": "is:survey",
         "orphan": "is:orphan", "curated": "-is:own"}  # fmt: skip
"""What the page cannot tell from its columns, and the query that tells it."""

SUMMARIES, SUMMARY, LEAST = 120_000, 400, 80
"""Characters for all summaries of a page, for one, and of the shortest one worth its place."""


@dataclass(frozen=True)
class Known:
    """Per paper: flags, the folded names that `title:` searches, its pages at other sites, a summary, the code.

    Args:
        cut: papers with more authors than are listed.
    """

    flags: dict[str, set[str]]
    cut: set[str]
    names: dict[str, set[str]]
    sites: dict[str, list[tuple[str, str]]]
    summaries: dict[str, str]
    code: dict[str, dict[str, str | list[str]]]


def known(store: Store, keys: list[str]) -> Known:
    """Facts about these papers, each kind read once for all of them."""
    limit = min(SUMMARY, SUMMARIES // max(len(keys), 1))
    return Known(
        {name: _holding(store, query) for name, query in FLAGS.items()},
        {key for (key,) in store.rows("SELECT n.key FROM value v JOIN node n ON n.id = v.node WHERE v.field = 'cut'")},
        names(store, "paper"),
        pages_elsewhere(store),
        _summaries(store, keys, limit) if limit >= LEAST else {},
        _code(store, keys),
    )


def _holding(store: Store, query: str) -> set[str]:
    condition = compile_query(parse(query), query, store)
    rows = store.rows(f"SELECT n.key FROM node n WHERE n.kind = 'paper' AND {condition.sql}", condition.parameters)
    return {key for (key,) in rows}


def names(store: Store, kind: str) -> dict[str, set[str]]:
    """By key, the folded names of the things of a kind."""
    found: dict[str, set[str]] = {}
    for key, name in store.rows(
        "SELECT n.key, v.value FROM value v JOIN node n ON n.id = v.node WHERE v.field = 'name' AND n.kind = ?", (kind,)
    ):
        found.setdefault(key, set()).add(name)
    return found


def _summaries(store: Store, keys: list[str], limit: int) -> dict[str, str]:
    """The summary that a note gives, else the opening of the note about the paper."""
    found = {key: opened.text for key, opened in openings(store, "paper", keys, limit).items()}
    with store.listed("summarized", keys) as table:
        for key, facts in store.rows(
            f"SELECT n.key, n.facts FROM {table} a JOIN node n ON n.key = a.value AND n.kind = 'paper'"
        ):
            if stated := json.loads(facts or "{}").get("summary"):
                found[key] = opening(stated[0][0], limit) or stated[0][0][:limit]
    return {key: printable(said) for key, said in found.items()}


def _code(store: Store, keys: list[str]) -> dict[str, dict[str, str | list[str]]]:
    """The implementation of each paper that has one: its status and what was measured, in the words of `show`."""
    from cli.render.code import code_rows

    found = {}
    with store.listed("implemented", keys) as table:
        for key, status, text in store.rows(
            f"SELECT n.key, n.code_status, i.data FROM {table} a JOIN node n ON n.key = a.value AND n.kind = 'paper' "
            "JOIN implementation i ON i.id = n.implementation"
        ):
            code: dict[str, Any] = json.loads(text)
            rows = [(head, text.plain) for head, text in code_rows(code)]
            said = {head: text for head, text in reversed(rows) if head}
            verdict = next((record["verdict"] for record in code["records"] if record["kind"] == "claim"), "")
            found[key] = {
                name: value
                for name, value in {
                    "command": f"paperkb run {code['id']}",
                    "status": status,
                    "claim": printable(code["claim"]),
                    "verdict": verdict,
                    "grade": code["grade"],
                    "measured": said.get("verdict", ""),
                    "benchmark": said.get("bench", ""),
                    "growth": [text for head, text in rows if head == "growth"],
                }.items()
                if value
            }
    return found
