"""Text as one line of YAML that is read back unchanged: bare where that reads well and is safe, else in quotes."""

import re
from collections.abc import Sequence

from kb.portable import misread, quoted

_BARE = re.compile(r"[^\W\d_](?:[\w .()'’/+&;!–—-]*[\w.)!])?")
"""Text in which nothing is YAML syntax, not even in brackets."""
_COUNTED = re.compile(r"[1-9]\d{0,8}(?:-\d\d){0,2}")
"""A number or a date, as people write them without quotes."""
_MEANT = ("{{", "<%", "[[", "](")
"""What opens a template placeholder or belongs to a link."""


def scalar(text: str, *, may_count: bool = False) -> str:
    """One value.

    Args:
        may_count: write a number or date without quotes, so that other tools take it for one.
    """
    if may_count and _COUNTED.fullmatch(text):
        return text
    is_plain = text.isprintable() and not any(signs in text for signs in _MEANT)
    if is_plain:
        return text if _BARE.fullmatch(text) and not misread(text) else quoted(text)
    return '"' + "".join(_sign(before, sign) for before, sign in zip(" " + text, text)) + '"'


def listed(texts: Sequence[str]) -> str:
    """A list on one line."""
    return f"[{', '.join(map(scalar, texts))}]"


def _sign(before: str, sign: str) -> str:
    """One character inside double quotes."""
    if sign in '"\\':
        return f"\\{sign}"
    if sign.isprintable() and before + sign not in _MEANT:
        return sign
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"
