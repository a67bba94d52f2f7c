"""Run a query: text in, papers out."""

import math
import re

from kb.query.compile import Condition, compile_query, fold_tag, folded
from kb.query.syntax import QueryError, parse
from kb.store import TEXT_OF_ENTRY, Store, as_utf8
from kb.typed import NamedTuple

SORTS = ("relevance", "date", "title", "key", "influence")
_COLUMN = re.compile(r"\bn\.(\w+)")
_IN_INDEX = {"id", "first_day", "last_day", "kind", "key"}
"""The columns in the SQL index of dates; any other one needs the row, which takes as long as finding the paper."""
_MOST = 2**63 - 1
"""SQLite's largest integer."""


class Paper(NamedTuple):
    """One row of an answer, with the fields that `query --json` promises."""

    key: str
    title: str
    authors: list[str]
    year: int | None
    date: str | None
    arxiv_id: str | None
    doi: str | None
    venue: str | None
    tags: list[str]
    patterns: list[str]
    constraints: list[str]
    family: str | None
    category: str | None
    status: str | None
    implementation: str | None
    code_status: str | None
    path: str | None
    source: str | None


class Answer(NamedTuple):
    """The requested papers, and the number of matches, including those beyond the limit if they were counted."""

    papers: list[Paper]
    total: int


def ask(store: Store, text: str, *, sort: str = "", limit: int | None = None, count: bool = True) -> Answer:
    """Papers that match, by relevance if the query has free words, else oldest first.

    Args:
        text: the query; empty matches every paper.
        sort: one of `SORTS`; a `-` before it reverses the order.
        limit: maximum number of rows.
        count: also count the matches beyond the limit; otherwise the search may stop there.

    Raises:
        QueryError: the query cannot be understood, or the limit is below 0.
    """
    if limit is not None and limit < 0:
        raise QueryError(f"the limit {limit} is negative - give 0 or more", "", 0)
    text = as_utf8(text)
    condition = compile_query(parse(text), text, store)
    for name, function in (("folded", folded), ("folded_tag", fold_tag)):
        if f"{name}(" in condition.sql:
            store.db.create_function(name, 1, function, deterministic=True)
    kinds = "('paper', 'ghost')" if condition.asks_ghosts else "('paper')"
    is_cut = limit is not None and not count and _IN_INDEX.issuperset(_COLUMN.findall(condition.sql))
    by_relevance, order = _order(sort, condition, is_cut=is_cut)
    # +: there are few kinds with many papers each, so SQLite should not look papers up by kind
    sql = f"SELECT n.id FROM node n WHERE +n.kind IN {kinds} AND {condition.sql} ORDER BY {order}"
    if is_cut and not by_relevance:
        sql += f" LIMIT {min(limit or 0, _MOST)}"
    matching = [node for (node,) in store.rows(sql, condition.parameters)]
    if by_relevance:
        ranks = _ranks(store, condition.words, matching)
        matching.sort(key=ranks.__getitem__, reverse=sort.startswith("-"))
    return Answer(_papers(store, matching[:limit]), len(matching))


def _order(sort: str, condition: Condition, *, is_cut: bool) -> tuple[bool, str]:
    """Whether papers are ranked by relevance, and their order otherwise or among equally relevant ones.

    Args:
        is_cut: the search stops at the limit; it stops early if the order is that of an SQL index.
    """
    down, name = sort.startswith("-"), sort.lstrip("-")
    name = name or ("relevance" if condition.words else "date")
    turn = "DESC" if down else "ASC"
    match name:
        case "relevance" if condition.words:
            return True, "+n.key"  # +: SQLite should not walk the index of keys just because it is in order
        case "date" | "relevance":
            undated_last = "" if is_cut else "n.first_day IS NULL, "  # no SQL index has it: papers are found first
            return False, f"{undated_last}n.first_day {turn} NULLS LAST, n.key"
        case "title" | "key":
            return False, f"lower(n.{name}) {turn}, n.key"
        case "influence":
            count = (
                "(SELECT count(DISTINCT g.source) FROM edge g WHERE g.target = n.id "
                "AND g.type IN ('builds-on', 'cites'))"
            )
            return False, f"{count} {'ASC' if down else 'DESC'}, n.key"
    raise QueryError(f"cannot sort by `{name}` - use one of {', '.join(SORTS)}", "", 0)


def _ranks(store: Store, words: str, nodes: list[int]) -> dict[int, float]:
    """How well each node's text matches any of the words; lower is better. Other nodes are not ranked."""
    with store.listed("answered", nodes) as table:
        rows = store.rows(
            f"SELECT e.node, min(t.rank) FROM text t JOIN entry e ON {TEXT_OF_ENTRY} "
            f"WHERE text MATCH ? AND e.node IN (SELECT value FROM {table}) GROUP BY e.node",
            [words],
        )
    return dict.fromkeys(nodes, -math.inf) | dict(rows)  # papers that match only by other terms come first


def _papers(store: Store, nodes: list[int]) -> list[Paper]:
    """The rows of the answer for these nodes, in the same order."""
    lists: dict[str, dict[int, list[str]]] = {
        name: {node: [] for node in nodes} for name in ("author", "tag", "uses-pattern", "raises-constraint")
    }
    with store.listed("answered", nodes) as table:
        facts = store.rows(
            "SELECT n.id, n.key, n.title, n.date, n.arxiv_id, n.doi, n.venue, n.family, n.category, n.status, "
            f"n.implementation, n.code_status, n.path, n.layer FROM {table} a JOIN node n ON n.id = a.value"
        )
        for node, name, item in store.rows(
            f"SELECT v.node, v.field, v.value FROM {table} a JOIN value v ON v.node = a.value "
            "WHERE v.field IN ('author', 'tag') ORDER BY v.node, v.field, v.position"
        ):
            lists[name][node].append(item)
        for node, edge, key in store.rows(
            f"SELECT DISTINCT g.source, g.type, t.key FROM {table} a JOIN edge g ON g.source = a.value "
            "JOIN node t ON t.id = g.target WHERE g.type IN ('uses-pattern', 'raises-constraint') "
            "ORDER BY g.source, t.key"
        ):
            lists[edge][node].append(key)
    papers = {
        node: Paper(
            key,
            title,
            lists["author"][node],
            int(date[:4]) if date else None,
            date,
            arxiv_id,
            doi,
            venue,
            lists["tag"][node],
            lists["uses-pattern"][node],
            lists["raises-constraint"][node],
            *rest,
        )
        for node, key, title, date, arxiv_id, doi, venue, *rest in facts
    }
    return [papers[node] for node in nodes]
