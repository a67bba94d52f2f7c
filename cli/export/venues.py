"""Venues parsed into parts: `Neural Computation 9(8), pp. 1735-1780` is a journal, volume, issue and pages."""

import re
from dataclasses import dataclass
from typing import Literal

from kb.venues import CONFERENCE, JOURNAL, PREPRINT

Kind = Literal["journal", "conference", "book", "thesis", "report", "preprint", "other"]


@dataclass(frozen=True, slots=True)
class Venue:
    """Where a paper was published; missing parts are empty.

    Args:
        home: the school of a thesis, the institution of a report.
        what: what kind of thesis or report it is.
    """

    kind: Kind
    name: str = ""
    year: str = ""
    volume: str = ""
    issue: str = ""
    chapter: str = ""
    pages: str = ""
    publisher: str = ""
    home: str = ""
    what: str = ""


_PAGES = re.compile(r"[,;]?\s*\bpp?\.?\s?(?P<pages>\w{0,3}\d+(?:\s?[-–]{1,2}\s?\w{0,3}\d+)?)", re.I)
_CHAPTER = re.compile(r"[,;]?\s*\bch(?:ap(?:ter|\.)|\.)\s?(?P<chapter>\d+)", re.I)
_VOLUME = re.compile(r"[,;]?\s*\bvol(?:ume|\.)?\s?(?P<volume>\d+)(?:,?\s?(?:no\.?|issue)\s?(?P<issue>\d+))?", re.I)
_ISSUE = re.compile(r"[\s,]+(?P<volume>\d+)\s?\((?P<issue>\d{1,3}[a-z]?(?:[-–/]\d{1,3})?)\)")
_YEAR = re.compile(r"[\s,(]+(?P<year>(?:19|20)\d\d)\)?$")
_SHORT_YEAR = re.compile(r"\s['’](?P<year>\d\d)$")
_NUMBER = re.compile(r"[\s,]+(?P<volume>\d{1,4})$")
_PUBLISHER = re.compile(r",\s*(?P<publisher>[^,]*\bPress|Springer|Elsevier|Wiley|O'Reilly)$", re.I)
_SERIES = re.compile(r",\s*(?:PMLR|LNCS|CEUR)\s+\d+$")

_THESIS = re.compile(r"\b(?:thesis|dissertation)\b", re.I)
_WHAT = re.compile(
    r"[\s,]*\b(?:(?:ph\.?\s?d\.?|doctoral|master'?s?|technical|tech\.) )?(?:thesis|dissertation|report)\b[\s,]*",
    re.IGNORECASE,
)
_REPORT = re.compile(r"\b(?:tech(?:nical|\.)? report|white ?paper|report)\b", re.I)
_ACRONYM = re.compile(r"[A-Z][A-Za-z0-9]{2,}")
_INNER_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def venue(text: str) -> Venue:
    """The parts of a venue as a note names it; what cannot be parsed stays in its name."""
    whole = text.strip()
    if PREPRINT.match(whole):
        return Venue("preprint", whole)
    said = dict.fromkeys(("pages", "chapter", "publisher", "year", "volume", "issue"), "")
    rest = whole
    for form in (_PAGES, _CHAPTER, _PUBLISHER, _YEAR, _SERIES, _VOLUME, _ISSUE, _YEAR, _SHORT_YEAR):
        rest = _taken(form, rest, said)
    kind = _kind(rest, said)
    if kind in ("journal", "other") and not said["volume"]:
        rest = _taken(_NUMBER, rest, said)
    if kind == "other" and said["volume"] and (said["year"] or said["pages"]):
        kind = "journal"
    if kind == "other":
        return Venue(kind, whole, said["year"])
    inner = _INNER_YEAR.search(rest)
    return Venue(kind, rest.strip(" ,;"), **{**said, "year": said["year"] or (inner[0] if inner else "")})


def home(name: str) -> tuple[str, str]:
    """Who published a thesis or report, and what it is: `PhD thesis, MIT` is (`MIT`, `PhD thesis`)."""
    what = _WHAT.search(name)
    return _WHAT.sub(" ", name).strip(" ,") or name, what[0].strip(" ,") if what else ""


def _taken(form: re.Pattern[str], text: str, said: dict[str, str]) -> str:
    """The text without what the form matches, which goes to `said`; unchanged if that is known already."""
    found = form.search(text)
    if not found or any(said[name] for name in form.groupindex):
        return text
    said |= {name: value for name, value in found.groupdict().items() if value}
    if form is _SHORT_YEAR:
        said["year"] = ("19" if said["year"] > "50" else "20") + said["year"]
    return text[: found.start()] + text[found.end() :]


def _kind(name: str, said: dict[str, str]) -> Kind:
    if _THESIS.search(name):
        return "thesis"
    if _REPORT.search(name):
        return "report"
    if said["issue"]:
        return "journal"
    if said["chapter"] or said["publisher"]:
        return "book"
    journal, conference = JOURNAL.search(name), CONFERENCE.search(name)
    if journal and not (conference and conference.start() < journal.start()):
        return "journal"
    if conference or _is_acronym(name):
        return "conference"
    return "journal" if said["volume"] else "other"


def _is_acronym(name: str) -> bool:
    """Whether it looks like the name of a conference: `ISSTA`, `PPoPP`, `NLP4Prog`; but not `OpenAI`."""
    letters = [sign for sign in name if sign.isalpha()]
    return bool(_ACRONYM.fullmatch(name)) and 2 * sum(map(str.isupper, letters)) > len(letters)
