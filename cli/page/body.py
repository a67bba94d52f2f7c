"""The body of a note as HTML: links lead where the index says, formulas are MathML.

Of raw HTML, what Markdown has signs for is shown as if written so; the rest stays text. The events are those of
`kb.markdown`, so that a link here has the same place as in the index; no link is resolved a second time.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any, cast

from cli.page.formula import formula
from cli.page.hidden import Comments, Event, kind_of, told_lists
from cli.page.html import Html, joined, tag, text
from cli.page.pieces import leading, plain, raw_block, without_comments
from cli.page.references import Anchors, Reference, References, anchor
from kb.flavor import events
from kb.places import Places
from kb.rewritten import rewritten

LIMIT = 200_000
"""Characters of one body that a page shows."""

_HEADINGS = 6
_DEEPEST = 40
"""Levels of nested elements; real notes have fewer than ten."""
_BLOCK = re.compile(r"(?:^|\s)\^([A-Za-z0-9-]+)\s*$")
_CALLOUT = re.compile(rb">[ \t]?\[!([A-Za-z][\w-]{0,30})\][+-]?[ \t]*")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_SIZE = re.compile(r"(\d{1,4})(?:x\d{1,4})?")
_SIGNS = {"SoftBreak": Html("\n"), "HardBreak": Html("<br>"), "Rule": Html("<hr>")}
_PLAIN = {
    "Emphasis": "em", "Strong": "strong", "Strikethrough": "del", "Item": "li", "TableHead": "thead", "TableRow": "tr",
}  # fmt: skip


def render_body(
    whole: str,
    begins: int,
    references: References,
    anchors: Anchors,
    *,
    is_title: Callable[[str], bool] = lambda heading: False,
    told: bool = False,
    level: int = 2,
) -> Html:
    """The note's body as HTML.

    Args:
        whole: the whole note; places count from its beginning.
        begins: the character where the body starts, after the front matter.
        references: where each link leads.
        anchors: ids that the page already has.
        is_title: whether a heading is the title that the page already shows; called for the first one only.
        told: leave out lists of edges (`Builds on`), which the page shows itself.
        level: the level of the topmost heading; the others follow it without a gap.
    """
    end = len(whole) if len(whole) - begins <= LIMIT else max(whole.rfind("\n", begins, begins + LIMIT), begins)
    rendered = _Body(whole[:end], begins, references, anchors, is_title, level).run(told)
    if end == len(whole):
        return rendered
    return joined(rendered, tag("p", "Only the beginning of this note is shown.", class_="cut"))


class _Body:
    """One pass over the events; open elements wait in a list until they are closed."""

    def __init__(
        self,
        whole: str,
        begins: int,
        references: References,
        anchors: Anchors,
        is_title: Callable[[str], bool],
        level: int,
    ) -> None:
        line = whole.count("\n", 0, begins) + 1
        self.plain = rewritten(whole[begins:], line, to_be_shown=True)
        self.body = (self.plain.text if self.plain else whole[begins:]).encode(errors="replace")
        self.places = Places(self.body, line)
        self.references, self.anchors, self.is_title, self.level = references, anchors, is_title, level
        self.mentions: dict[int, list[tuple[int, Reference]]] = {}
        for (line, column), reference in sorted(references.items(), key=lambda each: each[0]):
            if reference.is_mention:
                self.mentions.setdefault(line, []).append((column, reference))
        self.events = cast("list[Event]", list(events(self.body.decode())))
        self.comments = Comments(self.body, self.events)
        self.sinks: list[list[Html]] = [[]]
        self.opened: list[Callable[[Html], Html] | None] = []
        self.html: list[str] = []  # of the open block of raw HTML
        self.links = 0  # that are open
        self.code = ""  # "block" or "html" inside one
        self.skip = 0  # text before this offset is already written
        self.footnotes: dict[str, tuple[str, str]] = {}
        self.noted: frozenset[str] = frozenset()  # footnotes whose text was seen
        self.columns: list[str | None] = []  # of the open table: how its cells are aligned
        self.column, self.in_head = 0, False
        self.is_first = True
        self.above: list[int] = []  # levels of the headings above this place

    def run(self, told: bool) -> Html:
        left_out = told_lists(self.events, self.role) if told else []
        firsts = [first for first, _ in left_out]
        for event, span in self.events:
            start, end = span["start"], span["end"]
            section = bisect_right(firsts, start) - 1
            if section >= 0 and start < left_out[section][1]:
                continue
            if isinstance(event, str):
                self.sign(event)
                continue
            [(name, value)] = event.items()
            handler = _HANDLERS.get(name)
            if handler:
                handler(self, value, start, end)
        return Html("".join(self.sinks[0]))

    def reference(self, start: int) -> Reference | None:
        return self.references.get(self.place(start))

    def place(self, start: int) -> tuple[int, int]:
        """Line and column in the note."""
        place = self.places.at(start)
        return self.plain.moved.place_before(*place) if self.plain else place

    def role(self, start: int) -> str:
        found = self.reference(start)
        return found.role if found else ""

    # -- what opens and closes -------------------------------------------------------------------------------------

    def say(self, part: Html) -> None:
        self.sinks[-1].append(part)

    def open(self, close: Callable[[Html], Html]) -> None:
        """Collect what follows for `close`; too deep down, it gets no element of its own."""
        is_deep = len(self.opened) >= _DEEPEST
        self.opened.append(None if is_deep else close)
        if not is_deep:
            self.sinks.append([])

    def on_start(self, value: Any, start: int, end: int) -> None:
        kind = kind_of(value)
        detail: Any = value[kind] if isinstance(value, dict) else None
        is_first, self.is_first = self.is_first, False
        if kind == "Heading":
            self.heading(int(detail["level"][1:]), is_first)
        elif kind in ("Link", "Image"):
            self.links += 1
            target = None if self.comments.hides(start) else self.reference(start)
            self.link(target) if kind == "Link" else self.picture(target, detail)
        elif kind == "BlockQuote":
            self.quote(start)
        elif kind == "CodeBlock":
            self.code = "block"
            language = detail["Fenced"].split(" ")[0] if isinstance(detail, dict) else ""
            shown = {"class_": f"language-{language}"} if re.fullmatch(r"[\w+#.-]{1,20}", language) else {}
            hidden = self.comments.hides(start)
            self.open(lambda inner: Html("") if hidden else tag("pre", tag("code", inner, **shown)))
        elif kind == "HtmlBlock":
            self.code = "html"
            self.open(lambda inner: inner)
        elif kind == "List":
            self.open(lambda inner: tag("ul" if detail is None else "ol", inner, start=None if detail == 1 else detail))
        elif kind == "Table":
            self.columns = [side.lower() if side in ("Right", "Center") else None for side in detail]
            self.open(lambda inner: tag("div", tag("table", inner), class_="scroll"))
        elif kind == "TableCell":
            side = self.columns[self.column] if self.column < len(self.columns) else None
            self.column += 1
            name = "th" if self.in_head else "td"
            self.open(lambda inner: tag(name, inner, class_=side))
        elif kind == "FootnoteDefinition":
            number, place = self.footnote(detail)
            is_first, self.noted = detail not in self.noted, self.noted | {detail}
            named = place if is_first else None
            self.open(lambda inner: tag("div", tag("sup", number), inner, class_="footnote", id=named))
        elif kind == "Paragraph":
            self.open(lambda inner: tag("p", inner) if inner.strip() else Html(""))
        elif kind in _PLAIN:
            if kind in ("TableHead", "TableRow"):
                self.in_head, self.column = kind == "TableHead", 0
            if kind == "TableRow" and self.plain:  # rows of HTML go on for several lines
                self.open(lambda inner: tag("tr", inner) if plain(inner).strip() else Html(""))
                return
            self.open(lambda inner: tag(_PLAIN[kind], tag("tr", inner) if kind == "TableHead" else inner))
        else:
            self.open(lambda inner: inner)

    def on_end(self, value: Any, start: int, end: int) -> None:
        kind = kind_of(value)
        if kind in ("Link", "Image"):
            self.links -= 1
        elif kind in ("CodeBlock", "HtmlBlock"):
            self.code = ""
        close = self.opened.pop()
        if close:
            inner = Html("".join(self.sinks.pop()))
            self.say(close(inner))
        if kind == "HtmlBlock":
            self.say(raw_block("".join(self.html)))
            self.html = []

    def heading(self, written: int, is_first: bool) -> None:
        def close(inner: Html) -> Html:
            words = " ".join(plain(inner).split())
            if is_first and self.is_title(words):
                return tag("span", id=self.anchors.new(anchor(words)))  # links may point to it
            while self.above and self.above[-1] >= written:
                self.above.pop()
            self.above.append(written)
            shown = min(self.level + len(self.above) - 1, _HEADINGS)
            return tag(f"h{shown}", inner, id=self.anchors.new(anchor(words)))

        self.open(close)

    def quote(self, start: int) -> None:
        callout = _CALLOUT.match(self.body, start)
        if not callout:
            self.open(lambda inner: tag("blockquote", inner))
            return
        self.skip = callout.end()
        kind = callout[1].decode()
        self.open(lambda inner: tag("blockquote", tag("p", kind.capitalize(), class_="kind"), inner, class_="callout"))

    def link(self, target: Reference | None) -> None:
        def close(inner: Html) -> Html:
            if target is None or self.links:  # no link inside another
                return inner
            return leading(target, inner or text(target.raw))

        self.open(close)

    def picture(self, target: Reference | None, detail: dict[str, Any]) -> None:
        def close(inner: Html) -> Html:
            words, size = plain(inner), _SIZE.fullmatch(plain(inner).strip())
            if size:
                words = str(detail["dest_url"]).rpartition("/")[2]
            if target is None or target.href is None:
                return tag("span", words, class_="picture") if words.strip() else Html("")
            if not target.is_picture:
                words = words or str(detail["dest_url"])
                return joined(words) if self.links else leading(target, text(words))
            return tag("img", src=target.href, alt=words, width=int(size[1]) if size else None, loading="lazy")

        self.open(close)

    # -- what is in between ---------------------------------------------------------------------------------------

    def sign(self, event: str) -> None:
        self.say(_SIGNS.get(event, Html("")))
        self.is_first = False

    def on_text(self, value: str, start: int, end: int) -> None:
        if self.code:
            self.html.append(value) if self.code == "html" else self.say(text(value))
            return
        if start < self.skip:
            if end <= self.skip:
                return
            start, value = self.skip, self.body[self.skip : end].decode(errors="replace")
        for piece, at in self.comments.shown(value, start, end):
            self.words(piece, at)
        is_last = self.body[end : end + 20].lstrip(b" \t")[:1] in (b"\n", b"")
        block = _BLOCK.search(value) if is_last and "^" in value and not self.links else None
        if block and self.sinks[-1]:
            said = self.sinks[-1].pop()
            self.say(Html(said.removesuffix(text(block[0]))))
            self.say(tag("span", id=self.anchors.new(anchor(f"^{block[1]}"))))

    def words(self, value: str, at: int) -> None:
        """Running text, with its ids and citekeys as links."""
        line, column = self.place(at) if self.mentions else (0, 0)
        listed = self.mentions.get(line, []) if not self.links else []
        first, last = (bisect_left(listed, place, key=lambda each: each[0]) for place in (column, column + len(value)))
        done = 0
        for begins, mention in listed[first:last]:
            offset = begins - column
            if offset >= done and mention.href and value.startswith(mention.raw, offset):
                self.say(text(value[done:offset]))
                self.say(leading(mention, text(mention.raw)))
                done = offset + len(mention.raw)
        self.say(text(value[done:]))

    def on_code(self, value: str, start: int, end: int) -> None:
        if not self.comments.hides(start):
            self.say(tag("code", value))

    def on_inline_math(self, value: str, start: int, end: int) -> None:
        if not self.comments.hides(start):
            self.say(formula(value.strip(), display=False))

    def on_display_math(self, value: str, start: int, end: int) -> None:
        if not self.comments.hides(start):
            self.say(formula(value.strip(), display=True))

    def on_inline_html(self, value: str, start: int, end: int) -> None:
        """A tag in running text is shown as written, except for a line break or a comment."""
        if not self.comments.hides(start):
            self.say(Html("<br>") if _BREAK.fullmatch(value) else text(without_comments(value)))

    def on_html(self, value: str, start: int, end: int) -> None:
        self.html.append(value)  # shown when the block ends, without comments

    def on_footnote(self, name: str, start: int, end: int) -> None:
        number, place = self.footnote(name)
        self.say(tag("sup", tag("a", number, href=f"#{place}")))

    def on_task(self, done: bool, start: int, end: int) -> None:
        self.say(text("\N{BALLOT BOX WITH CHECK} " if done else "\N{BALLOT BOX} "))

    def footnote(self, name: str) -> tuple[str, str]:
        """The number of a footnote, and its id in the page."""
        if name not in self.footnotes:
            number = str(len(self.footnotes) + 1)
            self.footnotes[name] = number, self.anchors.new(f"fn-{number}")
        return self.footnotes[name]


_HANDLERS: dict[str, Callable[[_Body, Any, int, int], None]] = {
    "Start": _Body.on_start,
    "End": _Body.on_end,
    "Text": _Body.on_text,
    "Code": _Body.on_code,
    "InlineMath": _Body.on_inline_math,
    "DisplayMath": _Body.on_display_math,
    "Html": _Body.on_html,
    "InlineHtml": _Body.on_inline_html,
    "FootnoteReference": _Body.on_footnote,
    "TaskListMarker": _Body.on_task,
}
