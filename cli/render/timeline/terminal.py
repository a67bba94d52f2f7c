"""What both terminal renderers share: the marks, and lines that never leave the console."""
from collections.abc import Iterable
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text

from cli.render.timeline import palette


@dataclass(frozen=True)
class Marks:
    """The characters of a drawing."""

    runs: str
    paper: str
    pipe: str
    corner: str
    rule: str
    parents: str
    ellipsis: str


FANCY = Marks("●", "○", "│", "┌", "─", "←", "…")
PLAIN = Marks("*", "o", "|", ",", "-", "<-", "~")


def lane_style(lane: int, bold: bool = False, dim: bool = False) -> Style:
    """The color of a lane."""
    return Style(color=palette.TERMINAL[palette.color_index(lane)], bold=bold or None, dim=dim or None)


def explained(marks: Marks, nodes: Iterable[bool], *, links: bool) -> Iterable[Text]:
    """A last line that says what the marks mean that occur; `nodes` tell of each paper whether it is runnable."""
    runnable = set(nodes)
    meanings = ((True in runnable, marks.runs, "code runs"), (False in runnable, marks.paper, "no code"),
                (links, marks.parents, "builds on"))
    words = [f"{mark} {meaning}" for occurs, mark, meaning in meanings if occurs]
    return [Text("  ".join(words), Style(dim=True))] if words else []


def fit(text: Text, width: int) -> Text:
    """The text cut to the width in cells and without blanks at its end; spans and styles stay."""
    if cell_len(text.plain) > width:
        text.plain = set_cell_size(text.plain, max(width, 0))
    text.rstrip()
    text.no_wrap = True
    return text
