"""Markdown as events: links, headings, block ids and tags with their places. Code, math and comments are ignored."""

from kb import ids, prose, roles
from kb.flavor import events
from kb.items import Items, field_role, label_role
from kb.model import Fact, Link, LinkKind
from kb.percent import unquote
from kb.places import Places
from kb.regex import rare
from kb.targets import external, fold_heading
from kb.typed import Any, NamedTuple

_LONGEST_ON_PATH = 200
"""Longest heading, in characters, that may be part of a heading path; it is repeated in the path of every heading
below it."""
_MOST_FRAGMENTS = 20_000
"""Per note. Past that limit, a heading can be found only by its own name."""
_NAMED = rare(r"\b(?:id|name)\s?=\s?[\"']?([^\s\"'<>]{1,100})")
"""In HTML, an anchor that `#...` may name."""
_ATTRIBUTES = rare(r"\s\{[#.-][^{}]{0,100}\}$")
"""`{#sec-model .unnumbered}` after a heading, as in Pandoc, Quarto and kramdown."""
_CITE, _LONGEST_ROLE = rare(rb"\{cite(?::[a-z]{1,20})?\}$"), 30
"""The role of MyST before the code that has citation keys, and its maximum length in bytes."""


class Heading(NamedTuple):
    """A heading and its line."""

    level: int
    text: str
    line: int


def link_text(link: Link) -> str:
    """The text of a Markdown link; empty for a bare id or address."""
    if link.kind != "markdown" or not link.raw.startswith("["):
        return ""
    ends = (link.raw.find("]("), link.raw.rfind("]["), link.raw.rfind("]"))  # the last two are links by reference
    return link.raw[1 : next(end for end in (*ends, 1) if end > 0)]


class Scan:
    """Everything found in one Markdown body."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self.links: list[Link] = []
        self.blocks: list[str] = []
        self.named: list[str] = []  # ids of HTML anchors
        self.tags: list[Fact] = []
        self.signs: list[tuple[int, int]] = []  # line and column of each `::` outside code and comments
        self.comments: list[tuple[int, int]] = []  # first and last line of each `%%` comment
        self.has_signs = False  # whether there is any `::` at all
        self.has_references = False  # whether there is a link like `[text][1]`, defined elsewhere

    def fragments(self) -> tuple[str, ...]:
        """Every heading, path of headings (`a#b`), block and id: what `#...` in a link may name."""
        found = {f"^{block.lower()}" for block in self.blocks} | {fold_heading(name) for name in self.named}
        above: list[tuple[int, list[str]]] = []  # level and paths of each heading above this place
        for heading in self.headings:
            while above and above[-1][0] >= heading.level:
                above.pop()
            name = fold_heading(heading.text)
            found.add(name)
            if len(name) <= _LONGEST_ON_PATH and len(found) < _MOST_FRAGMENTS:
                paths = [name, *(f"{path}#{name}" for path in above[-1][1])] if above else [name]
                above.append((heading.level, paths))
                found.update(paths)
        return tuple(sorted(found))


def scan(body: str, first_line: int = 1) -> Scan:
    """Read a body with `\\n` line ends; `first_line` is the number of its first line in the file."""
    return _Scanner(body, first_line).run()


class _Scanner:
    """One pass over the events; offsets (bytes of the body) only increase, so finding places takes linear time."""

    def __init__(self, text: str, first_line: int) -> None:
        self.text, self.body = text, text.encode()
        self.is_ascii = text.isascii()
        self.places = Places(self.body, first_line)
        self.found = Scan()
        self.links = self.found.links
        self.offsets: list[int] = []  # where each link begins
        self.marks = prose.Marks(self.body)
        self.mentions = prose.mentions(self.text)[::-1]  # the next one last
        self.taken = 0  # text before this offset belongs to a link
        self.items = Items(self.links)
        self.heading: list[str] | None = None
        self.heading_line = 0
        self.level = 0  # of the last heading
        self.section_role = ""
        self.section_level = 0
        self.open: tuple[int, str, dict[str, Any]] | None = None  # the link being read: its start, kind and detail
        self.in_code = False

    def run(self) -> Scan:
        items = self.items.open
        is_marked, mentions = not self.marks.only_tags, self.mentions
        for event, span in events(self.text):
            if type(event) is str:
                self.end_line()
                continue
            name, value = event.popitem()
            if name == "Text":
                is_asked = items or is_marked or "#" in value or (mentions and mentions[-1].start < span["end"])
                if is_asked:
                    self.say(value, span["start"], span["end"])
                elif self.heading is not None:  # other words are not needed
                    self.heading.append(value)
            elif name == "End":
                if value == "Link" or value == "Image":
                    self.end_link(span["start"], span["end"])
                elif items or self.heading is not None or self.in_code:
                    self.end_block(value)
            elif name == "Start":
                if type(value) is dict:
                    kind, detail = value.popitem()
                    if kind != "Link" and kind != "Image":
                        self.begin(kind, detail, span["start"])
                    elif self.open is None:
                        self.open = span["start"], kind, detail
                elif value == "Item":
                    self.end_line()
                    self.items.begin(self.section_role)
            elif name in _OPAQUE:
                self.opaque(value, span["start"], span["end"])
            elif name == "InlineHtml" or name == "Html":
                self.found.named += _NAMED.findall(value)
        return self.finish()

    def finish(self) -> Scan:
        """Everything found outside comments; tags and signs get their places."""
        found, marks = self.found, self.marks
        at, is_hidden = self.places.at, marks.is_comment
        if marks.percents:
            found.links = [link for link, offset in zip(self.links, self.offsets) if not is_hidden(offset)]
            lines = [at(offset)[0] for offset in marks.percents]
            found.comments = list(zip(lines[::2], lines[1::2]))
        found.tags = [Fact("tags", tag, *at(offset)) for offset, tag in marks.tags if not is_hidden(offset)]
        found.has_signs = marks.has_signs
        found.signs = [at(offset) for offset in marks.signs if not is_hidden(offset)]
        found.blocks = [block for offset, block in marks.blocks if not is_hidden(offset)]
        return found

    # -- blocks --------------------------------------------------------------------------------------------------

    def begin(self, name: str, detail: Any, start: int) -> None:
        if name == "Heading":
            self.heading, self.level = [], int(detail["level"][1:])
            self.heading_line = self.places.line(start)
            if self.level <= self.section_level or not self.section_role:
                self.section_role, self.section_level = "", self.level
        elif name == "CodeBlock":
            self.in_code = True

    def end_block(self, value: Any) -> None:
        if type(value) is str and value in _INLINE:
            return
        self.end_line()
        if value == "Item":
            self.items.end()
        elif value == "CodeBlock":
            self.in_code = False
        elif self.heading is not None:
            self.end_heading(self.heading)

    def end_heading(self, pieces: list[str]) -> None:
        text = " ".join(prose.without_block_id("".join(pieces)).split())
        attributes = _ATTRIBUTES.search(text) if text.endswith("}") else None
        if attributes:
            text = text[: attributes.start()]
            self.found.named += [name[1:] for name in attributes[0].strip(" {}").split() if name.startswith("#")]
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

    def say(self, value: str, start: int, end: int) -> None:
        if self.in_code:
            return
        if self.heading is not None:
            self.heading.append(value)
        if self.open:
            self.items.say(value, is_link=True)
            return
        if "#" in value or not self.marks.only_tags:
            self.marks.add(value, start, end)
        position = start
        if self.mentions and self.mentions[-1].start < end:
            position = self.say_with_mentions(max(start, self.taken), end)
        elif self.taken > start:
            position = self.taken
        if self.items.open:
            self.items.say(value if position == start else self.said(position, end))

    def say_with_mentions(self, position: int, end: int) -> int:
        """Add the ids and citekeys of a text as links; return where the last of them ends."""
        while self.mentions and self.mentions[-1].start < end:
            mention = self.mentions.pop()
            if mention.start >= position and (target := mention.target()):
                self.items.say(self.said(position, mention.start))
                self.add(mention.start, mention.raw, mention.kind, target)
                position = self.taken = mention.end
        return position

    def opaque(self, value: str, start: int, end: int) -> None:
        """Inline code and math: kept in a why, never parsed, unless a role of MyST before it makes it a citation."""
        if self.mentions and _CITE.search(self.body[max(start - _LONGEST_ROLE, 0) : start]):
            self.say_with_mentions(start + 1, end)
        elif self.items.open:
            self.items.say_after(self.said(start, end))
        if self.heading is not None:
            self.heading.append(value)

    def said(self, start: int, end: int) -> str:
        return self.text[start:end] if self.is_ascii else self.body[start:end].decode(errors="ignore")

    # -- links ---------------------------------------------------------------------------------------------------

    def end_link(self, start: int, end: int) -> None:
        """Add the link that begins at `start`; links and images inside another link are part of its text."""
        if self.open is None or self.open[0] != start:
            return
        _, name, detail = self.open
        self.open, self.taken = None, end
        target, how = detail["dest_url"], detail["link_type"]
        kind: LinkKind = "embed" if name == "Image" else "markdown"
        is_wiki = type(how) is dict and "WikiLink" in how
        if is_wiki:
            kind, target = "embed" if name == "Image" else "wiki", target.removesuffix("\\")
        elif how == "Inline":
            pass  # most links
        elif how == "Email":
            target = f"mailto:{target}"
        elif how == "Autolink":
            kind = "id" if ids.parse_id(target) else kind
        else:
            self.found.has_references = True
        raw, fragment = self.said(start, end), ""
        if is_wiki and ("\n" in raw or self.body[max(start - 2, 0) : start] == b"{{"):
            return  # as in Obsidian, a wiki-link cannot span lines; `{{[[TODO]]}}` is a button of Roam's
        if is_wiki and "://" not in target:
            target, _, fragment = target.partition("#")
        elif not external(target):
            target, _, fragment = target.partition("#")
            target, fragment = unquote(target), unquote(fragment)
        target, fragment = target.strip(), fragment.strip()
        if target or fragment:
            self.add(start, raw, kind, target, fragment)

    def add(self, start: int, raw: str, kind: LinkKind, target: str, fragment: str = "") -> None:
        role = ""
        if self.marks.has_signs:
            role, is_line = field_role(self.body, self.places.line_start(start), start)
            if role:
                self.items.begin_field(is_line)
                kind = "field"
        if not role and self.items.is_outside and (self.items.open or b":" in self.body[max(start - 4, 0) : start]):
            role = label_role(self.body, self.places.line_start(start), start)
            if role:
                self.items.begin_field(True)
        if kind == "wiki" and self.body[max(start - 1, 0) : start] == b"#":  # `#[[a tag]]`
            role = "tags"
        if self.items.open:
            self.items.hold_next()
        line, column = self.places.at(start)
        self.links.append(Link(raw, line, column, kind, target, fragment, role))
        self.offsets.append(start)


_OPAQUE = ("Code", "InlineMath", "DisplayMath")
_INLINE = ("Emphasis", "Strong", "Strikethrough")
