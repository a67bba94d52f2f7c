"""Lines under the title that say who wrote a paper, and when and where it came out.

    # Title
    **Authors:** Ann Ann, Bob Bo
    - Year: 2019
    - Venue: CVPR

They count where they are the only ones of their kind and all authors can be names; a year or a venue beside them makes
the note one about a paper.
"""

import re
from collections.abc import Iterator

from kb import dates, names
from kb.fields import Field, Scalar
from kb.markdown import Scan
from kb.model import Link
from kb.regex import rare

_LINE = rare(
    r"[\s>]*(?:[-*+]\s+)?(?:\*\*|__)?(?P<key>[^\W\d_][^\W\d_/ ()]{1,18}(?:(?: |\s?/\s?)[^\W\d_]{2,12})?)"
    r"(?:\*\*|__)?\s?[:：](?:\*\*|__)?\s*(?P<value>\S.*)"
)
_KEYS = {
    "author": "authors", "authors": "authors", "作者": "authors", "저자": "authors",
    "year": "year", "publication year": "year", "published": "year", "年份": "year", "연도": "year",
    "venue": "venue", "conference": "venue", "journal": "venue", "journal/conference": "venue",
    "conference/journal": "venue",
    "published in": "venue", "会议": "venue", "期刊": "venue",
    "citekey": "citekey", "citation key": "citekey",
}  # fmt: skip
YEAR_OF_AUTHORS = "cited_year"
"""The field for a year that is said with the authors, and less surely that of the paper than `year` is."""
_FIRST = 3_000
"""Characters of a body in which its authors are named, if at all."""
_MARKS = rare(r"[¹²³⁰⁴-⁹*†‡§#`]+|\([^()]*\)|（[^（）]*）|\[[^\[\]]*\]|\.\.\.$|…$")
_OF_PEOPLE = rare(
    r"[\s>]*(?:[-*+]\s+)?(?:\*\*|__)?(?P<label>(?:[Aa]uthor|[Cc]reator|[Ee]ditor)s?|作者|저자)(?:\*\*|__)?\s?[:：]"
    r"(?:\*\*|__)?\s*(?P<value>\S.*)"
)
_WIKI_LINK = rare(r"\[\[([^\[\]|]*)(?:\|([^\[\]]*))?\]\]")
_END = rare(r"(?:[\s,;]|(?<![\s,.-][^\W\d_])\.)+$")
"""Punctuation that ends a line, but not an initial."""
_BESIDES = rare(r"[,;，、；&]|\band\b")
_NAME = rare(r"(?:[^\W\d_a-z][\w.'’-]*|v[ao]n|de[nlr]?|di|da|la|le|el|al|bin|dos)(?:[ ,]+(?:[^\W\d_][\w.'’-]*)){0,5}")


def of_page(lines: list[str], scan: Scan, opens_at: int, above: list[Field]) -> list[Field]:
    """The fields that lines above the first section give, where the front matter (`above`) names no authors."""
    head = "\n".join(lines[opens_at - 1 : opens_at + 40])[:_FIRST]
    if not ("uthor" in head or "作者" in head or "저자" in head):
        return []
    if any(field.key.lower() in ("author", "authors") and field.values for field in above):
        return []
    if sum(line.lstrip(" \t>*_+-").lower().startswith(("author", "作者", "저자")) for line in lines) > 1:
        return []  # of several papers
    end = next((h.line for h in scan.headings if h.line > opens_at), len(lines) + 1)
    found: dict[str, Field] = {}
    for field in _read(lines[: end - 1], opens_at):
        found.setdefault(field.key, field)
    if "authors" not in found or (_is_one_person(found["authors"]) and not {"year", "venue"} & set(found)):
        return []  # who may as well have written the note
    told = {field.key.lower() for field in above if field.values}
    fields = [field for field in found.values() if field.key not in told]
    return fields + ([] if "year" in found else _dated(found["authors"].line, lines))


def _dated(number: int, lines: list[str]) -> list[Field]:
    """The year after the authors, as in a citation: `Ann et al. (2015)`."""
    match = names.YEAR.search(lines[number - 1][:_FIRST].rstrip(" *_.;,"))
    if match is None:
        return []
    column = match.start(1) + 1
    return [Field(YEAR_OF_AUTHORS, (Scalar(match[1], number, column, match[1]),), number, column)]


def with_people(links: list[Link], lines: list[str]) -> list[Link]:
    """The links of a body; one that stands where people are listed has the label of these as its role.

    `- Author: [[Some Person]]`, as Readwise writes, asks for no paper.
    """
    match = _OF_PEOPLE.match
    labels = {link.line: found for link in links if link.kind == "wiki" and (found := match(lines[link.line - 1]))}
    roles = {line: found["label"].lower() for line, found in labels.items() if _are_people(found["value"])}
    if not roles:
        return links
    return [
        link._replace(role=_KEYS.get(roles[link.line], roles[link.line]))
        if link.line in roles and link.kind == "wiki" and not link.role
        else link
        for link in links
    ]


def _are_people(written: str) -> bool:
    """Does a value list people, linked or not, and nothing else?"""
    others = filter(None, map(_bare, _BESIDES.split(_WIKI_LINK.sub(",", written[:_FIRST]))))
    return all(names.is_truncation(name) or _NAME.fullmatch(name) for name in others)


def _read(lines: list[str], first: int) -> Iterator[Field]:
    for number, line in enumerate(lines[first - 1 : first + 40], first):
        match = _LINE.fullmatch(line[:_FIRST])
        key = _KEYS.get(match["key"].lower().replace(" / ", "/"), "") if match else ""
        values = _values(key, match["value"].strip(), match["key"].lower()) if match and key else []
        if match and values:
            said = tuple(Scalar(text, number, match.start("value") + 1, text) for text in values)
            yield Field(key, said, number, match.start("key") + 1)


def _is_one_person(authors: Field) -> bool:
    only = authors.values[0].text
    return len(authors.values) == 1 and only.count(",") < 3 and not only.endswith("et al.")


def _values(key: str, written: str, label: str) -> list[str]:
    """What the value says; nothing where it is not of its kind."""
    bare = _bare(written)
    match key:
        case "authors":
            return _people(written, are_several=label != "author")
        case "year":
            return [bare] if re.fullmatch(r"(?:19|20)\d\d", bare) else []
        case "venue":
            return [] if dates.is_undated(bare) or len(bare) > 100 else [bare]
    return [bare] if re.fullmatch(r"\S{4,80}", bare) else []


def _bare(written: str) -> str:
    return _END.sub("", " ".join(_MARKS.sub(" ", written).split())).lstrip(" ,;.")


def _linked(written: str) -> list[str]:
    """The names of a list of which each is a link."""
    if "[[" not in written:
        return []
    linked = [(shown or name).strip() for name, shown in _WIKI_LINK.findall(written)]
    others = [*filter(None, map(_bare, _BESIDES.split(_WIKI_LINK.sub(",", written))))]
    return linked + others if all(map(names.is_truncation, others)) else []


def _people(written: str, *, are_several: bool) -> list[str]:
    """The names, where nothing else stands there; family names alone are taken for such where they are several.

    Args:
        are_several: the label says so, by which `Kingma, Welling` are two.
    """
    listed = _linked(written) or names.split_names(_bare(written), style="list")
    people = [name for name in listed if not names.is_truncation(name)]
    words = people[0].removesuffix(" et al.").split(", ") if len(people) == 1 else people
    if len(words) + len(listed) > 2 and names.are_families(words):
        return words if are_several and listed == [", ".join(words)] and len(words) == 2 else listed
    return listed if people and all(len(name.split()) > 1 and _NAME.fullmatch(name) for name in people) else []
