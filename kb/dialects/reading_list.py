"""Reading lists and `awesome` lists: under headings, each bullet, numbered line or table row names a paper.

    ## Vision
    - **[Deep Nets](https://arxiv.org/abs/1234.56789)** - A. Author, *CVPR* 2019. [[code](https://github.com/a/b)]
    - Shallow Nets [[arXiv](https://arxiv.org/abs/1234.56780)] [[article](https://example.org)]
    1. [2017.06] [Wide Nets](https://openreview.net/forum?id=abcdef)
    - **Tall Nets**<br>
      *A. Author, B. Author*<br>
      [[paper](https://arxiv.org/abs/1234.56781)]

A line counts if it shows the title of a paper, or cites one in full; a line of prose that names one does not.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from kb import ids
from kb.dates import PartialDate
from kb.dialects import about, bare_titles, cited_in_full, digest, list_items, passages, pdfs, tables
from kb.dialects.byline import authors_alone
from kb.dialects.cited_dates import VENUE_YEAR, date_fact, date_of_part
from kb.dialects.cited_titles import is_label, shown
from kb.dialects.habits import FEWEST
from kb.dialects.headed_papers import FIELD
from kb.dialects.list_items import KINDS, LinkedItem, Listed
from kb.dialects.note import Note, Reading
from kb.dialects.noted import noted_in
from kb.dialects.own_citation import is_from_citation
from kb.dialects.passages import Passage
from kb.dialects.sections import in_information, in_references
from kb.dialects.tables import Tabled
from kb.header_words import KEYS
from kb.ids import PaperId
from kb.model import CITED_YEAR, NOTED_IN, Entry, Fact, Item, Link
from kb.outline import Block
from kb.titles import title_key

NAME = "reading-list"
_LONGEST_LEAD = 100
"""Maximum characters, all punctuation, before a link that opens its paragraph."""
_LONGEST_LABEL = 5
"""Words of a link with a label and the names behind it."""
_DATES = ("date", CITED_YEAR)
_BADGE = re.compile(r"shields\.io|badge", re.IGNORECASE)


def recognize(note: Note) -> str:
    """Recognized if enough items list papers, more than open paragraphs as in a digest, and no paper is the topic."""
    if note.facts.ids or note.facts.kind or note.facts.marks:
        return ""
    tabled = tables.papers(note)
    unlinked = _unlinked(note)
    files = {link.target for link in pdfs.papers(note)}
    linked = {*files, *(paper for link, paper in note.cited if link.kind in KINDS)}
    if len(linked) + len(tabled) + len(unlinked) < FEWEST:
        return ""  # most notes
    items = list_items.linked(note)
    enough = max(FEWEST, len(_digested(note, items)) + 1)
    found = _first(enough, _listed(note, items, tabled, files))
    if len(linked.intersection(found)) < FEWEST or len(found) < enough:
        if digest.recognize(note):
            return ""  # a digest, which says more than a table of contents
        in_full = ((line, title_key(listed.cited.title)) for line, listed in unlinked.items())
        found = _first(enough, chain(_listed(note, items, tabled, files), in_full))
    if len(found) < enough:
        return ""
    _, entry = about.about(note)
    own = entry.line if entry and not in_information(note, entry.line) else 0
    holding = [item for item in items if item.first <= own <= item.last]
    if entry and (is_from_citation(entry) or all(in_references(note, line) for line in found.values())):
        return ""
    if entry and not (about.may_be_topic(entry) or any(list_items.papers(note, *item) for item in holding)):
        return ""
    first = sorted(set(found.values()))[:FEWEST]
    return f"line{'s' * (len(first) > 1)} {', '.join(map(str, first))} list papers"


def _unlinked(note: Note) -> dict[int, Listed]:
    """The papers without links, by line: cited in full, or by their titles in a list that is called so."""
    cited = cited_in_full.papers(note)
    return {**bare_titles.papers(note, cited), **cited}


def _first(count: int, listed: Iterator[tuple[int, PaperId | str]]) -> dict[PaperId | str, int]:
    """The first different papers, each with its line."""
    found: dict[PaperId | str, int] = {}
    for line, paper in listed:
        found.setdefault(paper, line)
        if len(found) == count:
            break
    return found


def _listed(
    note: Note, items: list[LinkedItem], tabled: list[Tabled], files: Collection[str]
) -> Iterator[tuple[int, PaperId | str]]:
    """The papers in lists and tables: the line, and the id, else the address of the file or the title from a table."""
    for item in items:
        if any(link.target in files or ids.parse_id(link.target) for link in item.links):
            found = ((listed.ids or (listed.url,))[0] for listed in list_items.papers(note, *item))
            yield from ((item.first, paper) for paper in found if isinstance(paper, PaperId) or paper in files)
    yield from ((line, listed.ids[0]) for line, listed in list_items.over_labels(note, items).items())
    yield from ((entry.line, entry.ids[0] if entry.ids else entry.title) for entry, is_sure in tabled if is_sure)


def _digested(note: Note, items: list[LinkedItem]) -> set[str]:
    """Papers with a link that opens a paragraph or heading."""
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
    """An entry for each paper of each line and row, with the text under it."""
    listed_in: dict[Block, list[Listed]] = {}
    cited: set[PaperId | str] = set()

    def listed(block: Block, item: LinkedItem) -> list[Listed]:
        if block.kind in ("code", "row"):
            return []
        may_link = block.kind != "heading" and list_items.begins(note, item.first)
        found = list_items.papers(note, *item) if may_link and item.links else []
        found = found or ([over[item.first]] if item.first in over else [])
        lines = range(item.first, item.last + 1)
        return found or [unlinked[line] for line in lines if line in unlinked]

    def opens(block: Block, links: list[Link]) -> bool:
        found = [each for item in list_items.of_block(note, block, links) for each in listed(block, item)]
        listed_in[block] = [each for each in found if not _is_again(each, cited)]
        cited.update(paper for each in found for paper in each.ids or (each.url,) if each.cited.authors)
        return bool(listed_in[block])

    unlinked = _unlinked(note)
    over = list_items.over_labels(note, list_items.linked(note)) | {
        line: listed for line, listed in unlinked.items() if listed.ids or listed.url
    }
    found = passages.cut(note, opens, _goes_on)
    entries: list[Entry] = []
    items: list[Item] = []
    title, _ = about.about(note)
    for passage in found:
        several = listed_in[passage.opening]
        pieces = passages.pieces(passage, len(entries) if len(several) == 1 else -1, several[0].cited.title)
        items += [item for item in pieces if _says_something(item)]
        entries += [_entry(note, passage, each, title, is_alone=len(several) == 1) for each in several]
    entries += [entry for entry, _ in tables.papers(note, title)]
    return Reading(title, tuple(entries), tuple(items))


def _is_again(listed: Listed, cited: set[PaperId | str]) -> bool:
    """Whether a line only refers to a paper that is cited with authors above it (`- Checked: https://doi.org/...`)."""
    is_known = not cited.isdisjoint(listed.ids) or (bool(listed.url) and listed.url in cited)
    return is_known and not (listed.cited.authors or listed.cited.linked)


def _goes_on(opening: Block, block: Block) -> bool:
    """Whether a list item continues: it ends at the next item of its level, and at text outside the list.

    What is under a heading is about its paper.
    """
    if opening.kind == "heading":
        return True
    if opening.kind != "item":
        return block.kind != "item" or block.level > opening.level
    return block.level > opening.level or (block.level == opening.level and block.kind != "item")


def _says_something(item: Item) -> bool:
    """Whether an item counts: bold words are marks of the list, not highlights, and badges are not figures."""
    if item.kind == "highlight":
        return len(item.text.split()) > 2
    return item.kind != "figure" or not _BADGE.search(item.text)


def _identifies(text: str) -> bool:
    """Whether an item is only a label and its address, or names the authors, the year or the venue."""
    if text.startswith("[") and is_label(text[1:].partition("]")[0]):  # `[[summary](...)] Ann Ann`
        return len(text.split()) <= _LONGEST_LABEL
    label, sign, value = text.replace("：", ":").partition(":")
    return bool(sign) and ((is_label(label) and len(value.split()) < 2) or label.strip().lower() in KEYS)


def _signed(under: Sequence[Block], lines: Sequence[str]) -> list[Fact]:
    """Facts for the authors, and the date next to them, from the first block under a paper, if it has nothing else.

    Names are known by emphasis, or by a label in the next item:

        - [Title](...)
          - Ann Ann, Bob Bo
          - Venue: ICLR 2024
    """
    first = under[0]
    raw = " ".join(map(str.strip, lines[first.line - 1 : first.last_line]))
    is_emphasized = raw[:1] in ("*", "_") and raw[-1:] == raw[:1]
    is_before_label = first.kind == "item" and len(under) > 1 and FIELD.fullmatch(under[1].text) is not None
    return authors_alone(first.text, first.line, is_cited=is_emphasized or is_before_label)


def _date_under(blocks: Sequence[Block]) -> PartialDate | None:
    """The year in a line with a label: `Year: 2024`, `Publisher: ICLR 2024`; other dates may be of the reading."""
    for field in filter(None, (FIELD.fullmatch(block.text) for block in blocks)):
        is_of_paper = KEYS.get(field["label"].lower()) in ("year", "venue") or VENUE_YEAR.fullmatch(field["value"])
        if is_of_paper and (date := date_of_part(field["value"])):
            return date
    return None


def _entry(note: Note, passage: Passage, listed: Listed, title: str, *, is_alone: bool) -> Entry:
    """A mention; if a line lists several papers, its text is not about any single one."""
    line = passage.opening.line if is_alone and passage.opening.kind != "paragraph" else listed.place[0]
    cited, under = listed.cited, passage.blocks[1:] if is_alone else []
    signed = _signed(under, note.lines) if under else []
    own = [] if cited.authors else signed
    date = cited.date or _date_under(under)
    facts = [*cited.who(*listed.place), *(fact for fact in own if date is None or fact.field not in _DATES)]
    facts += [date_fact(date, *listed.place)] if date else []
    facts += [Fact("url", listed.url, *listed.place)] if listed.url else []
    linked = [(shown(link), link.target) for link in passage.links] if is_alone else []
    if is_alone and not listed.ids:  # `Title ([Ann](ann.md))`
        opening = note.lines[line - 1].rstrip()
        linked += [("notes", link.target) for link in passage.links if opening.endswith(f"({link.raw})")]
    if own_note := noted_in(note.path, cited.title, linked):
        facts.append(Fact(NOTED_IN, own_note, *listed.place))
    rest = [block for block in under[bool(signed) :] if not (cited.authors and block.line == listed.place[0])]
    below = (block.text for block in rest if not _identifies(block.text))
    said = cited.said or next(below, "")
    return Entry(
        "paper",
        line,
        f"listed on line {line}",
        title=cited.title,
        facts=(*facts, *passages.placed(passage.over, title)),
        ids=listed.ids,
        mentioned=True,
        why=passages.first_sentence(said),
        text=passage.text if is_alone else cited.title,
    )
