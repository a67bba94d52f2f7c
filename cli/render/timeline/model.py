"""The options and the result of a timeline layout: frozen values, no behavior.

Papers, edges (`papers`) and `Options` go in, `Layout` comes out. Coordinates are abstract: x grows with time, y grows
downwards, one unit is whatever `Metrics` measures in (pixels for SVG, character cells for a terminal).
A `Layout` holds plain values only, so `dataclasses.asdict` turns it into JSON.
"""
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cli.render.timeline.papers import Precision
from linker.graph import Kind

Scale = Literal["density", "linear"]
Point = tuple[float, float]


@dataclass(frozen=True)
class Metrics:
    """Sizes of one medium. With whole numbers in `row`, `gap` and `measure`, boxes stay apart when x is floored."""

    measure: Callable[[str, bool], float]   # width of a text, bold or not
    row: float                              # height of one row of labels
    text: float                             # height of the ink of a label
    lane_pad: float                         # free height that a lane has beyond its rows
    header: float                           # height above the first lane, for the years
    footer: float                           # height below the last lane, for the legend
    gap: float                              # between dot and label
    space: float                            # between two boxes on one row
    margin: float                           # at the left and right end of the drawing
    radius: tuple[float, float]             # of the dot of the least and of the most built-on paper
    label_max: float                        # longer labels are cut
    ellipsis: str = "…"                     # and end in this


@dataclass(frozen=True)
class Kept:
    """What a picture passes on to the next one, so that readers find every paper where it was."""

    lanes: tuple[str, ...]                  # names, top to bottom
    rows: Mapping[str, int] = field(default_factory=dict)   # of each paper, counted from the top of its lane


@dataclass(frozen=True)
class Options:
    """How to lay out: width of the drawing in the units of `metrics`, and time scale.

    With `keep`, the lanes keep that order, and each paper named there stays on its row unless it would overlap.
    """

    width: float
    metrics: Metrics
    scale: Scale = "density"
    keep: Kept | None = None


@dataclass(frozen=True)
class Lane:
    """One horizontal band: y is its top."""

    name: str
    label: str                              # `name`, cut to the width of the gutter
    y: float
    height: float
    papers: int


@dataclass(frozen=True)
class Tick:
    """The first day of a year or month; without a label if its neighbors leave no room."""

    x: float
    year: int
    month: int                              # 0 for a year, from 1 for those after January
    label: str                              # "" for a bare grid line
    label_x: float                          # left end of the label


@dataclass(frozen=True)
class Node:
    """The dot and the label of one paper. The label box spans label_x .. label_x + label_width around y."""

    key: str
    label: str
    title: str
    href: str | None
    lane: int                               # index into Layout.lanes
    date: str | None
    precision: Precision
    runnable: bool
    important: bool                         # among the most built-on: drawn bold
    x: float
    y: float
    radius: float
    label_x: float
    label_width: float
    row: int                                # counted from the top of its lane
    rank: int                               # 0 for the most influential paper of the picture, by PageRank


@dataclass(frozen=True)
class Route:
    """An edge and its curve from target to source: a chain of cubic Béziers p0 c c p1 c c p2 ..., or nothing."""

    source: str
    target: str
    kind: Kind
    why: str
    lane: int                               # of the target: the color of the idea that is passed on
    backward: bool                          # the target is newer than the source
    implied: bool                           # a longer builds-on chain says the same: known, but not drawn
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Layout:
    """The whole drawing. `plot` is the span of x between gutter and right margin, `undated` the span of that strip."""

    width: float
    height: float
    plot: tuple[float, float]
    undated: tuple[float, float] | None
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]                 # of all years, then of the months of broad ones
    nodes: tuple[Node, ...]
    routes: tuple[Route, ...]
    hidden_implied: int
    hidden_unimportant: int                 # neither implied nor drawn: there were more than layout.MOST_DRAWN
