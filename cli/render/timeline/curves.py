"""Curves as chains of cubic Béziers, p0 c c p1 c c p2 ..., that leave and arrive level."""
from collections.abc import Sequence
from itertools import pairwise

from cli.render.timeline.model import Point

Run = tuple[float, float, float]            # a level stretch: y, from x, to x; the next run starts where this one ends
BEND = 0.9                                  # half the width of a bend, as a share of its height
SAMPLES = 8                                 # segments per Bézier when a curve is judged as a polyline


def through(runs: Sequence[Run], ease: float) -> tuple[Point, ...]:
    """Level runs joined by S-bends, as wide as `ease` times their natural width where the runs leave room."""
    points: list[Point] = [(runs[0][1], runs[0][0])]
    for (y, left, x), (next_y, _, right) in pairwise(runs):
        natural = BEND * ease * abs(next_y - y)
        room_left = x - left if left == runs[0][1] else (x - left) / 2
        room_right = right - x if right == runs[-1][2] else (right - x) / 2
        before, after = min(natural, room_left), min(natural, room_right)
        _level(points, (x - before, y))
        _bend(points, (x + after, next_y))
    _level(points, (runs[-1][2], runs[-1][0]))
    return tuple(points)


def _level(points: list[Point], end: Point) -> None:
    x, y = points[-1]
    if end[0] - x > 1e-9:
        points += [(x + (end[0] - x) / 3, y), (x + 2 * (end[0] - x) / 3, y), end]


def _bend(points: list[Point], end: Point) -> None:
    x, y = points[-1]
    middle = (x + end[0]) / 2
    points += [(middle, y), (middle, end[1]), end]


def elbows(start: Point, start_radius: float, end: Point, end_left: float,
           end_radius: float) -> list[tuple[Point, ...]]:
    """Ways to join two dots that lie too close in x for a level start, or in the wrong order; the plainest first.

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


def polyline(points: Sequence[Point], samples: int = SAMPLES) -> list[Point]:
    """Points on a chain of Béziers, `samples` per piece."""
    line = [points[0]]
    for i in range(0, len(points) - 1, 3):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = points[i:i + 4]
        for step in range(1, samples + 1):
            t = step / samples
            u = 1 - t
            a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
            line.append((a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy))
    return line
