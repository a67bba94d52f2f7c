"""Lines that are items of a list although they have no list markers.

    Ann, A., & Bo, B. (2019). Nets of ends. Annals.       to discuss:
                                                          Nets of ends (Ann & Bo 2019)
    Cid, C. (2020). Ends of nets. Annals.                 Ends of nets - Cid et al.

    **1997** – Nets of ends, Ann & Bo                     [Nets of ends](https://arxiv.org/abs/1234.56789)
    **2019** – Ends of nets, Cid et al.                   Ends of nets: https://arxiv.org/abs/1234.56780

In prose, no paragraph consists of such lines alone.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from kb.dialects.cited_dates import ENTRY, YEAR, YEAR_FIRST
from kb.dialects.cited_titles import is_label
from kb.dialects.habits import FEWEST
from kb.dialects.note import Note
from kb.markdown import link_text
from kb.model import Link
from kb.regex import rare

_LONGEST = 1000
"""Characters of an item."""
_LONGEST_TITLE, _LONGEST_TAIL = 30, 4
"""Words before and after the link to a paper."""
_CITES = rare(
    rf"(?:\[[^\[\]]{{2,30}}\]\s?)?[\"“*_]{{0,3}}[^\W\d_].{{3,300}}?(?:\({YEAR}[a-z]?\)[.:,]\s+[\"“*_]?[^\W\d_a-z]"
    rf"|(?:\b{YEAR}[a-z]?|\bet\.? al\.?)[)\]]?\s*$)"
)
"""A line that begins as in APA's style, or ends in a year or `et al.`"""
_SENTENCE = rare(r"[.!?]\s")
_AROUND = " *_:：–—-([|])\"“”."


@lru_cache(maxsize=1)  # asked for each item of one note after the other
def unmarked(note: Note) -> frozenset[int]:
    """The numbers of these lines."""
    links: dict[int, list[Link]] = {}
    for link, _ in note.cited:
        links.setdefault(link.line, []).append(link)
    found: list[int] = []
    entries: list[int] = []
    alone: list[int] = []
    for first, last in _paragraphs(note):
        label = note.lines[first - 1].rstrip()
        begins = first + (label.endswith((":", "：", "**", "__")) or label.startswith("#"))
        lines = range(begins, last + 1)
        if len(lines) == 1 and ENTRY.match(note.lines[begins - 1]):
            entries.append(begins)
        elif len(lines) == 1 and _may_be_item(note.lines[begins - 1], links.get(begins, ()), is_alone=True):
            alone.append(begins)
        elif len(lines) > 1 and all(_may_be_item(note.lines[n - 1], links.get(n, ())) for n in lines):
            found += lines
    return frozenset([*found, *entries, *(alone if len(entries) + len(alone) >= FEWEST else ())])


def _paragraphs(note: Note) -> Iterator[tuple[int, int]]:
    """First and last line of each run of lines that are neither empty nor very long."""
    first = 0
    for number, line in enumerate([*note.lines[note.opens_at - 1 :], ""], note.opens_at):
        if line.strip() and len(line) < _LONGEST:
            first = first or number
        elif first:
            yield first, number - 1
            first = 0


def _may_be_item(line: str, links: Sequence[Link], *, is_alone: bool = False) -> bool:
    """Whether a line cites a paper, or is the title and link of one.

    Args:
        is_alone: whether it is a paragraph; if it has more than the bare id of a paper, it may be one of a digest.
    """
    if ENTRY.match(line) or _CITES.match(line) or YEAR_FIRST.match(line):
        return True
    if not links or (is_alone and any(map(link_text, links))):
        return False
    before = line[: links[0].column - 1].strip(_AROUND)
    if not before:
        return sum(bool(link_text(link)) and not is_label(link_text(link)) for link in links) == 1
    after = line[links[-1].column - 1 + len(links[-1].raw) :].split()
    is_title = before[0].isupper() or before[0].isdigit()
    is_short = len(before.split()) <= _LONGEST_TITLE and len(after) <= _LONGEST_TAIL
    return is_title and is_short and not is_label(before) and not _SENTENCE.search(before)
