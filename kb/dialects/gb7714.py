"""Citations by GB/T 7714, China's standard.

    Ann A B, Bo C, et al. Title[J]. Annals, 2019, 12(3): 4-56.
    张三, 李四, 等. 标题[C]//会议论文集. 北京: 出版社, 2019: 4-56.

A mark after the title says what kind of publication it is.
"""

import re

from kb import names
from kb.dialects.cited_people import people
from kb.regex import rare
from kb.titles import display_title
from kb.typed import NamedTuple

_MARKED = rare(
    r"(?P<who>[^.．\[\]\"“]{2,400}(?:\bet al)?)[.．]\s?(?P<title>[^\[\]]{2,300})\[(?:[A-Z]|[A-Z]{1,2}/OL)\]"
    r"(?=//|[.,，．]|\s*$)"
)
_COMMA = rare(r"\s?[,，、]\s?")
_ALONE = rare(r"(?P<family>[^\W\d_][\w'’-]+) (?P<initials>[A-Z](?: ?[A-Z]){0,2})")
"""`Ann A B`"""
_UNSPACED = rare(r"[一-鿿々·]{2,8}|[가-힣]{2,5}")
"""A name in a script that writes it as one word."""


class Marked(NamedTuple):
    """A title, the people before it, whether there are more, and the text after the mark."""

    title: str
    authors: list[str]
    has_others: bool
    tail: str


def parts(text: str) -> Marked | None:
    """The parts of such a citation; None if there is no mark, or not only names before the title."""
    match = _MARKED.match(text) if "]" in text else None
    if match is None:
        return None
    who, *more = names.cut_short(match["who"])
    authors = people(match["who"], is_cited=True) or _unspaced(who) or _alone(who)
    tail = _COMMA.sub(", ", text[match.end() :])
    return Marked(display_title(match["title"]), authors, bool(more), tail) if authors else None


def _unspaced(who: str) -> list[str]:
    listed = _COMMA.split(who.strip())
    return listed if all(map(_UNSPACED.fullmatch, listed)) else []


def _alone(who: str) -> list[str]:
    one = _ALONE.fullmatch(who)
    if one is None:
        return []
    initials = re.sub(r"\B", ". ", one["initials"].replace(" ", ""))
    return [names.display(names.parse_name(f"{one['family']}, {initials}."))]
