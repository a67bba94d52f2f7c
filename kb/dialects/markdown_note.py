"""Markdown: the dialect of a note, and its record."""

from kb.conventions import called_by_notion
from kb.dialects import about, habits
from kb.dialects.edge_fields import edge_links
from kb.dialects.note import Note, Reading, open_note
from kb.facts import DATE_FIELDS
from kb.model import Record
from kb.moved import Moved
from kb.regex import rare
from kb.typed import Any

_OWN_FIELDS = {"implementation", "patterns", "constraints", "builds_on", "kind"}
_GITBOOK = rare(r"\.gitbook/|\{% (?:hint|embed|tabs|content-ref|code) ")
_OBSIDIAN_KEYS = {"aliases", "alias", "tags", "cssclass", "cssclasses"}


def read(path: str, text: str) -> Record:
    """Never fails: what cannot be read becomes a diagnostic, the rest is kept."""
    note = open_note(path, text)
    if habits.may_be_template(note):
        from kb.dialects import template

        gap = template.recognize(note)
        if gap:
            return Record(path, template.NAME, gap, note.stem, text=note.body)
    dialect, dialect_by, reading = _read(note)
    if _may_have_a_day(note):
        from kb.dialects import note_days

        reading = note_days.told_apart(note, reading)
    if habits.may_hold_bibtex(note):
        from kb.dialects import bibtex

        reading = bibtex.added(note, reading)
    if habits.may_define_links(note):
        from kb.dialects import definitions

        reading = definitions.added(note, reading)
    if habits.may_list_references(note):
        from kb.dialects import reference_list

        reading = reference_list.added(note, reading)
    problems = (*note.problems, *reading.problems)
    record = Record(
        path,
        dialect,
        dialect_by,
        reading.title,
        tuple(dict.fromkeys([*note.facts.all("aliases"), *reading.aliases])),
        reading.entries,
        (*edge_links(note.fields), *(note.scan.links if reading.links is None else reading.links)),
        reading.items,
        note.scan.fragments(),
        note.body if reading.text is None else reading.text,
        tuple(problem.found_in(path) for problem in problems),
    )
    return _placed(record, note.moved) if note.moved else record


def _placed(record: Record, moved: Moved) -> Record:
    """The record with the places that its links, facts and diagnostics have in the file."""

    def placed(found: Any) -> Any:
        line, column = moved.place_before(found.line, found.column)
        return found._replace(line=line, column=column)

    return record._replace(
        entries=tuple(entry._replace(facts=tuple(map(placed, entry.facts))) for entry in record.entries),
        links=tuple(map(placed, record.links)),
        diagnostics=tuple(map(placed, record.diagnostics)),
    )


def _may_have_a_day(note: Note) -> bool:
    """Whether a field `date` gives a day that something may contradict; most are in the month of the arXiv id."""
    day = note.facts.first("date")
    if len(day) != len("2017-06-12") or "date" not in note.keys:
        return False
    arxiv = next((paper.value for paper in note.facts.ids if paper.scheme == "arxiv" and "/" not in paper.value), "")
    return arxiv[:4] < day[2:4] + day[5:7] or len(DATE_FIELDS & note.keys) > 1 or bool(note.header)


def _read(note: Note) -> tuple[str, str, Reading]:
    for dialect in habits.possible(note):
        recognized = dialect.recognize(note)
        if recognized:
            return dialect.NAME, recognized, dialect.read(note)
    title, entry = about.about(note)
    return *_plain(note), Reading(title, (entry,) if entry else ())


def _plain(note: Note) -> tuple[str, str]:
    """The dialects that differ only in their signs."""
    if called_by_notion(note.stem):
        return "notion", "an id at the end of the file's name"
    own = sorted(note.keys & _OWN_FIELDS)
    if own:
        return "native", f"front matter `{own[0]}`"
    body = note.body
    may_be = ("/" in body and ".gitbook/" in body) or ("{" in body and "{% " in body)
    gitbook = _GITBOOK.search(body) if may_be else None
    if gitbook:
        return "gitbook", f"`{gitbook[0].strip()}`"
    if any(link.kind != "markdown" and link.raw.startswith(("[[", "![[")) for link in note.scan.links):
        return "obsidian", "wiki-links"
    if note.keys & _OBSIDIAN_KEYS:
        return "obsidian", f"front matter `{sorted(note.keys & _OBSIDIAN_KEYS)[0]}`"
    return "markdown", "no sign of another dialect"
