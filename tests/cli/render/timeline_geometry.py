"""Faults of a layout, measured from coordinates alone, without the code that computed them."""
from dataclasses import dataclass
from itertools import combinations, pairwise

from cli.render.timeline.model import Layout, Node, Point, Route

Rect = tuple[float, float, float, float]    # left, top, right, bottom


@dataclass(frozen=True)
class Faults:
    """Pairs of overlapping labels, labels over other papers' dots, crossing links, links through others' labels."""

    overlaps: int
    over_dots: int
    crossings: int
    through_labels: int


def label_box(node: Node, height: float) -> Rect:
    return node.label_x, node.y - height / 2, node.label_x + node.label_width, node.y + height / 2


def dot_box(node: Node) -> Rect:
    return node.x - node.radius, node.y - node.radius, node.x + node.radius, node.y + node.radius


def meet(a: Rect, b: Rect) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def curve(route: Route, samples: int = 12) -> list[Point]:
    """De Casteljau on each Bézier of a route."""
    line = [route.points[0]]
    for start in range(0, len(route.points) - 1, 3):
        for step in range(1, samples + 1):
            t, level = step / samples, list(route.points[start:start + 4])
            while len(level) > 1:
                level = [(ax + t * (bx - ax), ay + t * (by - ay)) for (ax, ay), (bx, by) in pairwise(level)]
            line.append(level[0])
    return line


def turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    return turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0


def touches(a: Point, b: Point, box: Rect) -> bool:
    """Whether a segment has a point in a box."""
    if any(box[0] < x < box[2] and box[1] < y < box[3] for x, y in (a, b)):
        return True
    corners = [(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])]
    return any(cross(a, b, corners[i], corners[(i + 1) % 4]) for i in range(4))


def bounds(line: list[Point]) -> Rect:
    xs, ys = [x for x, _ in line], [y for _, y in line]
    return min(xs), min(ys), max(xs), max(ys)


def segments(line: list[Point]) -> list[tuple[Point, Point, Rect]]:
    """Each segment with its bounds: what meets it also meets them, which rules out most pairs."""
    return [(a, b, bounds([a, b])) for a, b in pairwise(line)]


def labels(layout: Layout, height: float) -> tuple[int, int]:
    """Overlapping pairs of labels, and labels over the dot of another paper."""
    overlaps = sum(meet(label_box(a, height), label_box(b, height)) for a, b in combinations(layout.nodes, 2))
    over_dots = sum(meet(label_box(a, height), dot_box(b)) for a in layout.nodes for b in layout.nodes if a is not b)
    return overlaps, over_dots


def measure(layout: Layout, height: float = 13.0) -> Faults:
    """Count each fault; two links count one crossing for each point where they cross."""
    drawn = [(route, bounds(line), segments(line)) for route in layout.routes if route.points
             for line in [curve(route)]]
    overlaps, over_dots = labels(layout, height)
    crossings = through = 0
    for (one, around, line), (other, about, second) in combinations(drawn, 2):
        if {one.source, one.target} & {other.source, other.target} or not meet(around, about):
            continue
        near = [segment for segment in second if meet(segment[2], around)]
        crossings += sum(cross(a, b, c, d) for a, b, box in line if meet(box, about)
                         for c, d, beside in near if meet(box, beside))
    for route, around, line in drawn:
        for node in layout.nodes:
            box = label_box(node, height)
            if node.key not in (route.source, route.target) and meet(around, box):
                through += any(meet(near, box) and touches(a, b, box) for a, b, near in line)
    return Faults(overlaps, over_dots, crossings, through)
