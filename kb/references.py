"""References of a bibliography as facts, whatever their format; their fields have BibTeX's names."""

import re

from kb import facts, ids, names
from kb.facts import Facts
from kb.fields import Field, Problem
from kb.model import Entry, Fact, Record
from kb.preprints import is_archive
from kb.titles import display_title, title_key
from kb.typed import NamedTuple

_ITEM = re.compile(r"\d+/[A-Z0-9]{8}")
"""Zotero's identifier of an item: a library and a key in it."""
_EDTF = re.compile(r"(\d{4}(?:-[01]\d(?:-\d\d)?)?)(?:-2[1-4])?[~?%]?(?:/(?:\d{4}[\d-]*[~?%]?|\.\.)?)?")
"""A date as in BibLaTeX and CSL; it may be uncertain, a season or a span. Group 1 is its first or only day."""
_PLACE = (
    "volume", "number", "pages", "chapter", "publisher", "address", "location", "school", "institution", "type",
    "editor", "series", "edition", "isbn", "issn",
)  # fmt: skip
"""Fields for where it was published, which an exported bibliography also has."""
_MERE = ("misc", "online", "unpublished", "article")
"""Entry types that tools use for papers published only on arXiv."""

HOMES = {"phdthesis": "school", "techreport": "institution"}
"""The field for who published it, by entry type; `publisher` for all others."""

Written = dict[str, tuple[str, int]]
"""Values of a reference by lower-case field name, each with its line."""


class Cited(NamedTuple):
    """One reference: the line where it begins, its citation key, and what it says about the paper.

    Args:
        remark: the owner's own remark about it.
    """

    line: int
    key: str
    told: Facts
    remark: str = ""


def citation_key(identifier: str) -> str:
    """A program's identifier of a reference if people may cite by it; empty for a number, an address or an id."""
    is_of_program = identifier.isdecimal() or "://" in identifier or _ITEM.fullmatch(identifier)
    is_word = len(identifier.split()) == 1
    return identifier if is_word and not is_of_program and not ids.parse_doi(identifier) else ""


def first_day(date: str) -> str:
    """The first or only day of a date in the Extended Date/Time Format; any other text as it is."""
    found = _EDTF.fullmatch(date.strip())
    return found[1] if found else date


def with_subtitle(title: str, subtitle: str) -> str:
    """The whole title; BibLaTeX and Crossref may have its second part in a field of its own, or there, too."""
    if title_key(title).endswith(title_key(subtitle)):
        return title
    return f"{title}{' ' if title.endswith(('?', '!', ':')) else ': '}{subtitle}"


def told_by(fields: list[Field]) -> Facts:
    """What the fields say about the paper; `arXiv preprint arXiv:1234.56789` is not a journal, but gives the id."""
    journal = next((field for field in fields if field.key == "journal"), None)
    written = journal.values[0].written if journal else ""
    held = [paper for *_, paper, _ in ids.find_ids(written)]
    if not held and is_archive(written) and (arxiv := ids.parse_arxiv(written)):  # `CoRR, abs/1706.03762`
        held = [ids.PaperId("arxiv", arxiv.base)]
    result = facts.from_fields([field for field in fields if not (held and field is journal)])
    for paper in held:
        if journal and paper not in result.ids:
            result.ids.append(paper)
            result.facts += [Fact("arxiv_id", paper.value, journal.line, 1)] if paper.scheme == "arxiv" else []
    return result


def place(kind: str, line: int, fields: Written, told: Facts) -> list[Fact]:
    """The type and where it was published: volume, pages, publisher. Empty for a mere preprint, which has only ids.

    For one, Zotero writes `number = {arXiv:1706.03762}` and `publisher = {arXiv}`, DBLP `volume = {abs/1706.03762}`.

    Args:
        kind: the type of the entry in BibTeX.
        line: where it begins.
        told: what is known about the paper.
    """
    venue = told.first("venue")
    has_arxiv = any(paper.scheme == "arxiv" for paper in told.ids)
    if kind in _MERE and has_arxiv and (not venue or is_archive(venue)):
        return []
    found = [Fact("entrytype", kind, line, 1)]
    for name in _PLACE:
        text, at = fields.get(name, ("", 0))
        if name == "editor":
            people = map(names.parse_name, names.split_names(text, "bibtex"))
            text = " and ".join(map(names.display, people))
        if shown := display_title(text):
            found.append(Fact(name, shown, at, 1))
    return found


def record(path: str, called: str, ending: str, cited: list[Cited], problems: list[Problem]) -> Record:
    """The record of a file of references: each one is a mentioned paper that waits for its note.

    Args:
        called: the usual name of the format.
        ending: the file name ending of the format.
    """
    entries = tuple(_entry(each, f"an entry in a {called} file") for each in cited)
    name = path.rpartition("/")[2]  # with its ending; without, it could have the name of a paper
    found = tuple(problem.found_in(path) for problem in problems)
    by = f"file name ends in {ending}"
    return Record(path, called.lower(), by, name, entries=entries, diagnostics=found)


def _entry(cited: Cited, decided_by: str) -> Entry:
    """A mentioned paper; full-text search covers its title, its abstract and the owner's remark."""
    told = cited.told
    told.facts += [Fact("citekey", cited.key, cited.line, 1)] if cited.key else []
    title = told.first("title")
    passage = "\n\n".join(filter(None, (title, told.first("summary"), cited.remark)))
    entry = told.entry("paper", cited.line, decided_by, title)
    return entry._replace(mentioned=True, why=cited.remark, text=passage)
