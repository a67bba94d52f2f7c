"""What a table cell says about a paper, if it is more than the title.

`[Nets](https://arxiv.org/abs/1234.56789) (CVPR 2019)`; `Ann et al., "Nets of ends"`; `Ann, Bo, *Nets of ends* (2019)`.
"""

import re
from collections.abc import Sequence

from kb.dialects import citation
from kb.dialects.citation import Citation
from kb.dialects.cited_dates import MARK, dates_of
from kb.dialects.cited_people import are_families, authors_before
from kb.dialects.cited_titles import is_label
from kb.model import Link
from kb.titles import display_title

_EMPHASIZED = re.compile(r"(?P<sign>\*\*|__|[*_\"“])(?P<text>[^*_\"“”]{4,300})(?:\*\*|__|[*_\"”])")
_SAYS_MORE = re.compile(r"[(\"“*_]|\bet al\b")
_LABEL = re.compile(r"^\s*`[^`]{1,60}`\s*[:：]")
_ET_AL = re.compile(r"[\s,]+et al\.?$")
_AND = re.compile(r",?\s(?:and|&)\s|,\s")
_WORD = re.compile(r"[A-Z]?[a-z]+|TB[AD]|N/?A|\W*")
"""Not the name of a paper: one plain word may be a person's name, or say that there is no paper yet."""


def read(cell: str, links: Sequence[tuple[str, str]], line: int) -> Citation | None:
    """The citation in a cell; None if it has only a title.

    Args:
        links: text and target of the links in the cell.
    """
    shows = [shown for shown, _ in links if not is_label(shown)]
    if not _SAYS_MORE.search(cell) or (shows and display_title(shows[0]) == display_title(cell)):
        return None
    text, made = cell, []
    for shown, url in links:
        raw = f"[{shown}]({url})"
        text = text.replace(raw, MARK, 1)
        made.append(Link(raw, line, 1, "markdown", url))
    if not shows and (emphasized := _emphasized(text)):
        return emphasized
    found = citation.parse(text, made)
    return found if found.title and (found.authors or found.date or found.linked) else None


def is_title(cell: str) -> bool:
    """Whether a cell without a link may be a paper's title or nickname, and not only the names of its authors."""
    listed = _AND.split(_ET_AL.sub("", cell))
    are_people = are_families(listed) and (len(listed) > 1 or _ET_AL.search(cell) is not None)
    return not are_people and not _WORD.fullmatch(cell.strip())


def _emphasized(cell: str) -> Citation | None:
    """The citation if its title is quoted or emphasized and preceded only by authors."""
    matches = _EMPHASIZED.finditer(cell)
    match = next((each for each in matches if not authors_before(each["text"], is_dated=True)), None)
    if match is None:
        return None
    before, after = _LABEL.sub("", cell[: match.start()]).strip(" ,.:;"), cell[match.end() :]
    families = _AND.split(before)
    authors = families if are_families(families) else authors_before(before, is_dated=True) if before else []
    if before and not authors:
        return None
    dated = dates_of(after) or dates_of(cell[: match.start()])
    return Citation(display_title(match["text"].strip(" .,")), tuple(authors), dated[0] if len(dated) == 1 else None)
