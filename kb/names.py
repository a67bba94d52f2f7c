r"""Names of people and groups, by BibTeX's rules: `First von Last`, `von Last, First`, `von Last, Jr, First`.

A name is split before its TeX is decoded, because braces matter: `{Google Brain Team}` is one unit. Nothing is
reordered: a family name that is written first stays first. Only in Chinese, Japanese and Korean script, where it is
written first, it is also read as the family name.

Sources: Patashnik, BibTeXing (1988), section 4; Markey, Tame the BeaST (2009), section 11.
"""
import re
from functools import cached_property

from kb.regex import rare
from kb.titles import ENTITY, display_title, fold
from kb.typed import Literal, NamedTuple


class Name(NamedTuple):
    """One person; or, if `literal`, a group or a text that cannot be read as a name, kept whole in `last`."""

    first: str = ""
    von: str = ""
    last: str = ""
    jr: str = ""
    literal: bool = False


# -- one name --------------------------------------------------------------------------------------------------------

class _Separator:
    """A separator pattern that does not apply inside braces."""

    def __init__(self, pattern: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        self.pattern, self.flags = pattern, flags | re.DOTALL

    @cached_property
    def alone(self) -> re.Pattern[str]:
        """For text without braces and backslashes, which are rare and cost time."""
        return re.compile(self.pattern, self.flags)

    @cached_property
    def among_braces(self) -> re.Pattern[str]:
        """For text with braces: group 1 separates where no brace is open."""
        return re.compile(rf"\\.|[{{}}]|({self.pattern})", self.flags)


_COMMA, _SPACE = _Separator(","), _Separator(r"[\s~]+")
_LETTER = rare(r"\{?\\(?P<command>[A-Za-z]+|.)[\s{]{0,3}(?P<on>[A-Za-z]?)|[{}]|(?P<plain>[^\W\d_])", re.DOTALL)
_TEX_LETTERS = {"aa", "ae", "i", "j", "l", "o", "oe", "ss"}


def parse_name(text: str) -> Name:
    """The parts of one name, decoded.

    A name with more than two commas, or with `et al.`, has no correct reading: the text is kept as a literal.
    """
    parts = [_words(part) for part in _split(text, _COMMA)]
    if len(parts) > 3 or _is_one_group(text.strip()) or _ET_AL.search(text):
        return Name(last=display_title(text), literal=True)
    if len(parts) == 1:
        if not text.isascii() and _FAMILY_FIRST.fullmatch(" ".join(parts[0])):
            return Name(parts[0][1], last=parts[0][0])
        first, von, last = _first_von_last(parts[0])
        return Name(_decoded(first), _decoded(von), _decoded(last))
    end = _end_of_von(parts[0])
    jr = parts[1] if len(parts) == 3 else []
    return Name(_decoded(parts[-1]), _decoded(parts[0][:end]), _decoded(parts[0][end:]), _decoded(jr))


_FAMILY_FIRST = rare("[々\u3400-\u9fff\uac00-\ud7af]{1,4} [々\u3040-\u309f\u3400-\u9fff\uac00-\ud7af]{1,4}")
"""A name in Chinese, Japanese or Korean script; in katakana, it is a foreign one with the given name first."""


def as_shown(text: str) -> str:
    """One name without the comma after a family name in Chinese, Japanese or Korean script.

    A list could not tell `福島, 邦彦` from two people.
    """
    plain = text if text.isascii() else re.sub(r",\s*", " ", text.strip(), count=1)
    return plain if not plain.isascii() and _FAMILY_FIRST.fullmatch(plain) else text


def _first_von_last(words: list[str]) -> tuple[list[str], list[str], list[str]]:
    end = _end_of_von(words) or len(words) - 1
    start = next((at for at, word in enumerate(words[:end]) if _is_lower(word)), end)
    return words[:start], words[start:end], words[end:]


def _end_of_von(words: list[str]) -> int:
    """Where the last name starts: after the last lower-case word that is not the final word."""
    return max((at + 1 for at, word in enumerate(words[:-1]) if _is_lower(word)), default=0)


def _is_lower(word: str) -> bool:
    """Whether the first letter outside braces is lower case; an accent's braces (`{\\'e}`) do not count as such."""
    if word[0].isalpha():
        return word[0].islower()
    depth = 0
    for sign in _LETTER.finditer(word):
        if depth == 0 and sign["plain"]:
            return sign["plain"].islower()
        if depth == 0 and (letter := sign["command"] if sign["command"] and sign["command"].lower() in _TEX_LETTERS
                           else sign["on"]):
            return letter[0].islower()
        depth += sign[0].count("{") - sign[0].count("}")
    return False


def _is_one_group(text: str) -> bool:
    if not text.startswith(("{", "}")):
        return False
    depth = 0
    for sign in re.finditer(r"\\.|[{}]|[^\\{}]+", text, re.DOTALL):
        depth += (sign[0] == "{") - (sign[0] == "}")
        if depth <= 0:
            return bool(text) and sign[0] == "}" and sign.end() == len(text)
    return False


def _split(text: str, separator: _Separator) -> list[str]:
    if not ("{" in text or "}" in text or "\\" in text):
        return separator.alone.split(text)
    pieces, start, depth = [], 0, 0
    for sign in separator.among_braces.finditer(text):
        if sign[1] and depth == 0:
            pieces.append(text[start:sign.start()])
            start = sign.end()
        depth = max(0, depth + (sign[0] == "{") - (sign[0] == "}"))
    return [*pieces, text[start:]]


def _words(text: str) -> list[str]:
    if not ("{" in text or "}" in text or "\\" in text):
        return text.replace("~", " ").split()
    return [word for word in _split(text, _SPACE) if word]


def _decoded(words: list[str]) -> str:
    return display_title(" ".join(words)) if words else ""


_CAPITALIZED = r"[A-ZÀ-ÖØ-Þ](?:[A-Za-z\d.À-ÖØ-öø-ſ]|['-](?!['-]))*"
_ORDINARY = re.compile(rf"(?!(?i:jr|sr|i+|iv|et|and)\b){_CAPITALIZED}(?: {_CAPITALIZED})+")


def is_ordinary(text: str) -> bool:
    """Whether a name is two or more capitalized words and nothing else, as most are.

    Such a name is shown as written, has only one reading, and does not say that there are more authors.
    """
    return bool(_ORDINARY.fullmatch(text))


def display(name: Name) -> str:
    """`First von Last`, or `von Last, Jr, First` where the former would read as somebody else; a group as it is.

    The result always reads as the same person again: `Van der Maaten, L.` keeps its comma, because in
    `L. Van der Maaten` the capital `Van` would be a first name.
    """
    family = " ".join(part for part in (name.von, name.last) if part)
    if name.literal:
        return name.last
    if _SUFFIX.fullmatch(name.first) and not name.jr:       # BibTeX reads `Martin Luther King, Jr.` this way
        return f"{family}, {name.first}"
    plain = f"{name.first} {family}".strip()
    if not plain.isascii() and _FAMILY_FIRST.fullmatch(f"{family} {name.first}"):
        plain = f"{family} {name.first}"
    if not name.jr and _same_parts(parse_name(plain), name):
        return plain
    return ", ".join([family, *([name.jr] if name.jr else []), name.first]).rstrip()     # a comma at the end counts too


def _same_parts(a: Name, b: Name) -> bool:
    """Whether two names have the same given name and the same family name."""
    return a.first == b.first and f"{a.von} {a.last}".strip() == f"{b.von} {b.last}".strip()


# -- many names ------------------------------------------------------------------------------------------------------

_AND = _Separator(r"\sand(?=\s)", re.IGNORECASE)
_LIST_AND = _Separator(r"\s(?:and|&)(?=\s)", re.IGNORECASE)
_SEMICOLON, _LIST_COMMA = _Separator("[;；、]"), _Separator("[,，]")
_ET_AL = rare(r"[\s,]et(?:\.\s{0,3}|\s{1,3})al(?:ii|\.)?\s?$", re.IGNORECASE)
_MORE = rare(r"(?:[\s,，、]et(?:\.\s{0,3}|\s{1,3})al(?:ii|\.)?|[\s,](?:and|&)\s(?:\d{1,3}\s)?others"
             r"|\s?等(?:\s?\d{1,3}\s?)?人?|[\s,](?:외|등)(?:\s?\d{1,3}\s?[명인]|\s?다수)?"
             r"|[\s,、]?(?:他|ほか)(?:\s?\d{1,3}\s?名)?|\sи\sдр\.?)"
             r"(?=\s{0,3}(?:$|[,，(（]|\d{4})).*", re.IGNORECASE | re.DOTALL)
"""Words for further authors, and the date or affiliation that may follow."""
_SIGNS_OF_MORE = ("等", "외", "등", "他", "ほか", " и др")
YEAR = rare(r"\s?[,，(（]\s?((?:19|20)\d\d)[)）]?\s?$")
"""A year after names, as in a citation."""
_AFFILIATION = rare(r"\s?[(（][^()（）]*[)）]\s?$")
_INITIALS = rare(r"(?:[^\W\d_]\.?[\s-]?){1,4}")
_GIVEN = rare(r"\S+(?:\s\S+){0,3}\s[^\W\d_]\.")
"""Given names that end with an initial, as no family name does: `Aidan N.`."""
_EAST_ASIAN = rare(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af·]{2,}")


def split_names(text: str, style: Literal["bibtex", "list"] = "bibtex") -> list[str]:
    """The names in a field of names, in order; a truncation marker (`others`, `et al.`) is an item of its own.

    `bibtex` separates only by ` and ` outside braces. `list` is for sources that separate by `;` or `,` (RIS,
    Vancouver, plain text): `Vaswani A, Shazeer N` gives `Vaswani, A.` and `Shazeer, N.`.

    With single words, `Family, Given` is one person and three words are three family names. Four may be four family
    names or two people with given names, and people write both `Vaswani, Shazeer et al.` and `Vaswani, Ashish et al.`.
    Where nothing decides, the text stays whole.
    """
    if style == "bibtex":
        cut = _ET_AL.search(text)
        before = text[:cut.start()].rstrip(" ,;").removesuffix(" and") if cut else text
        return _stripped(_split(before, _AND)) + ["et al."] * bool(cut)
    if "&" in text and ENTITY.search(text):             # its `;` separates nobody
        import html  # few names have entities

        text = ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    text, *more = cut_short(_without_affiliation(YEAR.sub("", text)))
    if len(people := _stripped(_split(text, _SEMICOLON))) > 1:
        return [_from_vancouver(person) or person for person in people] + more
    chunks = [_stripped(_split(chunk, _LIST_COMMA)) for chunk in _split(text, _LIST_AND)]
    if len(chunks) == 1 and _may_be_pairs(chunks[0], is_open=bool(more)):
        return [" ".join([", ".join(chunks[0]), *more])]
    is_of_families = any(len(chunk) == 1 and are_families(chunk) for chunk in chunks[1:])       # Vaswani, Li & Parmar
    return [name for chunk in chunks
            for name in (chunk if is_of_families and are_families(chunk) else _by_commas(chunk))] + more


def _without_affiliation(text: str) -> str:
    """A list of names without the brackets after it; where each name has brackets, they may belong to the name."""
    found = _AFFILIATION.search(text) if text.endswith((")", "）")) else None
    before = text[:found.start()] if found else ""
    return before if any(sign in before for sign in ",;&") and not ("(" in before or "（" in before) else text


def cut_short(text: str) -> list[str]:
    """The names without a truncation marker; the marker, however it is written, becomes a separate item `et al.`."""
    folded = text.lower()
    may_be_cut = " al" in folded or ".al" in folded or "others" in folded         # rare, and the search costs more
    may_be_cut = may_be_cut or (not folded.isascii() and any(sign in folded for sign in _SIGNS_OF_MORE))
    cut = _MORE.search(text) if may_be_cut else None
    return [text[:cut.start()].rstrip(" ,;，、"), "et al."] if cut else [text]


def are_families(names: list[str]) -> bool:
    """Whether each text is one capitalized word with nothing but particles before it."""
    return all(map(_is_family, names))


def _is_family(text: str) -> bool:
    *before, last = text.split() or [""]
    is_word = re.sub("[-'’]", "", last).isalpha() and last[0].isupper() and not last.isupper()
    return is_word and not _SUFFIX.fullmatch(last) and all(word in _PARTICLES for word in before)


_WORD = rare(r"[^\W\d_][\w'’.-]*")
_IN_BRACKETS = rare(r"\([^()]*\)")
_SMALL = {
    "arXiv", "arxiv",
    "al", "and", "at", "bin", "de", "del", "den", "der", "di", "dos", "el", "et", "for", "in", "la", "le", "of", "on",
    "others", "the", "van", "von",
}  # fmt: skip
"""Words of names, venues and institutes that have no capital."""
_LONGEST_LINE = 300
"""Characters; longer is prose."""


def is_line_of_names(text: str) -> bool:
    """Whether a text is not prose: only words with capitals, as names of people, venues and institutes have."""
    if len(text) > _LONGEST_LINE:
        return False
    words = _WORD.findall(_IN_BRACKETS.sub(" ", text))
    return bool(words) and all(word[0].isupper() or word.rstrip(".") in _SMALL for word in words)


def _may_be_pairs(words: list[str], *, is_open: bool) -> bool:
    """Whether these may be as many family names, or half as many people with given names.

    Two words alone are `Family, Given`.
    """
    return len(words) % 2 == 0 and len(words) > (0 if is_open else 2) and are_families(words)


def _by_commas(parts: list[str]) -> list[str]:
    vancouver = [_from_vancouver(part) for part in parts]
    if all(vancouver):
        return [name for name in vancouver if name]
    if len(parts) == 3 and _SUFFIX.fullmatch(parts[1]):
        return [", ".join(parts)]
    lasts, firsts = parts[::2], parts[1::2]
    if len(parts) > 2 and are_families(lasts) and len(lasts) == len(firsts) and any(map(_GIVEN.fullmatch, firsts)):
        return [f"{last}, {first}" for last, first in zip(lasts, firsts)]          # Vaswani, Ashish, Gomez, Aidan N.
    people: list[str] = []
    for part in parts:
        if people and _INITIALS.fullmatch(part) and part.isupper() and "," not in people[-1]:
            people[-1] += f", {part}"                                              # Kingma, D. P., Ba, J.
        else:
            people.append(part)
    is_list = len(people) < len(parts) or len(parts) > 3 or (len(parts) == 3 and are_families(parts))
    are_whole = all(len(_words(part)) > 1 or _EAST_ASIAN.fullmatch(part) for part in parts)
    return people if is_list or are_whole else [", ".join(parts)]


def _from_vancouver(text: str) -> str | None:
    """`Kingma DP` as `Kingma, D. P.`; None for a name in another style."""
    *last, initials = _words(text) or [""]
    if not last or "," in text or not (initials.isalpha() and initials.isupper() and len(initials) <= 3):
        return None
    return f"{' '.join(last)}, {' '.join(letter + '.' for letter in initials)}"


def _stripped(pieces: list[str]) -> list[str]:
    return [stripped for piece in pieces if (stripped := piece.strip())]


def is_truncation(text: str) -> bool:
    """Whether an item in a list of names only says that there are more."""
    return fold(text) in {"et al", "et alii", "others", "and others", "等"} or text.strip() in {"...", "…"}


# -- the same person? ------------------------------------------------------------------------------------------------

def person_key(name: Name) -> str:
    """The fold of the last name with its particles, without spaces: `vandermaaten`, however it was written."""
    _, particles = _given_names(name)
    return fold(f"{particles} {name.von} {name.last}").replace(" ", "")


def same_person(a: Name, b: Name) -> bool:
    """Whether two names may be the same person: equal last names, and first names or initials that do not conflict."""
    if a.literal or b.literal:                # without braces, `Barnes and Noble, Inc.` reads as a person's name
        return (sorted(fold(display(a)).split()) == sorted(fold(display(b)).split())
                or not _families(a).isdisjoint(_families(b)))
    if not person_key(a) or person_key(a) != person_key(b) or (a.jr and b.jr and fold(a.jr) != fold(b.jr)):
        return False
    mine, yours = _given_names(a)[0], _given_names(b)[0]
    return "".join(mine) == "".join(yours) or all(
        x == y or (1 in (len(x), len(y)) and x[0] == y[0]) for x, y in zip(mine, yours))


def _families(name: Name) -> set[str]:
    """The keys of everyone who may be meant: in a text of family names kept whole, any of them."""
    if not name.literal:
        return {person_key(name)}
    parts = [part.strip() for part in _ET_AL.sub("", name.last).split(",")]
    return {fold(part).replace(" ", "") for part in parts} if len(parts) > 1 and are_families(parts) else set()


def _given_names(name: Name) -> tuple[list[str], str]:
    """First names and initials, folded, and the particles after them (`Oord, Aaron van den`)."""
    words = name.first.split()
    end = len(words)
    while end > 1 and words[end - 1].islower():
        end -= 1
    given: list[str] = []
    for word in re.split(r"[\s.-]+", " ".join(words[:end])):
        given += fold(" ".join(word) if word.isupper() and len(word) <= 3 else word).split()      # DP is D. P.
    return given, " ".join(words[end:])


# -- traps -----------------------------------------------------------------------------------------------------------

_SUFFIX = rare(r"(?:jr|sr|ii|iii|iv|2nd|3rd)\.?", re.IGNORECASE)
_PARTICLES = {
    "af", "al", "am", "bin", "d", "da", "dal", "de", "degli", "dei", "del", "della", "den", "der", "des", "di", "do",
    "dos", "du", "el", "het", "i", "ibn", "in", "la", "las", "le", "lo", "los", "op", "t", "te", "ten", "ter", "und",
    "van", "vom", "von", "y", "zu", "zum", "zur",
}


def name_warning(text: str) -> str | None:
    """What BibTeX would misread in this name, and what to write instead; None if nothing is in doubt."""
    if ("{" in text or "}" in text) and not _is_balanced(text):
        return "unbalanced brace, so the rest of the text is read as one word: add the missing one"
    parts = _split(text, _COMMA)
    cut = _ET_AL.search(text)
    words = [part.strip() for part in (text[:cut.start()] if cut else text).split(",")]
    if _may_be_pairs(words, is_open=bool(cut)):
        one, other, *rest = words
        hint = "separate people with ';'" if rest else f"write '{other} {one} et al.' or '{one}; {other} et al.'"
        return f"may be {len(words)} family names, or {len(words) // 2} with given names: {hint}"
    if len(parts) > 3:
        third = len(",".join(parts[:3])) + 1
        return (f"too many commas (the third at column {third}): "
                "write 'von Last, Jr, First', and separate people with ' and '")
    if len(parts) == 2 and _SUFFIX.fullmatch(parts[1].strip()) and (words := _words(parts[0])):
        jr, first = parts[1].strip(), " ".join(words[:-1]) or "First"
        return f"{jr!r} reads as the first name: write '{words[-1]}, {jr}, {first}'"
    if len(parts) > 1:
        return None
    name = parse_name(text)
    if name.von and not name.first and fold(name.von.split()[0]) not in _PARTICLES:
        return (f"{name.von!r} reads as a particle because it is lower case: "
                "capitalize the first name, or write 'von Last, First'")
    return None


def _is_balanced(text: str) -> bool:
    signs = [sign[0] for sign in _COMMA.among_braces.finditer(text)]
    return signs.count("{") == signs.count("}")
