"""What is wrong or worth knowing in a vault, each finding with its place and what to do about it."""

import json
from collections.abc import Iterator

from kb.misspelled import near_each
from kb.model import Diagnostic
from kb.store import Store
from linker.lineage import Lineage

GHOSTS_SHOWN = 20


def findings(store: Store, *, shipped: bool = False) -> list[Diagnostic]:
    """Everything `check` reports about the reader's own notes, in the order of files.

    Args:
        shipped: the notes are the curated vault, to which the installed implementations belong; they are checked too.
    """
    found: set[Diagnostic] = set()
    for collect in (_reading, _links, _ghosts, _conflicts, _same_titles, _orphans, _cycles, _uncited, _named_cards):
        found |= set(collect(store))
    return sorted(found | set(_cards(store)) if shipped else found)


def _reading(store: Store) -> Iterator[Diagnostic]:
    for path, diagnostics in store.rows(
        "SELECT path, diagnostics FROM document WHERE layer = 'own' AND diagnostics <> '[]'"
    ):
        for line, column, code, severity, message, hint in json.loads(diagnostics):
            yield Diagnostic(path, line, column, code, severity, message, hint)
    for path, code, severity, message, hint in json.loads(store.meta("left_out") or "[]"):
        yield Diagnostic(path, 1, 1, code, severity, message, hint)


def _links(store: Store) -> Iterator[Diagnostic]:
    names = [
        row[0].rpartition("/")[2].rpartition(".")[0] or row[0]
        for row in store.rows("SELECT path FROM document WHERE layer = 'own' ORDER BY path")
    ]
    rows = store.rows(
        "SELECT d.path, l.line, l.col, l.raw, l.target, l.fragment, l.kind, l.status, l.candidates, l.to_node "
        "FROM link l JOIN document d ON d.id = l.doc WHERE d.layer = 'own' AND l.status IN "
        "('ambiguous', 'missing', 'fragment-missing') ORDER BY d.path, l.line, l.col"
    )
    near = near_each({row[4] for row in rows if row[7] == "missing"}, names)
    for path, line, column, raw, target, fragment, kind, status, candidates, ghost in rows:
        shown = raw if len(raw) <= 80 else raw[:79] + "…"
        if status == "ambiguous":
            yield Diagnostic(
                path,
                line,
                column,
                "link-ambiguous",
                "warning",
                f"{shown} may mean several notes",
                f"write one of {', '.join(json.loads(candidates))}",
            )
        elif status == "fragment-missing":
            yield Diagnostic(
                path,
                line,
                column,
                "fragment-missing",
                "warning",
                f"{shown}: no `{fragment}` in that note",
                "is the heading or block still called so?",
            )
        elif kind in ("markdown", "embed") and ghost is None:
            yield Diagnostic(
                path, line, column, "file-missing", "warning", f"{shown} leads to no file", "check the path"
            )
        elif kind in ("wiki", "markdown", "field", "property", "embed"):
            meant = " or ".join(near[target][:2])
            hint = f"did you mean {meant}?" if meant else "write that note, or link its id"
            yield Diagnostic(path, line, column, "link-missing", "notice", f"{shown} has no note yet", hint)


def _ghosts(store: Store) -> Iterator[Diagnostic]:
    for key, count, path, line in store.rows(
        "SELECT n.key, count(DISTINCT l.doc), min(d.path), min(l.line) FROM link l JOIN node n ON n.id = l.to_node "
        "JOIN document d ON d.id = l.doc WHERE n.kind = 'ghost' AND d.layer = 'own' GROUP BY n.id "
        "HAVING count(DISTINCT l.doc) > 1 ORDER BY 2 DESC, 1 LIMIT ?",
        (GHOSTS_SHOWN,),
    ):
        yield Diagnostic(
            path, line, 1, "ghost", "notice", f"`{key}` is wanted by {count} notes and has none", f"paperkb show {key}"
        )


def _conflicts(store: Store) -> Iterator[Diagnostic]:
    """Notes of one paper that tell different dates, ids or titles; a date that the arXiv id contradicts."""
    for key, path, facts, arxiv_id, first_day in store.rows(
        "SELECT key, path, facts, arxiv_id, first_day FROM node WHERE kind = 'paper' AND layer = 'own' ORDER BY path"
    ):
        for field, candidates in json.loads(facts).items():
            if field in ("date", "arxiv_id", "doi", "implementation") and len(candidates) > 1:
                values = ", ".join(f"{value} ({where}:{line})" for value, where, line, _ in candidates)
                if not (field == "date" and _refine([candidate[0] for candidate in candidates])):
                    yield Diagnostic(
                        path,
                        candidates[0][2],
                        1,
                        f"{field.replace('_', '-')}-conflict",
                        "warning",
                        f"`{key}` has several values for {field}: {values}",
                        "the first one counts",
                    )
        if arxiv_id and first_day and "/" not in arxiv_id and first_day[:4] < f"20{arxiv_id[:2]}":
            yield Diagnostic(
                path,
                1,
                1,
                "date-before-arxiv",
                "notice",
                f"`{key}` is dated {first_day[:4]}, its arXiv id {arxiv_id} is later",
                "fine for a preprint posted late; else correct the date",
            )


def _refine(dates: list[str]) -> bool:
    """Do these dates only differ in how precise they are?"""
    longest = max(dates, key=len)
    return all(longest.startswith(date) for date in dates)


def _same_titles(store: Store) -> Iterator[Diagnostic]:
    for name, keys, path in store.rows(
        "SELECT v.value, group_concat(n.key, ', '), min(n.path) FROM value v JOIN node n ON n.id = v.node "
        "WHERE v.field = 'name' AND n.kind = 'paper' GROUP BY v.value HAVING count(DISTINCT n.id) > 1 "
        "AND sum(n.layer = 'own') > 0 ORDER BY 1"
    ):
        yield Diagnostic(
            path,
            1,
            1,
            "same-name",
            "notice",
            f'several papers are called "{name}": {keys}',
            "their ids or authors differ, so they stay apart",
        )


def _orphans(store: Store) -> Iterator[Diagnostic]:
    for key, path in store.rows(
        "SELECT n.key, n.path FROM node n WHERE n.kind = 'paper' AND n.layer = 'own' AND NOT EXISTS "
        "(SELECT 1 FROM edge g WHERE g.type <> 'implements' AND (g.source = n.id OR g.target = n.id)) ORDER BY n.path"
    ):
        yield Diagnostic(path, 1, 1, "orphan", "notice", f"`{key}` is linked to nothing", "say what it builds on")


def _cycles(store: Store) -> Iterator[Diagnostic]:
    lineage = Lineage(store)
    for step in lineage.cycles():
        source, target = lineage.nodes[step.source], lineage.nodes[step.target]
        yield Diagnostic(
            step.path,
            step.line,
            1,
            "builds-on-cycle",
            "warning",
            f"`{source.key}` builds on `{target.key}` closes a circle",
            "one of its edges should be `cites`",
        )


def _uncited(store: Store) -> Iterator[Diagnostic]:
    """Where notes list what a paper cites, a predecessor that is not among it."""
    for key, path, line, other in store.rows(
        "SELECT s.key, d.path, g.line, t.key FROM edge g JOIN node s ON s.id = g.source JOIN node t ON t.id = g.target "
        "JOIN document d ON d.id = g.doc WHERE g.type = 'builds-on' AND d.layer = 'own' AND "
        "EXISTS (SELECT 1 FROM edge c WHERE c.source = s.id AND c.type = 'cites') AND NOT EXISTS "
        "(SELECT 1 FROM edge c WHERE c.source = s.id AND c.target = t.id AND c.type = 'cites') ORDER BY 2, 3"
    ):
        yield Diagnostic(
            path,
            line,
            1,
            "uncited",
            "notice",
            f"`{key}` builds on `{other}` but is not said to cite it",
            "fine when the idea came first; else add it to `cites`",
        )


def _named_cards(store: Store) -> Iterator[Diagnostic]:
    """A note names an implementation that exists and names it back."""
    known = {row[0] for row in store.rows("SELECT id FROM implementation")}
    for key, facts in store.rows("SELECT key, facts FROM node WHERE kind = 'paper' ORDER BY path"):
        for name, where, line, layer in json.loads(facts).get("implementation", [])[:1]:
            if layer != "own":
                continue
            if name not in known:
                yield Diagnostic(
                    where,
                    line,
                    1,
                    "implementation-missing",
                    "warning",
                    f"`{key}` names the implementation `{name}`, which does not exist",
                    "`paperkb verify --all` lists them",
                )
            elif not store.one(
                "SELECT 1 FROM edge g JOIN node s ON s.id = g.source JOIN node t ON t.id = g.target "
                "WHERE g.type = 'implements' AND s.key = ? AND t.key = ?",
                (name, key),
            ):
                yield Diagnostic(
                    where,
                    line,
                    1,
                    "implementation-one-way",
                    "warning",
                    f"`{key}` names `{name}`, whose card does not name the paper",
                    "add its id to the card",
                )


def _cards(store: Store) -> Iterator[Diagnostic]:
    """A card names a paper that has a note, and its record is of its code."""
    for name, data, has_paper in store.rows(
        "SELECT i.id, i.data, EXISTS (SELECT 1 FROM edge g WHERE g.source = i.node) FROM implementation i ORDER BY 1"
    ):
        path, line = json.loads(data)["place"]
        if not has_paper:
            yield Diagnostic(
                path,
                line,
                1,
                "card-without-note",
                "warning",
                f"the card `{name}` names no paper that has a note",
                "write the note, or correct the id",
            )
        if json.loads(data)["status"] == "stale":
            yield Diagnostic(
                path,
                line,
                1,
                "record-stale",
                "notice",
                f"the record of `{name}` is older than its code",
                f"paperkb verify {name}",
            )
