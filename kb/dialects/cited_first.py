"""Citations that name the authors first, as lists of references do, read leniently and fast.

    A. Ann, B. Bo, Nets of ends, in: Proceedings of Ends, 2019, pp. 1-2.
    Ann, A., Bo, B., 2019. Nets of ends, in: Proceedings of Ends, pp. 1-2.
    Ann, A. and Bo, B. (2019) 'Nets of ends', Annals of Ends, 3.
    Ann et al. (2019), Nets of ends, ICML

The title ends where the place of publication begins. Where `citation` must be sure of names and titles, which it adds
to the vault, a title from here is only looked for among those known.
"""

from kb.dialects.cited_dates import MARK, PAUSE, VENUE, YEAR
from kb.regex import rare
from kb.titles import display_title
from kb.typed import NamedTuple
from kb.venues import is_known

_WORD = r"[^\W\d_a-z][\w'’-]*+"
_PARTICLES = r"(?:van|von|vom|zu|der?|den|del|della|di|da|du|dos|la|le|el|al|bin|ten|ter)"
PARTICLE = rf"(?:{_PARTICLES}\s){{0,3}}+"
_FAMILY = rf"{PARTICLE}{_WORD}(?:\s{_WORD}){{0,2}}"
_INITIALS = r"[^\W\d_a-z]\.(?:[\s-]?[^\W\d_a-z]\.){0,3}"
_SIGNED = (
    rf"(?>{_INITIALS}\s?{_FAMILY}|{_FAMILY},\s?{_INITIALS}(?:\s{_PARTICLES}\b){{0,3}}(?![^\W_])"
    rf"|{_FAMILY}\s[^\W\d_a-z]{{1,3}}(?=[,;:]|\.(?!\s{_WORD}[.,])|\s(?:and\b|&|et\b|\()))"
)
"""A name with initials: `A. B. Ann`, `Ann, A. B.`, `Ann, A. van`, `Ann AB`."""
_GIVEN = rf"(?>{_WORD}(?:\s(?:[A-Z]\.|{PARTICLE}{_WORD})){{1,4}}+)"
"""A name without: `Ada Ann`, `Ada B. Ann`."""
_INVERTED = rf"(?>{PARTICLE}{_WORD}(?:\s{_WORD})?,\s{_WORD}(?:\s(?:[A-Z]\.|{_WORD})){{0,2}})"
"""`Ann, Ada`."""
_AND = r"(?:[,;]?\s(?:and|und|y|et(?!\.?\sal)|&)\s|\s?[,;/]\s?(?:(?:&|and)\s|(?:\.\.\.|…),?\s(?:&\s)?)?)"
_MORE = r"(?:[,;]?\s[*_]{0,2}(?:et\.?\s?al(?:ii)?\b\.?|and others|u\. ?a\.|等)[*_]{0,2})"
_MONTH = r"(?:,?\s(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\b\.?(?:\s\d\d?)?)?"
_IN_YEAR = rf"[\s,.:]{{0,3}}[(\[]?\b(?P<year>{YEAR})[a-z]?{_MONTH}[)\]]?[.,:;]?\s?[-–—]?\s?(?=\S)"
_SENTENCE = r"\.\s(?=[^.]{3,400}\.)(?=[^.]*?\s(?!(?:and|et|al|in|van|von|de[rn]?|di|da|la|le)\b)[a-z]{2})"
"""A period before a sentence that is not only names, as the title after the one author is."""
_ENDS = rf"(?:{_IN_YEAR}|[.,:]?(?<=[.,:])\s(?=\S))"
_PEOPLE = (
    rare(rf"(?P<who>{_SIGNED}(?:{_AND}{_SIGNED}){{0,200}}+{_MORE}?){_ENDS}"),
    rare(rf"(?P<who>{_GIVEN}(?:(?:{_AND}{_GIVEN}){{1,200}}+{_MORE}?|{_MORE})){_ENDS}"),
    rare(rf"(?P<who>{_INVERTED}(?:(?:{_AND}(?:{_INVERTED}|{_GIVEN})){{1,200}}+{_MORE}?|{_MORE})){_ENDS}"),
    rare(rf"(?P<who>{_INVERTED}|{_GIVEN}){_SENTENCE}"),
    rare(rf"(?P<who>{_WORD}(?:{_AND}{_WORD}){{0,20}}+{_MORE}){_ENDS}"),
    rare(rf"(?P<who>{PARTICLE}{_WORD}(?:{_AND}{_WORD}){{0,20}}+){_IN_YEAR}"),
    rare(
        rf"[*_]{{0,2}}[\w-]{{2,30}}[*_]{{0,2}}\s?[(\[](?P<who>[^()\[\]{MARK}]{{2,80}}?),?\s(?P<year>{YEAR})[a-z]?[)\]]"
        r"[:.,]?\s(?:[-–—]\s)?(?=\S)"
    ),
)
"""The last is `BERT (Devlin et al., 2018): Pre-training of ...`."""
_PLACE = (
    rf"(?:[Ii]n:?\s|[Ii]n[:*_]|[*_]|pp?\.\s|vol\.|no\.|\d|{VENUE}\b|[A-Z][\w&-]{{0,20}}\.\s(?:[A-Z]|\d)"
    r"|[Pp]h\.?[Dd]|[Mm]aster)"
)
_PLACE_AFTER = rare(
    rf",\s+(?={_PLACE})|(?<=[?!])\s+(?={_PLACE})|\s+[(\[](?=(?:{VENUE}|{YEAR})\b)|\s?\[(?:[A-Z]{{1,2}}(?:/OL)?|[Oo]nline)\]|{MARK}"
)
_MARKED = (
    rare(r"[\"“„«](?P<text>[^\"“”„«»]{3,300})[\"”“»]"),
    rare(r"[‘'](?P<text>[^‘]{3,300}?)[’'](?=[\s,.;:)]|$)"),
    rare(r"(?P<sign>\*\*|__|[*_])(?P<text>[^*_]{3,300})(?P=sign)"),
)
"""In British quotes, an apostrophe inside has a letter after it."""
_NAMES_BEFORE = rare(
    rf"(?P<who>(?:(?:{_WORD}|and|et|al|others|van|von|de[rnl]?|di|da|du|la|le|el|bin|[&…])[\s,.;&*_]+){{1,100}}+)"
    rf"(?:[(\[]?(?P<year>{YEAR})[a-z]?[)\]]?[\s,.:]{{0,3}})?(?=[\"“„«])"
)
_YEARS = rare(rf"(?<![\d.:/-])\b({YEAR})[a-z]?\b(?![-–./]\d)")
_SIGNS = " .,:;–—-"
_AFTER_NAMES = tuple(rare(sign) for sign in (r"\.\s", r":\s", r",\s", r"\s[-–—]\s"))
_AFTER_TITLE = rare(r"[.,]\s|\s[(\[]")
_FEWEST_SPACES = 3
"""Spaces in a title that is looked for wherever it may begin and end; one less if words next to it name authors."""
_LONGEST_ITEM = 300


class CitedFirst(NamedTuple):
    """A title, the words before it that name its authors, and the year, which may be empty."""

    title: str
    who: str
    year: str


def parse(text: str) -> CitedFirst | None:
    """The citation in a text made plain (`citation.plain`); None if it does not begin with names."""
    for pattern in (_NAMES_BEFORE, *_PEOPLE):
        if found := pattern.match(text):
            who, rest = found["who"].strip(" ,;:*_(["), text[found.end() :]
            is_venue = " " not in who and (who.isupper() or is_known(who))
            title = "" if is_venue else _title(rest)
            return CitedFirst(title, who, found.groupdict().get("year") or _year(rest)) if title else None
    return None


def _title(text: str) -> str:
    """The title that a text begins with: in quotes, emphasized, or up to the end of a sentence or the place."""
    for marked in _MARKED if text[:1] in _OPENING else ():
        if found := marked.match(text):
            return display_title(found["text"].strip(_SIGNS))
    ends = [found.start() for found in (PAUSE.search(text), _PLACE_AFTER.search(text)) if found]
    return display_title(text[: min(ends)] if ends else text).strip(_SIGNS)


_OPENING = tuple("\"“„«‘'*_")


def _year(text: str) -> str:
    """The one year in what follows the authors; empty if there are several."""
    found = set(_YEARS.findall(text))
    return found.pop() if len(found) == 1 else ""


def may_cite(text: str) -> list[CitedFirst]:
    """What a text made plain may cite if its names are not recognized: its beginnings after names or a label.

        Ann, Bo, Cid. Nets of many ends. 2019          Net: Nets of many ends          Nets of many ends (Ann et al.)

    At most one of these titles is real; the words around it name the authors.
    """
    if MARK in text or len(text) > _LONGEST_ITEM:
        return []
    starts = {0, *(found.end() for found in (sign.search(text) for sign in _AFTER_NAMES) if found)}
    spans = [(start, end) for start in sorted(starts) for end in {len(text), _end(text, start)}]
    titles = [(text[start:end].strip(_SIGNS), f"{text[:start]} {text[end:]}".strip()) for start, end in sorted(spans)]
    told = {title: who for title, who in titles if title.count(" ") >= _FEWEST_SPACES - (" " in who)}
    return [CitedFirst(display_title(title), who if " " in who else "", _year(text)) for title, who in told.items()]


def _end(text: str, start: int) -> int:
    """Where a title that begins there may end before the text does."""
    found = _AFTER_TITLE.search(text, start)
    return found.start() if found else len(text)
