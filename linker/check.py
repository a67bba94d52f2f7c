"""What is wrong or worth knowing in a vault, each finding with its place and what to do about it."""

import json
from collections.abc import Iterator

from kb.model import Diagnostic
from kb.query.reach import circling
from kb.store import Store
from linker.lineage import Lineage
from linker.wishes import ranked

GHOSTS_SHOWN = 20
ORPHANS_SHOWN = 20
DAYS_SHOWN = 20
_CONFLICT_CODES = {
    "date": "date-conflict",
    "arxiv_id": "arxiv-id-conflict",
    "doi": "doi-conflict",
    "implementation": "implementation-conflict",
}
_DAY = "date-of-note"
_DIAGNOSED = (
    "SELECT path, diagnostics FROM document INDEXED BY document_diagnosed WHERE layer = 'own' AND diagnostics <> '[]'"
)


def findings(store: Store, *, shipped: bool = False) -> list[Diagnostic]:
    """Everything `check` reports about the reader's own notes, in the order of files; then what is most wanted.

    Args:
        shipped: the notes are the curated vault, to which the installed implementations belong; they are checked too.
    """
    found: set[Diagnostic] = set()
    about = (_conflicts, _shared_ids, _same_titles, _orphans, _cycles, _uncited, _named_cards)
    for collect in (_reading, _links, *about):
        found |= set(collect(store))
    return [*sorted(found | set(_cards(store)) if shipped else found), *_ghosts(store)]


def fixable(store: Store) -> list[str]:
    """The reader's own notes with a finding that `kb.fixes` may fix."""
    from kb.fixes import CODES  # loads what reads notes, which is slow to import

    return [
        path
        for path, diagnostics in store.rows(f"{_DIAGNOSED} ORDER BY path")
        if any(code in CODES for _, _, code, *_ in json.loads(diagnostics))
    ]


def _reading(store: Store) -> Iterator[Diagnostic]:
    """The findings from reading each note; at most `DAYS_SHOWN` about days of notes, which whole collections have."""
    days: list[Diagnostic] = []
    for path, diagnostics in store.rows(_DIAGNOSED):
        for line, column, code, severity, message, hint in json.loads(diagnostics):
            found = Diagnostic(path, line, column, code, severity, message, hint)
            if code == _DAY:
                days.append(found)
            else:
                yield found
    days.sort()
    yield from days[:DAYS_SHOWN]
    rest = days[DAYS_SHOWN:]
    if rest:
        message = f"{len(rest)} more {'dates are' if len(rest) > 1 else 'date is'} read as the date of the note"
        yield rest[0]._replace(message=message)
    for path, code, severity, message, hint in json.loads(store.meta("left_out") or "[]"):
        yield Diagnostic(path, 1, 1, code, severity, message, hint)


def _links(store: Store) -> Iterator[Diagnostic]:
    if store.one("SELECT 1 FROM doubtful_meaning WHERE layer = 'own'"):
        from linker.unresolved import link_findings  # slow to import

        yield from link_findings(store)


def _shared_ids(store: Store) -> Iterator[Diagnostic]:
    several = store.rows(
        "SELECT key FROM identity WHERE key > 'id:' AND key < 'id;' GROUP BY key HAVING count(*) > 1"
    )
    if several:
        from linker.shared_ids import one_id_two_titles  # slow to import

        yield from one_id_two_titles(store, [key for (key,) in several])


def _ghosts(store: Store) -> Iterator[Diagnostic]:
    """Ghosts that several notes link to, most wanted first."""
    several = [ghost for ghost in ranked(store) if ghost.notes > 1]
    for ghost in several[:GHOSTS_SHOWN]:
        message = f"`{ghost.key}` is wanted by {ghost.notes} notes but has none"
        called = f'"{ghost.title}"; ' if ghost.id and ghost.title != ghost.key else ""
        hint = f"{called}`paperkb show {ghost.key}` lists them"
        yield Diagnostic(ghost.path, ghost.line, ghost.column, "ghost", "notice", message, hint)


def _conflicts(store: Store) -> Iterator[Diagnostic]:
    """Notes of one paper that give different dates, ids or implementations; a date that the arXiv id contradicts."""
    for key, path, facts, arxiv_id, first_day in store.rows(
        "SELECT key, path, facts, arxiv_id, first_day FROM doubtful_node WHERE kind = 'paper' AND layer = 'own' "
        "ORDER BY path"
    ):
        for field, candidates in json.loads(facts).items():
            values = [value for value, *_ in candidates]
            if field not in _CONFLICT_CODES or len(values) < 2 or (field == "date" and _agree(values, arxiv_id)):
                continue
            where = ", ".join(f"{path}:{line}" for _, path, line, *_ in candidates)
            place, at = next(((path, line) for _, path, line, layer, *_ in candidates if layer == "own"), (path, 1))
            message = f"`{key}` has several values for {field}: {', '.join(values)}"
            hint = f"the first one counts; they are in {where}"
            yield Diagnostic(place, at, 1, _CONFLICT_CODES[field], "warning", message, hint)
        if arxiv_id and first_day and "/" not in arxiv_id and first_day[:4] < f"20{arxiv_id[:2]}":
            dated = json.loads(facts).get("date", [])
            place, at = next(((path, line) for _, path, line, layer, *_ in dated if layer == "own"), (path, 1))
            message = f"`{key}` is dated {first_day[:4]}, but its arXiv id {arxiv_id} is later"
            hint = "fine for a preprint posted late; else correct the date"
            yield Diagnostic(place, at, 1, "date-before-arxiv", "notice", message, hint)


def _agree(dates: list[str], arxiv_id: str | None) -> bool:
    """Whether these dates differ only in precision, or as a preprint's date does from the year of its publication."""
    from linker.identity import PUBLICATION_LAG  # slow to import: only if dates differ

    if arxiv_id and "/" not in arxiv_id:
        posted = 2000 + int(arxiv_id[:2])
        published = [each for each in dates if len(each) == 4 and 0 < int(each) - posted <= PUBLICATION_LAG]
        dates = [str(posted) if each in published else each for each in dates]
    longest = max(dates, key=len)
    return all(longest.startswith(date) for date in dates)


def _same_titles(store: Store) -> Iterator[Diagnostic]:
    for name, keys, path in store.rows(
        "SELECT v.value, json_group_array(n.key), min(CASE n.layer WHEN 'own' THEN n.path END) FROM value v "
        "JOIN node n ON n.id = v.node WHERE v.field = 'name' AND n.kind = 'paper' AND v.value IN "
        "(SELECT value FROM value WHERE field = 'name' GROUP BY value HAVING count(*) > 1) GROUP BY v.value "
        "HAVING count(DISTINCT n.id) > 1 AND sum(n.layer = 'own') > 0 ORDER BY 1"
    ):
        message = f'several papers are called "{name}": {", ".join(sorted(json.loads(keys)))}'
        yield Diagnostic(
            path or "", 1, 1, "same-name", "notice", message, "their ids or authors differ, so they are kept apart"
        )


def _orphans(store: Store) -> Iterator[Diagnostic]:
    """Papers without links; if there are very many, as in a collection without links, the rest is one line."""
    found = store.rows(
        "SELECT n.key, n.path FROM node n WHERE n.layer = 'own' AND n.id IN (SELECT p.id FROM node p "
        "WHERE p.kind = 'paper' AND p.id NOT IN (SELECT source FROM edge) "
        "AND NOT EXISTS (SELECT 1 FROM edge g WHERE g.target = p.id AND g.doc IS NOT NULL)) ORDER BY n.path"
    )
    for key, path in found[:ORPHANS_SHOWN]:
        yield Diagnostic(path, 1, 1, "orphan", "notice", f"`{key}` is linked to nothing", "say what it builds on")
    rest = found[ORPHANS_SHOWN:]
    if rest:
        message = f"{len(rest)} more {'papers are' if len(rest) > 1 else 'paper is'} linked to nothing"
        yield Diagnostic(rest[0][1], 1, 1, "orphan", "notice", message, "`paperkb query is:orphan` lists all")


def _cycles(store: Store) -> Iterator[Diagnostic]:
    lineage = Lineage(store, circling(store))
    for step in lineage.cycles():
        source, target = lineage.nodes[step.source], lineage.nodes[step.target]
        yield Diagnostic(
            step.path,
            step.line,
            1,
            "builds-on-cycle",
            "warning",
            f"`{source.key}` builds on `{target.key}`, which closes a cycle",
            "one of its edges should be `cites`",
        )


def _uncited(store: Store) -> Iterator[Diagnostic]:
    """A predecessor that is missing from what a paper cites, if notes list that."""
    for key, path, line, other in store.rows(
        "SELECT s.key, d.path, g.line, t.key FROM (SELECT DISTINCT source FROM edge INDEXED BY edge_cites "
        "WHERE type = 'cites') c CROSS JOIN edge g ON g.source = c.source AND g.type = 'builds-on' "
        "JOIN document d ON d.id = g.doc JOIN node s ON s.id = g.source JOIN node t ON t.id = g.target "
        "WHERE d.layer = 'own' AND NOT EXISTS (SELECT 1 FROM edge o WHERE o.source = g.source AND o.target = g.target "
        "AND o.type = 'cites') ORDER BY 2, 3"
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
    """Check that a note names an implementation that exists and names the paper back."""
    known = {row[0] for row in store.rows("SELECT id FROM implementation")}
    for key, facts in store.rows("SELECT key, facts FROM doubtful_node WHERE kind = 'paper' ORDER BY path"):
        for name, where, line, layer, *_ in json.loads(facts).get("implementation", [])[:1]:
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
                    "`paperkb query has:code --fields implementation` lists them",
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
    """Check that a card names a paper that has a note, and that its record is of its current code."""
    for name, data, has_paper in store.rows(
        "SELECT i.id, i.data, EXISTS (SELECT 1 FROM edge g WHERE g.source = i.node) FROM implementation i ORDER BY 1"
    ):
        known = json.loads(data)
        path, line = known["place"]
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
        stale = {record["kind"] for record in known["records"] if record["stale"]}
        renew = "run" if "experiment" in stale else "verify"
        for about, command in ((known, renew), *((training, "run") for training in known["trainings"])):
            if about["status"] == "stale":
                path, line = about["place"]
                yield Diagnostic(
                    path,
                    line,
                    1,
                    "record-stale",
                    "notice",
                    f"the record of `{about['id']}` is older than its code",
                    f"paperkb {command} {about['id']}",
                )
