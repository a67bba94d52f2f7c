"""The place of everything: papers and edges in, coordinates out. Nothing here knows how the picture is drawn."""
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from cli.render.timeline.across import Label, across
from cli.render.timeline.arrange import Arrangement, arrange
from cli.render.timeline.model import Kept, Lane, Layout, Metrics, Node, Options, Point, Route
from cli.render.timeline.packing import Box
from cli.render.timeline.papers import Edge, Paper
from cli.render.timeline.routes import route
from cli.render.timeline.rows import Rows
from cli.render.timeline.stacking import settle
from cli.render.timeline.textwidth import cut
from cli.render.timeline.widen import widened

KEPT_SLACK = 0.75           # of the space after a label, which a paper may give up to keep its row
MOST_DRAWN = 150            # edges with a curve


def layout(papers: Iterable[Paper], edges: Iterable[Edge], options: Options) -> Layout:
    """The whole picture. A width too small for the lane names and two labels is raised to fit them.

    Raises:
        ValueError: two papers have the same key.
    """
    arrangement = arrange(papers, edges, options.keep.lanes if options.keep else ())
    drawn = _drawn(arrangement)
    placed = place(arrangement, options)
    left = placed.undated[0] if placed.undated else placed.plot[0]
    curves = route(placed.nodes, drawn, options.metrics, (left, placed.width))
    lane = {node.key: node.lane for node in placed.nodes}
    routes = tuple(
        Route(edge.source, edge.target, edge.kind, edge.why, lane[edge.target], _backward(edge, arrangement),
              edge in arrangement.implied,
              _rounded(curves[edge.target, edge.source]) if edge in drawn else ())
        for edge in arrangement.edges)
    shown = [edge for edge in arrangement.edges if edge not in arrangement.implied]
    hidden = {(edge.source, edge.target) for edge in arrangement.implied} \
        - {(edge.source, edge.target) for edge in shown}            # cites parallel to a drawn builds-on hides nothing
    return replace(placed, routes=routes, hidden_implied=len(hidden), hidden_unimportant=len(shown) - len(drawn))


def kept(layout: Layout) -> Kept:
    """What the next picture of these papers needs to leave them where they are."""
    return Kept(tuple(lane.name for lane in layout.lanes), {node.key: node.row for node in layout.nodes})


def place(arrangement: Arrangement, options: Options) -> Layout:
    """Lanes, time axis and papers, still without the routes of the edges."""
    metrics, keep = options.metrics, options.keep or Kept(())
    spread = across(arrangement, options)
    links = sorted({(edge.target, edge.source) for edge in _drawn(arrangement)})
    rows = Rows(spread.boxes, links, len(arrangement.lanes), keep.rows, KEPT_SLACK * metrics.space)
    movable = [lane for lane in arrangement.lanes if lane != arrangement.other]
    settle(rows, len(movable) if set(keep.lanes).isdisjoint(movable) else 0)
    lanes = _lanes(arrangement, rows, spread.gutter, metrics)
    index = {lane: i for i, lane in enumerate(rows.order)}
    inner = {box.key: row for box, row in zip(rows.boxes, rows.inner, strict=True)}
    labels = widened(arrangement, spread, rows, metrics)
    nodes = [_node(paper, box, index[box.lane], lanes[index[box.lane]], inner[paper.key], arrangement,
                   labels[paper.key], metrics)
             for paper, box in zip(arrangement.papers, spread.boxes, strict=True)]
    bottom = lanes[-1].y + lanes[-1].height if lanes else metrics.header
    busy = frozenset(int(when.years) for when in arrangement.moments.values() if when)
    dated = (spread.undated[1] if spread.undated else 0.0, spread.width)
    ticks = spread.scale.ticks(metrics, busy, dated) if spread.scale else ()
    return Layout(
        width=round(spread.width, 2), height=round(bottom + metrics.footer, 2),
        plot=(spread.plot[0], round(spread.plot[1], 2)), undated=spread.undated, lanes=lanes, nodes=tuple(nodes),
        ticks=tuple(replace(tick, x=round(tick.x, 2), label_x=round(tick.label_x, 2)) for tick in ticks),
        routes=(), hidden_implied=0, hidden_unimportant=0)


def _drawn(arrangement: Arrangement) -> frozenset[Edge]:
    """The edges that get a curve: no implied ones; of many, those between the most influential papers, links last."""
    rank = arrangement.rank
    shown = [edge for edge in arrangement.edges if edge not in arrangement.implied]
    if len(shown) > MOST_DRAWN:
        shown.sort(key=lambda edge: (edge.kind == "links", max(rank[edge.source], rank[edge.target]),
                                     min(rank[edge.source], rank[edge.target]), edge.kind))
    return frozenset(shown[:MOST_DRAWN])


def _node(paper: Paper, box: Box, index: int, lane: Lane, row: int, arrangement: Arrangement, label: Label,
          metrics: Metrics) -> Node:
    when = arrangement.moments[paper.key]
    before = box.left < box.x - label.radius - metrics.gap / 2              # the label is before the dot
    return Node(
        key=paper.key, label=label.text, title=paper.title, href=paper.href, lane=index,
        date=paper.date if when else None, precision=when.precision if when else "none", runnable=paper.runnable,
        important=paper.key in arrangement.important, x=box.x,
        y=round(lane.y + metrics.lane_pad / 2 + (row + 0.5) * metrics.row, 2), radius=label.radius,
        label_x=round(box.x + label.radius - label.size if before else box.x + label.radius + metrics.gap, 2),
        label_width=round(label.size - 2 * label.radius - metrics.gap, 2), row=row, rank=arrangement.rank[paper.key])


def _lanes(arrangement: Arrangement, rows: Rows, gutter: float, metrics: Metrics) -> tuple[Lane, ...]:
    """Bands from top to bottom, each as high as its rows."""
    papers = Counter(paper.lane for paper in arrangement.papers)
    lanes, y = [], metrics.header
    for lane in rows.order:
        name, height = arrangement.lanes[lane], rows.counts[lane] * metrics.row + metrics.lane_pad
        label = cut(name, gutter, metrics.measure, metrics.ellipsis, True)
        lanes.append(Lane(name, label, round(y, 2), round(height, 2), papers[name]))
        y += height
    return tuple(lanes)


def _backward(edge: Edge, arrangement: Arrangement) -> bool:
    child, parent = arrangement.moments[edge.source], arrangement.moments[edge.target]
    return child is not None and parent is not None and parent.years > child.years


def _rounded(points: Sequence[Point]) -> tuple[Point, ...]:
    return tuple((round(x, 2), round(y, 2)) for x, y in points)
