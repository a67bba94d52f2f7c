"""A Markdown body as a list of blocks: headings, paragraphs, list items, quotes, with plain text and lines."""

from collections.abc import Iterator

from kb.flavor import events
from kb.places import Places
from kb.typed import Any, Literal, NamedTuple

BlockKind = Literal["heading", "paragraph", "item", "code", "row"]


class Block(NamedTuple):
    """One self-contained piece of text.

    Args:
        level: the level of a heading; for anything else, the number of lists it is in: a paragraph of level 1 continues
            the item before it.
        line: line of its first character, from 1; `last_line` is the line of its end, without nested items.
        text: without markup; a line break inside it is a space. Links show their text, code and math are as written,
            and tabs separate the cells of a row.
        strong: bold passages, in order.
        images: addresses of its images.
    """

    kind: BlockKind
    level: int
    line: int
    last_line: int
    text: str
    strong: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


class _Draft:
    """A block being read; `at` is the byte where it begins, `end` where it ends so far."""

    __slots__ = ("at", "end", "images", "kind", "level", "pieces", "strong")

    def __init__(self, kind: BlockKind, level: int, at: int) -> None:
        self.kind, self.level, self.at, self.end = kind, level, at, at
        self.pieces: list[str] = []
        self.strong: list[list[str]] = []
        self.images: list[str] = []


def outline(text: str, body_at: int = 0) -> list[Block]:
    """The blocks of the body that begins at character `body_at` of `text`; lines count from the start of the file."""
    raw = text.encode()
    start = len(text[:body_at].encode())
    return list(_Outline(raw, start).blocks())


class _Outline:
    """One pass over the events."""

    def __init__(self, raw: bytes, start: int) -> None:
        self.start, self.places = start, Places(raw)
        self.body = raw[start:].decode()
        self.open: list[_Draft] = []  # the innermost last; an item is open while its nested lists are read
        self.done: list[_Draft] = []
        self.lists = self.bold = 0

    def blocks(self) -> Iterator[Block]:
        for event, span in events(self.body):
            if type(event) is str:
                self.say(" ", span["end"])
                continue
            name, value = event.popitem()
            if name == "Start":
                if type(value) is dict:
                    self.begin(*value.popitem(), span["start"])
                else:
                    self.begin(value, None, span["start"])
            elif name == "End":
                self.finish(value if type(value) is str else next(iter(value)))
            elif name in _SAID:
                self.say(value, span["end"])
        for draft in sorted(self.done, key=lambda each: each.at):
            yield self.block(draft)

    def block(self, draft: _Draft) -> Block:
        line = self.places.line(self.start + draft.at)
        last_line = self.places.line(self.start + max(draft.end - 1, draft.at))
        strong, images = tuple([_one_line(pieces) for pieces in draft.strong]), tuple(draft.images)
        text = "".join(draft.pieces) if draft.kind in ("code", "row") else _one_line(draft.pieces)
        return Block(draft.kind, draft.level, line, last_line, text, strong, images)

    def begin(self, name: str, detail: Any, start: int) -> None:
        if name == "Heading":
            self.push("heading", int(detail["level"][1:]), start)
        elif name == "Paragraph":
            if not (self.open and self.open[-1].kind == "item" and not self.open[-1].pieces):
                self.push("paragraph", self.lists, start)
        elif name == "List":
            self.lists += 1
        elif name == "Item":
            self.push("item", self.lists, start)
        elif name == "CodeBlock":
            self.push("code", self.lists, start)
        elif name in ("TableRow", "TableHead"):
            self.push("row", self.lists, start)
        elif name == "TableCell" and self.open and self.open[-1].pieces:
            self.say("\t", start)
        elif name == "Strong":
            self.bold += 1
            if self.bold == 1 and self.open:
                self.open[-1].strong.append([])
        elif name == "Image" and self.open:
            self.open[-1].images.append(detail["dest_url"])

    def finish(self, name: str) -> None:
        if name == "List":
            self.lists -= 1
        elif name == "Strong":
            self.bold -= 1
        elif self.open and self.open[-1].kind == _KINDS.get(name):
            self.done.append(self.open.pop())

    def push(self, kind: BlockKind, level: int, at: int) -> None:
        self.open.append(_Draft(kind, level, at))

    def say(self, piece: str, end: int) -> None:
        if self.open:
            draft = self.open[-1]
            draft.pieces.append(piece)
            draft.end = end
            if self.bold and draft.strong:
                draft.strong[-1].append(piece)


_SAID = ("Text", "Code", "InlineMath", "DisplayMath")
_KINDS = {
    "Heading": "heading", "Paragraph": "paragraph", "Item": "item", "CodeBlock": "code", "TableRow": "row",
    "TableHead": "row",
}  # fmt: skip


def _one_line(pieces: list[str]) -> str:
    return " ".join("".join(pieces).split())
