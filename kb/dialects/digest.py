"""Digests and newsletters: sections, often dated, in which each entry opens with the title of a paper and its link.

    ### 2022-2-20:
    [**Title**](https://arxiv.org/abs/1912.02178) What the writer thinks of it. **What matters most.**
    ![](figure.png)

    **Title** ([arXiv](https://arxiv.org/abs/1912.02179)): what it says.

An entry goes on until the next one opens, so that figures and second thoughts stay with their paper. A line that opens
with several papers is an entry for each.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb import ids
from kb.dialects import about, passages
from kb.dialects.cited_titles import is_label
from kb.dialects.note import Note, Reading
from kb.dialects.passages import Passage
from kb.ids import PaperId
from kb.model import Entry, Item, Link
from kb.outline import Block
from kb.titles import display_title

NAME = "digest"
_FEWEST = 3
"""Papers: with fewer, a note is an ordinary one with links."""
_LONGEST = 400
_TITLED = re.compile(
    r"[\s>]*(?:[-+*]\s+|\d{1,4}[.)]\s+)?"
    r"(?:#{1,6}\s+([^\[\]]{2,300}?)|(?:#{1,6}\s+)?(?:\*\*([^*]{2,300}?)\*\*|__([^_]{2,300}?)__|\[([^\[\]]{2,300})\]))"
    r"[\s:.,;(\[|–—-]*"
)
"""A title before its link: a heading's words, bold ones, or brackets whose address has gone astray."""
_AND = re.compile(r"[\s,;/&+*]*(?:(?:and|und|et|и|和)\s)?[\s*]*")


def recognize(note: Note) -> str:
    """Several papers open lines, and nothing says that the note is about one of them."""
    if note.facts.ids or note.facts.kind or len(note.cited) < _FEWEST:
        return ""
    papers = {paper for link, paper in note.cited if _opened(note, link) is not None}
    if len(papers) < _FEWEST or _is_titled(note):
        return ""
    return f"{len(papers)} papers open lines"


def _is_titled(note: Note) -> bool:
    """Is the heading over all others the linked title of a paper? Then the others are its related work."""
    headings = note.scan.headings
    if not headings or any(other.level <= headings[0].level for other in headings[1:]):
        return False
    return any(link.line == headings[0].line and _opened(note, link) is not None for link, _ in note.cited)


def read(note: Note) -> Reading:
    """An entry for each paper; a paper that is spoken of twice has two."""
    title, _ = about.about(note)
    entries: list[Entry] = []
    items: list[Item] = []
    for passage in passages.cut(note, lambda block, links: bool(_openings(note, block, links))):
        found = _openings(note, passage.opening, passage.links)
        items += passages.pieces(passage, len(entries), found[0].title)
        entries += [_entry(passage, opening, title) for opening in found]
    return Reading(title, tuple(entries), tuple(items))


@dataclass(frozen=True, slots=True)
class _Opening:
    """A paper that opens a line, and the link that tells it."""

    title: str
    paper: PaperId
    link: Link


def _entry(passage: Passage, opening: _Opening, title: str) -> Entry:
    comment = passage.text
    for shown in ("[", opening.title, about.link_text(opening.link) or opening.link.raw):
        comment = comment.removeprefix(shown).lstrip(" \n.:,;()[]*–—-")
    return Entry(
        "paper",
        passage.opening.line,
        f"opens line {passage.opening.line}",
        title=display_title(opening.title),
        facts=tuple(passages.placed(passage.over, title)),
        ids=(opening.paper,),
        mentioned=True,
        why=passages.first_sentence(comment.partition("\n")[0]),
        text=passage.text,
    )


def _openings(note: Note, block: Block, links: Sequence[Link]) -> list[_Opening]:
    """The paper whose title and link a block begins with, and those that `,` or `and` adds to it."""
    found: list[_Opening] = []
    end = 0
    for link in links:
        paper = ids.parse_id(link.target)
        if link.line != block.line or not paper:
            continue
        start = link.column - 1
        if not found:
            title = _opened(note, link)
        elif _AND.fullmatch(note.lines[link.line - 1], end, start) and link.kind == "markdown":
            title = about.link_text(link)
        else:
            break
        if title is None:
            continue
        found.append(_Opening(title.replace("*", "").strip(), paper, link))
        end = start + len(link.raw)
    return found


def _opened(note: Note, link: Link) -> str | None:
    """The title that a line opens with before or in this link; None where the link stands in a sentence."""
    before = note.lines[link.line - 1][: link.column - 1]
    if not before.strip(" \t*_#>-+0123456789.)"):
        shown = about.link_text(link)
        return None if link.kind != "markdown" or (shown and is_label(shown)) else shown
    titled = _TITLED.fullmatch(before, 0, len(before)) if len(before) < _LONGEST else None
    return next((title for title in titled.groups() if title), None) if titled else None
