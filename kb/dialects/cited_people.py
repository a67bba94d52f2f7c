"""Authors in a citation: names count only if the line shows that they are names; possible topics stay in the text."""

import re

from kb import names
from kb.dialects.cited_dates import BRACKETS, MARK, PAUSE, VENUE, date_of_part, dates_of
from kb.regex import rare

_PARTICLES = {"van", "von", "de", "der", "den", "del", "della", "di", "da", "du", "la", "le", "el", "al", "bin", "dos"}
TOPICS = {
    "AI", "Analysis", "Artificial", "Attention", "Biology", "Causal", "Chemistry", "Computer", "Computing",
    "Conference", "Data", "Databases", "Deep", "Detection", "Distributed", "Economics", "Engineering", "Generation",
    "Generative", "Google", "Graph", "Group", "Image", "Inference", "Institute", "Intelligence", "Journal", "Lab",
    "Language", "Large", "Learning", "Machine", "Medicine", "Model", "Modeling", "Models", "Natural", "Network",
    "Networks", "Neural", "Operating", "Optimization", "Physics", "Proceedings", "Processing", "Recognition",
    "Recurrent", "Reinforcement", "Research", "Robotics", "Science", "Security", "Segmentation", "Software", "Speech",
    "Statistics", "Storage", "Survey", "Systems", "Team", "The", "Theory", "Training", "Transformer", "Transformers",
    "University", "Video", "Vision",
}  # fmt: skip
_ET_AL = rare(r"[\s,]+et\.?\s?al(?:ii)?\.?\s*$")
OTHERS = rare(r"\bet\.? al\b|\bothers\b")
"""In a list of authors that is cut."""
_AND = rare(r",?\s+(?:and|&)\s+|,\s+")
_FAMILY_INITIALS = rare(
    r"(?P<family>[^\W\d_][\w'’-]+(?: [^\W\d_][\w'’-]+){0,2}) (?P<initials>[A-Z](?: ?[A-Z]){0,2})\.?"
)
"""`Ann AB`, `Ann A B`, in Vancouver's style and China's."""
_LAST_AND = rare(r"\s(?:and|&)\s")
_STOP = rare(r"(?<![A-Z])(?<!\b[JS]r)\.$")
"""A period that is not an initial's."""
_MOST_PARTS, _MOST_WORDS = 3, 4
_CAPITAL_PARTICLE = rare(r"^(?:Van|Von|De|Di|Da|Du|La|Le|El)\s(?:(?:de[rn]?|la)\s)?")
_BY = rare(r"\s*(?:by|authors?)\b\s*:?\s*", re.IGNORECASE)


def authors_after(tail: str, *, is_cited: bool) -> list[str]:
    """The names between the title and the first separator after it."""
    tail = tail.lstrip(f' ,.:;-–—|*_{MARK}"”') if not tail.lstrip(" ,.:;-–—").startswith(("*", "_")) else tail
    tail = BRACKETS.sub(lambda year: " " if dates_of(year[0]) else year[0], tail, count=1).lstrip(" ,.:;-–—|")
    for part in PAUSE.split(tail)[:_MOST_PARTS]:
        found = _people_in(part.strip(), is_cited)
        if found:
            return found
    return []


def _people_in(part: str, is_cited: bool) -> list[str]:
    """The names that begin a piece between two separators: emphasized, up to `et al.`, or up to a venue or date."""
    emphasized = re.match(r"[*_]{1,2}([^*_]{3,500})[*_]{1,2}", part)
    truncated = re.match(r".{2,200}?\bet\.? al\b\.?", part)
    plain = re.split(r"[*_\[(（]", part, maxsplit=1)[0]
    who = emphasized[1] if emphasized else truncated[0] if truncated else plain
    by = _BY.match(who)
    parts = who[by.end() if by else 0 :].split(", ")
    while len(parts) > 1 and (date_of_part(parts[-1]) or re.fullmatch(rf"(?:[Ii]n )?{VENUE}[.]?", parts[-1].strip())):
        parts.pop()
    return people(", ".join(parts).lstrip(" ,.;").rstrip(" ,;"), is_cited=is_cited or bool(by))


def people(text: str, *, is_cited: bool) -> list[str]:
    """Display names, if every part may be a name and something shows that they are: an initial, `et al.`, a date."""
    text = _STOP.sub("", text.strip(" ,*_"))
    whole = _ET_AL.sub("", text)
    found = names.split_names(whole, "list") if "; " in whole else [part for part in _AND.split(whole) if part]
    if any(len(part.split()) < 2 for part in found) and len(found) > 1:
        found = names.split_names(whole, "list")  # `Last, F., Last, F.`
    found += ["et al."] if whole != text else []
    known = [name for name in found if not names.is_truncation(name)]
    initials = [_FAMILY_INITIALS.fullmatch(name) for name in known]
    if is_cited and len(found) > 1 and all(initials):
        known = [f"{name['family']}, {'. '.join(name['initials'].replace(' ', ''))}." for name in initials if name]
    if any(name.count(",") > 1 for name in known):  # several people, one of them with a single word
        known = [part for part in _AND.split(whole) if part]
        if is_cited and len(known) > 2 and are_families(known) and all(map(may_be_name, known)):
            return known
        if " " not in known[0]:  # `Last, First, First Last, and First Last`
            return _one_by_family(whole)
        return [_shown(name) for name in known] if is_cited and all(map(may_be_name, known)) else []
    if not known or len(text) > 600 or not all(map(may_be_name, known)):
        return []
    shows = len(known) < len(found) or any(re.search(r"(?:^|[\s.,-])[^\W\d_]\.", name) for name in known)
    if not shows and not (is_cited and len(known) > 1 and all(len(name.split()) > 1 for name in known)):
        return []
    return [_shown(name) for name in known]


def _shown(name: str) -> str:
    return names.display(names.parse_name(name))


def authors_before(before: str, *, is_dated: bool = False) -> list[str]:
    """The names in `Last, First, First Last, and First Last`, as written before a title, or in any other order.

    Args:
        is_dated: whether a year follows, so that family names alone are enough; `Ann, Bo` is one name.
    """
    text = _STOP.sub("", before.strip(" ,*_:"))
    whole = _ET_AL.sub("", text)
    each = [person.strip(" ,") for person in _LAST_AND.split(whole)]
    if len(each) > 1 and all(person.count(", ") == 1 for person in each):  # `Last, First & Last, First`
        return people("; ".join(each), is_cited=True)
    families = _AND.split(whole) if is_dated and whole == text else []
    if len(families) > 1 + (_LAST_AND.search(whole) is None) and are_families(families):
        return families
    if "; " in whole:  # `Last, First; Last, First`
        return people(text, is_cited=True)
    first, _, second = whole.partition(",")
    if second and len(first.split()) == 1 and not re.match(r"\s*(?:and|&|et)\b", second):
        return _one_by_family(whole)
    return people(text, is_cited=True)


def one_before(before: str) -> list[str]:
    """The only author before a title in marks, whose full name nothing else shows: `Ada Ann, "Nets of Ends", 2019`."""
    text = before.strip()
    name = text.rstrip(" ,.*_").lstrip("*_")
    is_full = text[-1:] in (",", ".") and 1 < len(name.split()) <= _MOST_WORDS and "," not in name
    return _one(name) if is_full else []


def _one_by_family(text: str) -> list[str]:
    """The names in `Last, First, First Last, and First Last`."""
    parts = [part.strip() for part in text.split(",")]
    first, _, second = parts[1].partition(" and ")
    known = _one(f"{parts[0]}, {first}")
    rest = re.sub(r"^(?:and|&)\s+", "", ", ".join(part for part in (second, *parts[2:]) if part))
    others = (people(rest, is_cited=True) or _one(rest)) if rest else []
    return [*known, *others] if known and (others or not rest) else []


def are_families(words: list[str]) -> bool:
    """Whether each is one capitalized word with nothing but particles before it (`Van Fleet`)."""
    return names.are_families([_CAPITAL_PARTICLE.sub("", word) for word in words])


def _one(text: str) -> list[str]:
    return [_shown(text)] if may_be_name(text) else []


def may_be_name(text: str) -> bool:
    """Whether a text has at most six words, each with a capital or a particle, none of them a word of topics."""
    words = re.split(r"[\s,]+", text.strip())
    return 0 < len(words) <= 6 and all(map(_may_be_word_of_name, words))


def _may_be_word_of_name(word: str) -> bool:
    letters = re.sub(r"[.'’-]", "", word)
    if word in _PARTICLES:
        return True
    is_acronym = len(letters) > 2 and letters.isupper() and "." not in word
    return letters.isalpha() and word[0].isupper() and not is_acronym and word not in TOPICS
