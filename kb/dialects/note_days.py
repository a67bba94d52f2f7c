"""The day on which a note was written, if that is what its `date` means, not when the paper came out.

Everybody calls both `date`. A day is the note's if another field or line gives an earlier year for the paper, or if
the `title` next to it is another than the one a line below gives the paper. For a paper with an arXiv id, it is also
the note's if it is in a later month and the file is named by it or it has a time of day, or if two years have passed.
"""

from kb import dates
from kb.dates import PartialDate
from kb.dialects.note import Note, Reading
from kb.facts import DATE_FIELDS, fact_name, from_fields
from kb.fields import Field, Problem
from kb.model import CITED_YEAR, Entry, Fact
from kb.regex import rare
from kb.titles import title_key

_PUBLISHED = ("venue", "doi")
"""Facts of a paper published elsewhere; the day in a file name may then be that of the publication."""
_TIMED = rare(r"\d[T ](?!00:00)\d\d?:\d\d")
_LONG = 24
"""Months after which hardly any preprint is still published."""


def told_apart(note: Note, reading: Reading) -> Reading:
    """The reading with the note's own day as `noted_on`, and with the paper's other date if there is one."""
    found = next((field for field in note.fields if field.key.strip().lower() == "date" and field.values), None)
    places = [n for n, entry in enumerate(reading.entries) if entry.kind == "paper" and not entry.mentioned]
    if found is None or len(places) != 1:
        return reading
    [n], (said, line, column, _) = places, found.values[0]
    entry = reading.entries[n]
    day = next((fact.value for fact in entry.facts if fact.field == "date" and fact.line == line), "")
    written = dates.parse_date(day) if day else None
    if written is None or written.precision != "day":
        return reading
    arxiv = next((paper.value for paper in entry.ids if paper.scheme == "arxiv"), "")
    of_paper = _said_elsewhere(note, found, has_arxiv=bool(arxiv))
    came_out = dates.parse_date(of_paper[0].value) if of_paper else None
    why = ""
    if not (came_out and came_out.year < written.year):
        if line_of_title := _title_elsewhere(note):
            why = f"the `title` is the note's too, and line {line_of_title} gives the paper's"
        elif not of_paper and arxiv and _is_late(
            entry, written, dates.from_arxiv(arxiv), is_of_file=_names(note.stem, written) or bool(_TIMED.search(said))
        ):
            why = f"arXiv id {arxiv} is from {dates.from_arxiv(arxiv)}"
        else:
            return reading
    hint = "if the paper came out then, name the field `published`; if not, `created`"
    message = f"`date: {day}` is read as the date of this note, because {why}"
    problems = (Problem(line, column, "date-of-note", message, hint, "notice"),) if why else ()
    own = (_noted(fact) if fact.field == "date" and fact.line == line else fact for fact in entry.facts)
    told = entry._replace(facts=(*own, *of_paper))
    entries = (*reading.entries[:n], told, *reading.entries[n + 1 :])
    return reading._replace(entries=entries, problems=(*reading.problems, *problems))


def _said_elsewhere(note: Note, found: Field, *, has_arxiv: bool) -> list[Fact]:
    """The date in other fields and lines (`year`, `published`); else, without an arXiv id, in the line of authors."""
    if len(DATE_FIELDS & note.keys) < 2 and not note.header:
        return []
    others = from_fields([field for field in (*note.fields, *note.header) if field is not found])
    told = [fact for fact in others.facts if fact.field == "date"]
    cited = [] if told or has_arxiv else [fact for fact in others.facts if fact.field == CITED_YEAR]
    return told or [fact._replace(field="date") for fact in cited]


def _title_elsewhere(note: Note) -> int:
    """The line below the front matter that gives the paper's title, if the front matter has another title."""
    own = next((field for field in note.fields if fact_name(field.key) == "title" and field.values), None)
    given = next((field for field in note.header if field.key == "title"), None)
    if own is None or given is None or title_key(own.values[0].text) == title_key(given.values[0].text):
        return 0
    return given.line


def _noted(fact: Fact) -> Fact:
    return fact._replace(field="noted_on")


def _names(stem: str, day: PartialDate) -> bool:
    return stem.startswith((str(day), str(day).replace("-", "")))


def _is_late(entry: Entry, day: PartialDate, arxiv: PartialDate, *, is_of_file: bool) -> bool:
    """Whether this day is after the month of the arXiv id, and more likely the note's than that of a publication."""
    months = 12 * (day.year - arxiv.year) + (day.month or 0) - (arxiv.month or 0)
    if months <= 0:
        return False
    is_published = any(fact.field in _PUBLISHED and not _is_arxiv(fact.value) for fact in entry.facts)
    return months > _LONG or (is_of_file and not is_published)


def _is_arxiv(value: str) -> bool:
    return value.lower().startswith(("arxiv", "corr"))
