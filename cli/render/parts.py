"""What a card is made of: styled lines, and grids of them. A pipe gets them plain; a terminal gets them drawn by rich.

Importing rich takes longer than finding what is shown, so that it is left to `cli.render.terminal`.
"""

from collections.abc import Iterable, Iterator

from kb.typed import NamedTuple

_WIDE = "\u0300"
"""Printable letters before this one are all one column wide,"""
_MARKS = str.maketrans("", "", "●○│┌─←…·")
"""and so are those that we draw with."""


class Text:
    """A line in pieces, each with its style, in the manner of rich's."""

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
        """Without styles."""
        return "".join(text for text, _ in self.pieces)


Row = tuple[str, Text]
"""A head, and what is said of it."""


class Grid(NamedTuple):
    """Heads in one column, what is said of them in the other."""

    rows: list[Row]
    style: str


class Counted(NamedTuple):
    """Heads in one column, how many they have in the next, and which in the last."""

    rows: list[tuple[str, int, Text]]
    style: str


Part = Text | Grid | Counted


def plain(parts: Iterable[Part]) -> Iterator[str]:
    """Lines as a pipe gets them: whole, however long, without blanks at their end."""
    for part in parts:
        if isinstance(part, Text):
            yield part.plain.rstrip()
        elif isinstance(part, Grid):
            yield from _aligned(part.rows)
        else:
            widest = max((len(str(count)) for _, count, _ in part.rows), default=0)
            yield from _aligned((head, Text(f"{count:>{widest}}  {said.plain}")) for head, count, said in part.rows)


def _aligned(rows: Iterable[Row]) -> Iterator[str]:
    rows = list(rows)
    widest = max((columns(head) for head, _ in rows), default=0)
    for head, said in rows:
        yield f"  {head}{' ' * (widest - columns(head))}  {said.plain}".rstrip()


def columns(text: str) -> int:
    """Columns of a terminal that a printable text takes."""
    if text.isascii() or max(text.translate(_MARKS), default="") < _WIDE:
        return len(text)
    from rich.cells import cell_len  # costs time to import: only where letters are not all of one width

    return cell_len(text)
