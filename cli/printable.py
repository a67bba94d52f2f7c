"""Untrusted text made safe to show: one line, nothing that a terminal obeys, XML forbids or that disguises it."""
import unicodedata

# Format characters that are visible or join letters: Arabic and Indic number signs, ZWNJ, ZWJ.
_SEEN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2\U000110bd\U000110cd\u200c\u200d")
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")        # letters without ink
_MARKS = 4                                              # on one letter; more would cover the lines above and below


def visible(text: str) -> str:
    """The text without what a terminal would obey; spaces of every kind, tabs and line breaks stay as they are."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\t\n" or unicodedata.category(sign) == "Zs")


def printable(text: str) -> str:
    """The text without characters that are invisible or act on their surroundings; runs of spaces become one space.

    Removed are control characters (C0, C1, ESC), surrogates, noncharacters, bidi controls and other characters without
    a shape (zero-width space, soft hyphen, tags), and marks beyond the fourth on a letter. Right-to-left letters stay.
    """
    spaced = " ".join(text.split())
    if spaced.isascii() and spaced.isprintable():
        return spaced
    kept: list[str] = []
    marks = 0
    for character in spaced:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if not (category in ("Cc", "Cs") or (category == "Cf" and character not in _SEEN) or character in _FILLERS
                or ord(character) & 0xFFFE == 0xFFFE or marks > _MARKS):
            kept.append(character)
    return " ".join("".join(kept).split())
