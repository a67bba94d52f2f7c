"""Text of strangers made fit to draw: one line, nothing that a terminal obeys, XML forbids or that reorders reading."""
import unicodedata

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """Without control characters (C0, C1, ESC), bidi controls, surrogates and noncharacters; blanks become one space.

    Right-to-left letters stay: only the invisible characters that make text read as other than written go.
    """
    spaced = " ".join(text.split())
    return "".join(
        character for character in spaced
        if character not in _BIDI
        and unicodedata.category(character) not in ("Cc", "Cs")
        and ord(character) & 0xFFFE != 0xFFFE                   # U+FFFE, U+FFFF and their kin on the other planes
    )
