"""One line of a list of papers: its title, and the authors and date if the line states them beyond doubt.

    - **[Title](url)** - A. Author, B. Author, *Venue* 2019. [[code](...)]
    - Title. A. Author and B. Author. 2019. [pdf](...)
    - [2017.06] [Title](url)
    **[3]** Author, Ann, and Bob Author. "**Title**." Journal 1.2 (2019): 3-4. [[pdf]](url)

Whatever is ambiguous stays in the text: no author, date or title is a guess.
"""

import re
from collections.abc import Iterator, Sequence, Set

from kb import dates, names
from kb.dates import PartialDate
from kb.dialects import gb7714, shorthand
from kb.dialects.cited_dates import MARK, VENUE, VENUE_YEAR, YEAR, dates_of
from kb.dialects.cited_people import authors_after, authors_before, one_before, people
from kb.dialects.cited_titles import find_title, shown
from kb.dialects.shorthand import Jotted
from kb.model import Fact, Link
from kb.regex import rare
from kb.titles import ENTITY
from kb.typed import NamedTuple
from kb.venues import is_known

_LONGEST = 2000
WHOLE = re.compile(r"[\"“]|\bet al\b|\(\d{4}\)\.")
"""A sign of a heading or the text of a link that is a whole citation."""

_MARKER = re.compile(
    r"[\s>]*(?:(?:[-*+•]|\d{1,4}[.)]|\(\d{1,3}\))\s+)?(?:\[[ xX]\]\s+)?"
    r"(?:(?:\*\*|__)?\[(?!(?:19|20)\d\d\])\d{1,4}\](?![(\[])(?:\*\*|__)?[\s.:]*)?"
)
"""The marker before the text of a listed line: bullet or number, task box, reference number, which is no year."""
_LINKS_IN_BRACKETS = re.compile(rf"[\[(（【]\s*({MARK}[{MARK}\s,/|;·]*)[\])）】]")
_PREFIX = re.compile(
    rf"(?:\*\*|__|`){{0,2}}[\[(【](?P<tag>[^\[\]()【】{MARK}]{{1,40}})[\])】](?![a-z(])(?:\*\*|__|`){{0,2}}[\s,:：]*"
)
"""A tag before a title, neither a link nor the beginning of `(Un)supervised`."""
_TICKED = re.compile(rf"`(?P<tag>[^`{MARK}]{{1,40}})`[\s,:：]*(?=[{MARK}*\"“\[]|\*\*|`)")
"""`CVPR 2019` in backticks before a title that has a mark of its own."""
_BOLD_TICKED = rare(rf"(\*\*|__)`(?P<tag>[^`{MARK}]{{1,40}})`\1[\s,:：]*")
_DATE_FIRST = re.compile(
    rf"[`*_]{{0,2}}(?P<date>{YEAR}(?:[-./]\d\d?){{0,2}})(?:[`*_]{{1,2}}\s?|\s*[:|,：]\s*|\s+[-–—]\s+|\s*(?={MARK}))"
)
_EMOJI = re.compile(r":[a-z_]{2,20}:")
_STRONG = re.compile(r"</?(?:b|strong)>", re.IGNORECASE)
_STOP_INSIDE = re.compile(r"([.,])([*_]{1,2})(?=\s)")
"""`*A. Ann, B. Bo.* ICLR 2021`: punctuation that belongs after the emphasis."""
_ET_AL = re.compile(r"[*_](et\.? al\.?)[*_]")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_SIGNS = re.compile(rf"(?:[^\w\s\[\](){{}}\"“«'$*`{MARK}【（\\-]+\s*|:[a-z_]{{2,20}}:\s*)+")
_NAMED_YEAR = re.compile(
    rf"[\s,]*[\[(](?P<who>[^()\[\]]{{3,80}}?),?\s(?:{VENUE}[\w .&-]{{0,30}}?[\s'’])?(?P<year>{YEAR})[a-z]?[\])]"
    r"(?P<colon>\s?[:：])?"
)
_NICKNAMED = re.compile(
    rf"(\*\*|__)(?P<name>[^*_\"“{MARK}]{{1,60}})\1\s*[-–—:,]\s*(?P<cited>[\"“][^\"“”{MARK}]{{8,300}}[\"”](?P<rest>.*))"
)
"""`**NetNet** - "Nets of Ends" (Ann et al., 2019)`"""
OWN_NAME = rare(r"(?=\S*(?:\d|[^\W\d_a-z]\S*[^\W\d_a-z]))\S+")
"""One word with a digit or two capitals, which names no topic."""
_FAMILY = r"[*_]{0,2}[^\W\d_a-z](?:[^\W\d_a-z]|['’ -]){1,30}(?=, )"
_IN_CAPITALS = rare(rf"{_FAMILY}, (?:[^\W\d_a-z]\.|[^\W\d_][^;,\"“]{{1,60}}; {_FAMILY})")
"""`VASWANI, A. et al. Title`, `SILVA, Ana Maria; COSTA, João. Title`, as in ABNT and ISO 690."""
_EACH_FAMILY = rare(rf"(?:^|; ){_FAMILY}")
_SURNAMES = re.compile(r"(?:[A-Z][\w'’-]+,? )+(?:and|&) [A-Z][\w'’-]+")
"""`Ann, Bob & Cid`, which says nothing about the paper."""
_BRACKETED_YEAR = rare(rf"[(\[]{YEAR}[a-z]?[,)\]]")
_SEEN = rare(
    r"[\s,.;]{0,3}[(\[]?\b(?:[Aa]ccessed|[Rr]etrieved)(?: on)?:?\s"
    rf"(?:[A-Z][a-z]{{2,8}}\.? \d\d?, |\d\d? [A-Z][a-z]{{2,8}}\.?,? )?{YEAR}(?:-\d\d){{0,2}}[)\]]?"
)
"""When somebody looked at a page, as agents write it: `, accessed March 5, 2025`."""
_URL_LAST = rare(r"(?<=[\w.,;)])[\s(<]+https?://[^\s<>]+[>).]*\s*$")
"""An address that is no link, after a citation."""
_HTML = re.compile(rf"</?[A-Za-z][^<>{MARK}]{{0,200}}>")


_DATED = rare(YEAR)
_IN_LAST_BRACKETS = rare(r"\(([^()]{3,80})\)[^()]*$")


class Citation(NamedTuple):
    """What a line says about one paper.

    Args:
        title: empty if the line does not show which of its words are the title.
        authors: display names, without `and others`.
        said: the rest about the paper, if it is a passage of its own.
        linked: the link whose text is the title.
        has_others: whether `et al.` follows the authors.
        nickname: what the paper or its result is also called.
    """

    title: str = ""
    authors: tuple[str, ...] = ()
    date: PartialDate | None = None
    said: str = ""
    linked: Link | None = None
    has_others: bool = False
    nickname: str = ""

    def who(self, line: int, column: int = 1) -> Iterator[Fact]:
        """The facts for the authors, for further unnamed ones, and for the nickname."""
        yield from (Fact("authors", name, line, column) for name in self.authors)
        if self.has_others:
            yield Fact("authors_more", "et al.", line, column)
        if self.nickname:
            yield Fact("aliases", self.nickname, line, column)


def plain(text: str) -> str:
    """A listed line without its marker, HTML and the day of access; each link in it is a `MARK`."""
    if "&" in text and ENTITY.search(text):
        from html import unescape

        text = ENTITY.sub(lambda entity: unescape(entity[0]), text)
    text = text[:_LONGEST]
    if "<" in text:
        text = _HTML.sub(" ", _BREAK.sub(" | ", _STRONG.sub("**", text)))
    text = _SEEN.sub("", text) if "ccessed" in text or "etrieved" in text else text
    if "*" in text or "_" in text:
        text = _STOP_INSIDE.sub(r"\2\1", _ET_AL.sub(r"\1", text))
    text = _URL_LAST.sub("", _MARKER.sub("", text, count=1))
    return " ".join((_LINKS_IN_BRACKETS.sub(r" \1 ", text) if MARK in text else text).split())


def parse(text: str, links: Sequence[Link], usual: Set[str] = frozenset()) -> Citation:
    """Parse the citation in a line; each of its `links`, in order, is replaced by `MARK`.

    Args:
        usual: how the list is written (`shorthand.usual_forms`).
    """
    whole = plain(text)
    text, written = opened(whole)
    if jotted := shorthand.jotted(whole, text, usual):
        rest = _parse(*opened(jotted.rest), links, usual, is_signed=True)
        if rest.title and not rest.authors:
            return _signed(rest, jotted, written)
    cited = _parse(text, [*written], links, usual)
    dated_last = "" if cited.authors else with_date_last(text, written)
    again = parse(dated_last, links, usual) if dated_last else Citation()
    return again._replace(date=written[0]) if again.title and again.authors else cited


def with_date_last(text: str, written: Sequence[PartialDate]) -> str:
    """`Nets of ends (Ann & Bo, 1997)` for what stands behind `1997: `; empty if that is not a year or month.

    The day in front of a line is that of a diary.
    """
    if len(written) != 1 or written[0].precision == "day" or _DATED.search(text):
        return ""
    who = _IN_LAST_BRACKETS.search(text)
    year = f", {written[0].year}"
    return f"{text[: who.end(1)]}{year}{text[who.end(1) :]}" if who else f"{text.rstrip('. ')}{year}"


def _parse(
    text: str, written: list[PartialDate], links: Sequence[Link], usual: Set[str], *, is_signed: bool = False
) -> Citation:
    """Parse a citation in any other style, without what `opened` removes from it and with the dates in that."""
    if _IN_CAPITALS.match(text):
        text = _EACH_FAMILY.sub(lambda family: family[0].title(), text)
    nicknamed = _NICKNAMED.match(text)
    if nicknamed and dates_of(nicknamed["rest"]):
        name = nicknamed["name"] if OWN_NAME.fullmatch(nicknamed["name"]) else ""
        return parse(nicknamed["cited"], links)._replace(nickname=name)
    standard = gb7714.parts(text)
    title, before, tail, linked = (
        (standard.title, "", standard.tail, None) if standard else find_title(text, links, is_signed=is_signed)
    )
    if not title:
        return Citation()
    if linked and (cited := _inside(linked, usual)):
        dated = cited.date or next(iter(dates_of(tail)), None)
        said = cited.said or _said(tail, cited.authors)
        return Citation(cited.title, cited.authors, dated, said, linked, cited.has_others)
    named = _NAMED_YEAR.match(tail)
    families = authors_before(named["who"], is_dated=True) if named and not before else []
    if named and people(named["who"], is_cited=True):
        tail = f", {named['who']}, {named['year']}{' -' if named['colon'] else ''}{tail[named.end() :]}"
    written += dates_of(tail)
    written = written or [found for link in links if (found := _venue_date(link))]
    date = written[0] if len({found.year for found in written}) == 1 else None
    date = max(written, key=str) if date else None
    if standard:
        return Citation(title, tuple(standard.authors), date, _said(tail, standard.authors), None, standard.has_others)
    is_dated = date is not None
    authors = authors_before(before, is_dated=is_dated) if before else authors_after(tail, is_cited=is_dated)
    authors = authors or (one_before(before) if before else families)
    others = bool(authors) and _has_others(before or tail, authors[-1])
    return Citation(title, tuple(authors), date, _said(tail, authors), linked, others)


def _signed(cited: Citation, jotted: Jotted, written: list[PartialDate]) -> Citation:
    """The citation with the names that are around it; without a date if several years are given."""
    told = [*written, *([PartialDate(jotted.year)] if jotted.year else []), *([cited.date] if cited.date else [])]
    date = max(told, key=str) if len({each.year for each in told}) == 1 else None
    title, _, venue = cited.title.rpartition(", ")
    if title and is_known(venue):
        cited = cited._replace(title=title)
    return cited._replace(authors=jotted.names, has_others=jotted.has_others, date=date)


def _has_others(text: str, last: str) -> bool:
    """Whether `et al.` follows the last named author."""
    words = "|".join(map(re.escape, last.split()))
    return " et" in text and re.search(rf"(?:{words})(?: [A-Z]{{1,3}}){{0,3}}[\s,.]+et\.?\s?al", text) is not None


def _inside(link: Link, usual: Set[str]) -> Citation | None:
    """The citation in a link's text, if that is more than a title, as quotes, `et al.` or a year in brackets show."""
    text = shown(link)
    if not (WHOLE.search(text) or _BRACKETED_YEAR.search(text)):
        return None
    cited = parse(text, (), usual)
    return cited if cited.title and cited.authors else None


def _venue_date(link: Link) -> PartialDate | None:
    """The year in a link with a text like `CVPR 2019`."""
    venue = VENUE_YEAR.fullmatch(shown(link)) if link.kind == "markdown" else None
    return PartialDate(int(venue["year"])) if venue else None


def opened(text: str) -> tuple[str, list[PartialDate]]:
    """The text without leading stars, emoji and the like, and without brackets and dates before it; those dates."""
    signs = _SIGNS.match(text)
    text = text[signs.end() :] if signs else text
    found: list[PartialDate] = []
    while match := _PREFIX.match(text) or (_TICKED.match(text) if text.startswith("`") else _bold_date(text)):
        found += dates_of(f"({match['tag']})")
        text = text[match.end() :]
    match = _DATE_FIRST.match(text)
    if match and (date := dates.parse_date(match["date"])):
        found.append(date)
        text = text[match.end() :]
    return text, found


def _bold_date(text: str) -> re.Match[str] | None:
    """A date or venue in bold backticks before a title: **`CVPR 2019`**."""
    found = _BOLD_TICKED.match(text) if text.startswith(("**`", "__`")) else None
    return found if found and dates_of(f"({found['tag']})") else None


def _said(tail: str, authors: Sequence[str]) -> str:
    """The first passage after the title that is more than names, a venue or a date."""
    for part in re.split(rf"{MARK}|\s[-–—|·•]\s", tail):
        words = _EMOJI.sub("", re.sub(r"[*_`]", "", part)).strip(" .,;:-–—|")
        words = words[1:-1] if words.startswith("(") and words.endswith(")") else words
        is_whole = words.count("(") == words.count(")") and words.count("[") == words.count("]")
        is_said = len(words.split()) > 2 and is_whole and not _SURNAMES.fullmatch(words) and not dates_of(part)
        if not is_said or (authors and names.parse_name(authors[0]).last in words):
            continue
        return words
    return ""
