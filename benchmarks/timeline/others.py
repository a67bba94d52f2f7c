"""The same papers and links drawn by other tools, each used as its documentation recommends, with their faults counted.

Graphviz: `dot` from left to right, the papers of a year on one rank next to a chain of years; without lanes, which
suits it best, and with lanes as clusters. plotly: a scatter plot, text next to the markers, each lane a band of four
rows, links as lines. vis-timeline: lanes as groups, papers as stacked points; it draws no links. All get the links that
ours draws: without implied ones, as after Graphviz's `tred`, and in large sets only the most important ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from benchmarks.timeline.by_graphviz import graphviz
from benchmarks.timeline.by_web import plotly, vis_timeline
from benchmarks.timeline.criteria import Unmeasured
from benchmarks.timeline.drawn import Links, Picture
from benchmarks.timeline.faults import Faults, faults, of_layout
from benchmarks.timeline.sets import PaperSet
from benchmarks.timeline.stage import Stage, laid_out, layout_of
from cli.render.timeline.svg import PIXELS, render_svg


@dataclass(frozen=True)
class Compared:
    """A row of the table."""

    tool: str
    papers: int
    labels: int
    links: int
    faults: Faults
    seconds: float
    kilobytes: float
    size: str


def compare(stage: Stage, drawn: PaperSet) -> tuple[list[Compared], list[str]]:
    """A row for every available tool, and why the others are missing."""
    links = [(route.source, route.target) for route in laid_out(drawn.name).routes if route.points]
    rows, missing = [], []
    for tool in TOOLS:
        try:
            found = tool(stage, drawn, links)
        except Unmeasured as error:
            missing.append(str(error))
            continue
        rows.append(Compared(found.tool, len(drawn.papers), len(found.drawing.labels), len(found.drawing.links),
                             faults(found.drawing), found.seconds, found.kilobytes, found.size))
    return rows, missing


def ours(stage: Stage, drawn: PaperSet, links: Links) -> Picture:
    """The SVG of `paperkb timeline`."""
    start = perf_counter()
    found = layout_of(drawn)
    text = render_svg(found)
    return Picture("paperkb", of_layout(found, PIXELS.text), perf_counter() - start, len(text.encode()) / 1000,
                   f"{found.width:.0f} x {found.height:.0f}")


TOOLS: tuple[Callable[[Stage, PaperSet, Links], Picture], ...] = (
    ours, graphviz, partial(graphviz, lanes=True), plotly, vis_timeline)
