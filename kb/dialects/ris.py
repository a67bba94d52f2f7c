"""RIS files, as Zotero, EndNote, Mendeley, Web of Science and publishers' sites write them.

    TY  - JOUR
    AU  - Ann, Anna
    TI  - Nets
    ER  -

Not all of them end a reference properly; nothing is lost, as the next `TY` begins another.
"""

import re
from collections.abc import Iterator
from itertools import takewhile

from kb import dates, ids, names, references
from kb.fields import Field, Problem, Scalar
from kb.model import Record
from kb.preprints import is_archive, leave_date_to_id
from kb.references import Cited
from kb.typed import NamedTuple

_LINE = re.compile(r"\r\n?|\n")
_TAG = re.compile(r"\ufeff?([A-Z][A-Z0-9])[ \t\xa0]{1,2}-(?:[ \t\xa0](.*))?")
_TYPES = {
    **dict.fromkeys(("ABST", "EJOU", "EJOUR", "INPR", "JFULL", "JOUR", "MGZN"), "article"),
    **dict.fromkeys(("CONF", "CPAPER"), "inproceedings"),
    **dict.fromkeys(("CHAP", "ECHAP"), "incollection"),
    **dict.fromkeys(("BOOK", "EBOOK", "EDBOOK"), "book"),
    **dict.fromkeys(("BLOG", "ELEC", "WEB"), "online"),
    **dict.fromkeys(("MANSCPT", "UNPB"), "unpublished"),
    "RPRT": "techreport",
    "THES": "phdthesis",
}
"""RIS types by their BibTeX names; all others are `misc`."""
_ALONE = ("book", "phdthesis", "techreport")
"""Types that can be part only of a series."""
_WITHIN = ("T2", "JF", "JO", "BT", "C3", "J2", "JA")
"""Tags for the venue of all other types; full names before abbreviations."""
_IDS = ("AN", "N1", "M1", "DO", "UR", "L1", "L2")
"""Tags in which programs put an arXiv id, which has no tag of its own."""
_FINAL_STOP = re.compile(r"(?<![.\s]\w)(?<!\.)\.$")
"""The full stop after a title, as DBLP and PubMed write it; not that of `U.S.` or `...`."""
_JUNIOR = re.compile(r"(?:jr|sr)\.?|i{2,3}|iv", re.IGNORECASE)


class _Said(NamedTuple):
    """A tag with the lines of its text, and the place where the text begins."""

    tag: str
    lines: list[str]
    line: int
    column: int

    @property
    def text(self) -> str:
        return " ".join(self.lines).strip()


def read(path: str, text: str) -> Record:
    """Never fails: a reference without a title becomes a diagnostic, the rest is kept."""
    problems: list[Problem] = []
    found = (_cited(_Reference(said), problems) for said in _references(text, problems))
    return references.record(path, "RIS", ".ris", [cited for cited in found if cited], problems)


def _references(text: str, problems: list[Problem]) -> Iterator[list[_Said]]:
    """The content of each reference; text before the first tag, or after an end, belongs to none."""
    said: list[_Said] = []
    for number, line in enumerate(_LINE.split(text), 1):
        tag = _TAG.fullmatch(line)
        if tag is None:
            if said and line.strip():
                _go_on(said, line.strip(), number)
            continue
        if tag[1] in ("TY", "ER"):
            if _says_something(said):
                problems += [_unended(said)] if tag[1] == "TY" else []
                yield said
            said = []
        if tag[1] != "ER":
            said.append(_Said(tag[1], [tag[2] or ""], number, len(line) - len(tag[2] or "") + 1))
    if _says_something(said):
        problems.append(_unended(said))
        yield said


def _go_on(said: list[_Said], text: str, number: int) -> None:
    """Add a line without a tag to the one before; below a keyword it is another keyword, as in EndNote."""
    if said[-1].tag == "KW":
        said.append(_Said("KW", [text], number, 1))
    else:
        said[-1].lines.append(text)


def _says_something(said: list[_Said]) -> bool:
    """Whether there is more than a type; a second type in a row does not begin another reference."""
    return any(each.tag != "TY" for each in said)


def _unended(said: list[_Said]) -> Problem:
    return Problem(said[0].line, 1, "reference", "RIS: reference without an end", "end it with `ER  - `", "notice")


class _Reference:
    """The content of one reference, by tag."""

    def __init__(self, said: list[_Said]) -> None:
        self.line = said[0].line
        self.said = [each for each in said if each.text]
        is_preprint = is_archive(self.text("PB"))
        self.kind = "misc" if is_preprint else _TYPES.get(self.text("TY").upper(), "misc")

    def all(self, *tags: str) -> list[_Said]:
        """All values of the first of these tags that occurs."""
        return next((found for tag in tags if (found := [each for each in self.said if each.tag == tag])), [])

    def text(self, *tags: str) -> str:
        return next((each.text for each in self.all(*tags)), "")


def _cited(reference: _Reference, problems: list[Problem]) -> Cited | None:
    title = reference.all("TI", "T1", *(("BT",) if reference.kind == "book" else ()))
    if not title:
        message = "RIS: reference without a title"
        problems.append(Problem(reference.line, 1, "reference", message, "add a `TI  - ` line with the title"))
        return None
    keywords = [(each, part) for each in reference.all("KW") for part in each.text.split(";")]
    addresses = [each for each in reference.all("UR") if each.text.lower().startswith(("http://", "https://"))]
    arxiv = [each for each in reference.said if each.tag in _IDS and ids.parse_arxiv(each.text, bare=False)]
    fields = [
        _field("abstract", reference.all("AB", "N2")[:1]),
        _field("author", [_person(each) for each in reference.all("AU", "A1")]),
        _field("date", _dated(reference)),
        _field("doi", reference.all("DO")[:1]),
        _field("eprint", arxiv[:1]),
        _field("journal", [] if reference.kind in _ALONE else reference.all(*_WITHIN)[:1]),
        Field("keywords", tuple(_value(each, part.strip()) for each, part in keywords), reference.line, 1),
        _field("title", [title[0]._replace(lines=[_FINAL_STOP.sub("", title[0].text)])]),
        _field("url", addresses),
    ]
    told = references.told_by([field for field in fields if field.values])
    leave_date_to_id(told.facts, told.ids)
    told.facts += references.place(reference.kind, reference.line, _place(reference), told)
    problems += told.problems
    return Cited(reference.line, references.citation_key(reference.text("ID")), told, reference.text("RN"))


def _field(name: str, said: list[_Said]) -> Field:
    return Field(name, tuple(_value(each, each.text) for each in said), said[0].line if said else 0, 1)


def _person(said: _Said) -> _Said:
    """`King, Martin Luther, Jr.` with its parts in BibTeX's order."""
    parts = [part.strip() for part in said.text.split(",")]
    is_junior = len(parts) == 3 and _JUNIOR.fullmatch(parts[2])
    return said._replace(lines=[f"{parts[0]}, {parts[2]}, {parts[1]}" if is_junior else names.as_shown(said.text)])


def _value(said: _Said, text: str) -> Scalar:
    return Scalar(text, said.line, said.column, text)


def _dated(reference: _Reference) -> list[_Said]:
    """The publication date: the most precise tag that does not contradict the year."""
    said = [found[0] for tag in ("PY", "Y1", "DA") if (found := reference.all(tag))]
    year = next((date.year for each in said if (date := dates.parse_date(_plain(each.text)))), None)
    read = [
        (str(date), each)
        for each in said
        if (date := dates.parse_date(_plain(each.text)) or dates.parse_date(f"{each.text} {year}"))
        and date.year == year
    ]
    if not read:
        return said[:1]
    exact, best = max(read, key=lambda found: len(found[0]))
    return [best._replace(lines=[exact])]


def _plain(text: str) -> str:
    """`2017/06/12/` or `2017///Summer` up to the first empty part."""
    return "/".join(takewhile(str.strip, text.split("/")[:3]))


def _place(reference: _Reference) -> references.Written:
    """Where it was published, in BibTeX's fields."""
    is_part = reference.kind in ("inproceedings", "incollection")
    home = references.HOMES.get(reference.kind, "publisher")
    number = reference.text("SN")
    tags = {
        "volume": ("VL",),
        "number": ("IS",),
        "edition": ("ET",),
        home: ("PB",),
        "address": ("CY", "PP"),
        "series": ("T3", *(("T2",) if reference.kind in _ALONE else ())),
        "issn" if len(re.sub(r"\W", "", number.partition(" ")[0])) == 8 else "isbn": ("SN",),
    }
    told = {name: (said[0].text, said[0].line) for name, found in tags.items() if (said := reference.all(*found))}
    if reference.kind in references.HOMES and (what := reference.all("M3")):
        told["type"] = (what[0].text, what[0].line)
    pages, last = reference.all("SP"), reference.text("EP")
    if pages and (last or reference.kind not in _ALONE):  # of a whole book, Zotero writes the number of pages
        first = pages[0].text
        told["pages"] = (f"{first}--{last}" if last and last != first and "-" not in first else first, pages[0].line)
    if editors := reference.all("ED", *(("A2",) if is_part else ())):
        told["editor"] = (" and ".join(_person(each).text for each in editors), editors[0].line)
    return told
