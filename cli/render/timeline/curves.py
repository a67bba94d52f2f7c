"""Curves as chains of cubic Béziers, p0 c c p1 c c p2 ..., that leave and arrive level."""
from collections.abc import Sequence

from cli.render.timeline.model import Point

Run = tuple[float, float, float]            # a level stretch: y, from x, to x; the next run starts where this one ends
Bend = tuple[Point, ...]                    # from one run to the next: a chain of Béziers
SAMPLES = 8                                 # segments per Bézier when a curve is judged as a polyline


def through(runs: Sequence[Run], bends: Sequence[Bend]) -> tuple[Point, ...]:
    """Level runs, each joined to the next by one bend; a first bend that drops from a dot begins above or below it."""
    y, left, _ = runs[0]
    points = [bends[0][0] if bends and bends[0][0][1] != y else (left, y)]
    for bend in bends:
        _level(points, bend[0])
        points += bend[1:]
    _level(points, (runs[-1][2], runs[-1][0]))
    return tuple(points)


def _level(points: list[Point], end: Point) -> None:
    """Go straight to a point further right."""
    x, y = points[-1]
    if end[0] - x > 1e-9:
        points += [(x + (end[0] - x) / 3, y), (x + 2 * (end[0] - x) / 3, y), end]


def s_bend(left: float, y: float, right: float, next_y: float) -> Bend:
    """A bend that is level at both ends."""
    middle = (left + right) / 2
    return (left, y), (middle, y), (middle, next_y), (right, next_y)


def drop(x: float, y: float, width: float, next_y: float) -> Bend:
    """Straight up or down, then a round corner of this width to the right."""
    side = 1 if next_y > y else -1
    corner = next_y - side * min(width, abs(next_y - y))
    third = (corner - y) / 3
    down = ((x, y + third), (x, y + 2 * third), (x, corner)) if abs(third) > 1e-9 else ()
    return (x, y), *down, (x, (corner + 2 * next_y) / 3), (x + width / 3, next_y), (x + width, next_y)


def elbows(start: Point, start_radius: float, end: Point, end_left: float,
           end_radius: float) -> list[tuple[Point, ...]]:
    """Ways to join two dots that are too close in x for a level start, or in the wrong order; the plainest first.

    `end_left` is the x where a curve may touch the box of the second paper from the left.
    """
    (x, y), (to_x, to_y) = start, end
    down = 1 if to_y >= y else -1
    leave, land = (x, y + down * start_radius), (to_x, to_y - down * end_radius)
    ways: list[tuple[Point, ...]] = []
    if end_left > x + start_radius and to_y != y:               # drop from the dot, arrive level
        for bend in (0.0, 0.3, 0.6):
            ways.append((leave, (x + bend * (end_left - x), to_y - (to_y - leave[1]) * bend / 2),
                         (x + (end_left - x) * 0.4, to_y), (end_left, to_y)))
    if to_y != y:                                               # dot to dot, straight or bulging to one side
        middle = (leave[1] + land[1]) / 2
        for bulge in (0.0, -14.0, 14.0, -28.0, 28.0):
            ways.append((leave, (x + bulge, middle), (to_x + bulge, middle), land))
        return ways
    lift = start_radius * 3                                     # same row: an arc over or under what is between
    for side in (-1, 1):
        ways.append(((x, y + side * start_radius), (x, y + side * lift), (to_x, y + side * lift),
                     (to_x, to_y + side * end_radius)))
    return ways


def polyline(points: Sequence[Point]) -> list[Point]:
    """Points on a chain of Béziers."""
    line = [points[0]]
    for i in range(0, len(points) - 1, 3):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = points[i:i + 4]
        for step in range(1, SAMPLES + 1):
            t = step / SAMPLES
            u = 1 - t
            a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
            line.append((a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy))
    return line
