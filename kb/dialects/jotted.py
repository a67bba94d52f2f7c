"""Papers that a note only jots down: the link of a task, of an item among others, or of a line in a diary.

Elsewhere a link on a line of its own, or behind a label, is the address of the paper that the note is about.
"""

import re

from kb.dates import parse_date
from kb.dialects.note import Note
from kb.ids import PaperId, parse_id
from kb.markdown import link_text
from kb.model import Link
from kb.regex import rare

_ITEM = rare(r"\s*(?:[-*+]|\d{1,3}[.)])\s+(?P<task>\[.\]\s+)?")
"""The mark of a list's item or task."""
_DAY = rare(
    r"(?:(?:19|20)\d\d(?P<sep>[-_.]?)(?:\d\d(?P=sep)\d\d|w\d\d?))?[\s,_-]{0,3}"
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)?",
    re.IGNORECASE,
)
"""A day or week as people call their daily notes: `2024-05-02 Thu`, `2024_05_02`, `2024-W18`, `Thursday`."""


class Jotted:
    """Which links of a note that have a label or a line to themselves are only jotted down.

    Args:
        title: the note's, or its name.
        end: the line of the first section.

    Attributes:
        listed: by scheme, the papers whose titles open items above the first section.
    """

    def __init__(self, note: Note, title: str, end: int) -> None:
        self.lines, self.opens_at = note.lines, note.opens_at
        self.is_diary = is_day(title)
        self.listed: dict[str, set[PaperId]] = {}
        for link, paper in note.cited:
            if link.line < end and self._opens_item(link):
                self.listed.setdefault(paper.scheme, set()).add(paper)

    def has_labelled(self, line: int) -> bool:
        """Whether a line with a label (`Paper: ...`) is in a diary that does not open with it."""
        is_opening = line == self.opens_at and not _ITEM.match(self.lines[line - 1])
        return self.is_diary and not is_opening

    def has(self, link: Link, paper: PaperId) -> bool:
        """Whether a link without a label is only jotted down."""
        item = _ITEM.match(self.lines[link.line - 1])
        if item is None:
            return self.is_diary and not link_text(link)
        listed = self.listed.get(paper.scheme, set())
        return bool(item["task"]) or self.is_diary or len(listed) > (paper in listed)

    def _opens_item(self, link: Link) -> bool:
        text = link_text(link)
        if not text or parse_id(text):
            return False
        return _ITEM.fullmatch(self.lines[link.line - 1], 0, link.column - 1) is not None


def is_day(name: str) -> bool:
    """Whether a name is that of a day or week."""
    date = parse_date(name)
    return (date is not None and date.precision == "day") or bool(name and _DAY.fullmatch(name))
