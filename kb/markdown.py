"""Markdown as events: links, headings, block ids and tags with their places, nothing from code, math or comments."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

import pyromark

from kb import ids, prose, roles
from kb.items import Items, field_role
from kb.model import Fact, Link, LinkKind
from kb.places import Places

OPTIONS = (
    pyromark.Options.ENABLE_WIKILINKS
    | pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_MATH
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_STRIKETHROUGH
)
_ADDRESS = re.compile(rb"\(\s*(https?://[^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\s*\)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and the line it stands in."""

    level: int
    text: str
    line: int


@dataclass
class Scan:
    """All that one Markdown body holds."""

    headings: list[Heading] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    tags: list[Fact] = field(default_factory=list)
    signs: list[tuple[int, int]] = field(default_factory=list)
    """Line and column of each `::`."""

    def fragments(self) -> tuple[str, ...]:
        """Every heading, every path of headings (`a#b`), every block: what `#...` in a link may name."""
        found = [f"^{block.lower()}" for block in self.blocks]
        above: list[Heading] = []
        for heading in self.headings:
            above = [h for h in above if h.level < heading.level] + [heading]
            folded = [fold_heading(h.text) for h in above]
            found += ["#".join(folded[start:]) for start in range(len(folded))]
        return tuple(sorted(set(found)))


def fold_heading(text: str) -> str:
    """Obsidian compares headings without special characters, with spaces collapsed."""
    return " ".join(re.sub(r"[^\w\s-]", " ", text).split()).casefold()


def scan(raw: bytes, start: int = 0) -> Scan:
    """Read the body that begins at byte `start` of `raw` (UTF-8, `\\n` line ends); places count from the file's top."""
    return _Scanner(raw, start).run()


def external(target: str) -> bool:
    """Does a link destination lead out of the vault: a scheme, or `//host`?"""
    return bool(_SCHEME.match(target)) or target.startswith("//")


@dataclass
class _Open:
    """A link being read."""

    kind: LinkKind
    target: str
    start: int
    is_wiki: bool
    inside: int = 1


class _Scanner:
    """One pass over the events; offsets (bytes of the body) rise, so places stay linear."""

    def __init__(self, raw: bytes, start: int) -> None:
        self.raw, self.start = raw, start
        self.body = raw[start:]
        self.places = Places(raw)
        self.found = Scan()
        self.links: list[tuple[int, Link]] = []
        self.marks = prose.Marks(self.body)
        self.mentions: Iterator[tuple[int, int, Link]] = iter(())
        self.mention: tuple[int, int, Link] | None = None
        self.taken = 0  # text before this offset belongs to a link
        self.items = Items(self.links)
        self.heading: list[str] | None = None
        self.section_role = ""
        self.section_level = 0
        self.open: _Open | None = None
        self.in_code = False

    def run(self) -> Scan:
        text = self.body.decode()
        self.mentions = iter(prose.mentions(text))
        self.mention = next(self.mentions, None)
        for event, span in pyromark.events_with_range(text, options=OPTIONS):
            if isinstance(event, str):
                self.end_line()
                continue
            [(name, value)] = event.items()
            handler = _HANDLERS.get(name)
            if handler:
                handler(self, value, span["start"], span["end"])
        is_comment = self.marks.is_comment
        for offset, link in sorted(self.links, key=lambda pair: pair[0]):
            if not is_comment(offset):
                line, column = self.places.at(self.start + offset)
                self.found.links.append(replace(link, line=line, column=column))
        for offset, tag in self.marks.tags:
            if not is_comment(offset):
                self.found.tags.append(Fact("tags", tag, *self.places.at(self.start + offset)))
        self.found.signs = [self.places.at(self.start + at) for at in self.marks.signs if not is_comment(at)]
        self.found.blocks = [block for offset, block in self.marks.blocks if not is_comment(offset)]
        return self.found

    # -- blocks --------------------------------------------------------------------------------------------------

    def begin(self, value: object, start: int, end: int) -> None:
        if value == "Item":
            self.end_line()
            self.items.begin(self.section_role)
            return
        if not isinstance(value, dict):
            return
        [(name, detail)] = value.items()
        if name == "Heading":
            self.heading = []
            level = int(detail["level"][1:])
            if level <= self.section_level or not self.section_role:
                self.section_role, self.section_level = "", level
            self.found.headings.append(Heading(level, "", self.places.at(self.start + start)[0]))
        elif name in ("Link", "Image"):
            self.begin_link(name, detail, start)
        elif name == "CodeBlock":
            self.in_code = True

    def finish(self, value: object, start: int, end: int) -> None:
        if value in ("Link", "Image"):
            self.end_link(end)
        elif value not in ("Emphasis", "Strong", "Strikethrough"):
            self.end_line()
            if value == "Item":
                self.items.end()
            elif value == "CodeBlock":
                self.in_code = False
            elif self.heading is not None:
                self.end_heading(self.heading)

    def end_heading(self, pieces: list[str]) -> None:
        text = " ".join(prose.without_block_id("".join(pieces)).split())
        last = self.found.headings[-1] = replace(self.found.headings[-1], text=text)
        self.heading = None
        role = roles.of_heading(text)
        if role:
            self.section_role, self.section_level = role, last.level

    def end_line(self) -> None:
        if self.heading is not None:
            self.heading.append("\n")
        self.items.end_line()

    # -- inline --------------------------------------------------------------------------------------------------

    def text(self, value: str, start: int, end: int) -> None:
        if self.in_code:
            return
        if self.heading is not None:
            self.heading.append(value)
        if self.open:
            self.items.say(value, is_link=True)
            return
        self.marks.add(value, start, end)
        position = max(start, self.taken)
        while self.mention and self.mention[0] < end:
            link_start, link_end, link = self.mention
            self.mention = next(self.mentions, None)
            if link_start >= position:
                self.items.say(self.body[position:link_start].decode(errors="ignore"))
                self.add(link_start, link)
                position = self.taken = link_end
        self.items.say(value if position == start else self.body[position:end].decode(errors="ignore"))

    def opaque(self, value: str, start: int, end: int) -> None:
        """Code and math inside a line: kept in a why, never looked into."""
        self.items.say_after(self.body[start:end].decode(errors="ignore"))
        if self.heading is not None:
            self.heading.append(value)

    # -- links ---------------------------------------------------------------------------------------------------

    def begin_link(self, name: str, detail: dict[str, object], start: int) -> None:
        if self.open:
            self.open.inside += 1
            return
        target, how = str(detail["dest_url"]), detail["link_type"]
        kind: LinkKind = "embed" if name == "Image" else "markdown"
        if isinstance(how, dict) and "WikiLink" in how:
            wiki: LinkKind = "embed" if name == "Image" else "wiki"
            self.open = _Open(wiki, target.removesuffix("\\"), start, is_wiki=True)
        elif how == "Email":
            self.open = _Open(kind, f"mailto:{target}", start, is_wiki=False)
        else:
            is_id = how == "Autolink" and ids.parse_id(target) is not None
            self.open = _Open("id" if is_id else kind, target, start, is_wiki=False)

    def end_link(self, end: int) -> None:
        opened = self.open
        if opened is None:
            return
        opened.inside -= 1
        if opened.inside:
            return
        self.open, self.taken = None, end
        address = _ADDRESS.match(self.body, end) if opened.kind == "wiki" else None
        if address:  # `[[1]](https://...)` is a Markdown link whose text has brackets
            self.taken = end = address.end()
            opened = _Open("markdown", address[1].decode(), opened.start, is_wiki=False)
        raw = self.body[opened.start : end].decode(errors="ignore")
        if opened.is_wiki and "\n" in raw:
            return  # Obsidian: a wiki-link is one line
        target, fragment = opened.target, ""
        if opened.is_wiki and "://" not in target:
            target, _, fragment = target.partition("#")
        elif not external(target):
            target, fragment = (unquote(part) for part in target.partition("#")[::2])
        if target.strip() or fragment.strip():
            link = Link(raw, 0, 0, opened.kind, target.strip(), fragment.strip())
            self.add(opened.start, link)

    def add(self, offset: int, link: Link) -> None:
        line = max(self.places.line_start(self.start + offset) - self.start, 0)
        role, is_line = field_role(self.body, line, offset)
        if role:
            self.items.begin_field(is_line)
        self.items.hold_next()
        self.links.append((offset, replace(link, kind="field", role=role) if role else link))


_HANDLERS: dict[str, Callable[["_Scanner", Any, int, int], None]] = {
    "Start": _Scanner.begin,
    "End": _Scanner.finish,
    "Text": _Scanner.text,
    "Code": _Scanner.opaque,
    "InlineMath": _Scanner.opaque,
    "DisplayMath": _Scanner.opaque,
}
