"""Digests and newsletters: sections, often dated, in which each entry opens with the title of a paper and its link.

    ### 2022-2-20:
    [**Title**](https://arxiv.org/abs/1912.02178) What the writer thinks of it. **What matters most.**
    ![](figure.png)

    **Title** ([arXiv](https://arxiv.org/abs/1912.02179)): what it says.

    **Title**
    [[Paper]](https://arxiv.org/abs/1912.02181) [[Code]](https://github.com/ann/nets)

    ### Title
    **Authors**: Ann, Bob
    **Link**: [PDF](https://arxiv.org/abs/1912.02180)

An entry goes on until the next one opens, so that figures and second thoughts stay with their paper. A line that opens
with several papers is an entry for each.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from kb import dates, ids
from kb.dialects import about, citation, passages
from kb.dialects.citation import Citation
from kb.dialects.cited_dates import date_fact, dates_of
from kb.dialects.cited_people import people
from kb.dialects.cited_titles import is_label, without_date
from kb.dialects.habits import FEWEST
from kb.dialects.note import Note, Reading
from kb.dialects.note_titles import without_id
from kb.dialects.passages import Passage
from kb.facts import fact_name, from_fields
from kb.fields import Field, Scalar
from kb.ids import PaperId
from kb.markdown import Heading
from kb.model import Entry, Fact, Item, Link
from kb.outline import Block
from kb.titles import display_title

NAME = "digest"
_LONGEST = 400
_TITLED = re.compile(
    r"[\s>]*(?:[-+*]\s+|\d{1,4}[.)]\s+)?"
    r"(?:#{1,6}\s+([^\[\]]{2,300}?)|(?:#{1,6}\s+)?(?:\*\*([^*]{2,300}?)\*\*|__([^_]{2,300}?)__|\[([^\[\]]{2,300})\]))"
    r"[\s:.,;(\[|–—-]*"
)
"""A title before its link: a heading's words, bold ones, or brackets whose address has gone astray."""
_FIELD = re.compile(r"(?P<label>[^\W\d][\w ()-]{1,20}?)\s*[:：]\s*(?P<value>\S.*)")
_SOON = 5
"""Lines with words under a heading, among which a paper's own link stands."""
_BOLD = re.compile(r"\s{0,3}(?P<sign>\*\*|__)(?P<text>(?:(?!(?P=sign)).){4,300})(?P=sign)[\s.:\\]*")
_CITES = re.compile(r"[\"“]|\bet al\b|\(\d{4}\)\.")
"""What a heading that is a whole citation holds."""
_ITEM = re.compile(r"[\s>]*(?:[-+*]|\d{1,4}[.)])\s")
_BELOW_HEADINGS = 7
"""The level of a bold line that stands in a heading's place."""
_NUMBER = re.compile(r"^(?:\d{4}-\d\d-\d\d|\d{1,3}[.):]|#\d{1,3})\s+(?=\S)")
_LABELLED = re.compile(r"[\s>*+-]*[*_`]*[^\W\d_][\w -]{1,20}[*_`]*\s*[:：][*_`]*\s*")
_SHOWN = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
_LONGEST_COMMENT = 20
"""Lines."""
_LINKED = re.compile(r"\[[^\[\]]*\]\([^()\s]*\)")
_AND = re.compile(r"[\s,;/&+*]*(?:(?:and|und|et|и|和)\s[\s*]*)?")


def recognize(note: Note) -> str:
    """Several papers open lines, and nothing says that the note is about one of them."""
    if note.facts.ids or note.facts.kind or len(note.cited) < FEWEST:
        return ""
    papers = {paper for link, paper in note.cited if _begins(note, link) and _opened(note, link) is not None}
    papers |= {opening.paper for opening in _headed(note).values()}
    if len(papers) < FEWEST or _is_titled(note) or about.is_named(note):
        return ""
    return f"{len(papers)} papers open lines"


def _begins(note: Note, link: Link) -> bool:
    """Does the link's line begin a block, and not go on with a paragraph?"""
    above = note.lines[link.line - 2].strip() if link.line > note.opens_at else ""
    return not above or above.startswith("#") or bool(_ITEM.match(note.lines[link.line - 1]))


def _is_titled(note: Note) -> bool:
    """Is the heading over all others the linked title of a paper? Then the others are its related work."""
    headings = note.scan.headings
    if not headings or any(other.level <= headings[0].level for other in headings[1:]):
        return False
    return any(link.line == headings[0].line and _opened(note, link) is not None for link, _ in note.cited)


def read(note: Note) -> Reading:
    """An entry for each paper; a paper that is spoken of twice has two."""
    title, _ = about.about(note)
    headed = _headed(note)
    entries: list[Entry] = []
    items: list[Item] = []
    for passage in passages.cut(note, lambda block, links: bool(_openings(note, headed, block, links))):
        found = _openings(note, headed, passage.opening, passage.links)
        items += passages.pieces(passage, len(entries), found[0].title)
        entries += [_entry(passage, opening, title) for opening in found]
    return Reading(title, tuple(entries), tuple(items))


@dataclass(frozen=True, slots=True)
class _Opening:
    """A paper that opens a line, and the link that tells it: in the line, or somewhere under the heading.

    Args:
        said: what the heading tells besides the title.
        comment: what stands in the paragraph under the link, where the heading is a bold line of it.
    """

    title: str
    paper: PaperId
    link: Link
    is_headed: bool = False
    said: tuple[Fact, ...] = ()
    comment: str = ""


def _entry(passage: Passage, opening: _Opening, title: str) -> Entry:
    facts, comment = _under_heading(passage, opening) if opening.is_headed else ([], _comment(passage, opening))
    comment = opening.comment or comment
    facts += [fact for fact in opening.said if all(other.field != fact.field for other in facts)]
    return Entry(
        "paper",
        passage.opening.line,
        f"opens line {passage.opening.line}",
        title=display_title(opening.title),
        facts=(*facts, *passages.placed(passage.over, title)),
        ids=(opening.paper,),
        mentioned=True,
        why=passages.first_sentence(comment),
        text=passage.text,
    )


def _comment(passage: Passage, opening: _Opening) -> str:
    """What follows the title and its link."""
    comment = passage.text
    labelled = _FIELD.match(comment)
    if labelled and is_label(labelled["label"]):
        comment = comment[labelled.start("value") :]
    for shown in ("[", opening.title, about.link_text(opening.link) or opening.link.raw):
        comment = comment.removeprefix(shown).lstrip(" \n.:,;()[]*–—-")
    return comment.partition("\n")[0]


def _under_heading(passage: Passage, opening: _Opening) -> tuple[list[Fact], str]:
    """The authors that a line under a paper's heading names, and the first line that says what the paper does."""
    authors: list[Fact] = []
    said = ""
    for block in passage.blocks[1:]:
        labelled = _FIELD.match(block.text)
        name = fact_name(labelled["label"]) if labelled else ""
        if labelled and name == "authors" and not authors:
            value = Scalar(labelled["value"], block.line, 1, labelled["value"])
            authors = from_fields([Field(name, (value,), block.line, 1)]).facts
        is_own = block.line <= opening.link.line <= block.last_line
        if not said and not is_own and not labelled and people(block.text[:_LONGEST], is_cited=True):
            continue
        if not said and not is_own and (not labelled or name == "summary"):
            said = labelled["value"] if labelled else block.text
    return authors, said


def _openings(note: Note, headed: dict[int, _Opening], block: Block, links: Sequence[Link]) -> list[_Opening]:
    """The paper whose title and link a block begins with, and those that `,` or `and` adds to it."""
    if block.line in headed:
        return [headed[block.line]]
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


def _headed(note: Note) -> dict[int, _Opening]:
    """By line, the headings or bold lines of one level that are titles of papers: each with an id, or a label under it.

    In a note about a paper, the others under headings are its related work.
    """
    cited: dict[int, list[tuple[Link, PaperId]]] = {}
    for link, paper in note.cited:
        cited.setdefault(link.line, []).append((link, paper))
    found: dict[int, dict[int, _Opening]] = {}
    for heading, end in _headings(note):
        lines = [n for n in range(heading.line + 1, end) if note.lines[n - 1].strip()][:_SOON]
        own = next((each for n in lines for each in cited.get(n, []) if _is_label(note, each[0])), None)
        if heading.level == _BELOW_HEADINGS and own is None and lines and _are_of_one(note, cited.get(lines[0], [])):
            own = cited[lines[0]][0]
        in_heading = cited.get(heading.line, [])
        if len(in_heading) == 1 and without_id(heading.text) != heading.text:
            own = in_heading[0]
        if own and (not in_heading or own == in_heading[0]) and (title := _title(heading)):
            told = _told(heading, note.lines[lines[0] - 1] if lines and lines[0] < own[0].line else "")
            title = told.title or title
            below = _below(note, own[0]) if heading.level == _BELOW_HEADINGS else ""
            opening = _Opening(title, own[1], own[0], True, tuple(_facts(told, heading.line)), below)
            found.setdefault(heading.level, {})[heading.line] = opening
    level = max(found.values(), key=len, default={})
    return level if len(level) >= FEWEST and about.about(note)[1] is None else {}


def _below(note: Note, link: Link) -> str:
    """The lines of a paragraph under the one with this link."""
    lines = takewhile(str.strip, note.lines[link.line : link.line + _LONGEST_COMMENT])
    return " ".join(_SHOWN.sub(r"\1", " ".join(lines)).replace("**", "").split())


def _are_of_one(note: Note, cited: Sequence[tuple[Link, PaperId]]) -> bool:
    """Is a line nothing but links, which lead to one paper, whatever they show?"""
    if not cited or re.search(r"\w", _LINKED.sub("", note.lines[cited[0][0].line - 1][:_LONGEST])):
        return False
    return len({paper.scheme for _, paper in cited}) == len({paper for _, paper in cited})


def _headings(note: Note) -> Iterator[tuple[Heading, int]]:
    """The headings, and the lines that are bold and nothing else; each with the line at which the next one begins."""
    end = Heading(0, "", len(note.lines) + 1)
    headings = note.scan.headings
    yield from ((heading, following.line) for heading, following in pairwise([*headings, end]))
    if "**" in note.body or "__" in note.body:
        lines = enumerate(note.lines[note.opens_at - 1 :], note.opens_at)
        matches = ((number, _BOLD.fullmatch(line)) for number, line in lines if len(line) < _LONGEST)
        bold = [Heading(_BELOW_HEADINGS, match["text"], number) for number, match in matches if match]
        both = sorted([*headings, *bold, end], key=lambda heading: heading.line)
        yield from ((heading, each.line) for heading, each in pairwise(both) if heading.level == _BELOW_HEADINGS)


def _told(heading: Heading, below: str) -> Citation:
    """The citation that a heading is; else its date, and the authors of whom the line below it is a list."""
    if _CITES.search(heading.text):
        cited = citation.parse(heading.text, ())
        if cited.title and cited.authors:
            return cited
    dated = dates_of(without_date(heading.text)[1]) if heading.text.rstrip(" .*_")[-1:] in ")]）" else []
    authors = people(below[:_LONGEST], is_cited=True) if ", " in below or " and " in below else []
    return Citation("", tuple(authors), dated[0] if len(dated) == 1 else None)


def _facts(told: Citation, line: int) -> Iterator[Fact]:
    yield from (Fact("authors", name, line, 1) for name in told.authors)
    if told.date:
        yield date_fact(told.date, line)


def _title(heading: Heading) -> str:
    """The title that a heading is, without number, day or venue; empty where it is a section's."""
    title = without_id(_NUMBER.sub("", without_date(heading.text)[0])).strip(" .:")
    return "" if about.is_section(heading) or is_label(title) or dates.parse_date(title) else title


def _is_label(note: Note, link: Link) -> bool:
    """Is a link an id, an address or a word like `PDF`, at the beginning of its line or after a label, and no prose?"""
    if link.kind == "markdown" and not is_label(about.link_text(link)):
        return False
    line, start = note.lines[link.line - 1], link.column - 1
    if len(line) > _LONGEST:
        return False
    before, after = _LINKED.sub("", line[:start]), _LINKED.sub("", line[start + len(link.raw) :])
    begins = not re.search(r"\w", before) or bool(_LABELLED.fullmatch(before))
    return begins and not after.lstrip(" ,.;:)]*_|·-")[:1].islower()


def _opened(note: Note, link: Link) -> str | None:
    """The title that a line opens with before or in this link; None where the link stands in a sentence."""
    if link.column > _LONGEST:
        return None
    before = note.lines[link.line - 1][: link.column - 1]
    if not before.strip(" \t*_#>-+0123456789.)"):
        shown = about.link_text(link)
        return None if link.kind != "markdown" or (shown and is_label(shown)) else shown
    titled = _TITLED.fullmatch(before)
    title = next((title for title in titled.groups() if title), None) if titled else None
    if title is None or not is_label(title):
        return title
    shown = about.link_text(link)  # `**Link**: [PDF](...)` belongs to what stands above it
    return shown if shown and not is_label(shown) else None
