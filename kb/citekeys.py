"""Citation keys such as `vaswani2017attention`, for citing a paper in LaTeX. They are not the keys of papers.

A key depends only on the paper's own metadata, so it does not change with the rest of the vault. Among papers that
would get the same key, the first keeps the bare key and the others get `a`, `b`, `c`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Literal

from kb.authors import author
from kb.small_words import SMALL_WORDS
from kb.titles import APOSTROPHE, display_title, fold

Preset = Literal["scholar", "better-bibtex", "jabref", "papis"]

_WORD = re.compile(r"[A-Za-z0-9]+")
_LETTERS = re.compile(r"[^\W\d_][^\W_]*")


def citekey(
    authors: Sequence[str],
    year: int | None,
    title: str,
    preset: Preset = "scholar",
    *,
    arxiv_id: str = "",
) -> str:
    """The citation key of one paper, in ASCII without spaces.

    Args:
        authors: names as shown or in BibTeX; only the first is used. Without any, two words of the title replace it.
        year: None gives `nd`.
        title: supplies its first word that is not an article, preposition, question word or auxiliary.
        preset: `scholar` gives `vaswani2017attention`, `better-bibtex` `vaswaniAttentionAllYou2017`, `jabref`
            `Vaswani2017`, `papis` `Attention_Is_Al_Vaswan_2017`.
        arxiv_id: used if neither the authors nor the title have a usable letter.
    """
    person = _person(authors[0]) if authors else ""
    shown = _latin(APOSTROPHE.sub("", display_title(title)))
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


def _person(shown: str) -> str:
    """The last name in ASCII, without particles and spaces; for a group, its first word."""
    name = author(shown)
    if name.literal:
        return next(iter(_WORD.findall(_latin(name.last))), "")
    return "".join(_WORD.findall(_latin(APOSTROPHE.sub("", name.last or name.von))))


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _latin(text: str) -> str:
    """Every word in ASCII letters, with its case if the script has one."""
    return _LETTERS.sub(lambda run: run[0] if run[0].isascii() else _spelled(run[0]), text)


def _spelled(word: str) -> str:
    """The word without accents; Greek letters become their names, other scripts are transliterated by letter."""
    plain = fold(word).replace(" ", "")
    if not plain.isascii():
        from anyascii import anyascii  # its tables are slow to load: only for scripts that need them

        plain = "".join(_WORD.findall(anyascii(plain))).lower()
    return _capital(plain) if word[0].isupper() else plain


def distinct(wanted: Iterable[tuple[str, str]], given: Mapping[str, str]) -> dict[str, str]:
    """A unique key for each paper; as in BibTeX, keys that differ only in case are the same.

    Args:
        wanted: (paper, its generated key), in order of precedence.
        given: keys that papers already have; they stay, whatever the generated key is.
    """
    pairs = list(wanted)
    found = dict(given)
    taken = {key.lower() for key in given.values()}
    reserved = {key.lower() for _, key in pairs}  # a suffixed `lee2020neta` must not take another paper's own key
    suffixes: defaultdict[str, Iterator[str]] = defaultdict(lambda: map(_letters, count()))  # not tried yet, by key
    for paper, key in pairs:
        if paper in found:
            continue
        free = key
        if key.lower() in taken:
            suffixed = (key + suffix for suffix in suffixes[key.lower()])
            free = next(each for each in suffixed if each.lower() not in taken and each.lower() not in reserved)
        taken.add(free.lower())
        found[paper] = free
    return found


def _letters(n: int) -> str:
    """From a to z, then aa, ab and so on."""
    return (_letters(n // 26 - 1) if n >= 26 else "") + chr(ord("a") + n % 26)
