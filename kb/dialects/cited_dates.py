"""Where a citation ends and where its date is: the separators in it, years in brackets or after a venue."""

import re

from kb import dates
from kb.dates import PartialDate
from kb.model import CITED_YEAR, Fact
from kb.regex import rare

MARK = "\ufffc"
"""Stands for a link in the text of a line."""
YEAR = r"(?:19[5-9]\d|20[0-4]\d)"
VENUE = (
    r"(?:[A-Z][a-z]*[A-Z][A-Za-z]*|ar[xX]iv|Nature|Science|Interspeech|Siggraph|Proceedings|Conference|Journal|Transactions"
    r"|International|Annual|Advances|Workshop|Neural Computation)"
)
VENUE_YEAR = rare(rf"(?:[Ii]n )?{VENUE}(?:[\w&/.: +-]{{0,80}})?[\s'’:,-](?P<year>{YEAR})")
SHORT_YEAR = rare(rf"{VENUE}\s?['’]\s?(?P<year>\d\d)")
_VENUE_LAST = rare(rf"(?P<year>{YEAR}) (?:[A-Z][a-z]*)?[A-Z]{{2,}}[A-Za-z]*")
"""`2016 ECCV`"""
_ITALIC_YEAR = rare(rf"[*_][^*_]{{3,100}}[*_]\s?,?\s?(?P<year>{YEAR})\.?")
_VOLUME = rare(rf"(?P<year>{YEAR})(?: [A-Z][a-z]{{2}}(?: \d\d?)?)?[;:]\s?\d")
"""`2015;521(7553):436-44`, `2015 May 28;521`, in Vancouver's style; `2015: 436-44` in China's."""
BRACKETS = rare(r"[\[(（【]([^\[\]()（）【】]{1,80})[\])）】]")
_TICKED = rare(r"`([^`]{1,80})`")
_ET_AL = rare(r"\bet\.? al\b\.?[*_]*,?")
_DIGITS = rare(r"\d\d")
PAUSE = rare(
    rf"{MARK}|\s[-–—|·•]\s|\s[–—]|(?<!\b[A-Z])(?<!\bal)(?<!\bvs)\.(?:\s+(?!\s|(?!in |by |ar[xX]iv|http)[a-z])|$)"
    r"|,\s(?=`)"
)
"""Separators. A period before a lower-case letter belongs to an abbreviation (`Smash Bros. with ...`)."""
YEAR_FIRST = rare(rf"[*_(\[]{{0,3}}{YEAR}(?:-\d\d)?[*_)\]]{{0,3}}\s?[:–—-]\s?[*_)\]]{{0,2}}\s*(?=\S)")
"""`1997: `, `**2014-12** – `, as a chronology's line begins."""
_WORD = r"[^\W\d_a-z][\w'’-]+"
ENTRY = rare(
    rf"{_WORD},\s[^\W\d_a-z][\w.'’-]*[,.\s]|(?:[A-Z]\.[\s-]?){{1,3}}{_WORD}(?:,?\s|\.)"
    rf"|{_WORD}(?:,? et\.? al\.?|,? (?:&|and) {_WORD}),? [(\[]?{YEAR}[a-z]?[)\]]?(?:[.:,]|\s[–—-])\s"
    rf"|{_WORD} [A-Z]{{1,3}}[,.]\s"
    rf"|{_WORD}(?: [A-Z]\.?| {_WORD}){{1,3}}(?:,? (?:and|&) |, |,? et\.? al\b)"
)
"""The names that begin an entry of a bibliography: `Ann, A.`, `Ann, Ada`, `A. Ann`, `Ann & Bo (2019). `, `Ann A,`,
`Ada Ann and `."""
SEGMENT = rare(rf"{MARK}|\s[-–—|·•]\s|[,.;]\s+|[.,;]$")


def dates_of(tail: str) -> list[PartialDate]:
    """Dates in their own brackets, after a venue, or between commas; a year inside a sentence does not count."""
    tail = _TICKED.sub(r"(\1)", tail) if "`" in tail else tail
    bracketed = [found for match in BRACKETS.finditer(tail) for found in _dates_in(match[1])]
    if bracketed:
        return bracketed
    plain = _ET_AL.sub(", ", BRACKETS.sub(" ", tail))
    return [found for part in SEGMENT.split(plain) if (found := date_of_part(part))]


def _dates_in(bracket: str) -> list[PartialDate]:
    """The date in a bracket, or those between its commas: `Jan 2019, NeurIPS 2018`, `2018, Google Brain`."""
    whole = date_of_part(bracket)
    return [whole] if whole else [found for part in bracket.split(",") if (found := date_of_part(part))]


def date_fact(date: PartialDate, line: int, column: int = 1) -> Fact:
    """The fact for a date next to a title: a year may be the venue's, but hardly anybody gives its month or day."""
    return Fact(CITED_YEAR if date.precision == "year" else "date", str(date), line, column)


def date_of_part(part: str) -> PartialDate | None:
    """The date that a piece between two separators consists of, with or without a venue before it."""
    if not _DIGITS.search(part):
        return None
    italic = _ITALIC_YEAR.fullmatch(part.strip())
    if italic:
        return PartialDate(int(italic["year"]))
    plain = re.sub(r"[*_`]", "", part).lstrip("-–— ").strip(" .,:;|·•")
    plain = plain[len("arXiv ") :] if plain.lower().startswith("arxiv ") and plain[-4:] != plain[6:] else plain
    venue = VENUE_YEAR.fullmatch(plain)
    if venue:
        return PartialDate(int(venue["year"]))
    volume = _VOLUME.match(plain)
    if volume:
        return PartialDate(int(volume["year"]))
    first = _VENUE_LAST.fullmatch(plain)
    if first:
        return PartialDate(int(first["year"]))
    short = SHORT_YEAR.fullmatch(plain)
    if short:
        return PartialDate(int(short["year"]) + (2000 if int(short["year"]) < 50 else 1900))
    found = dates.parse_date(plain) if len(plain) < 30 else None
    return found if found and 1950 <= found.year < 2050 else None
