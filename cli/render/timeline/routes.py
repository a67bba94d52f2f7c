"""The way of each edge from the end of the parent's label to the child's dot.

Edges run on a grid: columns of equal width, and in each lane one slot per row and one between rows. A way is the
cheapest sequence of level steps and upright jumps, where running through a label, along or across another parent's
edge and every bend cost, and running where the same parent already runs is cheap: its edges share a trunk.
Dynamic programming finds it column by column. Papers too close in x, or in the wrong order, get an elbow instead.
"""
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from cli.render.timeline.curves import Run, elbows, polyline, through
from cli.render.timeline.model import Edge, Metrics, Node, Point
from cli.render.timeline.obstacles import Obstacles, ink

Link = tuple[str, str]          # parent, child

ROUTED_UP_TO = 200              # edges; beyond, one plain curve each: the picture is haze anyway and the search slow
ROUNDS = 2                      # each parent is routed again once the others are known
MARGIN = 8                      # slots above and below its ends that an edge may use
HIT, CROSSING, ALONG, BEND, SHARED = 80.0, 16.0, 3.0, 4.0, 0.6
CLEAR = 1.5                     # free space beside a label
PITCH = 0.6                     # width of a column in rows
UPRIGHT = 0.8                   # cost of one slot up or down; one column ahead costs 1
EASES = (1.0, 0.6, 0.3, 0.1)    # widths of bends to try, the soft ones first


class Grid:
    """Columns and slots, what stands on them, and which parents run where."""

    def __init__(self, nodes: Sequence[Node], metrics: Metrics, left: float, right: float) -> None:
        self.left, self.pitch = left, metrics.row * PITCH
        self.columns = int((right - left) / self.pitch) + 1
        rows = sorted({node.y for node in nodes})
        half = metrics.row / 2
        self.slots = sorted({round(y + shift, 2) for y in rows for shift in (-half, 0.0, half)}
                            | {round((above + below) / 2, 2) for above, below in pairwise(rows)})
        self.hit = [[0.0] * self.columns for _ in self.slots]
        self.level = [[0.0] * self.columns for _ in self.slots]     # cost of crossing or following level stretches
        self.upright = [[0.0] * self.columns for _ in self.slots]
        for node in nodes:
            start, end = ink(node)
            slot = self.slot(node.y)
            first, last = self.column(start - CLEAR) + 1, self.column(end + CLEAR)
            for column in range(max(first, 0), min(last + 1, self.columns)):
                self.hit[slot][column] = HIT

    def slot(self, y: float) -> int:
        """The slot at a height where a row runs."""
        return bisect_left(self.slots, round(y, 2))

    def column(self, x: float) -> int:
        """The last column at or left of x."""
        return int((x - self.left) // self.pitch)

    def x(self, column: int) -> float:
        """Where a column runs."""
        return self.left + column * self.pitch

    def occupy(self, trunk: "Trunk", sign: int) -> None:
        """Note (1) or forget (-1) where the edges of one parent run."""
        for slot, column in trunk.level:
            self.level[slot][column] += sign
        for slot, column in trunk.upright:
            self.upright[slot][column] += sign


class Trunk:
    """The cells on which the edges of one parent run."""

    def __init__(self) -> None:
        self.level: set[tuple[int, int]] = set()
        self.upright: set[tuple[int, int]] = set()

    def add(self, way: Sequence[tuple[int, int, int]]) -> None:
        """Add a way of (slot, first column, last column) stretches."""
        for slot, first, last in way:
            self.level.update((slot, column) for column in range(first, last + 1))
        for (slot, _, column), (next_slot, _, _) in pairwise(way):
            self.upright.update((s, column) for s in range(min(slot, next_slot), max(slot, next_slot) + 1))


def cheapest(grid: Grid, trunk: Trunk, start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int, int]]:
    """The cheapest way between two (slot, column) cells, as (slot, first column, last column) stretches."""
    (from_slot, first), (to_slot, last) = start, end
    low = max(min(from_slot, to_slot) - MARGIN, 0)
    high = min(max(from_slot, to_slot) + MARGIN, len(grid.slots) - 1)
    slots = range(low, high + 1)
    infinite = float("inf")
    cost = [0.0 if slot == from_slot else infinite for slot in slots]
    origins: list[list[int]] = []                               # per column: where the jump to this slot began
    for column in range(first, last + 1):
        along, across = [], []
        for i, slot in enumerate(slots):
            hit, level, upright = grid.hit[slot][column], grid.level[slot][column], grid.upright[slot][column]
            own = (slot, column) in trunk.level
            along.append(cost[i] + (SHARED if own else 1.0 + hit + ALONG * level + CROSSING * upright))
            own = (slot, column) in trunk.upright
            across.append(SHARED * UPRIGHT if own else UPRIGHT + hit + CROSSING * level + ALONG * upright)
        best, origin = along[:], list(range(len(along)))
        for order in (range(1, len(along)), range(len(along) - 2, -1, -1)):
            step = -order.step
            jump, began = infinite, 0
            for i in order:
                fresh = along[i + step] + BEND
                if fresh < jump:
                    jump, began = fresh, i + step
                jump += across[i]
                if jump < best[i]:
                    best[i], origin[i] = jump, began
        cost = best
        origins.append(origin)
    way: list[tuple[int, int, int]] = []
    i, right = to_slot - low, last
    for column in range(last, first - 1, -1):
        began = origins[column - first][i]
        if began != i:
            way.append((i + low, column, right))
            i, right = began, column
    way.append((i + low, first, right))
    return way[::-1]


def route(nodes: Sequence[Node], edges: Iterable[Edge], metrics: Metrics,
          span: tuple[float, float]) -> Mapping[Link, tuple[Point, ...]]:
    """The curve of each (parent, child) of these edges; `span` is the range of x in which they may run."""
    of = {node.key: node for node in nodes}
    spans: dict[Link, tuple[float, float]] = {}                 # where level edges leave and arrive
    choices: dict[Link, list[tuple[Point, ...]]] = {}           # curves to choose from, the plainest first
    for link in sorted({(edge.target, edge.source) for edge in edges}):
        parent, child = of[link[0]], of[link[1]]
        start, end = _leave(parent, metrics), _arrive(child, metrics)
        if end - start >= metrics.row:
            spans[link] = (start, end)
        else:
            choices[link] = elbows((parent.x, parent.y), parent.radius, (child.x, child.y), end, child.radius)
    if len(spans) + len(choices) > ROUTED_UP_TO:
        plain = {(parent, child): through([(of[parent].y, start, (start + end) / 2),
                                           (of[child].y, (start + end) / 2, end)], 1.0)
                 for (parent, child), (start, end) in spans.items()}
        return plain | {link: curves[0] for link, curves in choices.items()}
    for link, runs in _search(of, spans, metrics, span).items():
        choices[link] = [through(runs, ease) for ease in EASES]
    obstacles = Obstacles(nodes, metrics.text)
    return {link: min(curves, key=lambda curve: obstacles.hits(polyline(curve), link))
            for link, curves in choices.items()}


def _leave(node: Node, metrics: Metrics) -> float:
    return ink(node)[1] + metrics.gap


def _arrive(node: Node, metrics: Metrics) -> float:
    left = ink(node)[0]
    return left - metrics.gap if node.label_x < node.x else left


def _search(of: Mapping[str, Node], spans: Mapping[Link, tuple[float, float]], metrics: Metrics,
            span: tuple[float, float]) -> dict[Link, list[Run]]:
    """Grid ways as level runs in x: parents in order of age, twice; of one parent the longest edge makes the trunk."""
    grid = Grid(list(of.values()), metrics, *span)
    families: dict[str, list[str]] = defaultdict(list)
    for parent, child in sorted(spans, key=lambda link: (of[link[0]].x, link[0], -of[link[1]].x, link[1])):
        families[parent].append(child)
    trunks: dict[str, Trunk] = {}
    runs: dict[Link, list[Run]] = {}
    for _ in range(ROUNDS):
        for parent, children in families.items():
            if parent in trunks:
                grid.occupy(trunks[parent], -1)
            trunk = trunks[parent] = Trunk()
            for child in children:
                start, end = spans[parent, child]
                slot, last = grid.slot(of[parent].y), grid.column(end)
                first = grid.column(start) + 1
                if grid.hit[slot][first]:                       # the next label is that close: turn off before it
                    first -= 1
                way = cheapest(grid, trunk, (slot, first), (grid.slot(of[child].y), last))
                trunk.add(way)
                stops = [start, *(max(grid.x(column), start) for _, _, column in way[:-1]), end]
                runs[parent, child] = [(grid.slots[slot], left, right)
                                       for (slot, _, _), (left, right) in zip(way, pairwise(stops), strict=True)]
            grid.occupy(trunk, 1)
    return runs
