"""Where several curves from one paper run as one: the stretches they share, and how many share them."""
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cli.render.timeline.model import Point, Route

Piece = tuple[Point, Point, Point, Point]


@dataclass(frozen=True)
class Trunk:
    """A Bézier that `shared` curves of one lane's color run along."""

    points: Piece
    shared: int
    lane: int


def trunks(routes: Iterable[Route]) -> list[Trunk]:
    """Stretches shared by two or more plain "builds on" curves of the same older paper, sorted."""
    bends: Counter[tuple[str, int, Piece]] = Counter()
    levels: dict[tuple[str, int, float], list[tuple[float, float]]] = defaultdict(list)
    for route in routes:
        if route.kind != "builds-on" or route.backward:
            continue
        for piece in _pieces(route.points):
            ys = {y for _, y in piece}
            if len(ys) == 1:
                levels[route.target, route.lane, ys.pop()].append((piece[0][0], piece[3][0]))
            else:
                bends[route.target, route.lane, piece] += 1
    found = [Trunk(piece, count, lane) for (_, lane, piece), count in bends.items() if count > 1]
    for (_, lane, y), spans in levels.items():
        found += [Trunk(((left, y), (left, y), (right, y), (right, y)), count, lane)
                  for left, right, count in _overlaps(spans)]
    return sorted(found, key=lambda trunk: (trunk.shared, trunk.lane, trunk.points))


def _pieces(points: tuple[Point, ...]) -> Iterator[Piece]:
    for i in range(0, len(points) - 1, 3):
        start, leave, arrive, end = points[i:i + 4]
        yield start, leave, arrive, end


def _overlaps(spans: list[tuple[float, float]]) -> Iterator[tuple[float, float, int]]:
    """Stretches that two or more spans cover, each with their number; neighbors with the same number are merged."""
    change: Counter[float] = Counter()
    for left, right in spans:
        change[min(left, right)] += 1
        change[max(left, right)] -= 1
    start, covering = 0.0, 0
    for x in sorted(x for x, step in change.items() if step):
        if covering > 1:
            yield start, x, covering
        start, covering = x, covering + change[x]
