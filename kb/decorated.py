"""Labels, titles and parts of lines without the pictures before them: `**📄 Paper**: ...`, `🔥 Nets | 🏛️ CVPR 2020`."""

import re

from kb.model import Entry
from kb.moved import Moved
from kb.regex import beyond_ascii, rare

_PICTURES = r"[\u2139\u231a-\u23ff\u25a0-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3\U0001f000-\U0001faff]"
_PICTURE = rare(_PICTURES)
_AROUND = rare(rf"^(?:{_PICTURES}|\s){{1,50}}|(?:{_PICTURES}|\s){{1,50}}$")
_LABEL = rare(
    r"^(?P<before>[ \t>]{0,20}(?:(?:[-+*]|\d{1,3}[.)])[ \t]+)?)(?P<sign>\*\*|__)?"
    rf"{_PICTURES}{{1,20}}[ \t]?(?=(?:\*\*|__)?[^\W\d_][\w /()-]{{0,40}}(?:\*\*|__)?[ \t]?[:：])"
    rf"|(?<=[|·•] ){_PICTURES}{{1,20}} ",
    re.MULTILINE,
)


def without_pictures(text: Moved) -> None:
    """Leave out the pictures before labels at the start of lines and items, and before parts of a line."""
    if _PICTURE.search(beyond_ascii(text.text)):
        text.sub(_LABEL, lambda label: [((label["before"] or "") + (label["sign"] or ""), label.start())])


def plainly_titled(entry: Entry) -> Entry:
    """The paper without the pictures around its title."""
    title = entry.title
    if title.isascii() or not _PICTURE.search(title):
        return entry
    words = _AROUND.sub("", title)
    return entry._replace(title=words) if words else entry
