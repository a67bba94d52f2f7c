"""Labels, titles and parts of lines without the pictures before them: `**📄 Paper**: ...`, `🔥 Nets | 🏛️ CVPR 2020`."""

import re
from itertools import islice

from kb.model import Entry
from kb.moved import Moved
from kb.regex import beyond_ascii, rare

_PICTURES = r"[\u2139\u231a-\u23ff\u25a0-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3\U0001f000-\U0001faff]"
_PICTURE = rare(_PICTURES)
_AROUND = rare(rf"(?:{_PICTURES}|\s)*")
_LABEL = rare(
    r"^(?P<before>[ \t>]{0,20}(?:(?:[-+*]|\d{1,3}[.)])[ \t]+)?)(?P<sign>\*\*|__)?"
    rf"{_PICTURES}{{1,20}}[ \t]?(?=(?:\*\*|__)?[^\W\d_][\w /()-]{{0,40}}(?:\*\*|__)?[ \t]?[:：])"
    rf"|(?<=[|·•] ){_PICTURES}{{1,20}} ",
    re.MULTILINE,
)
_BULLET = rare(
    rf"^(?P<before>[ \t>]{{0,8}})(?:(?P<number>\d{{1,2}})\ufe0f?\u20e3|{_PICTURES}\ufe0f?)[ \t]+(?=\S)",
    re.MULTILINE,
)
_FEWEST = 3


def without_pictures(text: Moved) -> None:
    """Leave out the pictures before labels at the start of lines and items, and before parts of a line.

    Pictures, or numbers in them, with which several lines begin are the signs of items.
    """
    if not _PICTURE.search(beyond_ascii(text.text)):
        return
    text.sub(_LABEL, lambda label: [((label["before"] or "") + (label["sign"] or ""), label.start())])
    if len(list(islice(_BULLET.finditer(text.text), _FEWEST))) == _FEWEST:
        text.sub(_BULLET, lambda line: [(_sign(line), line.start())])


def _sign(line: re.Match[str]) -> str:
    return f"{line['before']}{line['number']}. " if line["number"] else f"{line['before']}- "


def plain_title(title: str) -> str:
    """A title without the pictures around it."""
    if title.isascii() or not _PICTURE.search(title):
        return title
    first, last = _AROUND.match(title), _AROUND.match(title[::-1])
    return title[first.end() if first else 0 : len(title) - (last.end() if last else 0)] or title


def plainly_titled(entry: Entry) -> Entry:
    """The paper without the pictures around its title."""
    title = plain_title(entry.title)
    return entry if title == entry.title else entry._replace(title=title)
