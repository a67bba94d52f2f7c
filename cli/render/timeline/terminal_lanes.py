"""The timeline in two dimensions on a terminal: lanes by time in character cells, laid out by the engine of the SVG."""
from collections.abc import Iterable
from dataclasses import replace

from cli.render.parts import Text
from cli.render.timeline.arrange import arrange
from cli.render.timeline.layout import place
from cli.render.timeline.model import Layout, Metrics, Node, Options, Scale
from cli.render.timeline.papers import Edge, Paper
from cli.render.timeline.terminal import FANCY, PLAIN, Marks, explained, fit, lane_style
from cli.render.timeline.terminal_log import render_log
from cli.render.timeline.textwidth import cell_width

NARROWEST = 80
# A dot is one cell wide, so its radius is half a cell; whole numbers keep boxes apart when x is floored to a column.
CELLS = Metrics(measure=cell_width, row=1, text=1, lane_pad=1, header=1.5, footer=0.5, gap=1, space=1, margin=0,
                radius=(0.5, 0.5), label_max=28)


def render_lanes(papers: Iterable[Paper], edges: Iterable[Edge], width: int, *, plain: bool = False,
                 scale: Scale = "density") -> list[Text]:
    """Lines no wider than `width` cells; below NARROWEST columns, a note and the log instead.

    Raises:
        ValueError: two papers have the same key.
    """
    if width < NARROWEST:
        note = Text(f"lanes need {NARROWEST} columns, this console has {width}: shown as a log", "dim")
        return [fit(note, width), *render_log(papers, edges, width, plain=plain)]
    marks = PLAIN if plain else FANCY
    arrangement = arrange(papers, edges)._replace(edges=())      # no edge is drawn: rows fill from the top
    layout = place(arrangement, Options(width, replace(CELLS, ellipsis=marks.ellipsis), scale))
    rows: dict[int, list[tuple[int, str, str]]] = {0: _years(layout)}
    for i, lane in enumerate(layout.lanes):
        rows[int(lane.y)] = [(0, marks.rule * width, "dim")]
        rows.setdefault(int(lane.y) + 1, []).append((0, lane.label, lane_style(i, "bold")))
    for node in layout.nodes:
        rows.setdefault(int(node.y), []).extend(_pieces(node, marks))
    lines = [_line(sorted(rows.get(y, []), key=lambda piece: piece[0])) for y in range(max(rows) + 1)]
    return [fit(line, width) for line in (*lines, *explained(marks, (node.runnable for node in layout.nodes)))]


def _years(layout: Layout) -> list[tuple[int, str, str]]:
    undated = [(int(layout.undated[0]), "undated", "dim")] if layout.undated else []
    return undated + [(int(tick.label_x), tick.label, "dim") for tick in layout.ticks if tick.label]


def _pieces(node: Node, marks: Marks) -> list[tuple[int, str, str]]:
    return [(int(node.x - node.radius), marks.runs if node.runnable else marks.paper, lane_style(node.lane)),
            (int(node.label_x), node.label, "bold" if node.important else "")]


def _line(pieces: list[tuple[int, str, str]]) -> Text:
    """Pieces of text at their columns; one that would start inside the one before is left out."""
    line, column = Text(), 0
    for at, text, style in pieces:
        if at < column:
            continue
        line.append(" " * (at - column))
        line.append(text, style)
        column = at + int(cell_width(text))
    return line
