"""HTML written from values: text is escaped by construction, and an address that could run something is left out."""

import re
from html import escape
from urllib.parse import urlsplit

SCHEMES = ("http", "https", "mailto")
"""Schemes of addresses that a note may link to; no other becomes a link."""

_VOID = frozenset(("br", "col", "hr", "img", "link", "meta"))
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
"""Characters that no page may hold, and invisible ones that make text look different from what is written."""


class Html(str):
    """Markup that may go into a page as it is; a plain `str` never may."""

    __slots__ = ()


def text(value: str) -> Html:
    """Foreign text, safe between tags and in quoted attributes; line breaks and tabs stay."""
    return Html(escape(_UNFIT.sub("", value)))


def joined(*parts: str | None) -> Html:
    """The parts one after another: markup as it is, plain text escaped."""
    return Html("".join(part if isinstance(part, Html) else text(part) for part in parts if part))


def tag(name: str, /, *children: str | None, **attributes: str | int | bool | None) -> Html:
    """An element. `class_` is written `class`, `_` becomes `-`; None and False leave an attribute out.

    `href` and `src` are left out as well unless they are safe.
    """
    written = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    return Html(f"<{name}{written}>" + ("" if name in _VOID else f"{joined(*children)}</{name}>"))


def safe_address(address: str) -> str | None:
    """The address if it is relative to this site or has a harmless scheme, without characters that browsers skip."""
    cleaned = _UNFIT.sub("", address).replace("\t", "").replace("\n", "").strip()
    try:
        scheme = urlsplit(cleaned).scheme.lower()
    except ValueError:
        return None
    if scheme in SCHEMES:
        return cleaned
    if re.match(r"[/\\]{2}", cleaned):  # another host
        return None
    return None if scheme or ":" in re.split(r"[/?#]", cleaned, maxsplit=1)[0] else cleaned


def _attribute(name: str, value: str | int | bool | None) -> str:
    if name in ("href", "src") and isinstance(value, str):
        value = safe_address(value)
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{text(str(value))}"'
