"""The paper's title in the title of a note about it, and what the rest says about the paper.

    [Paper Review] Nets of Ends (CVPR 2020)     Literature Note: Nets of Ends      Nets of Ends 논문 리뷰
    《Nets of Ends》论文笔记                     【论文】Nets of Ends 网的末端
    [1706.03762] Nets of Ends                   Nets of Ends (arXiv:1706.03762)    [ECCV 2020] Nets of Ends
    Nets of Ends (Ann et al., 2020)             Nets of Ends (2020, Ann et al.)
    Nets of Ends, Ann et al., CVPR 2020
    Reading notes: Nets of Ends                 Notes on "Nets of Ends" (Ann et al., 2020)
    Ann et al. - 2020 - Nets of Ends            @Nets of Ends

The last two are Zotero's names for files, and Logseq's names for what it gets from Zotero.
"""

import re

from kb import dates, ids, names
from kb.dates import PartialDate
from kb.decorated import plain_title
from kb.dialects.cited_dates import VENUE, YEAR
from kb.ids import PaperId
from kb.regex import rare
from kb.sites import SITES
from kb.titles import without_gloss
from kb.typed import NamedTuple
from kb.venues import is_known

_PAPER = r"(?:paper|论文|論文|논문)"
_KIND = (
    r"(?:reviews?|notes?|summary|reading|(?:阅读|解读)报告|阅读笔记|閱讀筆記|笔记|筆記|阅读|閱讀|精读|解读|解讀|总结"
    r"|メモ|まとめ|解説|紹介|読み|리뷰|정리|요약)"
)
_OPEN, _CLOSE = r"[\[【(（「]", r"[\]】)）」]"
_ARXIV = r"(?P<id>\d{4}\.\d{4,5}(?:v\d{1,2})?)"
_QUOTES = frozenset("\"“”")
_SIGNS = frozenset("[(【（「《\"“|@_–—论論논리笔筆")
_ACRONYM = r"[A-Za-z][a-z]*[A-Z][A-Za-z]{1,10}"
_VENUE_AND_YEAR = rare(rf"{_ACRONYM}[ _-]?{YEAR}")
_WORDS = rare(r"[Pp](?:aper|APER)[ _-]?[RrNnSs:：]")
"""Every title from which `told` takes anything has one of these, or a dash or `literature`, or begins with digits."""
_REVIEW = rare(
    rf"\W{{0,9}}(?:{_OPEN}\s?(?:(?:[A-Z]{{2,4}} )?(?P<paper>{_PAPER})[ _-]?)?{_KIND}\s?{_CLOSE}"
    rf"|{_OPEN}(?P<tag>论文|論文|논문){_CLOSE}"
    rf"|(?P<before>论文|論文|논문)\s?{_KIND}\s+(?=[A-Z])|(?P<alone>{_PAPER})\s?[:：](?!//)"
    rf"|(?:(?P<label>{_PAPER})[ _-]?|literature ){_KIND}\s?[:：|)）\]】–—-])[^\w\[【(（]{{0,9}}(?=[\w\[【(（])",
    2,
)
"""`[Paper Review] `, `论文阅读 `, `Paper: `, `Literature Note: `"""
_WRITTEN = rf"(?:(?:my|reading|short|brief|quick|detailed|paper) ){{0,2}}(?:{_KIND}|thoughts|comments|explained)"
_KIND_FIRST = rare(rf"(?!(?:reviews?|reading)\s?[:：|–—-]){_WRITTEN}(?:\s?[:：|]|\s[–—-])\s+(?=[\w\"“])", 2)
"""`Reading notes: Nets of Ends`; `Review: ...` may be the paper's own title."""
_OF_QUOTED = rare(
    rf"(?:{_WRITTEN} (?:of|on|about|for|from) )?(?:the )?[\"“](?P<title>[^\"“”]{{3,300}})[\"”](?: (?P<paper>paper))?"
    rf"(?: {_WRITTEN})?",
    2,
)
"""`Notes on "Nets of Ends"`, `"Nets of Ends" summary`"""
_REVIEWED = rare(
    rf"\s?(?:{_OPEN}\s?(?:(?P<paper>{_PAPER})[ _-]?)?{_KIND}\s?{_CLOSE}|[\s|–—-]\s?(?P<label>{_PAPER})[ _-]?{_KIND}"
    rf"|\s[|–—-]\s{_KIND}|\s리뷰|\s?(?P<read>(?:阅读|閱讀|精读|精讀|学习|解读)(?:笔记|筆記)))$",
    2,
)
_IN_MARKS = rare(r"(?P<before>[^《》]{0,30})《\s?(?P<title>[^《》]{2,300}?)\s?》(?P<after>[^《》]{0,80})$")
"""`论文笔记：《Nets of Ends》`; marks for titles of books and papers."""
_OF_PAPERS, _OF_NOTES = rare(_PAPER, 2), rare(rf"\W*{_KIND}?\W*", 2)
_TAG = rare(r"\[[^\[\]]{1,30}\]\s?(?=[\w\[])")
_NUMBER = rare(r"\[\d{1,4}\]\s(?=\w)")
_COLON = rare(r"(?<=\w)_ (?=\w)")
"""The replacement of a colon in a file name."""
_ID_FIRST = rare(rf"\[?(?:arxiv[:\s-]\s?)?{_ARXIV}\]?(?:\s?[:：_.|–—-]\s?|\s)(?=[^\W\d_])", 2)
_ID_LAST = rare(
    rf"\.?\s?{_OPEN}arxiv[:\s]\s?{_ARXIV}(?: \[[a-z.-]{{2,20}}\])?(?: updated| cross listed)?{_CLOSE}$", 2
)
"""`Nets of Ends. (arXiv:1706.03762v2 [cs.CL] UPDATED)` comes from arXiv's feeds."""
_VENUE = (
    rf"(?:{VENUE}[\w&/. -]{{0,20}}?[\s,:-]{{0,2}}(?P<year>{YEAR})|(?P<first>{YEAR})[\s,.:-]{{0,2}}{VENUE}[\w -]{{0,20}}"
    rf"|{VENUE}\s?['’‘`](?P<short>\d\d))"
)
_VENUE_FIRST = rare(rf"{_OPEN}{_VENUE}{_CLOSE}\s?[:：]?\s?(?=\w)")
_VENUE_LAST = rare(rf"\s?{_OPEN}{_VENUE}{_CLOSE}$")
_VENUE_OF_FILE = rare(
    rf"(?:(?P<name>{_ACRONYM})(?:(?P<dash>-)|[ _]?)(?P<year>{YEAR})|(?P<first>{YEAR})[ _-](?P<named>{_ACRONYM}))"
    r"(?:\s?[–—_:-]\s?|(?(dash)\s))(?=\w)"
)
"""`NeurIPS-2021 `, `2021_NeurIPS_`, `CVPR2020 - `, as people name files."""
_YEAR_FIRST = rare(rf"{_OPEN}(?P<year>{YEAR}){_CLOSE}\s?(?=\w)")
_DATED = rare(r"\s?[(\[（](?:[^\W\d_][\w.'’&@ -]{1,40}[\s,]\s?)?((?:19[5-9]|20[0-4])\d(?:[-/.]\d\d?){0,2})[)\]）]$")
"""`(2017)`, `(Ann et al., 2017)`, `(NeurIPS 2017)`."""
_NAME = r"[^\W\d_a-z][\w'’-]{1,20}"
_OTHERS_TOO = rf"(?:[^()\[\]\d]{{2,60}}?\bet\.? al\b\.?|{_NAME}(?:, {_NAME}){{0,3}},? (?:and|&) {_NAME})"
_CITED_LAST = rare(
    rf"\s?[(\[（](?:(?P<who>{_OTHERS_TOO})[,，]?\s(?P<year>{YEAR})|(?P<first>{YEAR})[,，]\s(?P<whom>{_OTHERS_TOO}))[)\]）]$"
)
_WITH_COMMAS = rare(
    rf"(?P<title>[^,]{{8,200}}), (?P<who>{_OTHERS_TOO})(?:, (?:{VENUE}[\w &-]{{0,20}}?\s)?|\s)(?P<year>{YEAR})"
)
_OF_ZOTERO = rare(rf"(?P<who>[^\W\d_][^\d\[\]]{{1,80}}?)\s[–—-]\s(?P<year>{YEAR})\s[–—-]\s(?=\w)")
_SITES = "|".join(re.escape(site.name) for site in SITES.values())
_OF_SITE = rare(
    r"\s[|–—-]\s(?:(?:Nature(?: [A-Z]\w+){0,2}|Scientific Reports|Science|PNAS|IEEE [A-Z][\w& ]{2,40}|SpringerLink|PMC"
    r"|(?:Springer Nature|ACM Digital|Wiley Online) L\w+|arXiv(?:\.org)?|alphaXiv|bioRxiv|medRxiv"
    rf"|{_SITES})(?:\s[|–—-]\s|$)){{1,9}}$"
)
"""The name of the journal or site after the title of a page (`Nets of Ends | IEEE Conference Publication | ...`)."""
_OF_PAGE = rare(r"Paper page - |hypothesis__/")
"""Begins the title of a paper's page at Hugging Face, or of one that Logseq makes of what Hypothesis keeps."""
_AND = rare(r"\s(?:and|&|und|et|y|и|和)\s")
_ET_AL = rare(r"\bet al\b")
_OTHERS = rare(r"\s?等$|\s외$")
_LATIN = rare(r"[A-Za-z]{2,}")
"""Before `阅读笔记`, several are the title of a paper rather than a book or a topic."""
_UNFINISHED = rare(r"\b(?:an?|the|my|your|this|of|for|to|on)$", re.IGNORECASE)
"""`How to write a paper review`"""
_OF_MEETING = rare(
    r"^\W?\w+Con\b|\b(?:[Ww]orkshop|[Tt]utorial|[Kk]eynote|[Tt]alks?|[Rr]ecap|"
    r"[Hh]ighlights|[Gg]uidelines|[Rr]eport|[Nn]otes)\b"
)
"""After a venue, a sign that the title is about the venue, not a paper; developer meetings end in `Con`."""
_FEWEST_WORDS = 3
"""Words of a title after a venue; with fewer, it is a day of the conference."""


class Told(NamedTuple):
    """A paper's title, and what was next to it.

    Args:
        says: the sign that it is about a paper; empty if that is not certain.
    """

    title: str
    says: str = ""
    date: PartialDate | None = None
    paper: PaperId | None = None
    authors: tuple[str, ...] = ()


def told(called: str, *, has_id: bool = False) -> Told:
    """What the title of a note says about a paper.

    Args:
        has_id: whether an id identifies the paper, so that a bare year is not needed as part of its title.
    """
    called = plain_title(called)
    is_dated = called[-4:-2] in ("19", "20") and ", " in called
    may_tell = called[:4].isdigit() or is_dated or _has_words(called) or _VENUE_AND_YEAR.match(called)
    if _SIGNS.isdisjoint(called) and not (may_tell or (":" in called[:24] and _KIND_FIRST.match(called))):
        return Told(called)
    found = Told(_COLON.sub(": ", called.removeprefix("@") if " " in called else called))
    readers = _of_page, _in_marks, _review, _kind_first, _reviewed, _id, _venue, _of_zotero, _cited, _listed
    for read in (*readers, _of_quoted):
        found = read(found)
    if has_id:
        found = _of_quoted(_year(found))
    if found.says or has_id:
        found = found._replace(title=without_gloss(found.title))
    if _ET_AL.search(found.title):  # a citation, which has no title
        found = found._replace(says="an arXiv id" if found.paper else "")
    return found if found.title else Told(called)


def _has_words(called: str) -> bool:
    if " - " in called or called[1:].startswith("iterature "):
        return True
    return ("aper" in called or "APER" in called) and _WORDS.search(called) is not None


def without_id(title: str) -> str:
    """A title without the arXiv id before it, which arXiv's pages and bookmarks of them have."""
    first = _ID_FIRST.match(title) if title[:1] in "[aA" or title[:4].isdigit() else None
    return title[first.end() :] if first and ids.parse_arxiv(first["id"]) else title


def without_site(title: str) -> str:
    """A title without what web pages add to it: `Paper page - ` before it, ` | OpenReview` after it."""
    first = _OF_PAGE.match(title)
    title = title[first.end() :] if first else title
    last = _OF_SITE.search(title) if " - " in title or "|" in title or not title.isascii() else None
    return title[: last.start()] if last and last.start() else title


def paper_of_name(stem: str) -> PaperId | None:
    """The arXiv id that a file name is or begins with: `1706.03762_nets-of-ends`."""
    whole = ids.parse_arxiv(stem.replace("_", "/"))
    first = _ID_FIRST.match(stem) if whole is None and (stem[:4].isdigit() or stem.startswith("[")) else None
    found = ids.parse_arxiv(first["id"]) if first else whole
    return PaperId("arxiv", found.base) if found else None


def _of_page(so_far: Told) -> Told:
    return so_far._replace(title=without_site(so_far.title))


def _in_marks(so_far: Told) -> Told:
    match = _IN_MARKS.match(so_far.title) if "《" in so_far.title else None
    if match is None:
        return so_far
    around = match["before"] + match["after"]
    if _OF_PAPERS.search(around):
        return so_far._replace(title=match["title"], says="a review of a paper")
    return so_far._replace(title=match["title"]) if _OF_NOTES.fullmatch(around) else so_far


def _review(so_far: Told) -> Told:
    match = _REVIEW.match(so_far.title)
    if match is None:
        return so_far
    title = so_far.title[match.end() :] if match.end() else so_far.title
    while (tag := _TAG.match(title)) and not _VENUE_FIRST.match(title) and not _ID_FIRST.match(title):
        title = title[tag.end() :]
    is_sure = any(match[each] for each in ("paper", "tag", "label", "before", "alone")) and not title[:1].islower()
    return so_far._replace(title=title, says="a review of a paper" if is_sure else "")


def _kind_first(so_far: Told) -> Told:
    match = _KIND_FIRST.match(so_far.title)
    return so_far._replace(title=so_far.title[match.end() :]) if match else so_far


def _of_quoted(so_far: Told) -> Told:
    match = _OF_QUOTED.fullmatch(so_far.title) if not _QUOTES.isdisjoint(so_far.title) else None
    if match is None:
        return so_far
    says = so_far.says or ("a review of a paper" if match["paper"] else "")
    return so_far._replace(title=match["title"].strip(), says=says)


def _reviewed(so_far: Told) -> Told:
    match = _REVIEWED.search(so_far.title)
    if match is None or not match.start() or _UNFINISHED.search(so_far.title, 0, match.start()):
        return so_far
    title = so_far.title[: match.start()]
    is_sure = match["paper"] or match["label"] or (match["read"] and len(_LATIN.findall(title)) > _FEWEST_WORDS)
    return so_far._replace(title=title, says="a review of a paper" if is_sure else so_far.says)


def _id(so_far: Told) -> Told:
    title = so_far.title
    first, last = _ID_FIRST.match(title), _ID_LAST.search(title)
    match = first or last
    found = ids.parse_arxiv(match["id"]) if match else None
    if match is None or found is None:
        return so_far
    bare = title[match.end() :] if match is first else title[: match.start()]
    return so_far._replace(title=bare, says="an arXiv id", paper=PaperId("arxiv", found.base))


def _venue(so_far: Told) -> Told:
    title = so_far.title
    first, last = _VENUE_FIRST.match(title), _VENUE_LAST.search(title)
    match = first or last
    if match is None:
        return _venue_of_file(so_far)
    bare = title[match.end() :] if match is first else title[: match.start()]
    year = match["year"] or match["first"] or ("20" if match["short"] < "50" else "19") + match["short"]
    is_shown = match is first and len(bare.split()) >= _FEWEST_WORDS and not _OF_MEETING.search(title)
    return so_far._replace(title=bare, says=so_far.says or ("a venue" if is_shown else ""), date=PartialDate(int(year)))


def _venue_of_file(so_far: Told) -> Told:
    match = _VENUE_OF_FILE.match(so_far.title)
    if match is None or not is_known(match["name"] or match["named"]):
        return so_far
    title, year = so_far.title[match.end() :], match["year"] or match["first"]
    if len(title.split()) < _FEWEST_WORDS or _OF_MEETING.search(so_far.title):
        return so_far
    return so_far._replace(title=title, says=so_far.says or "a venue", date=PartialDate(int(year)))


def _of_zotero(so_far: Told) -> Told:
    match = _OF_ZOTERO.match(so_far.title)
    if match is None:
        return so_far
    authors = _authors(_OTHERS.sub(" et al.", match["who"]))
    title, date = so_far.title[match.end() :], PartialDate(int(match["year"]))
    return Told(title, "authors and a year" if authors else so_far.says, date, so_far.paper, authors)


def _cited(so_far: Told) -> Told:
    match = _CITED_LAST.search(so_far.title) if so_far.title[-1:] in ")]）" else None
    if match is None or len(so_far.title[: match.start()].split()) < _FEWEST_WORDS:
        return so_far
    authors = _authors(match["who"] or match["whom"])
    if not authors:
        return so_far
    title, date = so_far.title[: match.start()], PartialDate(int(match["year"] or match["first"]))
    return so_far._replace(title=title, says=so_far.says or "authors and a year", date=date, authors=authors)


def _listed(so_far: Told) -> Told:
    match = _WITH_COMMAS.fullmatch(so_far.title) if so_far.title[-1:].isdigit() else None
    if match is None or len(match["title"].split()) < _FEWEST_WORDS:
        return so_far
    authors = _authors(match["who"])
    if not authors:
        return so_far
    date, says = PartialDate(int(match["year"])), so_far.says or "authors and a year"
    return so_far._replace(title=match["title"], says=says, date=date, authors=authors)


def _authors(who: str) -> tuple[str, ...]:
    """The people in `Ann et al.`, `Ann & Bo` or `Ann, Bo and Cid`."""
    from kb.dialects.cited_people import authors_before  # few notes have such names

    last = _AND.split(who)
    several = [*last[0].rstrip(",").split(", "), *last[1:]]
    return tuple(several if len(last) > 1 and names.are_families(several) else authors_before(who))


def _year(so_far: Told) -> Told:
    title = _NUMBER.sub("", so_far.title, count=1) if _NUMBER.match(so_far.title) else so_far.title
    so_far = so_far._replace(title=title)
    first = _YEAR_FIRST.match(title)
    last = None if first or title[-1:] not in ")]）" else _DATED.search(title)
    if first:
        return so_far._replace(title=title[first.end() :], date=so_far.date or PartialDate(int(first["year"])))
    if last and last.start():
        return so_far._replace(title=title[: last.start()], date=so_far.date or dates.parse_date(last[1]))
    return so_far
