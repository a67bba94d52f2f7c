"""Count what makes a drawing hard to read, from coordinates alone, no matter which tool drew it.

A `Drawing` consists of boxes of text, round dots and polylines. Two links that share an end may touch; that is not a
crossing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cli.render.timeline.model import Layout, Point

Box = tuple[float, float, float, float]         # left, top, right, bottom
Array = NDArray[np.float64]
BEZIER_STEPS = 12
SLACK = 0.01                                    # boxes that overlap by no more than this only share an edge


@dataclass(frozen=True)
class Drawing:
    """Labels and dots with the paper they belong to (a dot as x, y, radius); links with source and target."""

    labels: tuple[tuple[str, Box], ...]
    dots: tuple[tuple[str, tuple[float, float, float]], ...] = ()
    links: tuple[tuple[str, str, tuple[Point, ...]], ...] = ()


@dataclass(frozen=True)
class Faults:
    """Pairs of overlapping labels, labels over foreign dots, crossing points of links, links through foreign labels."""

    overlaps: int
    over_dots: int
    crossings: int
    through_labels: int


def faults(drawing: Drawing) -> Faults:
    """All four counts."""
    return Faults(overlaps(drawing), over_dots(drawing), crossings(drawing), through_labels(drawing))


def of_layout(layout: Layout, ink: float) -> Drawing:
    """A layout as drawn; `ink` is the height of a label."""
    return Drawing(
        tuple((n.key, (n.label_x, n.y - ink / 2, n.label_x + n.label_width, n.y + ink / 2)) for n in layout.nodes),
        tuple((n.key, (n.x, n.y, n.radius)) for n in layout.nodes),
        tuple((r.source, r.target, tuple(flattened(r.points))) for r in layout.routes if r.points),
    )


def flattened(points: tuple[Point, ...]) -> Iterator[Point]:
    """A chain of cubic Béziers p0 c c p1 c c p2 ... as a polyline."""
    yield points[0]
    for i in range(0, len(points) - 1, 3):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = points[i : i + 4]
        for step in range(1, BEZIER_STEPS + 1):
            t = step / BEZIER_STEPS
            u = 1 - t
            a, b, c, d = u**3, 3 * u * u * t, 3 * u * t * t, t**3
            yield a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy


def overlaps(drawing: Drawing) -> int:
    """Pairs of labels whose boxes share more than an edge, found by a sweep from left to right."""
    boxes = sorted(box for _, box in drawing.labels)
    found = 0
    open_: list[Box] = []
    for box in boxes:
        open_ = [other for other in open_ if other[2] > box[0] + SLACK]
        found += sum(other[1] < box[3] - SLACK and box[1] < other[3] - SLACK for other in open_)
        open_.append(box)
    return found


def over_dots(drawing: Drawing) -> int:
    """(label, dot) pairs of different papers that overlap: the box against the circle."""
    if not drawing.dots or not drawing.labels:
        return 0
    owners = np.array([owner for owner, _ in drawing.dots])
    dots = np.array([dot for _, dot in drawing.dots])
    found = 0
    for owner, (left, top, right, bottom) in drawing.labels:
        dx = np.maximum(np.maximum(left - dots[:, 0], dots[:, 0] - right), 0)
        dy = np.maximum(np.maximum(top - dots[:, 1], dots[:, 1] - bottom), 0)
        found += int(np.sum((np.hypot(dx, dy) < dots[:, 2] - SLACK) & (owners != owner)))
    return found


def crossings(drawing: Drawing) -> int:
    """Points where two links without a common end cross, found by a sweep from left to right."""
    segments, owner, ends = _segments(drawing)
    if not len(segments):
        return 0
    order = np.argsort(np.minimum(segments[:, 0], segments[:, 2]), kind="stable")
    segments, owner, ends = segments[order], owner[order], ends[order]
    left, right = np.minimum(segments[:, 0], segments[:, 2]), np.maximum(segments[:, 0], segments[:, 2])
    top, bottom = np.minimum(segments[:, 1], segments[:, 3]), np.maximum(segments[:, 1], segments[:, 3])
    found = 0
    for i, stop in enumerate(np.searchsorted(left, right, side="right")):
        rest = slice(i + 1, stop)
        near = (top[rest] <= bottom[i]) & (bottom[rest] >= top[i]) & (owner[rest] != owner[i])
        if near.any():
            apart = ~np.isin(ends[rest][near], ends[i]).any(axis=1)
            found += int(np.sum(_cross(segments[i], segments[rest][near]) & apart))
    return found


def through_labels(drawing: Drawing) -> int:
    """(link, label) pairs where the link runs through the label of a paper at neither of its ends."""
    found = 0
    boxes = np.array([box for _, box in drawing.labels])
    owners = np.array([owner for owner, _ in drawing.labels])
    for source, target, points in drawing.links:
        hit = np.zeros(len(boxes), dtype=bool)
        for a, b in pairwise(points):
            hit |= _through(a, b, boxes)
        found += int(np.sum(hit & (owners != source) & (owners != target)))
    return found


def _segments(drawing: Drawing) -> tuple[Array, NDArray[np.int_], NDArray[np.int_]]:
    number = {key: i for i, key in enumerate(sorted({k for s, t, _ in drawing.links for k in (s, t)}))}
    rows, owner, ends = [], [], []
    for link, (source, target, points) in enumerate(drawing.links):
        for a, b in pairwise(points):
            rows.append((*a, *b))
            owner.append(link)
            ends.append((number[source], number[target]))
    return np.array(rows, dtype=float), np.array(owner), np.array(ends)


def _cross(one: Array, many: Array) -> NDArray[np.bool_]:
    """Whether each of many segments properly crosses one."""
    a, b, c, d = one[:2], one[2:], many[:, :2], many[:, 2:]
    sides: NDArray[np.bool_] = (_turn(a, b, c) * _turn(a, b, d) < 0) & (_turn(c, d, a) * _turn(c, d, b) < 0)
    return sides


def _turn(a: Array, b: Array, c: Array) -> Array:
    ab, ac = b - a, c - a
    turned: Array = ab[..., 0] * ac[..., 1] - ab[..., 1] * ac[..., 0]
    return turned


def _through(a: Point, b: Point, boxes: Array) -> NDArray[np.bool_]:
    """Which boxes a segment enters (Liang and Barsky: some part of it is inside both slabs)."""
    start, end = np.zeros(len(boxes)), np.ones(len(boxes))
    for axis in (0, 1):
        step = b[axis] - a[axis]
        low, high = boxes[:, axis] - a[axis], boxes[:, axis + 2] - a[axis]
        if step == 0:
            outside = (low >= 0) | (high <= 0)
            end = np.where(outside, -1.0, end)
            continue
        near, far = np.minimum(low / step, high / step), np.maximum(low / step, high / step)
        start, end = np.maximum(start, near), np.minimum(end, far)
    return np.asarray(start < end)
