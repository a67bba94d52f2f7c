"""Citations that name the authors first, also without marks around the title, as lists of references do.

    A. Ann, B. Bo, Nets of ends, in: Proceedings of Ends, 2019, pp. 1-2.
    Ann, A., Bo, B., 2019. Nets of ends, in: Proceedings of Ends, pp. 1-2.
    Ann, A. and Bo, B. (2019) 'Nets of ends', Annals of Ends, 3.
    Ann et al. (2019), Nets of ends, ICML

The title ends where the place of publication begins. More lenient than `citation`: a wrong title is no known paper's.
"""

from kb import dates
from kb.dates import PartialDate
from kb.dialects.citation import Citation
from kb.dialects.cited_dates import MARK, PAUSE, VENUE, YEAR, dates_of
from kb.dialects.cited_people import are_families, authors_before, people
from kb.regex import rare
from kb.titles import display_title
from kb.venues import is_known

_MONTH = r"(?:,?\s(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\b\.?(?:\s\d\d?)?)?"
_DATED = rare(
    rf"(?P<who>[^\"“”‘{MARK}]{{2,600}}?)[,.\s(\[](?P<year>{YEAR})[a-z]?{_MONTH}[)\]]?(?:[.,:;]|\s?[-–—])?\s+(?=\S)"
)
_NICKNAMED = rare(
    rf"[*_]{{0,2}}[\w-]{{2,30}}[*_]{{0,2}}\s?[(\[](?P<who>[^()\[\]{MARK}]{{2,80}}?),?\s(?P<year>{YEAR})[a-z]?[)\]][:.,]?\s(?:[-–—]\s)?(?=\S)"
)
"""`BERT (Devlin et al., 2018): Pre-training of ...`"""
_COLON = rare(rf"(?P<who>[^\"“”‘:{MARK}]{{3,600}}?):\s+(?=\S)")
_NAME = r"(?:[^\W\d_]\.[\s-]?){1,4}(?:(?:van|von|der?|den|da|di|du|la|le|el|al|bin|dos) ){0,3}[^\W\d_][^\s.,;&]{1,30}"
_INITIALS_FIRST = rare(
    rf"(?P<who>{_NAME}(?:,\s?(?:and |& )?{_NAME}|\s(?:and|&)\s{_NAME}){{0,60}}(?:,?\set\.? al\.?)?)[,.]\s+(?=\S)"
)
_PLACE = rf"(?:[Ii]n:?\s|[Ii]n[:*_]|[*_]|pp?\.\s|vol\.|no\.|\d|{VENUE}\b|[A-Z][\w&-]{{0,20}}\.\s(?:[A-Z]|\d)|[Pp]h\.?[Dd]|[Mm]aster)"
_PLACE_AFTER = rare(rf",\s+(?={_PLACE})|(?<=[?!])\s+(?={_PLACE})|\s+[(\[](?=(?:{VENUE}|{YEAR})\b)")
_QUOTED = rare(r"[\"“„«](?P<text>[^\"“”„«»]{3,300})[\"”“»]")
_SINGLE = rare(r"[‘'](?P<text>[^‘]{3,300}?)[’'](?=[\s,.;:)]|$)")
"""In British quotes; an apostrophe inside has a letter after it."""
_EMPHASIZED = rare(r"(?P<sign>\*\*|__|[*_])(?P<text>[^*_]{3,300})(?P=sign)")
_SLASH = rare(r"(?<=[A-Z]\.)\s?/\s?(?=[A-Z])")
"""`Ann, A./Bo, B.`, as Germans separate people."""
_SIGNS = " .,:;–—-"


def parse(text: str) -> Citation | None:
    """The citation in a text made plain, or None if it does not begin with names (after a nickname)."""
    for pattern in (_NICKNAMED, _DATED, _COLON, _INITIALS_FIRST):
        found = pattern.match(text)
        if found is None:
            continue
        year = found.groupdict().get("year")
        authors = _people(found["who"], is_dated=bool(year))
        title = _title(text[found.end() :]) if authors else ""
        if title:
            return Citation(title, tuple(authors), PartialDate(int(year)) if year else _date(text[found.end() :]))
    return None


def _people(who: str, *, is_dated: bool) -> list[str]:
    who = _SLASH.sub("; ", who.strip(" ,;:([*_"))
    if is_known(who):
        return []
    if is_dated and are_families([who.rstrip(".")]):
        return [who.rstrip(".")]
    return people(who, is_cited=True) or (authors_before(who, is_dated=True) if is_dated else [])


def _title(text: str) -> str:
    """The title that a text begins with: in quotes, emphasized, or up to a sentence's end or the place."""
    text = text.lstrip(_SIGNS)
    for marked in (_QUOTED, _SINGLE, _EMPHASIZED):
        if found := marked.match(text):
            return display_title(found["text"].strip(_SIGNS))
    ends = [found.start() for found in (PAUSE.search(text), _PLACE_AFTER.search(text)) if found]
    return display_title(text[: min(ends)] if ends else text).strip(_SIGNS)


def _date(tail: str) -> PartialDate | None:
    """The one year that the place of publication has."""
    found = dates_of(tail) or [date for date in map(dates.parse_date, _YEARS.findall(tail)) if date]
    return found[-1] if len({date.year for date in found}) == 1 else None


_YEARS = rare(rf"\b{YEAR}\b(?![-–]\d)")
