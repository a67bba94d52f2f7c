"""Papers that a note cites in full but does not link, as generated reviews and bibliographies do.

    - **Title** (Ann et al., 2019) - what it says
    [3] A. Ann and B. Bo. Title. In Proceedings, 2019.

    - [ ] Title (1912.02180)

    **Title of Several Words** (Ann & Bo)
    What it says.

    **Title** (2019)
    Ann et al., Proceedings

    ### 2. Title (2019)
    **Authors:** Ann Ann, Bob Bo
    **Contribution:** what it says

A line counts if it has a title, and authors with a date, `et al.` or an arXiv number; a title, if a line under it
names the authors.
"""

import re
from collections.abc import Container, Iterator, Sequence
from itertools import chain, islice, takewhile

from kb import dates, roles
from kb.dialects import citation
from kb.dialects.byline import authors_alone
from kb.dialects.citation import Citation
from kb.dialects.cited_dates import VENUE, YEAR, date_of_part
from kb.dialects.cited_people import OTHERS, authors_before, people
from kb.dialects.cited_titles import is_label
from kb.dialects.habits import NUMBER
from kb.dialects.headed_papers import labelled
from kb.dialects.list_items import LISTED, Listed, begins, ends, indent, usual_forms
from kb.dialects.marked import marked
from kb.dialects.note import Note
from kb.dialects.remarks import remarks
from kb.dialects.sections import is_section
from kb.dialects.unmarked import unmarked
from kb.header_words import AUTHORS, BIBLIOGRAPHIES, KEYS
from kb.ids import PaperId, parse_id
from kb.markdown import Heading
from kb.model import CITED_YEAR, Link
from kb.regex import rare

_LONGEST = 1000
"""Characters of a citation."""
_NEAR = 4
"""Lines above the authors in which the title is."""
_BELOW = 12
"""Lines under a title that are read."""
_MOST_LINES = 3
"""Lines that a citation goes on for."""
_YEAR = rare(rf"\W*({YEAR})\W*")
_DATED = rare(YEAR)
_CHRONOLOGY = rare(
    r"\b(?:history|histoire|historia|storia|geschichte|timeline|chronology|milestones?|evolution)\b|历史|年表|発展|연표",
    re.IGNORECASE,
)
_CITES = rare(r"(?:19|20)\d\d|\bet\.? al\b")
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
_NUMBER = rare(r"\s?[(\[（](?P<id>\d{4}\.\d{5}(?:v\d\d?)?)[)\]）](?P<said>\s*(?:：|[:–—-]+\s).*)?$")
"""A bare arXiv number, which is one only after the title in a list item: `(1912.02180)`, `(1912.02180) - remark`."""
_TITLED = rare(r"#{1,6}\s|(?P<sign>\*\*|__)(?![^*_]{1,24}(?:[:：](?P=sign)|(?P=sign)\s?[:：]))")
"""A heading, or bold words that are no label."""


def papers(note: Note) -> dict[int, Listed]:
    """The papers by line; none in lines with a link that leads to one."""
    linked: dict[int, list[PaperId]] = {}
    for link, paper in note.cited:
        linked.setdefault(link.line, []).append(paper)
    found: dict[int, Listed] = {}
    own = _line_of_title(note)
    for number, cited in chain(_logged(note), _over_names(note)):
        if number not in linked and number != own:
            found[number] = Listed(cited, (), "", (number, 1))
    _add_cited(note, found, linked)
    for number, cited in _signed_items(note) if len(found) > 1 else ():
        if number not in linked:
            found.setdefault(number, Listed(cited, (), "", (number, 1)))
    for number, cited, paper in _numbered(note, linked):
        found.setdefault(number, Listed(cited, (paper,), "", (number, 1)))
    for number, who in _authors(note):
        over = _over(note.lines, number)
        cited = citation.parse(note.lines[over - 1].lstrip("# "), ()) if over else Citation()
        if over not in linked and over != own and cited.title and not is_label(cited.title):
            found[over] = _with_labels(cited, who, over, note.lines, linked)
    return found


def _line_of_title(note: Note) -> int:
    """The line of the heading over the whole note, whose authors are those of the note or of its own paper; else 0."""
    first, *others = note.scan.headings or [Heading(0, "", 0)]
    return 0 if first.line != note.opens_at or any(each.level <= first.level for each in others) else first.line


def _add_cited(note: Note, found: dict[int, Listed], linked: dict[int, list[PaperId]]) -> None:
    """Add what lines cite in full, without remarks that only end in a citation."""
    links: dict[int, list[Link]] = {}
    for link in note.scan.links:
        links.setdefault(link.line, []).append(link)
    outside: list[int] = []
    for first, last, in_bibliography, year in _citing(note):
        if not linked.keys().isdisjoint(range(first, last + 1)):
            continue
        within = [link for number in range(first, last + 1) for link in links.get(number, ())]
        text, marks = marked(note.lines, first, last, within)
        text = f"{year}: {LISTED.sub('', text, count=1)}" if year else text
        cited = citation.parse(text, marks, usual_forms(note))
        is_others = cited.has_others and not in_bibliography and labelled(note.lines[first - 1])[0] not in KEYS
        if cited.title and cited.authors and (cited.date or is_others):
            found.setdefault(first, Listed(cited, (), "", (first, 1)))
            outside += [] if in_bibliography else [first]
    for number in remarks(note.lines, outside):
        found.pop(number, None)


def _citing(note: Note) -> Iterator[tuple[int, int, bool, str]]:
    """Lines that may cite a paper: those of lists, and all in a bibliography; alone, then with those that go on.

    Yields:
        First and last line, whether they are in a bibliography, and the year over them, if the note is a chronology.
    """
    headings = {heading.line: heading.text for heading in note.scan.headings}
    in_bibliography, year = False, ""
    is_chronology = _CHRONOLOGY.search(f"{note.stem} {' '.join(islice(headings.values(), 1))}") is not None
    for number, line in enumerate(note.lines[note.opens_at - 1 :], note.opens_at):
        if number in headings:
            in_bibliography = headings[number].casefold().strip(" :0123456789.") in BIBLIOGRAPHIES
            over = _YEAR.fullmatch(headings[number]) if is_chronology else None
            year = over[1] if over else ""
            if _CITES.search(headings[number]):
                yield number, number, False, ""
        elif line and len(line) < _LONGEST and (in_bibliography or begins(note, number)):
            last = _last_line(note.lines, number) if number not in unmarked(note) else number
            own = "" if _DATED.search(line) else year
            if own or _CITES.search(line):
                yield number, number, in_bibliography, own
            if last > number and any(map(_CITES.search, note.lines[number - 1 : last])):
                yield number, last, in_bibliography, ""


def _logged(note: Note) -> Iterator[tuple[int, Citation]]:
    """Paragraphs that open with a bold title and its authors in brackets, with or without a year, as in a log."""
    for number in range(note.opens_at, len(note.lines) + 1):
        line = note.lines[number - 1]
        signed = _SIGNED.match(line) if line.startswith(("**", "__")) else None
        if signed and (number == note.opens_at or ends(note.lines[number - 2])):
            cited = _signed(signed, note.lines[number : number + _BELOW])
            if cited.authors and cited.title.count(" ") >= _FEWEST_SPACES:
                yield number, cited


def _signed_items(note: Note) -> Iterator[tuple[int, Citation]]:
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


def _over_names(note: Note) -> Iterator[tuple[int, Citation]]:
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
        facts = authors_alone(f"{who.rstrip('.')}, {dated[0].year}" if dated else who, below, over=line)
        said = {fact.field: fact.value for fact in facts}
        is_title = len(said) > 1 and not (is_label(title) or is_section(Heading(1, title, number)))
        if is_title and not _has_title(who):
            authors = tuple(fact.value for fact in facts if fact.field == "authors")
            date = dates.parse_date(said.get("date") or said.get(CITED_YEAR) or "")
            yield number, Citation(title.strip(" :."), authors, date, rest, has_others="authors_more" in said)


def _has_title(text: str) -> bool:
    """Whether this is a citation with a title of its own, not the authors of another one."""
    cited = citation.parse(text, ())
    return bool(cited.authors and cited.title) and not _IS_VENUE.fullmatch(cited.title)


def _numbered(note: Note, linked: Container[int]) -> Iterator[tuple[int, Citation, PaperId]]:
    """Items with a title and a bare arXiv number, but for lines with a linked paper."""
    number, at = note.text.count("\n", 0, note.body_at) + 1, 0
    for found in NUMBER.finditer(note.body):
        number, at = number + note.body.count("\n", at, found.start()), found.start()
        line = note.lines[number - 1]
        if number in linked or len(line) >= _LONGEST or not LISTED.match(line):
            continue
        told = _NUMBER.search(line.rstrip())
        paper = parse_id(told["id"]) if told else None
        if told and paper:
            said = f" | {told['said'].lstrip(' :：–—-')}" if told["said"] else ""
            cited = citation.parse(line[: told.start()] + said, ())
            first = cited.title.partition(" ")[0]
            if first and not is_label(cited.title) and not (first.isalpha() and first.islower()):
                yield number, cited, paper


def _last_line(lines: Sequence[str], number: int) -> int:
    """The last line of a citation that is broken into several."""
    below = enumerate(lines[number : number + _MOST_LINES], number)
    goes_on = takewhile(
        lambda each: not (ends(each[1]) or LISTED.match(each[1]) or labelled(each[1])[0]), below
    )
    return max((at + 1 for at, _ in goes_on), default=number)


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
            return above if LISTED.match(line) and indent(line) < indent(lines[number - 1]) else 0
    return 0


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
            date = date or dates.parse_date(value.strip()) or date_of_part(value)
        elif not KEYS.get(label) and not said:
            said = value or line.strip(" \t>*+-_")
    authors = tuple(people(who, is_cited=True))
    told = Citation(title, authors, date, cited.said or said, None, bool(OTHERS.search(who)))
    return Listed(told, tuple({paper.scheme: paper for paper in reversed(ids)}.values()), "", (over, 1))
