"""Small pieces of a rendered body."""

import re
from html import unescape

from cli.page.html import Html, safe_address, tag
from cli.page.references import Reference


def leading(target: Reference, inner: Html) -> Html:
    """A link, if the target has an address that is safe; one that leads out of the site sends no referrer."""
    href = safe_address(target.href) if target.href else None
    if href is None:
        return inner
    if target.is_wanted:
        return tag("a", inner, href=href, class_="missing", title="no note yet")
    return tag("a", inner, href=href, rel="noopener noreferrer" if ":" in href.partition("/")[0] else None)


def plain(inner: Html) -> str:
    """Markup without its tags."""
    return unescape(re.sub(r"<[^<>]*>", "", inner))


def raw_block(written: str) -> Html:
    """A block of raw HTML: the text as it is written, without comments."""
    shown = without_comments(written)
    return tag("p", shown, class_="raw") if shown.strip() else Html("")


def without_comments(value: str) -> str:
    """The text without `<!-- ... -->`; a comment that is never closed goes to the end."""
    shown, at = [], 0
    while (begins := value.find("<!--", at)) >= 0:
        shown.append(value[at:begins])
        ends = value.find("-->", begins + 4)
        at = ends + 3 if ends >= 0 else len(value)
    return "".join([*shown, value[at:]])
