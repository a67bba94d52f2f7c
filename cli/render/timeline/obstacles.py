"""The boxes that curves should not run through, found quickly by row."""
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from cli.render.timeline.model import Node, Point


def ink(node: Node) -> tuple[float, float]:
    """The span of x that the dot and the label of a paper cover together."""
    return min(node.x - node.radius, node.label_x), max(node.x + node.radius, node.label_x + node.label_width)


class Obstacles:
    """Dots and labels as boxes; the boxes of one row never overlap, so one bisection finds those at some x."""

    def __init__(self, nodes: Iterable[Node], text: float) -> None:
        self.half = text / 2
        rows: dict[float, list[tuple[float, float, str]]] = defaultdict(list)
        for node in nodes:
            rows[node.y].append((*ink(node), node.key))
        self.rows = {y: sorted(rows[y]) for y in sorted(rows)}
        self.heights = list(self.rows)

    def hits(self, line: Sequence[Point], ends: Sequence[str]) -> int:
        """How many boxes a polyline touches, not counting those of the papers `ends` that it joins."""
        xs, ys = zip(*line, strict=True)
        near = self._within(min(xs), max(xs), min(ys), max(ys))
        return sum(any(_touches(a, b, left, right, y - self.half, y + self.half) for a, b in pairwise(line))
                   for left, right, y, key in near if key not in ends)

    def _within(self, left: float, right: float, top: float, bottom: float) -> list[tuple[float, float, float, str]]:
        """The boxes that reach into an area: span of x, height of their row, paper."""
        found = []
        first = bisect_left(self.heights, top - self.half)
        for y in self.heights[first:bisect_left(self.heights, bottom + self.half)]:
            boxes = self.rows[y]
            for start, end, key in boxes[max(bisect_left(boxes, (left, left, "")) - 1, 0):]:
                if start >= right:
                    break
                if end > left:
                    found.append((start, end, y, key))
        return found


def _touches(a: Point, b: Point, left: float, right: float, top: float, bottom: float) -> bool:
    """Whether a segment reaches into a box."""
    (ax, ay), (bx, by) = a, b
    if (ay > bottom and by > bottom) or (ay <= top and by <= top):
        return False
    low, high = _inside_band(ax, ay, bx, by, top, bottom)
    return left < high and right > low


def _inside_band(ax: float, ay: float, bx: float, by: float, top: float, bottom: float) -> tuple[float, float]:
    """The span of x of the part of a segment that is between two heights."""
    if ay == by:
        return (ax, bx) if ax < bx else (bx, ax)
    slope = (bx - ax) / (by - ay)
    first = ax + (max(min(ay, by), top) - ay) * slope
    last = ax + (min(max(ay, by), bottom) - ay) * slope
    return (first, last) if first < last else (last, first)
