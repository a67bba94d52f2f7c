"""Citation keys, as in `vaswani2017attention`: what a paper is cited by in LaTeX. They are not the keys of papers.

A key is made of what the paper says of itself and of nothing else, so it does not change with the vault around it. Of
papers that would be called alike, the first keeps the bare key and the others get `a`, `b`, `c`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Literal

from kb.authors import author
from kb.small_words import SMALL_WORDS
from kb.titles import display_title, fold

Preset = Literal["scholar", "better-bibtex", "jabref", "papis"]

_WORD = re.compile(r"[A-Za-z0-9]+")
_LETTERS = re.compile(r"[^\W\d_][^\W_]*")
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ](?=\w)")


def citekey(
    authors: Sequence[str],
    year: int | None,
    title: str,
    preset: Preset = "scholar",
    *,
    arxiv_id: str = "",
    particles: bool = False,
) -> str:
    """The key that one paper is cited by, ASCII without blanks.

    Args:
        authors: names as shown or in BibTeX, the first one counts; without any, two words of the title stand for it.
        year: None gives `nd`.
        title: its first word counts that is no article, preposition, question word or auxiliary.
        preset: `scholar` gives `vaswani2017attention`, `better-bibtex` `vaswaniAttentionAllYou2017`, `jabref`
            `Vaswani2017`, `papis` `Attention_Is_Al_Vaswan_2017`.
        arxiv_id: what is left where neither author nor title gives a letter.
        particles: keep them: `vandenoord2016wavenet`.
    """
    person = _person(authors[0], particles) if authors else ""
    shown = _latin(_APOSTROPHE.sub("", display_title(title)))
    words = _WORD.findall(shown)
    words = [word for word in words if word.lower() not in SMALL_WORDS] or words
    when = "nd" if year is None else str(year)
    if not person and not words:
        digits = re.sub(r"[^0-9]", "", arxiv_id)
        return f"arxiv{digits}" if digits else f"anonymous{when}"
    name = person or "".join(map(_capital, words[:2]))
    rest = words if person else words[2:]
    match preset:
        case "scholar":
            key = f"{name}{when}{rest[0] if person and rest else ''}".lower()
        case "better-bibtex":
            key = f"{name.lower()}{''.join(map(_capital, rest[:3]))}{when}"
        case "jabref":
            key = f"{name}{when}"
        case "papis":
            key = "_".join(_WORD.findall(f"{shown[:15]} {person[:6]} {when}"))
    return f"p{key}" if key[0].isdigit() else key


def _person(shown: str, particles: bool) -> str:
    """The last name as written but in ASCII, without blanks; a group's first word."""
    name = author(shown)
    if name.literal:
        return next(iter(_WORD.findall(_latin(name.last))), "")
    family = f"{name.von} {name.last}" if particles else name.last or name.von
    return "".join(_WORD.findall(_latin(_APOSTROPHE.sub("", family))))


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _latin(text: str) -> str:
    """Every word in ASCII letters, its case kept where the script has any."""
    return _LETTERS.sub(lambda run: run[0] if run[0].isascii() else _spelled(run[0]), text)


def _spelled(word: str) -> str:
    """Without accents, a Greek letter by its name, another script letter by letter."""
    plain = fold(word).replace(" ", "")
    if not plain.isascii():
        from anyascii import anyascii  # its tables cost time: only for scripts that need them

        plain = "".join(_WORD.findall(anyascii(plain))).lower()
    return _capital(plain) if word[0].isupper() else plain


def distinct(wanted: Iterable[tuple[str, str]], given: Mapping[str, str]) -> dict[str, str]:
    """A key for each paper that no other has; case does not tell two keys apart, as for BibTeX.

    Args:
        wanted: (paper, the key made for it), in the order in which they have a right to it.
        given: keys that papers have already, whatever is made for them; they stay.
    """
    pairs = list(wanted)
    found = dict(given)
    taken = {key.lower() for key in given.values()}
    reserved = {key.lower() for _, key in pairs}  # `lee2020neta` is nobody's suffixed key while it is another's own
    for paper, key in pairs:
        if paper in found:
            continue
        free = key
        if key.lower() in taken:
            suffixed = (key + _letters(n) for n in count())
            free = next(each for each in suffixed if each.lower() not in taken and each.lower() not in reserved)
        taken.add(free.lower())
        found[paper] = free
    return found


def _letters(n: int) -> str:
    """From a to z, then aa, ab and so on."""
    return (_letters(n // 26 - 1) if n >= 26 else "") + chr(ord("a") + n % 26)
