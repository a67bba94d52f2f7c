"""The parts of an answer: styled lines, and grids and trees of them.

A pipe gets them plain; a terminal gets them drawn by rich. Importing rich takes longer than finding what to show, so
only `cli.render.terminal` does it.
"""

from collections.abc import Iterable, Iterator, Sequence

from kb.typed import NamedTuple

_WIDE = "\u0300"
"""Printable characters below this one are all one column wide,"""
_MARKS = frozenset("●○│┌└─←…·")
"""and so are these, which drawings use."""


class Text:
    """A line in styled pieces, like rich's `Text`."""

    def __init__(self, text: str = "", style: str = "", *, no_wrap: bool = False) -> None:
        self.pieces = [(text, style)]
        self.no_wrap = no_wrap

    @classmethod
    def assemble(cls, *pieces: "str | tuple[str, str] | Text") -> "Text":
        """A line of plain pieces, pieces with a style, and other lines."""
        line = cls()
        for piece in pieces:
            part = piece if isinstance(piece, Text) else cls(piece) if isinstance(piece, str) else cls(*piece)
            line.pieces += part.pieces
        return line

    def append(self, text: str, style: str = "") -> None:
        self.pieces.append((text, style))

    @property
    def plain(self) -> str:
        """The text without styles."""
        return "".join(text for text, _ in self.pieces)


Row = tuple[str, Text]
"""A head and its text."""


class Grid(NamedTuple):
    """Heads in one column, their texts in the other."""

    rows: list[Row]
    style: str


class Counted(NamedTuple):
    """Heads in one column, a count in the next, and what was counted in the last."""

    rows: list[tuple[str, int, Text]]
    style: str


class Columns(NamedTuple):
    """Lines side by side, with `gap` spaces between them."""

    rows: Sequence[tuple[Text, ...]]
    gap: int


class Tree:
    """A line and the branches below it."""

    def __init__(self, line: Text) -> None:
        self.line = line
        self.branches: list[Tree] = []

    def add(self, line: Text) -> "Tree":
        """Add a branch and return it."""
        self.branches.append(Tree(line))
        return self.branches[-1]


Part = Text | Grid | Counted | Columns | Tree


def plain(parts: Iterable[Part], *, is_ascii: bool = False) -> Iterator[str]:
    """Lines as a pipe gets them: whole, however long, without trailing spaces.

    Args:
        is_ascii: use no box-drawing characters.
    """
    for part in parts:
        if isinstance(part, Text):
            yield part.plain.rstrip()
        elif isinstance(part, Grid):
            yield from aligned(("  " + head, said.plain) for head, said in part.rows)
        elif isinstance(part, Counted):
            widest = max((len(str(count)) for _, count, _ in part.rows), default=0)
            yield from aligned(("  " + head, f"{count:>{widest}}", said.plain) for head, count, said in part.rows)
        elif isinstance(part, Columns):
            yield from aligned((tuple(cell.plain for cell in row) for row in part.rows), part.gap)
        else:
            yield from _branching(part, _ASCII_GUIDES if is_ascii else _GUIDES)


def aligned(rows: Iterable[Sequence[str]], gap: int = 2) -> Iterator[str]:
    """One line per row, with `gap` spaces between its columns and no trailing ones."""
    rows = list(rows)
    widths = [max(map(columns, column)) for column in list(zip(*rows, strict=True))[:-1]]
    for *cells, last in rows:
        filled = (cell + " " * (width - columns(cell)) for cell, width in zip(cells, widths, strict=True))
        yield (" " * gap).join((*filled, last)).rstrip()


_GUIDES, _ASCII_GUIDES = ("├── ", "└── ", "│   "), ("+-- ", "`-- ", "|   ")
"""Before a branch, before the last one, and before lines below one that is not the last; the same as rich's."""


def _branching(tree: Tree, guides: tuple[str, str, str]) -> Iterator[str]:
    """The line of the tree, then those of its branches behind guides, to any depth."""
    branch, last, below = guides
    pending = [(tree, "", "")]
    while pending:
        drawn, before, ahead = pending.pop()
        yield f"{before}{drawn.line.plain}".rstrip()
        for each in reversed(drawn.branches):
            is_last = each is drawn.branches[-1]
            pending.append((each, ahead + (last if is_last else branch), ahead + ("    " if is_last else below)))


def columns(text: str) -> int:
    """Number of terminal columns that a printable text takes."""
    if text.isascii() or max(set(text) - _MARKS, default="") < _WIDE:
        return len(text)
    from rich.cells import cell_len  # slow to import: only for text with characters of other widths

    return cell_len(text)
