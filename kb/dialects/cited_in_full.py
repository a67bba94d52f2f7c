"""Papers that a note cites in full but does not link, as generated reviews and bibliographies do.

    - **Title** (Ann et al., 2019) - what it says
    [3] A. Ann and B. Bo. Title. In Proceedings, 2019.

    - [ ] Title (1912.02180)

    # Milestones
    ## 1997
    - Title (Ann & Bo)

A line counts if it has a title, and authors with a date, `et al.` or an arXiv number; so does a title with its authors
behind or below it (`signed_titles`).
"""

import re
from collections.abc import Container, Iterator, Sequence
from itertools import chain, islice, takewhile

from kb.dialects import citation, signed_titles
from kb.dialects.byline import authors_alone
from kb.dialects.citation import Citation
from kb.dialects.cited_dates import YEAR
from kb.dialects.cited_titles import is_label
from kb.dialects.habits import NUMBER
from kb.dialects.headed_papers import labelled
from kb.dialects.list_items import LISTED, Listed, begins, ends, usual_forms
from kb.dialects.marked import marked
from kb.dialects.note import Note
from kb.dialects.remarks import remarks
from kb.dialects.unmarked import unmarked
from kb.header_words import BIBLIOGRAPHIES, KEYS
from kb.ids import PaperId, parse_id
from kb.markdown import Heading
from kb.model import Link
from kb.regex import rare

_LONGEST = 1000
"""Characters of a citation."""
_MOST_LINES = 3
"""Lines that a citation goes on for."""
_YEAR = rare(rf"\W*({YEAR})\W*")
_DATED = rare(YEAR)
_CHRONOLOGY = rare(
    r"\b(?:history|histoire|historia|storia|geschichte|timeline|chronology|milestones?|evolution)\b|历史|年表|発展|연표",
    re.IGNORECASE,
)
_CITES = rare(r"(?:19|20)\d\d|\bet\.? al\b")
_NUMBER = rare(r"\s?[(\[（](?P<id>\d{4}\.\d{5}(?:v\d\d?)?)[)\]）](?P<said>\s*(?:：|[:–—-]+\s).*)?$")
"""A bare arXiv number, which is one only after the title in a list item: `(1912.02180)`, `(1912.02180) - remark`."""


def papers(note: Note) -> dict[int, Listed]:
    """The papers by line; none in lines with a link that leads to one."""
    linked: dict[int, list[PaperId]] = {}
    for link, paper in note.cited:
        linked.setdefault(link.line, []).append(paper)
    found: dict[int, Listed] = {}
    own = _line_of_title(note)
    for number, cited in chain(signed_titles.logged(note), signed_titles.over_names(note)):
        if number not in linked and number != own:
            found[number] = Listed(cited, (), "", (number, 1))
    _add_cited(note, found, linked)
    for number, cited in signed_titles.items(note) if len(found) > 1 else ():
        if number not in linked:
            found.setdefault(number, Listed(cited, (), "", (number, 1)))
    for number, cited, paper in _numbered(note, linked):
        found.setdefault(number, Listed(cited, (paper,), "", (number, 1)))
    for number, listed in chain(signed_titles.over_labels(note, linked), signed_titles.over_links(note)):
        if number != own:
            found[number] = listed
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
        if cited.title and cited.authors and (cited.date or is_others) and not _are_names(note, first, text):
            found.setdefault(first, Listed(cited, (), "", (first, 1)))
            outside += [] if in_bibliography else [first]
    for number in remarks(note.lines, outside):
        found.pop(number, None)


def _are_names(note: Note, number: int, text: str) -> bool:
    """Whether an item under another one has only the authors of the paper above it: `- Ann Ann, Bob Bo, ICLR, 2014`."""
    is_nested = note.lines[number - 1].startswith((" ", "\t"))
    return is_nested and bool(authors_alone(LISTED.sub("", text, count=1).strip(), number))


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
