"""Markdown as notes write it: its extensions, and links whose addresses are in the template language of a site.

Jekyll, Hugo and Zola link notes by `[Adam]({% post_url 2014-12-22-adam %})`, `[Adam]({{< ref "adam.md" >}})` or
`[Adam](@/papers/adam.md)`. To a Markdown parser, the first two are text.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

import pyromark

from kb.regex import rare
from kb.targets import is_for_site
from kb.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import re

OPTIONS = (
    pyromark.Options.ENABLE_WIKILINKS
    | pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_MATH
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_STRIKETHROUGH
)

HTML = {"Start": "HtmlBlock"}
"""The event with which a block of HTML begins."""
_ADDRESS = rare(
    rb"(?P<before>\]\(|\]: )"
    rb"(?P<site>\{\{-? ?site\.(?:base)?url ?-?\}\}){0,2}"  # Jekyll: {{ site.baseurl }}/adam/
    rb"(?:\{%-? ?(?:post_url|link) (?P<post>[^%{}\n]{1,200}?) ?-?%\}"  # {% link _posts/2014-12-22-adam.md %}
    rb"|\{\{-? ?[\"'](?P<page>[^\"'{}\n]{1,200})[\"'] ?\|[ -z]{1,80}\}\}"  # {{ '/adam/' | relative_url }}
    rb"|\{\{[<%] ?(?:rel)?ref (?:path=)?[\"'`]?(?P<ref>[^\"'`{}<>%\s]{1,200})[\"'`]?[ -;=?-z]{0,80}[%>]\}\}"  # Hugo
    rb"|(?P<zola>@/))?"
    rb"(?P<rest>[^\s()<>{}\[\]`\"]{0,200})(?=[\s)]|$)"
)
"""The address of a link, in a template language or not."""


def events(body: str) -> Iterable[tuple[Any, Any]]:
    """The events of a body, each with the bytes that it covers; links in a template language lead to what they name."""
    return pyromark.events_with_range(readable(body), options=OPTIONS)


def readable(body: str) -> str:
    """The body with plain addresses instead of those in a template language; all other bytes stay where they are."""
    if not is_for_site(body):
        return body
    parsed = pyromark.events_with_range(body, options=OPTIONS)
    opaque = [(span["start"], span["end"]) for event, span in parsed if _is_shown(event) or event == HTML]

    def plain(found: "re.Match[bytes]") -> bytes:
        before, site, post, page, ref, zola, rest = found.groups(b"")
        path = page + (post or ref).lstrip(b"/") + rest
        at = bisect_left(opaque, (found.end(),)) - 1
        is_shown = at >= 0 and found.start() < opaque[at][1]
        if is_shown or not path or not (site or post or page or ref or zola):
            return found[0]
        return (before + (b"<%b>" % path if b" " in path else path)).ljust(len(found[0]))

    return _ADDRESS.sub(plain, body.encode()).decode()


def shown(body: str, *, or_html: bool = False) -> Iterator[tuple[bool, int, int]]:
    """The characters where code and formulas, which are shown as they are, begin and end.

    Args:
        or_html: also blocks of HTML; the first value says that it is one.
    """
    raw, at, done = body.encode(), 0, 0
    for event, span in pyromark.events_with_range(body, options=OPTIONS):
        is_html = or_html and event == HTML
        if is_html or _is_shown(event):
            start, end = span["start"], span["end"]
            at, done = at + len(raw[done:start].decode()), start
            yield is_html, at, at + len(raw[start:end].decode())


def is_shown(body: str) -> Callable[[int], bool]:
    """Whether a character of a body is part of code or of a formula."""
    spans = [(start, end) for _, start, end in shown(body)]

    def is_in(at: int) -> bool:
        n = bisect_left(spans, (at + 1,)) - 1
        return n >= 0 and at < spans[n][1]

    return is_in


def _is_shown(event: Any) -> bool:
    match event:
        case {"Start": {"CodeBlock": _}} | {"Code": _} | {"InlineMath": _} | {"DisplayMath": _}:
            return True
    return False
