"""Text as full-text search sees it: letters in one form; in scripts without word breaks, each character is a word."""

import unicodedata

from kb.regex import beyond_ascii, rare
from kb.titles import INVISIBLE

_SIGNS = (
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uac00-\ud7a3"  # Korean separates words, but people often search for the beginning of one
    "\U00020000-\U0003ffff]"
)
_SIGN, _SPACED = rare(_SIGNS), rare(f" ({_SIGNS}) ")
_INVISIBLE = rare("[" + "".join(map(chr, INVISIBLE)) + "]")
_UNWRITTEN = rare(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u0652"  # vowels of Hebrew and Arabic
    "\u0640\u0670]"  # the stretching sign, and one more vowel of Arabic
)
"""Signs that not everybody writes in the same word. These are patterns because `str.translate` is ten times slower."""


def searchable(text: str) -> str:
    """The text to index or to search for: a phrase of such characters is then found inside a longer one."""
    if text.isascii():
        return text
    beyond = beyond_ascii(text)
    if _INVISIBLE.search(beyond):
        text = _INVISIBLE.sub("", text)
    composed = unicodedata.normalize("NFKC", text)
    if composed != text:
        beyond = beyond_ascii(composed)
    if _UNWRITTEN.search(beyond):
        composed = _UNWRITTEN.sub("", composed)
    composed = composed.replace("ё", "е").replace("Ё", "Е")
    return _SIGN.sub(r" \g<0> ", composed) if _SIGN.search(beyond) else composed


def as_written(text: str) -> str:
    """A searchable text with its characters next to each other again; letters keep the form they are found in."""
    return text if text.isascii() else _SPACED.sub(r"\1", text)


def signs(text: str) -> int:
    """The number of characters that are words by themselves."""
    return 0 if text.isascii() else len(_SIGN.findall(text))
