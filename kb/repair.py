"""Text that some tool has garbled, repaired in memory where it is provably broken; files stay as they are."""

import re

from kb.titles import ENTITY

_BROKEN = re.compile("[ÂÃâäåæçèéð][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
                     "\u2013-\u203a\u20ac\u2122]")  # fmt: skip
"""UTF-8 read as Windows-1252: a lead byte, then a continuation byte, as letters."""


def repaired(text: str) -> str:
    """The text without mojibake (`weâ€™re`) and without HTML entities (`I&#39;ve`)."""
    if _BROKEN.search(text):
        import ftfy  # 50 ms: only if there is such text

        text = ftfy.fix_encoding(text)
    return ENTITY.sub(_sign, text) if "&" in text else text


def _sign(entity: re.Match[str]) -> str:
    """The character an entity stands for; a line end becomes a space, as in browsers, so that a line stays one line."""
    import html  # few texts have entities

    sign = html.unescape(entity[0])
    return " " if sign.splitlines() == [""] else sign
