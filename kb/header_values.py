"""What a label's line says: the names, year, venue or title after it, if it is nothing else."""

import re

from kb import dates, ids, names
from kb.facts import WIKI_LINK, shown
from kb.header_words import ENGLISH_AUTHORS, KEYS, OF_ONE, PUBLISHED, is_information
from kb.regex import rare
from kb.titles import fold, without_gloss

FIRST = 3_000
"""Characters of a line that are read."""
_MARKS = rare(r"[¹²³⁰⁴-⁹*†‡§#`]+|\([^()]*\)|（[^（）]*）|\[[^\[\]]*\]|\.\.\.$|…$")
_YEAR_IN_MARKS = rare(r"[(（]((?:19[5-9]|20[0-4])\d)[)）]")
_END = rare(r"(?:[\s,;，、；。]|(?<![\s,.-][^\W\d_])\.)+$")
"""Punctuation at the end of a line, except after an initial."""
_BESIDES = rare(r"[,;，、；&]|\band\b")
_LAST = rare(r"[\s,]\s?(?:y|e|et(?! al)|und|и(?! др)|和|与|與|と|및)\s(?=\S)")
"""The word before the last of several names, in other languages than English."""
_NAME = rare(r"(?:[^\W\d_a-z][\w.'’-]*|v[ao]n|de[nlr]?|di|da|la|le|el|al|bin|dos)(?:[ ,]+(?:[^\W\d_][\w.'’-]*)){0,5}")
_BOXES = {"abstract", "citation", "tags and collections"}
"""Titles of boxes in which BibNotes writes what is no title: `title: Abstract`."""
_PLACEHOLDER = rare(r"\{\{\s?\w+\s?\}\}")
_VENUE_AND_YEAR = rare(r"^[*_ ]*(?:[A-Z][\w&.:-]+(?: (?:of|on|in|for|and|the))* ?){1,9},? \(?(?:19|20)\d\d\)?[*_ ]*$")
_BETWEEN_TAGS = rare(r"[,;，；、|]")
_PLAIN_TAG = rare(r"[^\W_](?:[\w.+/&'’-]| (?=\S)){0,39}")
_UNSPACED = rare(r"[가-힣]{2,5}|[一-鿿々]{2,5}")
"""A name in a script that writes it as one word."""
_ADDRESSED = rare(r"\[([^\[\]]+)\]\(<?[a-z]{3,5}://[^()\s]*\)")
"""A link to the page of an author or a paper."""
_FULL_NAME = rare(r"[^\W\d_][^\d@]* [^\d@]+")
_IN_MARKS = rare(r"[*_]{0,2}(?P<title>[^*_]{9,300})[*_]{1,2}\s?[·,，|(（\[]")
"""A title in emphasis before its id, address or venue."""
_IS_TITLE = rare(
    r"(?=\S+ \S+ \S|.{0,80}?[\u3040-\u9fff\uac00-\ud7af]{6})"
    r"(?!.*(?:://|\]\(|\*\*|\bet al\b|\d{4}$|[。．]$))"
)
"""Three words, or six characters of a script without spaces, that are no address, citation, venue or sentence."""


def told(label: str, value: str, keys: dict[str, str] = KEYS) -> list[tuple[str, str]]:
    """What a line gives, by name; a label may name two things: `Year/Venue: 2019 / ICLR`, `Conference/Source: ICLR`."""
    if keys.get(label) == "year" and _VENUE_AND_YEAR.search(value) and not dates.parse_date(_bare(shown(value))):
        return [("venue", value)]  # `Published: ICLR 2019`
    if label in keys or "/" not in label:
        return [(keys[label], value)] if label in keys else []
    found, parts = [keys.get(name, "") for name in label.split("/")], value.split("/")
    if found[0] == "authors" and not found[1]:  # `Authors / Affiliation`; the first part that has only people counts
        return [("authors", part) for part in (value.partition("；")[0], value, parts[0])]
    if len(parts) == len(found):
        return [(key, part.strip()) for key, part in zip(found, parts) if key]
    return [(key, value) for key in found if key][:1]


def values(key: str, written: str, label: str) -> list[str]:
    """The texts of a value; empty if it is not of the expected kind, or a placeholder that a tool did not fill in."""
    if "{{" in written and _PLACEHOLDER.search(written):
        return []
    bare = _bare(shown(written))
    match key:
        case "authors":
            return _people(written, label)
        case "title" | "paper_title":
            title = _title(written)
            return [] if is_information(title) or title.lower() in _BOXES else [title]
        case "paper":
            marked = _IN_MARKS.match(written)
            title = _title(marked["title"] if marked else written)
            return [title] if _IS_TITLE.match(title) and ids.parse_id(title) is None else []
        case "year":
            date = dates.parse_date(bare)
            return [bare] if date and (date.precision != "day" or label in PUBLISHED) else []
        case "venue":
            bare = _bare(_YEAR_IN_MARKS.sub(r" \1", shown(written)))
            return [] if dates.is_undated(bare) or len(bare) > 100 else [bare]
        case "tags":
            return _tags(written)
    return [bare] if re.fullmatch(r"\S{4,80}", bare) else []


def _tags(written: str) -> list[str]:
    """The tags in a list of them; those with a `#` are found in any text (`kb.prose`)."""
    tags = [tag.strip(" *_`\"") for tag in _BETWEEN_TAGS.split(WIKI_LINK.sub(r"\1", written))]
    return tags if all(map(_PLAIN_TAG.fullmatch, tags)) else []


def are_people(written: str) -> bool:
    """Whether a value lists people, linked or not, and nothing else."""
    others = filter(None, map(_bare, _BESIDES.split(WIKI_LINK.sub(",", written[:FIRST]))))
    return all(names.is_truncation(name) or _NAME.fullmatch(name) for name in others)


def _title(written: str) -> str:
    linked = _ADDRESSED.fullmatch(written.strip("*_ "))
    return without_gloss((linked[1] if linked else written).strip("*_`\"“”《》「」『』,;，； 　"))


def _bare(written: str) -> str:
    bare = " ".join(_MARKS.sub(" ", written).split()).replace(" ,", ",")
    return _END.sub("", bare).lstrip(" ,;.")


def _linked(written: str) -> list[str]:
    """The names in a list that consists of links."""
    if "[[" not in written:
        return []
    linked = [(instead or name).strip() for name, instead in WIKI_LINK.findall(written)]
    others = [*filter(None, map(_bare, _BESIDES.split(WIKI_LINK.sub(",", written))))]
    return linked + others if all(map(names.is_truncation, others)) else []


def _people(written: str, label: str) -> list[str]:
    """The names, if there is nothing else; bare family names count if there are several.

    If the label is plural, `Kingma, Welling` are two people.
    """
    if "](" in written:
        written = _ADDRESSED.sub(lambda link: link[1] if _FULL_NAME.fullmatch(link[1]) else link[0], written)
    bare = _bare(written)
    bare = bare if label in ENGLISH_AUTHORS else _LAST.sub(", ", bare)
    listed = _linked(written) or names.split_names(bare, style="list")
    if fold(listed[0] if listed else "").startswith("anonymous"):
        return []
    people = [name for name in listed if not names.is_truncation(name)]
    words = people[0].removesuffix(" et al.").split(", ") if len(people) == 1 else people
    if len(words) + len(listed) > 2 and names.are_families(words):
        return words if label not in OF_ONE and listed == [", ".join(words)] and len(words) == 2 else listed
    if len(people) > 1 and all(map(_UNSPACED.fullmatch, people)):
        return listed
    return listed if people and all(len(name.split()) > 1 and _NAME.fullmatch(name) for name in people) else []
