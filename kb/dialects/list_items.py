"""One list item or numbered line: the paper or papers that it lists, and the links that identify them.

    - **[Deep Nets](https://arxiv.org/abs/1234.56789)** - A. Author, *CVPR* 2019.
    - **Tall Nets**<br>
      *A. Author, B. Author*<br>
      [[paper](https://arxiv.org/abs/1234.56781)]
    - Planning: [Wide Nets](https://arxiv.org/abs/1234.56782), [Long Nets](https://arxiv.org/abs/1234.56783)

`citation` reads what a line says about a paper.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from kb import ids
from kb.dates import PartialDate
from kb.dialects import citation, passages, shorthand
from kb.dialects.citation import Citation
from kb.dialects.cited_dates import MARK, YEAR
from kb.dialects.cited_titles import is_label, shown
from kb.dialects.link_titles import title_shown
from kb.dialects.marked import marked
from kb.dialects.note import Note
from kb.dialects.unmarked import unmarked
from kb.ids import PaperId
from kb.model import Link
from kb.outline import Block
from kb.targets import hosted_note
from kb.typed import NamedTuple

KINDS = ("markdown", "id")
"""Links that can show the title of a paper."""
_LONGEST_ITEM = 12
"""Lines."""
_LONGEST_HEAD = 7
"""Words, including the list marker."""
LISTED = re.compile(r"[\s>]*(?:[-*+•]\s|\d{1,4}[.)]\s|(?:\*\*|__)?\[\d{1,4}\](?![(\[]))")
_DATED = re.compile(YEAR)
_SHOWN = re.compile(r"\[([^\[\]]{9,300})\]\([^()\s]*\)")
"""A link with enough text for a whole citation."""
_HEADED = re.compile(
    rf"[\s>]*(?:[-*+•]\s|\d{{1,4}}[.)]\s)?\s*(?:\[[ xX]\]\s)?(?P<name>[^{MARK}.!?]{{2,60}}?)"
    rf"(?:[:：]|\s[–—-])[*_]*\s(?=[\"“*_]{{0,3}}{MARK})"
)
"""`Nets: `, `**Nets** - ` before a linked title: a nickname or the topic."""
_YEAR_LAST = re.compile(rf"(?P<title>.*\w),?\s+(?P<year>{YEAR})")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s")
PAPER_LABEL = re.compile(r"\W*(?:\w{2,12} )?(?:paper|pdf|preprint|arxiv|论文|論文|논문)\W*", re.IGNORECASE)


class LinkedItem(NamedTuple):
    """Lines of a note that belong to one item, from its list marker to its last link, and its links."""

    first: int
    last: int
    links: list[Link]


class Listed(NamedTuple):
    """A paper that a line lists.

    Args:
        ids: ids of the link that shows the title, then of those with labels, one of each kind.
        url: address of a paper without an id.
        place: line and column of the link, which may be on a later line of the same item.
    """

    cited: Citation
    ids: tuple[PaperId, ...]
    url: str
    place: tuple[int, int]


@lru_cache(maxsize=1)  # asked for each item of one note after the other
def usual_forms(note: Note) -> frozenset[str]:
    """How the citations in the note's lists are written (`shorthand.usual_forms`)."""
    lines = enumerate(note.lines[note.opens_at - 1 :], note.opens_at)
    listed = (
        _SHOWN.sub(r"\1", line).lstrip("# ")
        for number, line in lines
        if _DATED.search(line) and (line.startswith("#") or begins(note, number))
    )
    opened = ((whole, *citation.opened(whole)) for whole in map(citation.plain, listed))
    return shorthand.usual_forms((whole, citation.with_date_last(text, dates) or text) for whole, text, dates in opened)


def begins(note: Note, number: int) -> bool:
    """Whether an item begins on this line."""
    return bool(LISTED.match(note.lines[number - 1])) or number in unmarked(note)


def linked(note: Note) -> list[LinkedItem]:
    """The items and numbered lines that have links; an item continues on the non-empty lines below it, to a heading."""
    found: list[LinkedItem] = []
    for link in note.scan.links:
        first = link.line
        while first > max(note.opens_at, link.line - _LONGEST_ITEM) and not begins(note, first):
            first = 0 if ends(note.lines[first - 1]) else first - 1
        if found and found[-1].first == first:
            found[-1].links.append(link)
            found[-1] = found[-1]._replace(last=link.line)
        elif first and begins(note, first):
            found.append(LinkedItem(first, link.line, [link]))
    return found


def ends(line: str) -> bool:
    """Whether a line ends the item above it: it is empty, or a heading."""
    return not line.strip() or ("#" in line and _HEADING.match(line) is not None)


def of_block(note: Note, block: Block, links: Sequence[Link]) -> Iterator[LinkedItem]:
    """The items of a block with their links, in order: numbered lines without a gap are one paragraph to Markdown."""
    lines = range(block.line, block.last_line + 1)
    starts = [block.line, *(line for line in lines[1:] if begins(note, line))]
    of_line = [link.line for link in links]
    for first, end in pairwise([*starts, lines.stop]):
        yield LinkedItem(first, end - 1, [*links[bisect_left(of_line, first) : bisect_left(of_line, end)]])


def papers(note: Note, first: int, last: int, links: Sequence[Link]) -> list[Listed]:
    """The papers that lines `first` to `last` list: one, or several if several links show titles."""
    text, kept = marked(note.lines, first, last, links)
    titled = [(link, paper) for link in kept if not is_label(shown(link)) and (paper := _id(link))]
    cited = citation.parse(text, kept, usual_forms(note))
    if len({paper for _, paper in titled}) > 1 and (cited.linked == titled[0][0] or _is_headed(text)):
        return list(_several(titled))
    headed = _HEADED.match(text) if len(titled) == 1 and not cited.linked else None
    if headed and title_shown(titled[0][0].raw):
        return [_behind_name(headed, citation.parse(text[headed.end() :], kept), *titled[0])]
    if not cited.title or (not cited.linked and is_label(cited.title)):
        return []  # `arXiv: https://...` belongs to the text above it
    labelled = [link for link in kept if is_label(shown(link))]
    own = [cited.linked, *labelled] if cited.linked else labelled
    found: dict[str, PaperId] = {}
    for paper in filter(None, map(_id, own)):
        found.setdefault(paper.scheme, paper)
    url = "" if found else next((link.target for link in own if _is_of_paper(link, cited)), "")
    cited = _without_year_of_id(cited, found.get("arxiv"))
    return [Listed(cited, tuple(found.values()), url, (kept[0].line, kept[0].column))] if found or url else []


def _behind_name(headed: re.Match[str], cited: Citation, link: Link, paper: PaperId) -> Listed:
    """The paper whose linked title stands behind its nickname, or behind its topic."""
    name = headed["name"].strip(" *_")
    cited = cited if cited.linked else Citation(shown(link), linked=link)
    nickname = name if citation.OWN_NAME.fullmatch(name) else ""
    return Listed(cited._replace(nickname=nickname), (paper,), "", (link.line, link.column))


def _without_year_of_id(cited: Citation, paper: PaperId | None) -> Citation:
    """`Adam 2014 https://arxiv.org/abs/1412.6980`: the year behind the title is no part of it if it is the id's."""
    dated = _YEAR_LAST.fullmatch(cited.title) if paper and not cited.date else None
    if paper is None or dated is None or "/" in paper.value or dated["year"][2:] != paper.value[:2]:
        return cited
    return cited._replace(title=dated["title"], date=PartialDate(int(dated["year"])))


def over_labels(note: Note, items: Sequence[LinkedItem]) -> dict[int, Listed]:
    """Items that are titles, by line, each with the one paper that labeled links in the items under it lead to.

    - **Title** (Ann et al., 2019)
      - Link: https://arxiv.org/abs/1234.56789
    """
    links: dict[int, list[Link]] = {}
    for item in items:
        text = note.lines[item.first - 1]
        is_under = text.startswith((" ", "\t")) and _is_label(text, item.links[0])
        over = _over(note.lines, item.first) if is_under else 0
        if over:
            links.setdefault(over, []).extend(link for link in item.links if _id(link))
    own = {item.first: item.links for item in items}
    found: dict[int, Listed] = {}
    for line, labelled in links.items():
        unique = tuple(dict.fromkeys(filter(None, map(_id, labelled))))
        if not unique or len({paper.scheme for paper in unique}) < len(unique):
            continue
        beside = [link for link in own.get(line, []) if link.line == line]
        cited = citation.parse(*marked(note.lines, line, line, beside), usual_forms(note))
        if cited.title and not is_label(cited.title) and not any(map(_id, beside)):
            found[line] = Listed(cited, unique, "", (labelled[0].line, labelled[0].column))
    return found


def _over(lines: Sequence[str], number: int) -> int:
    """The line of the item that another one is nested in; 0 if there is none."""
    own = indent(lines[number - 1])
    for above in range(number - 1, max(number - _LONGEST_ITEM, 0), -1):
        line = lines[above - 1]
        if LISTED.match(line) and indent(line) < own:
            return above
        if not line.strip() or not (LISTED.match(line) or line[0] in " \t"):
            return 0
    return 0


def indent(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _is_label(line: str, link: Link) -> bool:
    """Whether an item is a label and this link: `- Paper: https://...`, `- [PDF](...)`."""
    sign = LISTED.match(line)
    before = line[sign.end() : link.column - 1] if sign else ""
    label = before.strip(" *_:：[(")
    return bool(sign) and (is_label(label) if label else link.kind == "id" or is_label(shown(link)))


def _is_headed(text: str) -> bool:
    """Whether a line gives a topic before its first paper (`Planning: [A](...), [B](...)`)."""
    before = text.partition(MARK)[0].rstrip(" *_")
    return before.endswith((":", "：")) and len(before.split()) < _LONGEST_HEAD


def _several(titled: Sequence[tuple[Link, PaperId]]) -> Iterator[Listed]:
    seen: set[PaperId] = set()
    for link, paper in titled:
        if paper not in seen:
            seen.add(paper)
            yield Listed(Citation(shown(link), linked=link), (paper,), "", (link.line, link.column))


def _id(link: Link) -> PaperId | None:
    return ids.parse_id(link.target) if link.kind in KINDS else None


def _is_of_paper(link: Link, cited: Citation) -> bool:
    """Whether a link without an id leads to a paper: by its label or ending, or as the line cites authors and date."""
    if not link.target.startswith(("http://", "https://")) or passages.is_code(link) or hosted_note(link.target):
        return False
    is_pdf = link.target.partition("?")[0].lower().endswith(".pdf")
    return is_pdf or bool(PAPER_LABEL.fullmatch(shown(link))) or bool(cited.authors and cited.date)
