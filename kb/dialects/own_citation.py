"""The paper that a note is about because the note cites it where people write down what they read.

    # The ends are enough                               NETS.md:
    Ann, A., & Bo, B. (2019). NETS: A Study of Ends.    ... text ...
    *Annals of Ends*, 3.                                ## Reference
                                                        - Ann, Ann, et al. "NETS: A Study of Ends." Annals (2019).

At the top, a citation in full is enough if nothing else is there and no other paragraph is one. In a list or at the
end, the note must be called like the paper: by its title, by what stands before the colon, or by its first author and
year.
"""

import re
from collections.abc import Iterator
from itertools import islice

from kb import dates
from kb.conventions import PAGES_OF_FOLDERS, called
from kb.dialects import citation
from kb.dialects.citation import Citation
from kb.dialects.cited_dates import VENUE, YEAR, YEAR_FIRST, date_fact
from kb.dialects.jotted import is_day
from kb.dialects.marked import marked
from kb.dialects.note import Note
from kb.dialects.note_titles import told
from kb.dialects.remarks import remarks
from kb.header_words import is_information, is_reference_list
from kb.ids import PaperId
from kb.markdown import Heading
from kb.model import CITED_YEAR, Entry
from kb.names import parse_name
from kb.regex import rare
from kb.titles import fold, title_head, title_key
from kb.typed import NamedTuple

_LONGEST, _MOST_LINES = 800, 4
"""Characters and lines of a citation."""
_MOST_ABOVE = 12
"""Lines above it that only file the note."""
_DATED = rare(r"(?:1[89]|20)\d\d|\b\d{4}\.\d{4,5}\b")
"""Every citation has a year, or at least an arXiv number."""
_LABEL = rare(
    r"[*_]{0,3}(?:(?:full|own|bibliographic|apa|mla) )?"
    r"(?:citation|reference|source|cite(?: (?:as|this))?|paper|bibliography|literature|apa|mla|chicago|ieee|harvard"
    r"|论文|論文|논문|原文|引用|出处|文献|출처)"
    r"[*_]{0,3}\s?[:：][*_]{0,3}\s*",
    re.IGNORECASE,
)
_RULE = rare(r"\s*(?:[-*_]\s?){3,}")
_FILING = rare(
    r"(?:#[^\W\d_][^\s#]*\s*)+|!\[.*|.{0,40}::.*|%%.*"
    r"|(?:(?:<?https?://\S*|\[[^\[\]]*\]\([^()\s]*\)[|,·]?|[|,·])(?:\s+|$))+"
)
"""A line of tags, a picture, a field of Dataview, a comment, a line of links."""
_FIELD = rare(r"[*_]{0,2}[^\W\d_][\w /-]{0,24}[*_]{0,2}[:：][*_]{0,2}\s.*")
_CALLOUT = rare(r"(?:>\s?)+\[![^\[\]]*\][+-]?\s*(?P<title>.*)")
_ITEM = rare(r"[\s>]*(?:[-*+]|\d{1,2}[.)])\s+")
_TIMED = rare(r"\d{6,14}[a-z]?[\s_-]+")
"""The time before the name of a note in a Zettelkasten."""
_DIGITS = rare(r"\d+")
_OF_NOTES = rare(r"\s(?:paper|notes?|summary|review)$")
_FEWEST_WORDS = 3
"""Words of a title that are not also the name of a topic."""
_MOST_SMALL_WORDS = 30
_MOST_OTHERS = 100
"""Dated paragraphs or items below the citation; a note with more is no note on one paper."""
_SHORTEST_TITLE, _LONG_TITLE = 2, 11
"""Words of the title of a paper that a note is not called like; or bytes, since Chinese has no spaces."""
_MARKS = ('"', "“", "«", "*", "_")
_OF_CITATIONS = rare(rf"[\"“«*_]|[(\[]{YEAR}|\bet al\b|\b{VENUE}|\[[A-Z]{{1,2}}(?:/OL)?\]")
"""A title in marks, a year in brackets, a place of publication, the `[J]` of China's standard."""


_CALLED, _OPENS = "it is called like the paper cited", "it opens with a citation,"


class Own(NamedTuple):
    """A note's citation of its own paper.

    Args:
        line: from 1.
        is_called: whether the note has the name of the paper.
    """

    line: int
    cited: Citation
    ids: tuple[PaperId, ...]
    is_called: bool


class _Place(NamedTuple):
    """Lines that may be a citation, from 1, and whether a label or heading says that they are."""

    first: int
    last: int
    is_labelled: bool = False


def paper(note: Note, title: str) -> Entry | None:
    """The paper with the title, authors, date and ids in the note's citation of it; None if there is no such citation.

    Args:
        title: the note's.
    """
    own = find(note, title)
    if own is None:
        return None
    by = _CALLED if own.is_called else _OPENS
    return completed(note.facts.entry("paper", own.line, f"{by} on line {own.line}", own.cited.title), own)


def is_from_citation(entry: Entry) -> bool:
    """Whether a note is about this paper because it cites it; then others that it cites are related work."""
    return entry.decided_by.startswith((_CALLED, _OPENS))


def completed(entry: Entry, own: Own) -> Entry:
    """The paper with what only the citation says."""
    facts = [*own.cited.who(own.line)] if not entry.values("authors") else []
    if own.cited.date and not (entry.values("date") or entry.values(CITED_YEAR)):
        facts.append(date_fact(own.cited.date, own.line))
    schemes = {paper.scheme for paper in entry.ids}
    ids = (*entry.ids, *(paper for paper in own.ids if paper.scheme not in schemes))
    is_cut = title_key(entry.title).startswith(title_key(own.cited.title))
    title = entry.title if entry.values("title") or is_cut else own.cited.title
    return entry._replace(title=title, facts=(*entry.facts, *facts), ids=ids)


def find(note: Note, title: str) -> Own | None:
    """The note's citation of its own paper, if it has one.

    Args:
        title: the note's.
    """
    names = (title, called(note.path))
    top = _top(note)
    end = None if top and top.last == _last(note) else _end(note)
    for place in filter(None, (_Place(note.opens_at, note.opens_at), top, end)):
        cited = _cited(note, place)
        if cited and not _is_one_of_several(note, place):
            is_called = any(_is_called(name, cited, is_at_top=place is not end) for name in names)
            if is_called or (place is not end and not any(map(is_day, names)) and _is_sure(note, place, cited, title)):
                return Own(place.first, cited, _ids(note, place), is_called)
    return None


# -- where -------------------------------------------------------------------------------------------------------------


def _top(note: Note) -> _Place | None:
    """The first lines that say something, below the title and what only files the note."""
    headings = {heading.line: heading for heading in note.scan.headings}
    is_labelled = False
    for number in range(note.opens_at, min(note.opens_at + _MOST_ABOVE, len(note.lines)) + 1):
        line = note.lines[number - 1]
        if number in headings:
            is_labelled = is_labelled or _LABEL.fullmatch(f"{headings[number].text}:") is not None
            if number > note.opens_at and not (is_labelled or is_information(headings[number].text)):
                return None
        elif callout := _CALLOUT.fullmatch(line):
            is_labelled = is_labelled or _LABEL.fullmatch(f"{callout['title']}:") is not None
        elif len(line) > _LONGEST or not (_ends(line) or _is_filing(line)):
            return _place(note, number, is_labelled)
    return None


def _end(note: Note) -> _Place | None:
    """The last lines, if they are alone under a heading for references or a rule, or have a label."""
    last = first = _last(note)
    while first > max(note.opens_at, last - _MOST_LINES) and not (
        _ITEM.match(note.lines[first - 1]) or _ends(note.lines[first - 2])
    ):
        first -= 1
    above = first - 1
    while above > note.opens_at and not note.lines[above - 1].strip():
        above -= 1
    if above < note.opens_at:
        return None
    is_labelled = any(heading.line == above and _is_over_citations(heading) for heading in note.scan.headings)
    place = _Place(first, last, is_labelled or bool(_label(note.lines[first - 1])))
    return place if place.is_labelled or _RULE.fullmatch(note.lines[above - 1]) else None


def _last(note: Note) -> int:
    """The last line that is not empty."""
    last = len(note.lines)
    while last > note.opens_at and not note.lines[last - 1].strip():
        last -= 1
    return last


def _place(note: Note, first: int, is_labelled: bool) -> _Place:
    """A paragraph or item from its first line on."""
    last, headings = first, {heading.line for heading in note.scan.headings}
    while first not in headings and last < min(len(note.lines), first + _MOST_LINES - 1):
        below = note.lines[last]
        if _ends(below) or _ITEM.match(below) or last + 1 in headings:
            break
        last += 1
    return _Place(first, last, is_labelled or bool(_label(note.lines[first - 1])))


def _is_over_citations(heading: Heading) -> bool:
    return is_reference_list(heading.text) or _LABEL.fullmatch(f"{heading.text}:") is not None


def _is_filing(line: str) -> bool:
    marker = _ITEM.match(line)
    text = line[marker.end() :] if marker else line.strip("> \t")
    return _FILING.fullmatch(text) is not None or (_FIELD.fullmatch(text) is not None and not _label(line))


def _ends(line: str) -> bool:
    return not line.strip(" \t>=") or _RULE.fullmatch(line) is not None


def _label(line: str) -> re.Match[str] | None:
    """The label before a citation, in a list or quotation too."""
    marker = _ITEM.match(line)
    return _LABEL.match(line[marker.end() :] if marker else line.lstrip("> "))


# -- what --------------------------------------------------------------------------------------------------------------


def _cited(note: Note, place: _Place) -> Citation | None:
    """The citation that these lines are, if they have a title, authors and a date or id."""
    lines = note.lines[place.first - 1 : place.last]
    if sum(map(len, lines)) > _LONGEST or not any(map(_DATED.search, lines)) or _is_prose(lines):
        return None
    if YEAR_FIRST.match(lines[0]):
        return None  # of a chronology
    within = [link for link in note.scan.links if place.first <= link.line <= place.last]
    text, links = marked(note.lines, place.first, place.last, within)
    text = text.lstrip("#> ")
    label = _label(text)
    cited = citation.parse(label.string[label.end() :] if label else text, links)
    is_title = cited.title and not cited.title[0].islower() and not dates.parse_date(cited.title)
    return cited if is_title and cited.authors and (cited.date or _ids(note, place)) else None


def _is_one_of_several(note: Note, place: _Place) -> bool:
    """Whether the paragraph cites several works: by more than one id of a kind, or on lines below the first.

    Or, if it is a heading, whether other headings of its level are citations, too.
    """
    whole = _place(note, place.first, is_labelled=False)
    papers = dict.fromkeys(_ids(note, whole))
    if len({paper.scheme for paper in papers}) < len(papers):
        return True
    level = {heading.line: heading.level for heading in note.scan.headings}
    headings = islice((line for line in level if level[line] == level.get(whole.first)), _MOST_OTHERS)
    lines = (*range(whole.first, whole.last + 1), *(line for line in headings if line != whole.first))
    alone = [bool(_cited(note, _Place(number, number))) for number in lines] if len(lines) > 1 else []
    return sum(alone) > 1 and alone[0]


def _is_prose(lines: list[str]) -> bool:
    """Whether there are more words without a capital than a title and a place of publication have."""
    return sum(word.islower() for line in lines for word in line.split()) > _MOST_SMALL_WORDS


def _ids(note: Note, place: _Place) -> tuple[PaperId, ...]:
    return tuple(paper for link, paper in note.cited if place.first <= link.line <= place.last)


def _is_called(name: str, cited: Citation, *, is_at_top: bool) -> bool:
    """Whether a note has the name of a paper, or that of its first author and its year."""
    key = _OF_NOTES.sub("", title_key(told(_TIMED.sub("", name, count=1), has_id=True).title))
    title, last = title_key(cited.title), title_key(name.rpartition(" - ")[2])
    if _is_coined(cited.title) and title_head(cited.title) in (key, last):
        return True
    for words in (key, last):
        begins = f"{title} ".startswith(f"{words} ") and (is_at_top or words == title)
        if len(words.split()) >= _FEWEST_WORDS and (begins or title.endswith(f" {words}")):
            return True
    family, written = fold(parse_name(cited.authors[0]).last), fold(name)
    if not (cited.date and family and written.startswith(family)):
        return False
    years = {f"{cited.date.year}", f"{cited.date.year % 100:02}"}
    return not years.isdisjoint(_DIGITS.findall(written[len(family) :]))


def _is_coined(title: str) -> bool:
    """Whether a title opens with a name that is no word (`LoRA: ...`) and thus of no topic."""
    head = title.partition(":")[0]
    return " " not in head and (not head.isalpha() or any(map(str.isupper, head[1:])))


def _is_sure(note: Note, place: _Place, cited: Citation, title: str) -> bool:
    """Whether a citation at the top is the source of a note whose name does not show it: it is the only one there."""
    line = note.lines[place.first - 1]
    text = citation.plain(line.lstrip("# "))
    is_shown = bool(_OF_CITATIONS.search(line)) or bool(_ids(note, place)) or cited.linked is not None
    several = len(cited.authors) > 1 or cited.has_others
    opens_with_names = text.lstrip("*_ ").startswith((cited.authors[0], parse_name(cited.authors[0]).last)) and is_shown
    is_quoted = line.lstrip().startswith(">") and not several and title_key(title) != title_head(cited.title)
    if note.stem.lower() in PAGES_OF_FOLDERS or ((is_quoted or _ITEM.match(line)) and not place.is_labelled):
        return False
    is_long = sum(map(str.isalpha, cited.title.split())) >= _SHORTEST_TITLE or len(cited.title.encode()) > _LONG_TITLE
    is_whole = place.is_labelled or cited.linked or opens_with_names or (several and text.startswith(_MARKS))
    if not (is_long and is_whole):
        return False
    others = [*islice(_alike(note, place), _MOST_OTHERS)]
    if len(others) == _MOST_OTHERS:
        return False
    return not any(_cited(note, other) and not remarks(note.lines, [other.first]) for other in others)


def _alike(note: Note, place: _Place) -> Iterator[_Place]:
    """The paragraphs below, or items if it is one, but for those under headings like `Related work`."""
    headings = {heading.line: heading for heading in note.scan.headings}
    is_item = _ITEM.match(note.lines[place.first - 1]) is not None
    is_elsewhere = False
    for number in range(place.last + 1, len(note.lines) + 1):
        line, above = note.lines[number - 1], note.lines[number - 2]
        if number in headings:
            is_elsewhere = is_reference_list(headings[number].text)
            continue
        begins = not above.strip() or number - 1 in headings
        opens = _ITEM.match(line) if is_item else begins and not _ITEM.match(line)
        if opens and not is_elsewhere and _DATED.search(line):
            yield _place(note, number, is_labelled=False)
