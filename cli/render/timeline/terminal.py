"""What both terminal renderers share: the marks, and lines that always fit the console."""
from collections.abc import Iterable

from cli.render.parts import Text
from cli.render.timeline import palette
from cli.render.timeline.papers import WORDS, Edge
from cli.render.timeline.textwidth import cell_width, cut
from kb.typed import NamedTuple


class Marks(NamedTuple):
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


def lane_style(lane: int, *weight: str) -> str:
    """The color of a lane, with `bold` or `dim` if given."""
    return " ".join((*weight, palette.TERMINAL[palette.color_index(lane)]))


def explained(marks: Marks, nodes: Iterable[bool], edges: Iterable[Edge] = ()) -> Iterable[Text]:
    """A last line that explains the marks that occur; `nodes` tells for each paper whether it is runnable."""
    runnable, kinds = set(nodes), {edge.kind for edge in edges}
    meanings = ((True in runnable, marks.runs, "code runs"), (False in runnable, marks.paper, "no code"),
                (kinds, marks.parents, " or ".join(words for kind, words in WORDS.items() if kind in kinds)))
    words = [f"{mark} {meaning}" for occurs, mark, meaning in meanings if occurs]
    return [Text("  ".join(words), "dim")] if words else []


def fit(line: Text, width: int) -> Text:
    """The line cut to a width in cells, without trailing spaces; styles stay."""
    said = line.plain
    left = len(cut(said, width, cell_width, ellipsis="").rstrip())
    if left == len(said):
        line.no_wrap = True
        return line
    fitting = Text(no_wrap=True)
    for text, style in line.pieces:
        fitting.append(text[:left], style)
        left = max(left - len(text), 0)
    return fitting
