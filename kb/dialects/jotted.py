"""Papers that a note only jots down: the link of a task, of an item among others, or of a line in a diary.

Elsewhere a link on a line of its own is the address of the paper that the note is about.
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


def is_jotted(note: Note, title: str, link: Link, paper: PaperId, end: int) -> bool:
    """Whether a link that has a line to itself is only jotted down.

    Args:
        title: the note's, or its name.
        end: the line of the first section.
    """
    item = _ITEM.match(note.lines[link.line - 1])
    if item is None:
        return not link_text(link) and _is_day(title)
    others = (found for found in note.cited if found[0].line < end)
    return bool(item["task"]) or _is_day(title) or any(_is_other_item(note, paper, *other) for other in others)


def _is_day(name: str) -> bool:
    """Whether a name is that of a day or week."""
    date = parse_date(name)
    return (date is not None and date.precision == "day") or bool(name and _DAY.fullmatch(name))


def _is_other_item(note: Note, paper: PaperId, link: Link, other: PaperId) -> bool:
    """Whether the title of another paper opens an item of a list."""
    text = link_text(link)
    if other == paper or other.scheme != paper.scheme or not text or parse_id(text):
        return False
    return _ITEM.fullmatch(note.lines[link.line - 1], 0, link.column - 1) is not None
