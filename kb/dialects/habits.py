"""The dialects a note may be in, by signs so cheap that an ordinary note imports hardly any dialect.

A sign is necessary, not sufficient: without it, the dialect's `recognize` would say no. Importing all dialects takes
longer than reading fifty notes, which matters if only one note has changed.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from types import ModuleType

from kb.conventions import called
from kb.dialects.note import Note
from kb.header_words import PAPERS, is_reference_list, over_titles, reference_label, titles
from kb.regex import rare

FEWEST = 3
"""Papers in a list or digest; with fewer, it is an ordinary note with links."""
FEWEST_REPORTED = 4
"""Different headings of a report; `Limitations` and `Key results` alone do not make one."""
_REPORTED = (
    "facts", "summary", "key", "why", "mechanism", "foundational", "architecture", "open", "failure", "limitations",
    "confidence", "checks",
)  # fmt: skip
"""Every heading of a report contains one of these."""
LONGEST_HEAD = 500
"""Characters; a longer line does not begin a comment."""
_A_DAY = rb" (?:[\d~]{1,16}(?:-| [\w~]{3,36}\.? [\d~])|[\w~]{3,36}\.? [\d~]{1,8},? [\d~])".replace(b"~", rb"\x80-\xff")
_ON_A_DAY, _AT_A_DAY = re.compile(b"on" + _A_DAY), re.compile(b"at" + _A_DAY)
"""Contained, as bytes, in every line that begins a comment with a date; any non-ASCII byte may be part of a letter or
a digit."""
_DOUBLE = re.compile(r"\(\(")
_DATES = (
    r"(?m:(?:19|20)\d\d[a-z]?(?:[.,:;)，：；．）\]*_]|\s*$|\s[-–—|]\s))"
    r"|[Aa]ut(?:h?ors?|or[ei]s?|oren|eurs?)\b|作者|著者|저자|[Аа]втор"
)
_CITES, _CITES_OTHERS = rare(_DATES), rare(rf"{_DATES}|\bet\.? al\b")
NUMBER = rare(r"\.\d{5}[v)）\]]")
"""Every paper cited without a link has a year before a sign or at the end of a line, `et al.`, the label of authors, or
a bare arXiv number."""
_OF_SITES = ("post", "blog", "_drafts", "_publications")


def possible(note: Note) -> Iterator[ModuleType]:
    """The dialects that may recognize a note, in the order in which they are tried.

    Each has a `NAME`, `recognize(note)`, which returns what it was recognized by or an empty text, and `read(note)`.
    """
    for name, may_be in SIGNS:
        if may_be(note):
            yield _dialect(name)


@cache
def _dialect(name: str) -> ModuleType:
    return import_module(f"kb.dialects.{name}")


def may_be_template(note: Note) -> bool:
    """Looks for a single character first, which is thirty times faster."""
    return ("{" in note.text and "{{" in note.text) or ("%" in note.text and "<%" in note.text)


def may_hold_bibtex(note: Note) -> bool:
    return "@" in note.text and "{" in note.text


def may_define_links(note: Note) -> bool:
    return note.scan.has_references and "]: http" in note.body


def may_list_references(note: Note) -> bool:
    """Nearly all headings were seen before."""
    for heading in note.scan.headings:
        if is_reference_list(heading.text):
            return True
    return reference_label(note.last_section) >= 0


def _may_be_readwise(note: Note) -> bool:
    links, headings = note.scan.links, note.scan.headings
    return (
        "readwise" in "\n".join([link.target for link in links]).lower()
        or "rw-book-cover" in "\n".join([link.raw for link in links])
        or "highlights" in "\n".join([heading.text for heading in headings]).casefold()
    )


def _may_be_report(note: Note) -> bool:
    """Counts as many such headings as `recognize` needs; any bold line may be one."""
    headings = "\n".join([heading.text for heading in note.scan.headings]).lower()
    bold = note.text.count("\n**") + note.text.startswith("**") if "*" in note.text else 0
    return sum(map(headings.count, _REPORTED)) + bold >= FEWEST_REPORTED


def _may_be_discussion(note: Note) -> bool:
    """Searches all lines at once for `View on`, `ago`, `Comment` or a day: most notes have none of these."""
    lines = [line for line in note.lines[note.opens_at - 1 :] if line and len(line) <= LONGEST_HEAD]
    raw = "\n".join(lines).encode().lower()
    is_marked = b"w on " in raw or b" ago" in raw or b"comment" in raw
    return is_marked or bool(_ON_A_DAY.search(raw) or _AT_A_DAY.search(raw))


def _may_be_reading_list(note: Note) -> bool:
    if note.facts.ids or note.facts.kind or note.facts.marks:
        return False
    text = note.text.lower()
    if len(note.cited) + note.body.count(".pdf)") >= FEWEST or "|" in text or "csv" in text or "tsv" in text:
        return True
    cites = _CITES_OTHERS if "et al" in note.body or "et. al" in note.body else _CITES
    signed = note.body.count("** (") + note.body.count("__ (")  # a bold title with its authors
    if len(cites.findall(note.body)) + len(NUMBER.findall(note.body)) >= FEWEST or signed >= FEWEST:
        return True
    over = {*(over_titles(heading.text) for heading in note.scan.headings), over_titles(called(note.path))}
    return not over <= {0, PAPERS} or (PAPERS in over and note.body.count(".md") >= FEWEST)


def _may_be_digest(note: Note) -> bool:
    if note.facts.ids or note.facts.kind:
        return False
    return len(note.cited) + note.body.count(".pdf)") >= FEWEST


def _may_be_records(note: Note) -> bool:
    return not note.facts.kind and titles(note.body) > 1


def _may_be_bare(note: Note) -> bool:
    return True


def _may_be_logseq(note: Note) -> bool:
    if note.scan.has_signs or "___" in note.path or "journals/" in note.path or "pages/" in note.path:
        return True
    return "::" in note.lines[note.opens_at - 1] or ("(" in note.text and bool(_DOUBLE.search(note.text)))


def _may_be_jekyll(note: Note) -> bool:
    if note.text.startswith("+++") or any(folder in note.path for folder in _OF_SITES):
        return True
    return "layout" in note.keys or "collection" in note.keys


SIGNS: tuple[tuple[str, Callable[[Note], bool]], ...] = (
    ("readwise", _may_be_readwise),
    ("report", _may_be_report),
    ("discussion", _may_be_discussion),
    ("reading_list", _may_be_reading_list),
    ("digest", _may_be_digest),
    ("records", _may_be_records),
    ("bare", _may_be_bare),
    ("logseq", _may_be_logseq),
    ("jekyll", _may_be_jekyll),
)
"""The dialects in order: the first one that recognizes a note reads it."""
