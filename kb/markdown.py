"""Markdown as events: links, headings, block ids and tags with their places, nothing from code, math or comments."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

import pyromark

from kb import ids, roles
from kb.model import Link, LinkKind
from kb.places import Places

_OPTIONS = (
    pyromark.Options.ENABLE_WIKILINKS
    | pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_MATH
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_STRIKETHROUGH
)
_TAG = re.compile(r"(?<![\w/#&])#([\w/-]+)")
_BLOCK = re.compile(r"(?:^|\s)\^([A-Za-z0-9-]+)\s*$")
_FIELD = re.compile(rb"\s{0,12}(?:[-*+]\s+|>\s+)?[\[(]?(?:\*\*|__)?([A-Za-z][\w -]{0,40}?)(?:\*\*|__)?\s*::\s")
_CITEKEYS = re.compile(r"\[[^\[\]@\n]{0,80}@[\w:.+-]+[^\[\]\n]{0,200}\]")
_CITEKEY = re.compile(r"(?<![\w.])@([A-Za-z][\w:.+-]*\w)")
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
    tags: list[str] = field(default_factory=list)

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
class _Item:
    """A list item being read: its role, its first link, the words before and after that link."""

    role: str
    lead: list[str] = field(default_factory=list)
    first: int | None = None
    why: list[str] = field(default_factory=list)


@dataclass
class _Open:
    """A link being read."""

    kind: LinkKind
    target: str
    start: int
    inside: int = 1


class _Scanner:
    """One pass over the events; offsets rise, so places stay linear."""

    def __init__(self, raw: bytes, start: int) -> None:
        self.raw, self.start = raw, start
        self.body = raw[start:]
        self.places = Places(raw)
        self.found = Scan()
        self.links: list[tuple[int, Link]] = []  # byte offset in the body, link
        self.masked: list[tuple[int, int]] = []  # code, math, HTML and links: no bare ids
        self.percents: list[int] = []  # offsets of %% outside code
        self.items: list[_Item] = []
        self.heading: list[str] | None = None
        self.section_role = ""
        self.section_level = 0
        self.open: _Open | None = None
        self.in_code = False

    def run(self) -> Scan:
        for event, span in pyromark.events_with_range(self.body.decode(), options=_OPTIONS):
            if isinstance(event, str):
                self.text("\n")
                continue
            [(name, value)] = event.items()
            handler = _HANDLERS.get(name)
            if handler:
                handler(self, value, span["start"], span["end"])
        self.add_prose_ids()
        comments = _pairs(self.percents)
        kept = [link for offset, link in sorted(self.links, key=lambda pair: pair[0]) if not _inside(offset, comments)]
        self.found.links = [self.placed(link) for link in kept]
        return self.found

    def placed(self, link: Link) -> Link:
        line, column = self.places.at(self.start + link.column)  # until here `column` held the byte offset
        return replace(link, line=line, column=column)

    # -- blocks --------------------------------------------------------------------------------------------------

    def begin(self, value: object, start: int, end: int) -> None:
        if value == "Item":
            self.items.append(_Item(self.section_role))
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
            self.begin_link(name, detail, start, end)
        elif name == "CodeBlock":
            self.in_code = True
            self.masked.append((start, end))

    def finish(self, value: object, start: int, end: int) -> None:
        if value == "Item" and self.items:
            self.finish_item(self.items.pop())
        elif value in ("Link", "Image") and self.open:
            self.open.inside -= 1
            if not self.open.inside:
                self.finish_link(self.open, end)
                self.open = None
        elif value == "CodeBlock":
            self.in_code = False
        elif isinstance(value, dict) and "Heading" in value and self.heading is not None:
            last = self.found.headings[-1]
            text = _BLOCK.sub("", "".join(self.heading)).strip()
            self.found.headings[-1] = replace(last, text=text)
            self.heading = None
            role = roles.of_heading(text)
            if role:
                self.section_role, self.section_level = role, last.level

    def finish_item(self, item: _Item) -> None:
        if item.first is None:
            return
        offset, link = self.links[item.first]
        if not link.role:
            link = replace(link, role=item.role or roles.of_item("".join(item.lead)))
        self.links[item.first] = (offset, replace(link, why=_why("".join(item.why)) if link.role else ""))

    # -- inline --------------------------------------------------------------------------------------------------

    def text(self, value: str, start: int = -1, end: int = -1) -> None:
        if self.in_code:
            return
        if self.heading is not None:
            self.heading.append(value)
        if self.items:
            item = self.items[-1]
            if item.first is not None:
                item.why.append(value)
            elif not self.open:
                item.lead.append(value)
        if start < 0 or self.open:
            return
        for tag in _TAG.findall(value):
            if not tag.replace("/", "").replace("-", "").isdigit():
                self.found.tags.append(tag.strip("/"))
        block = _BLOCK.search(value)
        if block:
            self.found.blocks.append(block[1])
        position = value.find("%%")
        while position >= 0:
            self.percents.append(start + len(value[:position].encode()))
            position = value.find("%%", position + 2)

    def opaque(self, value: str, start: int, end: int) -> None:
        """Code and math inside a line: kept in a why, never looked into."""
        self.masked.append((start, end))
        if self.items and self.items[-1].first is not None:
            self.items[-1].why.append(self.body[start:end].decode(errors="ignore"))
        if self.heading is not None:
            self.heading.append(value)

    def html(self, value: str, start: int, end: int) -> None:
        self.masked.append((start, end))

    def begin_link(self, name: str, detail: dict[str, object], start: int, end: int) -> None:
        if self.open:
            self.open.inside += 1
            return
        self.masked.append((start, end))
        target, kind = str(detail["dest_url"]), detail["link_type"]
        if isinstance(kind, dict) and "WikiLink" in kind:
            self.open = _Open("embed" if name == "Image" else "wiki", target.removesuffix("\\"), start)
        elif kind == "Email":
            self.open = _Open("markdown", f"mailto:{target}", start)
        else:
            self.open = _Open("id" if kind == "Autolink" else "embed" if name == "Image" else "markdown", target, start)

    def finish_link(self, opened: _Open, end: int) -> None:
        raw = self.body[opened.start : end].decode(errors="ignore")
        if opened.kind in ("wiki", "embed") and raw.startswith(("[[", "![[")) and "\n" in raw:
            return  # Obsidian: a wiki-link is one line
        if opened.kind == "id" and ids.parse_id(opened.target) is None:
            opened.kind = "markdown"
        is_path = not raw.startswith(("[[", "![[")) and not external(opened.target)
        target = unquote(opened.target) if is_path else opened.target
        fragment = ""
        if not external(opened.target):
            target, _, fragment = target.partition("#")
        role = self.field_role(opened.start)
        link = Link(raw, 0, opened.start, "field" if role else opened.kind, target.strip(), fragment.strip(), role)
        if self.items and self.items[-1].first is None:
            self.items[-1].first = len(self.links)
        self.links.append((opened.start, link))

    def field_role(self, start: int) -> str:
        """`key:: [[a]], [[b]]` at the start of a line makes both links the field's."""
        line = self.places.line_start(self.start + start) - self.start
        match = _FIELD.match(self.body, max(line, 0), max(line, 0) + 80)
        return roles.of_field(match[1].decode()) if match and match.end() <= start else ""

    # -- ids that stand in the text --------------------------------------------------------------------------------

    def add_prose_ids(self) -> None:
        text = self.body.decode()
        offsets = _ByteOffsets(text)
        masked = _merged(self.masked)
        for start, end, paper, _version in ids.find_ids(text):
            offset = offsets.at(start)
            if not _inside(offset, masked):
                self.links.append((offset, Link(text[start:end], 0, offset, "id", str(paper))))
        for group in _CITEKEYS.finditer(text):
            for match in _CITEKEY.finditer(group[0]):
                offset = offsets.at(group.start() + match.start())
                if not _inside(offset, masked):
                    self.links.append((offset, Link(match[0], 0, offset, "citekey", match[1])))


_HANDLERS: dict[str, Callable[["_Scanner", Any, int, int], None]] = {
    "Start": _Scanner.begin,
    "End": _Scanner.finish,
    "Text": _Scanner.text,
    "Code": _Scanner.opaque,
    "InlineMath": _Scanner.opaque,
    "DisplayMath": _Scanner.opaque,
    "Html": _Scanner.html,
    "InlineHtml": _Scanner.html,
}


class _ByteOffsets:
    """Byte offset of rising character offsets, in time linear in the text."""

    def __init__(self, text: str) -> None:
        self.text, self.ascii = text, text.isascii()
        self.seen, self.offset = 0, 0

    def at(self, index: int) -> int:
        if self.ascii:
            return index
        if index < self.seen:
            self.seen, self.offset = 0, 0
        self.offset += len(self.text[self.seen : index].encode())
        self.seen = index
        return self.offset


def _pairs(offsets: list[int]) -> list[tuple[int, int]]:
    return list(zip(offsets[::2], offsets[1::2]))


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _inside(offset: int, ranges: list[tuple[int, int]]) -> bool:
    position = bisect_right(ranges, (offset, 1 << 62)) - 1
    return position >= 0 and offset < ranges[position][1]


def _why(text: str) -> str:
    """What an item says after its first link, as one line without the punctuation that led to it."""
    line = " ".join(text.split()).lstrip(":;,.-–— ").strip()
    return line[1:-1].strip() if line.startswith("(") and line.endswith(")") else line


def plain_links(value: str, line: int, column: int, role: str) -> Iterator[Link]:
    """Links in a front-matter value: `[[Name#part|shown]]` wherever it stands, else nothing."""
    for match in re.finditer(r"\[\[([^\[\]\n]{1,400})\]\]", value):
        target, _, fragment = match[1].partition("|")[0].partition("#")
        yield Link(
            match[0], line, column + match.start(), "property", target.strip().rstrip("\\"), fragment.strip(), role
        )
