"""Places for everything: papers and edges in, coordinates out. Nothing here knows how the picture is drawn."""
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import sqrt

from cli.render.timeline.arrange import Arrangement, arrange
from cli.render.timeline.model import Edge, Lane, Layout, Metrics, Node, Options, Paper, Point, Route
from cli.render.timeline.routes import route
from cli.render.timeline.rows import Box, Rows
from cli.render.timeline.textwidth import cut
from cli.render.timeline.timescale import TimeScale, timescale

GUTTER_SHARE = 0.16         # of the width, at most, for the names of the lanes
RESERVE_SHARE = 0.15        # of the plot, at most, kept free of dots for the labels of the youngest papers


def layout(papers: Iterable[Paper], edges: Iterable[Edge], options: Options) -> Layout:
    """The whole picture. A width too small for the lane names and two labels is enlarged to that.

    Raises:
        ValueError: two papers have the same key.
    """
    arrangement = arrange(papers, edges, options.max_lanes)
    placed = place(arrangement, options)
    drawn = [edge for edge in arrangement.edges if edge not in arrangement.implied]
    left = placed.undated[0] if placed.undated else placed.plot[0]
    curves = route(placed.nodes, drawn, options.metrics, (left, placed.width))
    lane = {node.key: node.lane for node in placed.nodes}
    routes = tuple(
        Route(edge.source, edge.target, edge.kind, edge.why, lane[edge.target], _backward(edge, arrangement),
              edge in arrangement.implied,
              () if edge in arrangement.implied else _rounded(curves[edge.target, edge.source]))
        for edge in arrangement.edges)
    hidden = {(edge.source, edge.target) for edge in arrangement.implied} \
        - {(edge.source, edge.target) for edge in drawn}            # cites beside a drawn builds-on hides nothing
    return replace(placed, routes=routes, hidden_implied=len(hidden))


def place(arrangement: Arrangement, options: Options) -> Layout:
    """Lanes, time axis and papers, still without the routes of the edges."""
    metrics = options.metrics
    important = arrangement.important
    labels = {paper.key: cut(paper.label, metrics.label_max, metrics.measure, metrics.ellipsis, paper.key in important)
              for paper in arrangement.papers}
    radii = _radii(arrangement, metrics)
    gutter = min(max((metrics.measure(lane, True) for lane in arrangement.lanes), default=0.0),
                 GUTTER_SHARE * options.width)
    left = round(metrics.margin + gutter + 2 * metrics.space, 2)
    width = max(options.width, left + 2 * metrics.label_max + metrics.margin)
    sizes = {key: 2 * radii[key] + metrics.gap + metrics.measure(label, key in important)
             for key, label in labels.items()}
    undated = [sizes[paper.key] for paper in arrangement.papers if arrangement.moments[paper.key] is None]
    strip = (left, round(left + max(undated) + 2 * metrics.space, 2)) if undated else None
    plot = (strip[1] if strip else left, width - metrics.margin)
    scale, plot_end = _scale(arrangement, sizes, radii, plot, options)

    boxes, sides = [], {}
    lane_index = {lane: i for i, lane in enumerate(arrangement.lanes)}
    for paper in arrangement.papers:
        when = arrangement.moments[paper.key]
        radius, size = radii[paper.key], sizes[paper.key]
        x = round(scale.x(when.years) if when and scale else left + metrics.space + radius, 2)
        to_left = when is not None and x - radius + size > plot[1]
        sides[paper.key] = to_left
        box_left = x + radius - size if to_left else x - radius
        leave = box_left + size + metrics.gap
        boxes.append(Box(paper.key, lane_index[paper.lane], box_left, box_left + size + metrics.space, x, leave))
    drawn = sorted({(edge.target, edge.source) for edge in arrangement.edges if edge not in arrangement.implied})
    rows = Rows(boxes, drawn, len(arrangement.lanes))
    row_of = rows.settle()

    lanes = _lanes(arrangement, rows.first, gutter, metrics)
    box_of = {box.key: box for box in boxes}
    nodes = []
    for paper in arrangement.papers:
        box, radius, when = box_of[paper.key], radii[paper.key], arrangement.moments[paper.key]
        lane = lanes[box.lane]
        nodes.append(Node(
            key=paper.key, label=labels[paper.key], title=paper.title, href=paper.href, lane=box.lane,
            date=paper.date if when else None, precision=when.precision if when else "none", runnable=paper.runnable,
            important=paper.key in important, x=box.x,
            y=round(lane.y + metrics.lane_pad / 2 + (row_of[paper.key] - rows.first[box.lane] + 0.5) * metrics.row, 2),
            radius=radius, label_x=round(box.left if sides[paper.key] else box.x + radius + metrics.gap, 2),
            label_width=round(sizes[paper.key] - 2 * radius - metrics.gap, 2)))
    bottom = lanes[-1].y + lanes[-1].height if lanes else metrics.header
    busy = frozenset(int(when.years) for when in arrangement.moments.values() if when)
    return Layout(
        width=round(width, 2), height=round(bottom + metrics.footer, 2), plot=(plot[0], round(plot_end, 2)),
        undated=strip, lanes=lanes, nodes=tuple(nodes), routes=(), hidden_implied=0,
        ticks=tuple(replace(tick, x=round(tick.x, 2), label_x=round(tick.label_x, 2))
                    for tick in scale.ticks(metrics, busy)) if scale else ())


def _radii(arrangement: Arrangement, metrics: Metrics) -> dict[str, float]:
    """Area of a dot grows with the number of papers that build on it."""
    most = max(arrangement.children.values(), default=1)
    least, range_ = metrics.radius[0], metrics.radius[1] - metrics.radius[0]
    return {paper.key: round(least + range_ * sqrt(arrangement.children.get(paper.key, 0) / most), 2)
            for paper in arrangement.papers}


def _scale(arrangement: Arrangement, sizes: dict[str, float], radii: dict[str, float], plot: tuple[float, float],
           options: Options) -> tuple[TimeScale | None, float]:
    """The time scale, ended early enough for the labels of the youngest papers, and where it ends."""
    dated = [(paper, when) for paper in arrangement.papers if (when := arrangement.moments[paper.key])]
    start = plot[0] + options.metrics.space

    def ending_at(end: float) -> TimeScale | None:
        return timescale(((when, paper.lane) for paper, when in dated), start, end, options.metrics, options.scale)

    end = plot[1]
    scale = ending_at(end)
    for _ in range(4):                              # shrinking moves the labels by less than it takes: repeat
        if scale is None:
            break
        over = max(scale.x(when.years) - radii[paper.key] + sizes[paper.key] for paper, when in dated) - plot[1]
        end = max(end - max(over, 0.0), plot[1] - RESERVE_SHARE * (plot[1] - plot[0]))
        scale = ending_at(end)
    return scale, end


def _lanes(arrangement: Arrangement, first: Sequence[int], gutter: float, metrics: Metrics) -> tuple[Lane, ...]:
    """Bands one below the other, each as high as its rows."""
    papers: dict[str, int] = dict.fromkeys(arrangement.lanes, 0)
    for paper in arrangement.papers:
        papers[paper.lane] += 1
    lanes, y = [], metrics.header
    for i, name in enumerate(arrangement.lanes):
        height = (first[i + 1] - first[i]) * metrics.row + metrics.lane_pad
        label = cut(name, gutter, metrics.measure, metrics.ellipsis, True)
        lanes.append(Lane(name, label, round(y, 2), round(height, 2), papers[name]))
        y += height
    return tuple(lanes)


def _backward(edge: Edge, arrangement: Arrangement) -> bool:
    child, parent = arrangement.moments[edge.source], arrangement.moments[edge.target]
    return child is not None and parent is not None and parent.years > child.years


def _rounded(points: Sequence[Point]) -> tuple[Point, ...]:
    return tuple((round(x, 2), round(y, 2)) for x, y in points)
