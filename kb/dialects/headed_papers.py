"""Papers under headings of their own, or under bold lines that act as headings.

    ### Title (2019)
    **Authors**: Ann, Bob
    **Link**: [PDF](https://arxiv.org/abs/1912.02180)

    **Title**
    [[Paper]](https://arxiv.org/abs/1912.02181) [[Code]](https://github.com/ann/nets)

The link that identifies the paper is in the heading or in the first lines under it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, takewhile

from kb import dates
from kb.dates import PartialDate
from kb.dialects import about, citation
from kb.dialects.byline import authors_alone
from kb.dialects.citation import Citation
from kb.dialects.cited_dates import ENTRY, date_fact, date_of_part, dates_of
from kb.dialects.cited_people import people
from kb.dialects.cited_titles import is_label, without_date, without_last_date
from kb.dialects.habits import FEWEST
from kb.dialects.note import Note
from kb.dialects.note_titles import without_id
from kb.dialects.passages import Passage
from kb.dialects.sections import is_section
from kb.facts import fact_name, from_fields
from kb.fields import Field, Scalar
from kb.header_words import KEYS, SUMMARIES
from kb.ids import PaperId
from kb.markdown import Heading, link_text
from kb.model import Fact, Link
from kb.outline import Block
from kb.regex import rare
from kb.typed import NamedTuple

FIELD = re.compile(r"(?P<label>[^\W\d][\w ()-]{1,20}?)(?:\s*[:：]\s*|\s[–—-]\s(?=https?://))(?P<value>\S.*)")
"""A label and its value: `Link: ...`; an address may also follow a dash."""
_LONGEST = 400
"""Characters; a longer line is only prose."""
_LONGEST_LABELLED = 1000
_SOON = 5
"""Non-empty lines under a heading that are searched for the paper's own link."""
_FAR = 24
"""The same, while all lines have labels."""
_TELL = ("authors", "year", "venue", "citekey")
_BOLD = re.compile(
    r"\s{0,3}(?:[^\w\s!-/:-@\[-`{-~]{1,9}\s?)?(?P<sign>\*\*|__)(?P<text>(?:(?!(?P=sign)).){4,300})(?P=sign)[\s.:\\]*"
    r"(?:\|[^\[\]()]{1,60})?"
)
"""A line of bold words, perhaps after stars, and with more behind a bar."""
_BELOW_HEADINGS = 7
"""The level of a bold line that acts as a heading."""
NUMBER = re.compile(r"^(?:\d{4}-\d\d-\d\d|\d{1,3}(?:[-.]\d{1,3})?[.):]|[(\[]\d{1,3}[)\]]|#\d{1,3})\s+(?=\S)")
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_COUNTS = rare(
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[.,]{0,2}\s)?"
    rf"(?:{_MONTH} {_DAY}|{_DAY}\.? (?:of )?{_MONTH}|\d{{1,2}}[/.-]\d{{1,2}}\.?|\d{{1,2}}\s?月\s?\d{{1,2}}\s?日)"
    r"|(?:paper|article|preprint|reading|week|day|session|meeting|lecture|talk|entry|no\.?|论文|論文|논문)?\s?#?\d{1,3}",
    re.IGNORECASE,
)
"""A heading that only counts, or gives a day without its year: `Paper 3`, `Tue, Mar 3`."""
_ADDRESS_OF = re.compile(
    r"[\s>*+-]*(?:[_`][*_`]*)?(?:[\w-]{2,20} )?(?:URL|DOI|[Ll]ink|[Pp]aper|PDF|arXiv|链接|リンク|링크)[*_`]*"
    r"(?:\s?[:：]|\s[–—-]\s)[*_`]*\s*"
)
"""`- Verified URL: `, after which a link may show anything."""
_LABELLED = re.compile(r"[\s>*+-]*(?:[_`][*_`]*)?[^\W\d_][\w -]{1,20}[*_`]*(?:\s*[:：]|\s[–—-]\s)[*_`]*\s*")
_FEWEST_SPACES = 1
"""Of a title over sections."""
_LONGEST_NICKNAME = 3
"""Words."""
_MARKED = re.compile(
    r"(?:\[(?=[^\[\]]+\][.,]?$)|[\"“]|\*{1,2}|_{1,2})(?P<text>.{8,300}?)(?:\]|[\"”]|\*{1,2}|_{1,2})[.,]?"
)
_LONGEST_COMMENT = 20
"""Lines."""
LINKED = re.compile(r"\[([^\[\]]*)\]\]?\([^()\s]*\)")
_NOTE_MARK = re.compile(r"<sup>[^<>]{0,20}</sup>")
_NOTE_SIGN = re.compile(r"[*†‡§¹²³⁰⁴-⁹]|<sup>[^<>]{0,20}</sup>")
_ITEM = re.compile(r"\s{0,12}(?:[-+*]|\d{1,3}[.)])\s")
_TICKED = re.compile(r"[\s>]*(?:`[^`]{1,60}`[\s,·|]*)+")
"""`2019` `CVPR`"""
_END = re.compile(r"\s*\\?$")
_PROSE = re.compile(r"\b[a-z]{4,}\b")
"""A word that is in no list of names or venue."""
_SEVERAL = re.compile(r", | and | & ")


def labelled(line: str) -> tuple[str, str]:
    """The lower-case label of a line and its value; both empty if it has none."""
    if len(line) >= _LONGEST_LABELLED:
        return "", ""
    field = FIELD.fullmatch(line.replace("**", "").replace("__", "").strip(" \t>*+-_"))
    return (field["label"].lower(), field["value"]) if field and not field["value"].startswith("//") else ("", "")


class Opening(NamedTuple):
    """A paper that opens a passage, and the link that identifies it: on the line, or somewhere under the heading.

    Args:
        paper: None if the link leads to a file.
        is_headed: whether its title is a heading, or a bold line that acts as one.
        said: the facts in the heading besides the title.
        comment: the text in the paragraph after the link, if the heading is a bold line.
    """

    title: str
    paper: PaperId | None
    link: Link
    is_headed: bool = False
    said: tuple[Fact, ...] = ()
    comment: str = ""


def under_headings(note: Note) -> dict[int, Opening]:
    """Headings or bold lines of one level that are titles of papers, by line; each has an id, or a label under it.

    In a note about a paper, other papers under headings are its related work.
    """
    cited: dict[int, list[tuple[Link, PaperId]]] = {}
    for link, paper in note.cited:
        cited.setdefault(link.line, []).append((link, paper))
    found: dict[int, dict[int, Opening]] = {}
    for heading, end in _headings(note):
        lines = [n for n in range(heading.line + 1, min(end, heading.line + _FAR)) if note.lines[n - 1].strip()]
        lines = lines[: max(_SOON, sum(1 for _ in takewhile(lambda n: _LABELLED.match(note.lines[n - 1]), lines)))]
        own = next((each for n in lines for each in cited.get(n, []) if _is_label(note, each[0])), None)
        if heading.level == _BELOW_HEADINGS and own is None and lines and _are_of_one(note, cited.get(lines[0], [])):
            own = cited[lines[0]][0]
        in_heading = cited.get(heading.line, [])
        if len(in_heading) == 1 and without_id(heading.text) != heading.text:
            own = in_heading[0]
        if own and (not in_heading or own == in_heading[0]) and (title := _name(note, heading, lines, own[0])):
            below = _below(note, own[0]) if heading.level == _BELOW_HEADINGS else ""
            day, full = dates.parse_date(below), _full_title(note, title, lines)
            told = _told(heading, [*_down_to(note, lines[bool(full) :], own[0])], day)
            said = [*facts_of(told, heading.line), *([Fact("aliases", title, heading.line, 1)] if full else [])]
            title = told.title or _labelled_title(note, lines) or full or title
            opening = Opening(title, own[1], own[0], True, tuple(said), "" if day else below)
            found.setdefault(heading.level, {})[heading.line] = opening
    level = max(found.values(), key=len, default={})
    over = _over_sections(note, cited)
    if len(over) >= max(FEWEST, len(level)) and min(over) < min(level, default=len(note.lines)):
        level = over
    if len(level) < FEWEST:
        return {}
    _, entry = about.about(note)  # without a title above them, the first of them seems to be the note's own
    return level if entry is None or entry.line in {opening.link.line for opening in level.values()} else {}


def _over_sections(note: Note, cited: Mapping[int, list[tuple[Link, PaperId]]]) -> dict[int, Opening]:
    """Headings of one level that have sections, each with one labeled paper somewhere under it, perhaps at the end."""
    headings = note.scan.headings
    found: dict[int, dict[int, Opening]] = {}
    for n, heading in enumerate(headings):
        end = next((other.line for other in headings[n + 1 :] if other.level <= heading.level), len(note.lines) + 1)
        labelled = [
            each for line in range(heading.line, end) for each in cited.get(line, ()) if _is_label(note, each[0])
        ]
        title = _title(heading) if len({paper for _, paper in labelled}) == 1 else ""
        if title and title.count(" ") >= _FEWEST_SPACES:
            link, paper = labelled[0]
            lines = [line for line in range(heading.line + 1, end) if note.lines[line - 1].strip()][:_SOON]
            told = _told(heading, [*_down_to(note, lines, link)], None)
            opening = Opening(told.title or title, paper, link, True, tuple(facts_of(told, heading.line)))
            found.setdefault(heading.level, {})[heading.line] = opening
    return max((found[level] for level in sorted(found)), key=len, default={})


def told_under(passage: Passage, opening: Opening, lines: Sequence[str]) -> tuple[list[Fact], str]:
    """The facts in a paper's heading and the lines under it, and the first line that says what the paper does."""
    labels: dict[str, Field] = {}
    signed: list[Fact] = []
    said = ""
    for block in passage.blocks[1:]:
        labelled = FIELD.match(block.text)
        for line, field in _fields(block, lines) if labelled else ():
            key = KEYS.get(field["label"].lower(), "")
            if key in _TELL or fact_name(field["label"]) == "authors":
                value = Scalar(field["value"].strip("`* "), line, 1, field["value"])
                labels.setdefault(key or "authors", Field(key or "authors", (value,), line, 1))
            elif field["label"].lower() in SUMMARIES:
                said = said or field["value"].strip("* ")
        is_own = block.line <= opening.link.line <= block.last_line
        if not said and not is_own and not labelled:
            signed = signed or authors_alone(block.text, block.line)
            who = _NOTE_SIGN.sub("", block.text[:_LONGEST])
            if (signed and signed[0].line == block.line) or people(who, is_cited=True):
                continue
        is_title = block.text.strip(" []\"“”*_.,") == opening.title
        is_remark = not (block.kind == "heading" or is_label(block.text) or _TICKED.fullmatch(lines[block.line - 1]))
        if not said and is_remark and not (is_own or is_title or labelled):
            said = block.text
    told = from_fields([*labels.values()]).facts
    for facts in (opening.said, signed):
        fields = {fact.field for fact in told}
        told += [fact for fact in facts if fact.field not in fields]
    return told, opening.comment or said


def _fields(block: Block, lines: Sequence[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """The labels of a block with their values and lines; a paragraph may have one on each line."""
    begins: list[tuple[int, str]] = []
    for number in range(block.line, block.last_line + 1):
        text = LINKED.sub(r"\1", lines[number - 1].replace("**", "").replace("__", "")).strip(" >*_+-\\")
        if FIELD.match(text):
            begins.append((number, text))
        elif begins:
            begins[-1] = begins[-1][0], f"{begins[-1][1]} {text}"
    if len(begins) < 2:
        begins = [(block.line, block.text)]
    yield from ((number, field) for number, text in begins if (field := FIELD.match(text)))


def _labelled_title(note: Note, lines: Sequence[int]) -> str:
    """The title on one of these lines: `**Title:** ...`, `论文题目：...`; the heading may be a nickname."""
    for line in (note.lines[n - 1] for n in lines):
        field = FIELD.fullmatch(line.replace("**", "").strip(" >-*_")) if len(line) < _LONGEST else None
        if field and KEYS.get(field["label"].lower()) in ("title", "paper_title"):
            return field["value"].strip(" *_\"“”")
    return ""


def _full_title(note: Note, name: str, lines: Sequence[int]) -> str:
    """The title on the line below a heading that is only a nickname: in brackets, quotes or emphasis."""
    if len(name.split()) > _LONGEST_NICKNAME or not lines:
        return ""
    found = _MARKED.fullmatch(note.lines[lines[0] - 1].strip()[:_LONGEST])
    text = found["text"].strip(" *_") if found else ""
    is_title = len(text.split()) >= FEWEST and not (is_label(text) or people(text, is_cited=True) or dates_of(text))
    return text if is_title else ""


def _below(note: Note, link: Link) -> str:
    """The lines of a paragraph after the one with this link, without those that only have further links."""
    below = note.lines[link.line : link.line + _LONGEST_COMMENT]
    lines = takewhile(lambda line: line.strip() and not _ITEM.match(line), below)
    said = (line for line in lines if re.search(r"\w", LINKED.sub("", line)))
    return " ".join(LINKED.sub(r"\1", " ".join(said)).replace("**", "").split())


def _are_of_one(note: Note, cited: Sequence[tuple[Link, PaperId]]) -> bool:
    """Whether a line has only links, all to one paper, whatever their text."""
    if not cited or re.search(r"\w", LINKED.sub("", note.lines[cited[0][0].line - 1][:_LONGEST])):
        return False
    return len({paper.scheme for _, paper in cited}) == len({paper for _, paper in cited})


def _headings(note: Note) -> Iterator[tuple[Heading, int]]:
    """The headings, and the lines with only bold text, each with the line where the next one begins."""
    end = Heading(0, "", len(note.lines) + 1)
    headings = note.scan.headings
    yield from ((heading, following.line) for heading, following in pairwise([*headings, end]))
    if "**" in note.body or "__" in note.body:
        lines = enumerate(note.lines[note.opens_at - 1 :], note.opens_at)
        matches = ((number, _BOLD.fullmatch(line)) for number, line in lines if len(line) < _LONGEST)
        bold = [Heading(_BELOW_HEADINGS, match["text"], number) for number, match in matches if match]
        both = sorted([*headings, *bold, end], key=lambda heading: heading.line)
        yield from ((heading, each.line) for heading, each in pairwise(both) if heading.level == _BELOW_HEADINGS)


def _down_to(note: Note, lines: Sequence[int], link: Link) -> Iterator[str]:
    """The text of these lines before a link, without the signs of notes and breaks."""
    for number in lines:
        line = note.lines[number - 1][: link.column - 1 if number == link.line else _LONGEST]
        if number <= link.line:
            yield _END.sub("", _NOTE_MARK.sub("", line))


def _told(heading: Heading, lines: Sequence[str], day: PartialDate | None) -> Citation:
    """The citation in a heading; else its date, and what the lines down to the link say: first the authors, if at all.

        *Ann Ann, Bob Bo* \\
        *Annals, March 2022.*

    Args:
        day: the date in the line after the link, if that is all it says.
    """
    if citation.WHOLE.search(heading.text) or ENTRY.match(heading.text):
        cited = citation.parse(heading.text, ())
        if cited.title and cited.authors:
            return cited
    dated = dates_of(without_date(heading.text)[1]) if heading.text.rstrip(" .*_")[-1:] in ")]）" else []
    dated = dated or next(filter(None, (dates_of(line) for line in lines if not _PROSE.search(line))), [])
    last = date_of_part(heading.text.rpartition(", ")[2])
    date = dated[0] if len(dated) == 1 else last if last and not dated else None
    date = day if day and (date is None or date.year == day.year) else date
    authors = people(lines[0], is_cited=True) if lines and _SEVERAL.search(lines[0]) else []
    return Citation("", tuple(authors), date)


def facts_of(told: Citation, line: int) -> Iterator[Fact]:
    """Authors and date of a citation on this line."""
    yield from told.who(line)
    if told.date:
        yield date_fact(told.date, line)


def _name(note: Note, heading: Heading, lines: Sequence[int], link: Link) -> str:
    """The title in a heading; under one that only counts, that with a label or in the paper's link."""
    if not _COUNTS.fullmatch(heading.text.strip(" .:")):
        return _title(heading)
    shown = link_text(link)
    return _labelled_title(note, lines) or ("" if is_label(shown) else shown)


def _title(heading: Heading) -> str:
    """The title in a heading, without number, day or venue; empty if it is the heading of a section."""
    title = without_id(NUMBER.sub("", without_last_date(heading.text)[0])).strip(" .:")
    is_title = not (is_section(heading) or is_label(title) or dates.parse_date(title) or _COUNTS.fullmatch(title))
    return title if is_title else ""


def _is_label(note: Note, link: Link) -> bool:
    """Whether a link is an id, an address or a word like `PDF`, and starts its line or follows a label or a venue."""
    line, start = note.lines[link.line - 1], link.column - 1
    is_told = is_label(link_text(link)) or _ADDRESS_OF.fullmatch(line, 0, start)
    if len(line) > _LONGEST or (link.kind == "markdown" and not is_told):
        return False
    before, after = LINKED.sub("", line[:start]), LINKED.sub("", line[start + len(link.raw) :])
    begins = not re.search(r"\w", before) or bool(_LABELLED.fullmatch(before) or date_of_part(before.strip(" [(.")))
    return begins and not after.lstrip(" ,.;:)]*_|·-")[:1].islower()
