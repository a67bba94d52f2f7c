"""Citations as people jot them down: family names and a year, with any sign between them and the title.

    Ann et al. - Nets of ends, ICML 2019         Nets of ends (Ann & Bo 2019)
    Ann & Bo (2019) - Nets of ends               Nets of ends by Ann, Bo and Cid, 2019
    [Ann & Bo, 2019] Nets of ends                *Nets of ends*, Ann & Bo, ICML 2019
    Ann, Bo & Cid. Nets of ends. 2019            Nets of ends (2019) - Ann, Bo and Cid

Words are names before `et al.`, or if there are several next to a year. `Bias and variance - a study, 2019` names
nobody, unless the whole list is written that way.
"""

from collections import Counter
from collections.abc import Iterable, Set
from itertools import islice

from kb.dialects.cited_dates import MARK, VENUE, YEAR
from kb.dialects.cited_first import PARTICLE
from kb.dialects.cited_people import OTHERS, are_families, may_be_name
from kb.regex import rare
from kb.typed import NamedTuple

_WHO = rf"{PARTICLE}[^\W\d_a-z][^\d_{MARK}()\[\]\"“”:*|]{{1,200}}?"
_YEAR = rf"[\[(]?(?P<year>{YEAR})[a-z]?[\])]?"
_LAST_AND = r",?\s(?:and|&|und|y)\s"
_TITLE = rf"(?=[^\W\d_a-z]|[\"“‘*_\[{MARK}])"
_FAMILY = r"[^\W\d_a-z][\w'’-]*+"
_LAST_NAMED = rf"{_WHO}(?:\bet\.? al\b\.?|{_LAST_AND}{_FAMILY}(?:\s{_FAMILY}){{0,2}})"
_FAMILIES = rf"{_FAMILY}(?:,\s{_FAMILY}(?=,))*+(?=,\s(?:[\"“*_]|(?!et\s)[\w'’-]+\s(?!(?:and|und|y|et)\b)[^\W\d_]))"
"""`Ann, Bo, Cid` before a comma and several words or a mark."""
_FIRST = {
    "[": rare(rf"\[(?P<who>{_WHO}),?\s{_YEAR}:?\s+{_TITLE}"),
    "(": rare(rf"(?P<who>{_WHO})[,.]?\s{_YEAR}(?:[.:,]\s+|\s?[-–—|]\s+){_TITLE}"),
    ",": rare(rf"(?P<who>{_LAST_NAMED}|{_FAMILIES}),\s+{_TITLE}(?P<year>)"),
    "-": rare(rf"(?P<who>{_WHO})\s[-–—|]\s+{_TITLE}(?P<year>)"),
    ":": rare(rf"(?P<who>{_WHO}):\s+{_TITLE}(?P<year>)"),
    ".": rare(rf"(?P<who>{_WHO})\.\s+{_TITLE}(?P<year>)"),
    " ": rare(rf"(?P<who>{_WHO}),?\s(?=[\[(]{YEAR}[a-z]?[)\]]\s+{_TITLE})(?P<year>)"),
    '"': rare(rf"(?P<who>{_WHO}),?\s(?=[\"“*_{MARK}])(?P<year>)"),
}
"""How a citation may begin with names, by the sign after them or around the year."""
_IF_USUAL = " "
"""`Ann et al. (2019) Nets end`, else a sentence."""
_BREAK = rare(rf"\s?(?P<sign>[\[(])|[,.]?\s(?P<by>by)\s|\s(?P<dash>[-–—|])\s|(?P<stop>[,.])\s|(?<=[\"”’*_{MARK}])\s")
_LAST = rare(rf"(?P<who>{_WHO})(?:[,.]|\s[-–—|])?\s(?:(?:[Ii]n )?{VENUE}[\w .&-]{{0,30}}?[\s'’,]\s?)?{_YEAR}(?![^\W_])")
_OTHERS_LAST = rare(rf"(?P<who>{_WHO}\bet\.? al\b\.?)(?P<year>)[\])]?(?=\s*$|[.,:]\s|\s[-–—|(]|\s?{MARK})")
"""`Nets of ends (Ann et al.)`"""
_YEAR_BETWEEN = rare(
    rf"(?P<year>{YEAR})[a-z]?[)\]](?:\s?[-–—|,.:]\s|\s)(?:by\s)?(?P<who>{_WHO})(?=\s*$|[.;]\s|\s[-–—|(]|\s?{MARK})"
)
"""`Nets of ends (2019) - Ann and Bo`; without `and`, they may be topics."""
_GOES_ON = rare(r"\s(?!https?:)[a-z]")
_CITES = rare(rf"{YEAR}|\bet\.? al\b")
_EVERY = frozenset(f"{form}{star}" for form in (*_FIRST, ">-", ">,", ">.", ">)") for star in ("", "*"))
_MOST_BREAKS = 20
_MARKS = ('"', "”", "’", "*", "_", MARK)
_ET_AL = rare(r"[\s,]+(?:et\.?\s?al(?:ii)?\b\.?|and others)\s*$")
_AND = rare(rf"{_LAST_AND}|[,;/]\s?")
_HAS_AND = rare(_LAST_AND)
_INITIALS = rare(r"\s[A-Z]{1,3}(?:,|$)|[^\W\d_]{2}\.\s")
"""`Ann AB`, or the end of a sentence between names."""
_MOST_WORDS = 4
"""Of one name."""
_FEWEST = 3
"""Lines that show how a list is written."""


class Jotted(NamedTuple):
    """The names in a citation, and the rest of it: the title and what follows, with the year if that is after it.

    Args:
        form: the sign between names and title; after the title, with `>` before it.
    """

    names: tuple[str, ...]
    has_others: bool
    year: int
    rest: str
    form: str


def usual_forms(citations: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The forms in which at least three citations of a list, and at least half of them, name several authors.

    With a star after it, such a form in which one citation names three or more people by family alone.

    Args:
        citations: each as written, and without what `citation.opened` removes.
    """
    forms: Counter[str] = Counter()
    of_families: set[str] = set()
    count = 0
    for whole, text in citations:
        tried = (_names_first(whole, _EVERY), _names_first(text, _EVERY), _names_last(text, _EVERY))
        told = next((found for found in tried if found and (found.has_others or len(found.names) > 1)), None)
        if told:
            forms[told.form] += 1
        if told and len(told.names) > 2 and are_families([*told.names]):
            of_families.add(f"{told.form}*")
        count += 1
    usual = {form for form, often in forms.items() if often >= max(_FEWEST, count / 2)}
    return frozenset(usual | {form for form in of_families if form[:-1] in usual})


def jotted(whole: str, text: str, usual: Set[str]) -> Jotted | None:
    """The names in a citation, as written or without what `citation.opened` removes, and the rest of it."""
    if not _CITES.search(whole):  # most items of most lists
        return None
    found = _names_first(whole, usual) or _names_first(text, usual) or _names_last(text, usual)
    return found if found and found.names else None


def _names_first(text: str, usual: Set[str]) -> Jotted | None:
    """The citation, if it begins with names; without any if it is not clear who is meant."""
    for sign, form in _FIRST.items():
        found = form.match(text) if sign != _IF_USUAL or sign in usual else None
        names = _names(found["who"], sign, usual, is_dated=bool(found["year"])) if found else None
        if found and names is not None:
            return Jotted(names, _has_others(found["who"]), int(found["year"] or 0), text[found.end() :], sign)
    return None


def _names_last(text: str, usual: Set[str]) -> Jotted | None:
    """The citation, if names and a year follow the title."""
    for at in islice(_BREAK.finditer(text), _MOST_BREAKS):
        between = _YEAR_BETWEEN.match(text, at.end()) if at["sign"] else None
        found = between or _LAST.match(text, at.end()) or _OTHERS_LAST.match(text, at.end())
        title = text[: at.start()]
        if not title.strip():
            return None
        form = ">)" if between else ">" + ("-" if at["dash"] else at["stop"] or "(")
        if between and not (form in usual or _HAS_AND.search(between["who"]) or _has_others(between["who"])):
            continue
        names = _names(found["who"], form, usual, is_dated=True) if found else None
        if not found or names is None:
            continue
        rest, others = text[found.end() :], _has_others(found["who"])
        is_apart = at["sign"] or at["by"] or others or title.endswith(_MARKS) or form in usual
        if not names or not is_apart or _GOES_ON.match(rest):  # unclear, a topic, or a sentence
            return None
        year = f" ({found['year']})" if found["year"] else ""
        return Jotted(names, others, 0, f"{title}{year}{rest}", form)
    return None


def _has_others(who: str) -> bool:
    return OTHERS.search(who) is not None


def _names(who: str, form: str, usual: Set[str], *, is_dated: bool) -> tuple[str, ...] | None:
    """Family names alone or full names alone; empty if it is not clear who is meant, None if nothing shows names.

    `Ann, Bo` is one person unless the list names others by family alone, and so may be each part of
    `Ann, Bo & Cid, Dee`; `citation` knows other orders.
    """
    whole = _ET_AL.sub("", who).strip(" ,.")
    each = [name for name in _AND.split(whole) if name]
    is_sure = form in usual or _has_others(who) or (is_dated and len(each) > 1)
    if not is_sure or not all(may_be_name(name) and name.count(" ") < _MOST_WORDS for name in each):
        return None
    _, *rest = _HAS_AND.split(whole)
    if len(rest) > 1 or "," in "".join(rest) or _INITIALS.search(whole):
        return ()
    if not are_families(each):
        return tuple(each) if all(" " in name for name in each) else ()
    if len(each) != 2 or rest or f"{form}*" in usual:
        return tuple(each)
    return (" ".join(reversed(each)),) if form in usual else ()
