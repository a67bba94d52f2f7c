"""The route of each edge from the end of the parent's label to the child's dot.

Routes are found on a grid, parents in order of age; the edges of one parent share a trunk. Then each bend is drawn as
softly as the labels around it allow. Papers too close in x, or in the wrong order, are joined by an elbow instead.
"""
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from cli.render.timeline.bends import bends
from cli.render.timeline.curves import Run, elbows, polyline, through
from cli.render.timeline.grid import Grid, Trunk, Way, cheapest
from cli.render.timeline.model import Metrics, Node, Point
from cli.render.timeline.obstacles import Obstacles, ink
from cli.render.timeline.papers import Edge

Link = tuple[str, str]          # parent, child

ROUNDS = 3                      # each parent is routed again once the others are known


def route(nodes: Sequence[Node], edges: Iterable[Edge], metrics: Metrics,
          span: tuple[float, float]) -> Mapping[Link, tuple[Point, ...]]:
    """The curve of each (parent, child) of these edges; `span` is the range of x in which they may run."""
    of = {node.key: node for node in nodes}
    spans: dict[Link, tuple[float, float]] = {}                 # where edges leave and arrive on their way to the right
    curves: dict[Link, tuple[Point, ...]] = {}
    obstacles = Obstacles(nodes, metrics.text)
    for link in sorted({(edge.target, edge.source) for edge in edges}):
        parent, child = of[link[0]], of[link[1]]
        start, end = _leave(parent, metrics), _arrive(child, metrics)
        if end - start >= metrics.row:
            spans[link] = (start, end)
        elif end - parent.x >= metrics.row and parent.y != child.y:     # too close for that: it drops from the dot
            spans[link] = (parent.x, end)
        else:
            choices = elbows((parent.x, parent.y), parent.radius, (child.x, child.y), end, child.radius)
            if parent.y == child.y and start < end:
                choices.insert(0, through([(parent.y, start, end)], []))
            curves[link] = min(choices, key=lambda curve: obstacles.hits(polyline(curve), link))
    for key, family in _search(of, spans, metrics, span).items():
        soft = bends(of[key], family, obstacles)
        for child_key, runs in family.items():
            curves[key, child_key] = through(
                runs, [soft[x, y, next_y] for (y, _, x), (next_y, _, _) in pairwise(runs)])
    return curves


def _leave(node: Node, metrics: Metrics) -> float:
    return ink(node)[1] + metrics.gap


def _arrive(node: Node, metrics: Metrics) -> float:
    left = ink(node)[0]
    return left - metrics.gap if node.label_x < node.x else left


def _search(of: Mapping[str, Node], spans: Mapping[Link, tuple[float, float]], metrics: Metrics,
            span: tuple[float, float]) -> dict[str, dict[str, list[Run]]]:
    """Grid ways as level runs in x: parents in order of age, ROUNDS times; the longest edge of each forms its trunk."""
    grid = Grid(list(of.values()), metrics, *span)
    families: dict[str, list[str]] = defaultdict(list)
    for parent, child in sorted(spans, key=lambda link: (of[link[0]].x, link[0], -of[link[1]].x, link[1])):
        families[parent].append(child)
    trunks: dict[str, Trunk] = {}
    ways: dict[Link, Way] = {}
    waiting = set(families)                                     # parents around which something changed
    for _ in range(ROUNDS):
        for parent, children in families.items():
            if parent not in waiting:
                continue
            before = trunks.get(parent)
            if before:
                grid.occupy(before, -1)
            trunk = trunks[parent] = Trunk()
            for child in children:
                start, end = spans[parent, child]
                begin = grid.at(start, of[parent].y) if start == of[parent].x else grid.after(start, of[parent].y)
                ways[parent, child] = cheapest(grid, trunk, begin, (grid.column(end), grid.slot(of[child].y)))
                trunk.add(ways[parent, child])
            grid.occupy(trunk, 1)
            if trunk != before:
                waiting.update(families)
            waiting.remove(parent)
    return {parent: {child: _runs(grid, ways[parent, child], *spans[parent, child],
                                 spans[parent, child][0] == of[parent].x) for child in children}
            for parent, children in families.items()}


def _runs(grid: Grid, way: Way, start: float, end: float, drops: bool) -> list[Run]:
    """A way as level runs in x."""
    stops = [start, *(max(grid.x(column), start) for _, _, column in way[:-1]), end]
    if drops:                                                   # the column was only the nearest
        stops[1] = start
    return [(grid.slots[slot], left, right) for (slot, _, _), (left, right) in zip(way, pairwise(stops), strict=True)]
