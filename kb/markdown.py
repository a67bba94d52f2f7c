"""Markdown as events: links, headings, block ids and tags with their places, nothing from code, math or comments."""

import re
from collections.abc import Iterable
from operator import attrgetter

import pyromark

from kb import ids, prose, roles
from kb.items import Draft, Items, field_role
from kb.model import Fact, Link, LinkKind
from kb.percent import unquote
from kb.places import Places
from kb.regex import rare
from kb.remember import remembered
from kb.typed import Any, NamedTuple

OPTIONS = (
    pyromark.Options.ENABLE_WIKILINKS
    | pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_MATH
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_STRIKETHROUGH
)
_ADDRESS = rare(rb"\(\s*(https?://[^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\s*\)")
_SCHEME = rare(r"[A-Za-z][A-Za-z0-9+.-]+:")


class Heading(NamedTuple):
    """A heading and the line it stands in."""

    level: int
    text: str
    line: int


class Scan:
    """All that one Markdown body holds."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self.links: list[Link] = []
        self.blocks: list[str] = []
        self.tags: list[Fact] = []
        self.signs: list[tuple[int, int]] = []  # line and column of each `::` outside code and comments
        self.has_signs = False  # is there any `::` at all?

    def fragments(self) -> tuple[str, ...]:
        """Every heading, every path of headings (`a#b`), every block: what `#...` in a link may name."""
        found = {f"^{block.lower()}" for block in self.blocks}
        above: list[tuple[int, list[str]]] = []  # level and paths of each heading over this place
        for heading in self.headings:
            while above and above[-1][0] >= heading.level:
                above.pop()
            name = fold_heading(heading.text)
            paths = [name, *(f"{path}#{name}" for path in above[-1][1])] if above else [name]
            above.append((heading.level, paths))
            found.update(paths)
        return tuple(sorted(found))


@remembered(1 << 12)
def fold_heading(text: str) -> str:
    """Obsidian compares headings without special characters, with spaces collapsed."""
    return " ".join(re.sub(r"[^\w\s-]", " ", text).split()).casefold()


def scan(raw: bytes, start: int = 0) -> Scan:
    """Read the body that begins at byte `start` of `raw` (UTF-8, `\\n` line ends); places count from the file's top."""
    return _Scanner(raw, start).run()


def external(target: str) -> bool:
    """Does a link destination lead out of the vault: a scheme, or `//host`?"""
    return bool(_SCHEME.match(target)) or target.startswith("//")


class _Scanner:
    """One pass over the events; offsets (bytes of the body) rise, so places stay linear."""

    def __init__(self, raw: bytes, start: int) -> None:
        self.raw, self.start = raw, start
        self.body = raw[start:]
        self.places = Places(raw)
        self.found = Scan()
        self.links: list[Draft] = []
        self.marks = prose.Marks(self.body)
        self.mentions: list[tuple[int, int, Link]] = []  # the next one last
        self.next_mention = _NEVER
        self.taken = 0  # text before this offset belongs to a link
        self.items = Items(self.links)
        self.heading: list[str] | None = None
        self.heading_line = 0
        self.level = 0  # of the last heading
        self.section_role = ""
        self.section_level = 0
        self.open: Draft | None = None  # the link being read
        self.open_wiki = False
        self.nested = 0  # links and images inside it
        self.in_code = False

    def run(self) -> Scan:
        text = self.body.decode()
        self.mentions = prose.mentions(text)[::-1]
        self.next_mention = self.mentions[-1][0] if self.mentions else _NEVER
        events: Iterable[tuple[Any, Any]] = pyromark.events_with_range(text, options=OPTIONS)
        for event, span in events:
            if type(event) is str:
                self.end_line()
                continue
            name, value = event.popitem()
            if name == "Text":
                if not self.in_code:
                    self.text(value, span["start"], span["end"])
            elif name == "Start":
                if type(value) is dict:
                    self.begin(*value.popitem(), span["start"])
                elif value == "Item":
                    self.end_line()
                    self.items.begin(self.section_role)
            elif name == "End":
                if value == "Link" or value == "Image":
                    self.end_link(span["end"])
                elif value not in _INLINE:
                    self.end_line()
                    self.end_block(value)
            elif name in _OPAQUE:
                self.opaque(value, span["start"], span["end"])
        self.place()
        return self.found

    def place(self) -> None:
        """Turn what was found into links and facts with their places, without what stands in comments."""
        found, marks = self.found, self.marks
        start, at, is_hidden = self.start, self.places.at, marks.is_comment
        for link in sorted(self.links, key=attrgetter("offset")):
            if not (marks.percents and is_hidden(link.offset)):
                line, column = at(start + link.offset)
                told = link.kind, link.target, link.fragment, link.role, link.why
                found.links.append(Link(link.raw, line, column, *told))
        found.tags = [Fact("tags", tag, *at(start + offset)) for offset, tag in marks.tags if not is_hidden(offset)]
        found.has_signs = marks.has_signs
        found.signs = [at(start + offset) for offset in marks.signs if not is_hidden(offset)]
        found.blocks = [block for offset, block in marks.blocks if not is_hidden(offset)]

    # -- blocks --------------------------------------------------------------------------------------------------

    def begin(self, name: str, detail: Any, start: int) -> None:
        if name == "Link" or name == "Image":
            self.begin_link(name, detail, start)
        elif name == "Heading":
            self.heading, self.level = [], int(detail["level"][1:])
            self.heading_line = self.places.line(self.start + start)
            if self.level <= self.section_level or not self.section_role:
                self.section_role, self.section_level = "", self.level
        elif name == "CodeBlock":
            self.in_code = True

    def end_block(self, value: Any) -> None:
        if value == "Item":
            self.items.end()
        elif value == "CodeBlock":
            self.in_code = False
        elif self.heading is not None:
            self.end_heading(self.heading)

    def end_heading(self, pieces: list[str]) -> None:
        text = " ".join(prose.without_block_id("".join(pieces)).split())
        self.found.headings.append(Heading(self.level, text, self.heading_line))
        self.heading = None
        role = roles.of_heading(text)
        if role:
            self.section_role, self.section_level = role, self.level

    def end_line(self) -> None:
        if self.heading is not None:
            self.heading.append("\n")
        if self.items.open:
            self.items.end_line()

    # -- inline --------------------------------------------------------------------------------------------------

    def text(self, value: str, start: int, end: int) -> None:
        if self.heading is not None:
            self.heading.append(value)
        if self.open:
            self.items.say(value, is_link=True)
            return
        self.marks.add(value, start, end)
        position = start
        if self.next_mention < end:
            position = self.text_with_mentions(max(start, self.taken), end)
        elif self.taken > start:
            position = self.taken
        if self.items.open:
            self.items.say(value if position == start else self.said(position, end))

    def text_with_mentions(self, position: int, end: int) -> int:
        """Add the ids and citekeys of a text as links; return where the last of them ends."""
        while self.next_mention < end:
            start, stop, link = self.mentions.pop()
            self.next_mention = self.mentions[-1][0] if self.mentions else _NEVER
            if start >= position:
                self.items.say(self.said(position, start))
                self.add(Draft(start, link.raw, link.kind, link.target))
                position = self.taken = stop
        return position

    def opaque(self, value: str, start: int, end: int) -> None:
        """Code and math inside a line: kept in a why, never looked into."""
        if self.items.open:
            self.items.say_after(self.said(start, end))
        if self.heading is not None:
            self.heading.append(value)

    def said(self, start: int, end: int) -> str:
        return self.body[start:end].decode(errors="ignore")

    # -- links ---------------------------------------------------------------------------------------------------

    def begin_link(self, name: str, detail: dict[str, Any], start: int) -> None:
        if self.open:
            self.nested += 1
            return
        target, how = detail["dest_url"], detail["link_type"]
        kind: LinkKind = "embed" if name == "Image" else "markdown"
        self.open_wiki = isinstance(how, dict) and "WikiLink" in how
        if self.open_wiki:
            kind, target = "embed" if name == "Image" else "wiki", target.removesuffix("\\")
        elif how == "Email":
            target = f"mailto:{target}"
        elif how == "Autolink" and ids.parse_id(target):
            kind = "id"
        self.open = Draft(start, "", kind, target)

    def end_link(self, end: int) -> None:
        link = self.open
        if link is None:
            return
        if self.nested:
            self.nested -= 1
            return
        self.open, self.taken = None, end
        is_wiki = self.open_wiki
        address = _ADDRESS.match(self.body, end) if link.kind == "wiki" else None
        if address:  # `[[1]](https://...)` is a Markdown link whose text has brackets
            self.taken = end = address.end()
            link.kind, link.target, is_wiki = "markdown", address[1].decode(), False
        link.raw = self.said(link.offset, end)
        if is_wiki and "\n" in link.raw:
            return  # Obsidian: a wiki-link is one line
        target, fragment = link.target, ""
        if is_wiki and "://" not in target:
            target, _, fragment = target.partition("#")
        elif not external(target):
            target, fragment = (unquote(part) for part in target.partition("#")[::2])
        link.target, link.fragment = target.strip(), fragment.strip()
        if link.target or link.fragment:
            self.add(link)

    def add(self, link: Draft) -> None:
        if self.marks.has_signs:
            line = max(self.places.line_start(self.start + link.offset) - self.start, 0)
            role, is_line = field_role(self.body, line, link.offset)
            if role:
                self.items.begin_field(is_line)
                link.kind, link.role = "field", role
        self.items.hold_next()
        self.links.append(link)


_NEVER = 1 << 62
_OPAQUE = ("Code", "InlineMath", "DisplayMath")
_INLINE = ("Emphasis", "Strong", "Strikethrough")
