"""Numbers and foreign text as SVG and other XML need them: short, harmless, always the same."""
import re
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from cli.printable import printable


def number(value: float) -> str:
    """At most two decimals, without trailing zeros."""
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown


def text(value: str) -> str:
    """The text of an element."""
    return escape(printable(value))


def attribute(value: str) -> str:
    """The quoted value of an attribute."""
    return f'"{escape(printable(value), {chr(34): "&quot;"})}"'


def safe_href(href: str | None) -> str | None:
    """The link if it is safe in a file for others: http, https or relative; None for any other."""
    cleaned = printable(href or "")
    if not cleaned or cleaned.startswith("//") or re.search(r'[<>"`{}|\\^]', cleaned):    # no address contains these
        return None
    try:
        parts = urlsplit(cleaned)
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if "@" in parts.netloc:                 # what is before it looks like the host
        return None
    if scheme in ("http", "https") or not (scheme or re.match(r"[^/?#]*:", cleaned)):
        return cleaned
    return None
