"""Titles with their authors behind them in brackets, or on the lines below.

    **Title of Several Words** (Ann & Bo)
    What it says.

    **Title** (2019)
    Ann et al., Proceedings

    ### 2. Title (2019)
    **Authors:** Ann Ann, Bob Bo
    **Contribution:** what it says

    ### 2019 - Title
    Ann & Bo. What it says.

Names alone show that the words are a title: with anything else next to them, they are prose.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from kb import dates, roles
from kb.dialects import citation
from kb.dialects.byline import cited_alone
from kb.dialects.citation import Citation
from kb.dialects.cited_dates import MARK, VENUE, YEAR, date_of_part
from kb.dialects.cited_people import OTHERS, authors_before, people
from kb.dialects.cited_titles import is_label, shown, without_last_date
from kb.dialects.headed_papers import labelled
from kb.dialects.list_items import LISTED, PAPER_LABEL, Listed, ends, indent
from kb.dialects.note import Note
from kb.dialects.sections import is_section
from kb.header_words import AUTHORS, KEYS
from kb.ids import PaperId, parse_id
from kb.markdown import Heading
from kb.regex import rare
from kb.titles import display_title

_NEAR = 4
"""Lines above the authors in which the title is."""
_BELOW = 12
"""Lines under a title that are read."""
_AFFILIATION = rare(r"\s?[(（][^()（）]*[)）]$")
_FEWEST_SPACES = 2
"""In a bold title; a shorter one may be the topic of a paragraph."""
_SIGNED = rare(r"(?P<sign>\*\*|__)[^*_\n]{3,300}(?P=sign)\s?\((?P<who>[^()\n]{2,80})\)")
_IS_VENUE = rare(rf"(?:[Ii]n )?{VENUE}(?:[\s'’]+\d{{2,4}})?")
_ENDS_IN_INITIAL = rare(r"^[^.]*\b[A-Z]\. ")
_BOLD_LINE = rare(
    rf"(?:#{{1,6}}\s+(?:\d{{1,3}}[.)]\s)?)?(?P<sign>\*\*|__)?(?P<title>[^*_\s#][^*_#]{{3,300}}?)(?(sign)(?P=sign))"
    rf"(?:\s?[\[(][^()\[\]]{{0,20}}{YEAR}[)\]])?[.:\s]*"
)
"""A heading or bold line, perhaps with a year in brackets."""
_REST = rare(r"[;；].*")
_WHOLLY_BOLD = rare(r"(?P<sign>\*\*|__)[^*_\s][^*_]{3,300}[^*_:：](?P=sign)\s*")
_TITLED = rare(r"#{1,6}\s|(?P<sign>\*\*|__)(?![^*_]{1,24}(?:[:：](?P=sign)|(?P=sign)\s?[:：]))")
"""A heading, or bold words that are no label."""


def logged(note: Note) -> Iterator[tuple[int, Citation]]:
    """Paragraphs that open with a bold title and its authors in brackets, with or without a year, as in a log."""
    for number in range(note.opens_at, len(note.lines) + 1):
        line = note.lines[number - 1]
        signed = _SIGNED.match(line) if line.startswith(("**", "__")) else None
        if signed and (number == note.opens_at or ends(note.lines[number - 2])):
            cited = _signed(signed, note.lines[number : number + _BELOW])
            if cited.authors and cited.title.count(" ") >= _FEWEST_SPACES:
                yield number, cited


def items(note: Note) -> Iterator[tuple[int, Citation]]:
    """Items that open with a bold name and several authors in brackets; alone, they may name anything."""
    for number, line in enumerate(note.lines[note.opens_at - 1 :], note.opens_at):
        marker = LISTED.match(line) if "** (" in line or "__ (" in line else None
        signed = _SIGNED.match(line, marker.end()) if marker else None
        cited = _signed(signed, ()) if signed else Citation()
        if cited.title and len(cited.authors) > 1:
            yield number, cited


def _signed(signed: re.Match[str], below: Sequence[str]) -> Citation:
    """The citation in a bold title and the names behind it, and what the line and those below it say then."""
    cited = citation.parse(signed[0], ())
    who = cited.authors or tuple(authors_before(signed["who"], is_dated=True))
    said = " ".join([signed.string[signed.end() :], *takewhile(lambda line: not ends(line), below)])
    has_others = OTHERS.search(signed["who"]) is not None
    return cited._replace(authors=who, said=said.lstrip(" .:–—-").rstrip(), has_others=has_others)


def over_names(note: Note) -> Iterator[tuple[int, Citation]]:
    """Headings and bold lines that are titles: the line below has only the authors, and a date or `et al.`

    Below a title with its year in front, more may follow the authors.
    """
    lines = note.lines
    for number in range(note.opens_at, len(lines)):
        line = lines[number - 1]
        over = _BOLD_LINE.fullmatch(line) if line.startswith(("**", "__", "#")) else None
        if not over:
            continue
        below = number + 1 if lines[number].strip() else min(number + 2, len(lines))
        text = lines[below - 1].strip()
        if LISTED.match(text) or labelled(text)[0]:
            continue
        title, dated = citation.opened(over["title"])
        who, _, rest = text.partition(". ") if dated and not _ENDS_IN_INITIAL.search(text) else (text, "", "")
        signed = cited_alone(f"{who.rstrip('.')}, {dated[0].year}" if dated else who, over=line)
        is_title = not (is_label(title) or is_section(Heading(1, title, number)))
        if signed and (signed.date or signed.has_others) and is_title and not _has_title(who):
            yield number, signed._replace(title=without_last_date(title)[0].strip(" :."), said=rest)


def _has_title(text: str) -> bool:
    """Whether this is a citation with a title of its own, not the authors of another one."""
    cited = citation.parse(text, ())
    return bool(cited.authors and cited.title) and not _IS_VENUE.fullmatch(cited.title)


def over_labels(note: Note, linked: dict[int, list[PaperId]]) -> Iterator[tuple[int, Listed]]:
    """Headings, bold words and items over a line with the label of authors, but for lines with a linked paper."""
    for number, who in _authors(note):
        over = _over(note.lines, number)
        cited = citation.parse(note.lines[over - 1].lstrip("# "), ()) if over else Citation()
        if over not in linked and cited.title and not is_label(cited.title):
            yield over, _with_labels(cited, who, over, note.lines, linked)


def over_links(note: Note) -> Iterator[tuple[int, Listed]]:
    """Items over one with the link to the paper and its authors.

    - Title
      - [[paper](https://example.org/nets.pdf)] A. Ann and B. Bo, CVPR, 2019
    """
    for link in note.scan.links:
        line = note.lines[link.line - 1]
        paper = parse_id(link.target)
        if line[:1] not in (" ", "\t") or not (paper or link.target.startswith("http")):
            continue
        sign = LISTED.match(line)
        if not sign or line[sign.end() : link.column - 1].strip("[(*_") or not PAPER_LABEL.fullmatch(shown(link)):
            continue
        who = cited_alone(line[link.column - 1 + len(link.raw) :].lstrip(" ])*_:–—-"), is_cited=True)
        over = _over(note.lines, link.line) if who else 0
        title = citation.plain(note.lines[over - 1]) if over and LISTED.match(note.lines[over - 1]) else ""
        if who and title and not (is_label(title) or MARK in title):
            ids, url = ((paper,), "") if paper else ((), link.target)
            yield over, Listed(who._replace(title=display_title(title)), ids, url, (link.line, link.column))


def _authors(note: Note) -> Iterator[tuple[int, str]]:
    """Lines with the label of authors, and what they say, if it is names."""
    for number, line in enumerate(note.lines[note.opens_at - 1 :], note.opens_at):
        if ":" in line or "：" in line:
            label, value = labelled(line)
            who = _AFFILIATION.sub("", value)
            if label.startswith(AUTHORS) and people(who, is_cited=True):
                yield number, who


def _over(lines: Sequence[str], number: int) -> int:
    """The line of the title above the authors: a heading, bold words or a list item; 0 if there is none."""
    for above in range(number - 1, max(number - _NEAR, 1) - 1, -1):
        line = lines[above - 1]
        if _TITLED.match(line):
            return 0 if roles.of_heading(line.lstrip("# ")) else above
        if line.strip() and not (labelled(line)[0] and indent(line) == indent(lines[number - 1])):
            is_over = LISTED.match(line) and indent(line) < indent(lines[number - 1])
            return above if is_over else _over_summary(lines, above)
    return 0


def _over_summary(lines: Sequence[str], number: int) -> int:
    """The line of the bold title, with nothing else in its line, over one that says what the paper does; else 0."""
    above = number - 1
    while above > number - _NEAR and not lines[above - 1].strip():
        above -= 1
    bold = _WHOLLY_BOLD.fullmatch(lines[above - 1]) if above > 0 and not LISTED.match(lines[number - 1]) else None
    return above if bold and bold[0].count(" ") >= _FEWEST_SPACES else 0


def _with_labels(
    cited: Citation, who: str, over: int, lines: Sequence[str], linked: dict[int, list[PaperId]]
) -> Listed:
    """The paper with what the lines under its title say: its date, its ids, and the first one that says something."""
    title, date, said = cited.title, cited.date, ""
    ids: list[PaperId] = []
    for number, line in enumerate(lines[over : over + _BELOW], over + 1):
        label, value = labelled(line)
        if _TITLED.match(line) or (LISTED.match(line) and not label and not line.startswith((" ", "\t"))):
            break
        if is_label(label):
            ids += linked.get(number, [])
        elif KEYS.get(label) in ("title", "paper_title"):
            title = value.strip("*_\"“” ")
        elif KEYS.get(label) == "year":
            year = _REST.sub("", value).strip()
            date = date or dates.parse_date(year) or date_of_part(year)
        elif not KEYS.get(label) and not said:
            said = value or line.strip(" \t>*+-_")
    authors = tuple(people(who, is_cited=True))
    told = Citation(title, authors, date, cited.said or said, None, bool(OTHERS.search(who)))
    return Listed(told, tuple({paper.scheme: paper for paper in reversed(ids)}.values()), "", (over, 1))
