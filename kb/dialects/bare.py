"""Bare notes: the paper's address, perhaps its year, then text in which bold words head the papers linked under them.

    https://arxiv.org/abs/2103.14636
    2021

    **Pruning** [[Optimal Brain Damage]]
    Removes weights that matter little. [[The Lottery Ticket Hypothesis]]
    **Micro-Batching**

The year may be on the same line, and a title above both. A bullet with a colon, or a heading with links, heads papers
as bold words do. A head with nothing under it is kept: somebody meant to fill it in.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from kb import dates, ids
from kb.dates import PartialDate
from kb.dialects import about
from kb.dialects.note import Note, Reading
from kb.ids import PaperId
from kb.model import Entry, Fact, Item, Link
from kb.regex import rare
from kb.typed import NamedTuple

NAME = "bare"

_LONGEST = 400
"""Maximum length, in characters, of a line that is only an address or a date."""
_LABEL = rare(r"(?:paper|link|url|source|pdf|abstract|address|year|date|published(?: in| on)?)\s*[:：]\s*", re.I)
_YEAR = rare(r"[\s,;]+[(\[]?(?P<date>(?:19|20)\d\d(?:-\d\d){0,2})[)\]]?$")
_DATE = rare(r"[\w ,./-]{4,30}")
_BOLD = rare(
    r"\s*(?:[-*+]\s+)?(?P<mark>\*\*|__)(?=\S)(?P<name>(?:(?!(?P=mark)).){1,100}?):?\s*(?P=mark)(?P<rest>.*)"
)
_BULLET = rare(r"[-*+]\s+(?P<name>[^\W_][^\[\]:：*]{0,60}?)\s*(?:[:：]|\s[–—-])\s*(?P<rest>!?\[.*)")
_SHOWN = rare(r"!\[\[[^\[\]]*\]\]|\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]|(?<!!)\[([^\[\]]*)\]\([^()\s]*\)")


class _Address(NamedTuple):
    """The first line besides the title: the paper, and the date if it is on the same line."""

    line: int
    paper: PaperId
    date: PartialDate | None


def recognize(note: Note) -> str:
    """Recognized if the first line, or the one under the title, is a paper's address or id, perhaps with its year."""
    found = _address(note)
    return f"line {found.line} is a paper's address" if found else ""


def read(note: Note) -> Reading:
    """The paper, its year, and the techniques with their papers."""
    found = _address(note)
    title, entry = about.about(note)
    if entry is None and found:
        entry = note.facts.entry("paper", found.line, f"address on line {found.line}", title, [found.paper])
    techniques = list(_techniques(note))
    heads = {line: item.text for item, lines in techniques for line in lines}
    links = tuple(x._replace(role=heads[x.line]) if x.line in heads and not x.role else x for x in note.scan.links)
    entries = (_dated(note, entry, found),) if entry and found else ()
    return Reading(title, entries, tuple(item for item, _ in techniques), links)


def _address(note: Note) -> _Address | None:
    number = _next_line(note, note.opens_at)
    if note.scan.headings and note.scan.headings[0].line == number and note.scan.headings[0].level == 1:
        number = _next_line(note, number + 1)
    line = note.lines[number - 1].strip() if number <= len(note.lines) else ""
    if len(line) >= _LONGEST or line.startswith("[["):  # a wiki-link leads to a note, whatever its name
        return None
    label = _LABEL.match(line)
    line = line[label.end() :] if label else line
    year = _YEAR.search(line)
    paper = ids.parse_id((line[: year.start()] if year else line).strip(" <>"))
    return _Address(number, paper, dates.parse_date(year["date"]) if year else None) if paper else None


def _next_line(note: Note, number: int) -> int:
    """The first non-empty line from there on."""
    while number <= len(note.lines) and not note.lines[number - 1].strip():
        number += 1
    return number


def _dated(note: Note, entry: Entry, found: _Address) -> Entry:
    """The entry with the date next to the address or on the line below, unless the front matter has one."""
    date, number = found.date, found.line
    if date is None:
        number = _next_line(note, found.line + 1)
        line = note.lines[number - 1].strip(" ()[]*") if number <= len(note.lines) else ""
        label = _LABEL.match(line)
        line = line[label.end() :] if label else line
        date = dates.parse_date(line) if _DATE.fullmatch(line) else None
    if date is None or entry.values("date"):
        return entry
    return entry._replace(facts=(*entry.facts, Fact("date", str(date), number, 1)))


# -- techniques -------------------------------------------------------------------------------------------------------


def _techniques(note: Note) -> Iterator[tuple[Item, range]]:
    """Each head with the lines up to the next head or heading; one followed by words counts only if it has links."""
    links: dict[int, list[Link]] = {}
    for link in note.scan.links:
        links.setdefault(link.line, []).append(link)
    headings = {heading.line: heading.text for heading in note.scan.headings}
    starts: list[tuple[int, str, str]] = []
    for number, line in enumerate(note.lines[note.opens_at - 1 :], note.opens_at):
        if number in headings:
            name, bracket, rest = line.strip("# ").partition("[")
            if bracket and number in links and name.strip(" :：*_!–—-"):
                starts.append((number, name.strip(" :：*_!–—-"), bracket + rest))
        elif match := _BOLD.fullmatch(line) or _BULLET.fullmatch(line):
            starts.append((number, _shown(match["name"]).strip(), match["rest"].lstrip(" :：–—-")))
    ends = sorted({number for number, *_ in starts} | set(headings) | {len(note.lines) + 1})
    following = dict(pairwise(ends))
    for number, name, rest in starts:
        lines = range(number, following[number])
        papers = [link.target for line in lines for link in links.get(line, []) if link.kind != "embed"]
        said = " ".join(" ".join([rest, *note.lines[number : lines.stop - 1]]).split())
        if papers or not rest:
            parts = [("paper", paper) for paper in papers]
            yield Item("technique", number, name, (*parts, *([("text", _shown(said))] if said else []))), lines


def _shown(text: str) -> str:
    """The text as displayed, without the brackets and addresses of its links, and without embeds."""
    return _SHOWN.sub(lambda link: link[1] or link[2] or "", text.replace("][", "] [")).strip()
