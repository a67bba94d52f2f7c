"""Digests and newsletters: sections, often dated, in which each entry opens with a paper's title and link.

    ### 2022-2-20:
    [**Title**](https://arxiv.org/abs/1912.02178) What the writer thinks of it. **What matters most.**
    ![](figure.png)

    **Title** ([arXiv](https://arxiv.org/abs/1912.02179)): what it says.

    **Title**
    [[Paper]](https://arxiv.org/abs/1912.02181) [[Code]](https://github.com/ann/nets)

    ### Title
    **Authors**: Ann, Bob
    **Link**: [PDF](https://arxiv.org/abs/1912.02180)

An entry continues until the next one opens, so that figures and afterthoughts stay with their paper. A line that opens
with several papers gives an entry for each.
"""

import re
from collections.abc import Sequence

from kb import ids
from kb.dialects import about, citation, passages, pdfs
from kb.dialects.citation import Citation
from kb.dialects.cited_dates import ENTRY, dates_of
from kb.dialects.cited_titles import QUOTED, is_label, shown, without_last_date
from kb.dialects.habits import FEWEST
from kb.dialects.headed_papers import FIELD, LINKED, NUMBER, Opening, facts_of, told_under, under_headings
from kb.dialects.link_titles import title_shown
from kb.dialects.note import Note, Reading
from kb.dialects.noted import noted_in
from kb.dialects.own_citation import is_from_citation
from kb.dialects.own_paper import stands_alone
from kb.dialects.passages import Passage
from kb.dialects.sections import in_references
from kb.markdown import link_text
from kb.model import NOTED_IN, Entry, Fact, Item, Link
from kb.outline import Block
from kb.titles import display_title

NAME = "digest"
_LONGEST = 400
_TITLED = re.compile(
    r"[\s>]*(?:[-+*]\s+|\d{1,4}[.)]\s+)?"
    r"(?:#{1,6}\s+((?:\[[^\[\]]{1,30}\]\s+)?[^\[\]]{2,300}?)|(?:#{1,6}\s+)?(?:\*\*([^*]{2,300}?)\*\*|__([^_]{2,300}?)__|\[([^\[\]]{2,300})\]))"
    r"[\s:.,;(\[|–—-]*"
)
"""A title before its link: the words of a heading, bold words, or brackets that have lost their address."""
_TICKED = re.compile(r"`[^`]*`")
_ITEM = re.compile(r"[\s>]*(?:[-+*]|\d{1,4}[.)])\s")
_AND = re.compile(r"[\s,;/&+*]*(?:(?:and|und|et|и|和)\s[\s*]*)?")


def recognize(note: Note) -> str:
    """Recognized if several papers are at the start of a line and nothing says that the note is about one of them."""
    files = _files(note)
    if note.facts.ids or note.facts.kind or len(note.cited) + len(files) < FEWEST:
        return ""
    opening = ((link, paper) for link, paper in note.cited if _begins(note, link))
    opened = ((link.line, paper) for link, paper in opening if _opened(note, link) is not None)
    headed = ((line, each.paper or each.link.target) for line, each in {**files, **under_headings(note)}.items())
    cited = [*opened, *headed]
    papers = {paper for _, paper in cited}
    if len(papers) < FEWEST or _is_titled(note) or (about.is_named(note) and not _opens_with_title(note)):
        return ""
    _, entry = about.about(note)
    if entry and (is_from_citation(entry) or all(in_references(note, line) for line, _ in cited)):
        return ""
    return f"{len(papers)} papers at the start of a line"


def _files(note: Note) -> dict[int, Opening]:
    """Headings that are the title of a paper, linked to a file, by line."""
    headings = {heading.line for heading in note.scan.headings}
    linked = [link for link in pdfs.papers(note) if link.line in headings]
    alone = [link for link in linked if stands_alone(link, note.lines[link.line - 1])]
    return {link.line: Opening(title_shown(link.raw), None, link) for link in alone}


def _opens_with_title(note: Note) -> bool:
    """Whether the linked title of a paper is the first line, without anything that names the note before it."""
    return any(link.line == 1 == note.opens_at and link.column == 1 and link_text(link) for link, _ in note.cited[:1])


def _begins(note: Note, link: Link) -> bool:
    """Whether the link's line begins a block, rather than continuing a paragraph."""
    above = note.lines[link.line - 2].strip() if link.line > note.opens_at else ""
    line = note.lines[link.line - 1]
    return not above or above.startswith("#") or line.startswith("#") or bool(_ITEM.match(line))


def _is_titled(note: Note) -> bool:
    """Whether the top heading is the linked title of a paper; then the other papers are its related work."""
    headings = note.scan.headings
    if not headings or any(other.level <= headings[0].level for other in headings[1:]):
        return False
    return any(link.line == headings[0].line and _opened(note, link) is not None for link, _ in note.cited)


def read(note: Note) -> Reading:
    """An entry for each paper; a paper that is discussed twice has two."""
    title, _ = about.about(note)
    headed = {**_files(note), **under_headings(note)}
    entries: list[Entry] = []
    items: list[Item] = []
    cut = passages.cut(note, lambda block, links: bool(_openings(note, headed, block, links)))
    opened = {passage.opening.line for passage in cut}
    for passage in cut:
        found = _openings(note, headed, passage.opening, passage.links)
        items += passages.pieces(passage, len(entries), found[0].title)
        over = tuple(passages.placed((heading for heading in passage.over if heading.line not in opened), title))
        entries += [_entry(note, passage, opening, over, is_alone=len(found) == 1) for opening in found]
    return Reading(title, tuple(entries), tuple(items))


def _entry(note: Note, passage: Passage, opening: Opening, over: tuple[Fact, ...], *, is_alone: bool) -> Entry:
    """The paper of an opening; `over` is what the headings over it say."""
    is_headed = opening.is_headed
    is_under = is_headed or passage.opening.kind == "heading"
    facts, below = told_under(passage, opening, note.lines) if is_under else ([*opening.said], "")
    comment = "" if is_headed else _beside(note, opening.link) if is_under else _comment(passage.text, opening)
    facts += [] if opening.paper else [Fact("url", opening.link.target, opening.link.line, opening.link.column)]
    linked = ((shown(link), link.target) for link in passage.links) if is_alone else ()
    if own_note := noted_in(note.path, opening.title, linked):
        facts.append(Fact(NOTED_IN, own_note, passage.opening.line, 1))
    return Entry(
        "paper",
        passage.opening.line,
        f"opens line {passage.opening.line}",
        title=display_title(opening.title),
        facts=(*facts, *over),
        ids=(opening.paper,) if opening.paper else (),
        mentioned=True,
        why=passages.first_sentence(below if is_label(comment) else comment),
        text=passage.text,
    )


def _beside(note: Note, link: Link) -> str:
    """The words behind a link in a heading, without labels."""
    after = note.lines[link.line - 1][link.column - 1 + len(link.raw) :][:_LONGEST]
    words = LINKED.sub(lambda other: "" if is_label(other[1]) else other[1], _TICKED.sub("", after))
    return words.strip(" .:,;()[]*_|·#–—-")


def _comment(comment: str, opening: Opening) -> str:
    """What a text says after the title and its link, or after the whole citation."""
    if any(fact.field == "authors" for fact in opening.said):
        _, _, comment = comment.partition(link_text(opening.link) or opening.link.raw)
    labelled = FIELD.match(comment)
    if labelled and is_label(labelled["label"]):
        comment = comment[labelled.start("value") :]
    shown = link_text(opening.link) or opening.link.raw
    for told in ("[", shown.replace("*", ""), opening.title, shown):
        comment = comment.removeprefix(told).lstrip(" \n.:,;()[]*–—-")
    return comment.partition("\n")[0]


def _openings(note: Note, headed: dict[int, Opening], block: Block, links: Sequence[Link]) -> list[Opening]:
    """The paper whose title and link begin a block, and those added to it by `,` or `and`."""
    if block.line in headed:
        return [headed[block.line]]
    found: list[Opening] = []
    end = 0
    for link in links:
        paper = ids.parse_id(link.target)
        if link.line != block.line or not paper:
            continue
        start = link.column - 1
        if not found:
            title = _opened(note, link)
        elif _AND.fullmatch(note.lines[link.line - 1], end, start) and link.kind == "markdown":
            title = link_text(link)
        else:
            break
        if title is None:
            continue
        cited = _whole(note, link)
        if cited is None or cited.title != title:
            title, before = citation.opened(NUMBER.sub("", title.replace("*", "").strip(" |")))
            title, dated = without_last_date(title)
            title = quoted["text"] if (quoted := QUOTED.fullmatch(title)) else title
            cited = Citation(date=next(iter([*dates_of(dated), *before]), None))
        found.append(Opening(title, paper, link, said=tuple(facts_of(cited, link.line))))
        end = start + len(link.raw)
    return found


def _whole(note: Note, link: Link) -> Citation | None:
    """The citation with authors before a link: `Ann et al. “Title.” *Annals*, 2019. (arXiv:...)`."""
    before = note.lines[link.line - 1][: link.column - 1].lstrip("# ")
    if len(before) > _LONGEST or "|" in before or not (citation.WHOLE.search(before) or ENTRY.match(before)):
        return None
    cited = citation.parse(before, ())
    return cited if cited.title and cited.authors else None


def _opened(note: Note, link: Link) -> str | None:
    """The title at the start of a line, before or in this link; None if the link is inside a sentence."""
    if link.column > _LONGEST:
        return None
    before = note.lines[link.line - 1][: link.column - 1]
    if not before.strip(" \t*_#>-+0123456789.)"):
        shown = link_text(link)
        return None if link.kind != "markdown" or (shown and is_label(shown)) else shown
    if ENTRY.match(before.lstrip("# ")) and (cited := _whole(note, link)):
        return cited.title
    titled = _TITLED.fullmatch(before)
    title = next((title for title in titled.groups() if title), None) if titled else None
    if title is None:
        cited = _whole(note, link)
        return cited.title if cited else None
    if not is_label(title):
        return title
    shown = link_text(link)  # `**Link**: [PDF](...)` belongs to the text above it
    return shown if shown and not is_label(shown) else None
