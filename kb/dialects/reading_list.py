"""Reading lists and `awesome` lists: each bullet, numbered line or table row names a paper, under headings.

    ## Vision
    - **[Deep Nets](https://arxiv.org/abs/1234.56789)** - A. Author, *CVPR* 2019. [[code](https://github.com/a/b)]
    - Shallow Nets [[arXiv](https://arxiv.org/abs/1234.56780)] [[article](https://example.org)]
    1. [2017.06] [Wide Nets](https://openreview.net/forum?id=abcdef)
    - **Tall Nets**<br>
      *A. Author, B. Author*<br>
      [[paper](https://arxiv.org/abs/1234.56781)]

A line counts where it shows the title of a paper; a line of prose that cites one does not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb import ids
from kb.dialects import about, citation, digest, passages, tables
from kb.dialects.citation import Citation
from kb.dialects.cited_dates import MARK, date_fact
from kb.dialects.cited_titles import is_label, shown
from kb.dialects.habits import FEWEST
from kb.dialects.marked import marked
from kb.dialects.note import Note, Reading
from kb.dialects.passages import Passage
from kb.dialects.tables import Tabled
from kb.ids import PaperId
from kb.model import Entry, Fact, Item, Link
from kb.outline import Block
from kb.typed import NamedTuple

NAME = "reading-list"
_KINDS = ("markdown", "id")
"""Links that can show the title of a paper."""
_LONGEST_ITEM = 12
"""Lines."""
_LONGEST_LEAD = 100
"""Characters before a link that opens its paragraph; they are signs."""
_LONGEST_HEAD = 7
"""Words, with the sign of the list."""
_LISTED = re.compile(r"[\s>]*(?:[-*+•]\s|\d{1,4}[.)]\s|(?:\*\*|__)?\[\d{1,4}\](?![(\[]))")
_PAPER_LABEL = re.compile(r"\W*(?:\w{2,12} )?(?:paper|pdf|preprint|arxiv|论文|論文|논문)\W*", re.IGNORECASE)
_BADGE = re.compile(r"shields\.io|badge", re.IGNORECASE)


class _Item(NamedTuple):
    """Lines of a note that belong to one item, from its sign to its last link, and its links."""

    first: int
    last: int
    links: list[Link]


@dataclass(frozen=True, slots=True)
class _Listed:
    """A paper that a line lists.

    Args:
        ids: of the link that shows the title, then of those with labels, one of each kind.
        url: of a paper without id.
        place: line and column of the link, which may stand in a later line of the same item.
    """

    cited: Citation
    ids: tuple[PaperId, ...]
    url: str
    place: tuple[int, int]


def recognize(note: Note) -> str:
    """Enough items list papers, more than open paragraphs as in a digest, and the note is about no single one."""
    if note.facts.ids or note.facts.kind or note.facts.marks:
        return ""
    tabled = tables.papers(note)
    if len({paper for link, paper in note.cited if link.kind in _KINDS}) + len(tabled) < FEWEST:
        return ""  # most notes
    items = _items(note)
    enough = max(FEWEST, len(_digested(note, items)) + 1)
    found: dict[PaperId | str, int] = {}
    for line, paper in _listed(note, items, tabled):
        found.setdefault(paper, line)
        if len(found) == enough:
            break
    else:
        return ""
    if sum(isinstance(paper, PaperId) for paper in found) < FEWEST and digest.recognize(note):
        return ""  # which tells more than a table of contents
    _, entry = about.about(note)
    holding = [item for item in items if entry and item.first <= entry.line <= item.last]
    if entry and not any(_papers(note, *item) for item in holding):
        return ""
    first = sorted(set(found.values()))[:FEWEST]
    return f"line{'s' * (len(first) > 1)} {', '.join(map(str, first))} list papers"


def _items(note: Note) -> list[_Item]:
    """The items and numbered lines that have links; one goes on in the lines below it that are not empty."""
    found: list[_Item] = []
    for link in note.scan.links:
        first = link.line
        while first > max(note.opens_at, link.line - _LONGEST_ITEM) and not _LISTED.match(note.lines[first - 1]):
            first = first - 1 if note.lines[first - 1].strip() else 0
        if found and found[-1].first == first:
            found[-1].links.append(link)
            found[-1] = found[-1]._replace(last=link.line)
        elif first and _LISTED.match(note.lines[first - 1]):
            found.append(_Item(first, link.line, [link]))
    return found


def _listed(note: Note, items: list[_Item], tabled: list[Tabled]) -> Iterator[tuple[int, PaperId | str]]:
    """The papers in lists and tables: the line, and the id, else the title that a table gives."""
    for item in items:
        if any(ids.parse_id(link.target) for link in item.links):
            yield from ((item.first, listed.ids[0]) for listed in _papers(note, *item) if listed.ids)
    yield from ((line, listed.ids[0]) for line, listed in _over_labels(note, items).items())
    yield from ((entry.line, entry.ids[0] if entry.ids else entry.title) for entry, is_sure in tabled if is_sure)


def _digested(note: Note, items: list[_Item]) -> set[str]:
    """Papers whose link opens a paragraph or heading."""
    listed = {line for item in items for line in range(item.first, item.last + 1)}
    return {
        link.target
        for link, _ in note.cited
        if link.kind == "markdown"
        and link.line not in listed
        and link.column < _LONGEST_LEAD
        and not note.lines[link.line - 1][: link.column - 1].strip(" \t*_#>")
    }


def read(note: Note) -> Reading:
    """An entry for each paper of each line and row, with what is said under it."""
    listed_in: dict[Block, list[_Listed]] = {}

    def opens(block: Block, links: list[Link]) -> bool:
        listed_in[block] = _of_block(note, block, links) or ([over[block.line]] if block.line in over else [])
        return bool(listed_in[block])

    over = _over_labels(note, _items(note))
    found = passages.cut(note, opens, _goes_on)
    entries: list[Entry] = []
    items: list[Item] = []
    title, _ = about.about(note)
    for passage in found:
        several = listed_in[passage.opening]
        pieces = passages.pieces(passage, len(entries) if len(several) == 1 else -1, several[0].cited.title)
        items += [item for item in pieces if _says_something(item)]
        entries += [_entry(passage, each, title, is_alone=len(several) == 1) for each in several]
    entries += [entry for entry, _ in tables.papers(note, title)]
    return Reading(title, tuple(entries), tuple(items))


def _goes_on(opening: Block, block: Block) -> bool:
    """A line of a list ends with the next one beside it, and with what stands outside the list."""
    if opening.kind != "item":
        return block.kind != "item" or block.level > opening.level
    return block.level > opening.level or (block.level == opening.level and block.kind != "item")


def _says_something(item: Item) -> bool:
    """A bold word is a mark of the list, not a highlight; badges are no figures."""
    if item.kind == "highlight":
        return len(item.text.split()) > 2
    return item.kind != "figure" or not _BADGE.search(item.text)


def _is_address(text: str) -> bool:
    """Is an item only a label and what it leads to?"""
    label, sign, value = text.replace("：", ":").partition(":")
    return bool(sign) and is_label(label) and len(value.split()) < 2


def _entry(passage: Passage, listed: _Listed, title: str, *, is_alone: bool) -> Entry:
    """A mention; what is said in a line of several papers is said of none of them alone."""
    line = passage.opening.line
    cited = listed.cited
    facts = [Fact("authors", name, *listed.place) for name in cited.authors]
    facts += [date_fact(cited.date, *listed.place)] if cited.date else []
    facts += [Fact("url", listed.url, *listed.place)] if listed.url else []
    below = (block.text for block in passage.blocks[1:] if not _is_address(block.text))
    said = cited.said or (next(below, "") if is_alone else "")
    return Entry(
        "paper",
        line,
        f"listed in line {line}",
        title=cited.title,
        facts=(*facts, *passages.placed(passage.over, title)),
        ids=listed.ids,
        mentioned=True,
        why=passages.first_sentence(said),
        text=passage.text if is_alone else cited.title,
    )


# -- one line --------------------------------------------------------------------------------------------------------


def _of_block(note: Note, block: Block, links: Sequence[Link]) -> list[_Listed]:
    if block.kind not in ("item", "paragraph") or not links or not _LISTED.match(note.lines[block.line - 1]):
        return []
    return _papers(note, block.line, block.last_line, [link for link in links if link.line <= block.last_line])


def _papers(note: Note, first: int, last: int, links: Sequence[Link]) -> list[_Listed]:
    """The papers that lines `first` to `last` list: one; or several, where several links show titles."""
    text, kept = marked(note.lines, first, last, links)
    titled = [(link, paper) for link in kept if not is_label(shown(link)) and (paper := _id(link))]
    cited = citation.parse(text, kept)
    if len({paper for _, paper in titled}) > 1 and (cited.linked == titled[0][0] or _is_headed(text)):
        return list(_several(titled))
    if not cited.title or (not cited.linked and is_label(cited.title)):
        return []  # `arXiv: https://...` belongs to what stands above it
    labelled = [link for link in kept if is_label(shown(link))]
    own = [cited.linked, *labelled] if cited.linked else labelled
    found: dict[str, PaperId] = {}
    for paper in filter(None, map(_id, own)):
        found.setdefault(paper.scheme, paper)
    url = "" if found else next((link.target for link in own if _is_of_paper(link, cited)), "")
    return [_Listed(cited, tuple(found.values()), url, (kept[0].line, kept[0].column))] if found or url else []


def _over_labels(note: Note, items: Sequence[_Item]) -> dict[int, _Listed]:
    """By line, the items that are titles, with the one paper to which labels in the items under them lead.

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
    found: dict[int, _Listed] = {}
    for line, labelled in links.items():
        papers = {paper for paper in map(_id, labelled) if paper}
        if not papers or len({paper.scheme for paper in papers}) < len(papers):
            continue
        beside = [link for link in own.get(line, []) if link.line == line]
        cited = citation.parse(*marked(note.lines, line, line, beside))
        if cited.title and not is_label(cited.title) and not any(map(_id, beside)):
            unique = tuple(dict.fromkeys(paper for paper in map(_id, labelled) if paper))
            found[line] = _Listed(cited, unique, "", (labelled[0].line, labelled[0].column))
    return found


def _over(lines: Sequence[str], number: int) -> int:
    """The line of the item under which another one stands; 0 where it stands under none."""
    indent = _indent(lines[number - 1])
    for above in range(number - 1, max(number - _LONGEST_ITEM, 0), -1):
        line = lines[above - 1]
        if _LISTED.match(line) and _indent(line) < indent:
            return above
        if not line.strip() or not (_LISTED.match(line) or line[0] in " \t"):
            return 0
    return 0


def _indent(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _is_label(line: str, link: Link) -> bool:
    """Is an item a label and this link: `- Paper: https://...`, `- [PDF](...)`?"""
    sign = _LISTED.match(line)
    before = line[sign.end() : link.column - 1] if sign else ""
    label = before.strip(" *_:：[(")
    return bool(sign) and (is_label(label) if label else link.kind == "id" or is_label(shown(link)))


def _is_headed(text: str) -> bool:
    """Does a line say what its papers are about before the first of them (`Planning: [A](...), [B](...)`)?"""
    before = text.partition(MARK)[0].rstrip(" *_")
    return before.endswith((":", "：")) and len(before.split()) < _LONGEST_HEAD


def _several(titled: Sequence[tuple[Link, PaperId]]) -> Iterator[_Listed]:
    seen: set[PaperId] = set()
    for link, paper in titled:
        if paper not in seen:
            seen.add(paper)
            yield _Listed(Citation(shown(link), linked=link), (paper,), "", (link.line, link.column))


def _id(link: Link) -> PaperId | None:
    return ids.parse_id(link.target) if link.kind in _KINDS else None


def _is_of_paper(link: Link, cited: Citation) -> bool:
    """Does a link without id lead to a paper: by its label, its ending, or because the line cites authors or a date?"""
    if not link.target.startswith(("http://", "https://")) or passages.is_code(link):
        return False
    is_pdf = link.target.partition("?")[0].lower().endswith(".pdf")
    return is_pdf or bool(_PAPER_LABEL.fullmatch(shown(link))) or bool(cited.authors and cited.date)
