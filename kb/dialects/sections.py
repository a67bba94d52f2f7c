"""The sections of a note: where the first begins, and which only identify the paper."""

from bisect import bisect_left

from kb import roles
from kb.dialects.note import Note
from kb.header_words import is_information, is_reference_list
from kb.markdown import Heading
from kb.targets import fold_heading

_SECTIONS = {
    "abstract", "background", "basics", "bibliography", "citation", "contents", "excalidraw data", "experiments",
    "fundamentals", "introduction", "key points", "links", "method", "notes", "overview", "reference", "references",
    "resources", "results", "source", "sources", "summary", "table of contents", "tl dr", "tldr",
}  # fmt: skip
"""Headings that begin a section even if they are the only one of their level."""
_LINKS = {"link", "links", "paper", "url"}
_FEWEST_SPACES = 2


def is_section(heading: Heading) -> bool:
    return fold_heading(heading.text) in _SECTIONS or bool(roles.of_heading(heading.text))


def first_section(note: Note) -> int:
    """The line of the first heading that is neither the title nor `Links` directly below it."""
    opens_at = note.opens_at
    sections = [h for h in note.scan.headings if h.level > 1 and (h.line > opens_at or is_section(h))]
    lines = [h.line for h in sections]
    links = [h.line for h in sections if fold_heading(h.text) in _LINKS]
    if links and links == lines[:1] and not any(note.lines[opens_at : links[0] - 1]) and _has_long_title(note):
        lines = lines[1:]
    return next(iter(lines), 1 << 31)


def _has_long_title(note: Note) -> bool:
    """Whether the note opens with a heading of so many words that it is hardly the name of a topic."""
    first = note.scan.headings[0]
    return first.line == note.opens_at and first.text.count(" ") >= _FEWEST_SPACES


def in_references(note: Note, line: int) -> bool:
    """Whether a line is in a section like `References` or `Related work`; key papers are those of a topic."""
    above = bisect_left(note.scan.headings, line, key=lambda heading: heading.line) - 1
    heading = note.scan.headings[above].text if above >= 0 else ""
    return is_reference_list(heading) and not heading.lower().startswith("key ")


def in_information(note: Note, line: int) -> bool:
    """Whether a line is in a section that only identifies the paper."""
    above = bisect_left(note.scan.headings, line, key=lambda heading: heading.line) - 1
    return above >= 0 and is_information(note.scan.headings[above].text)
