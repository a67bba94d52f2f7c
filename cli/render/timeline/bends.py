"""How soft each bend of an edge is drawn: as soft as possible without touching more labels than necessary."""
from collections.abc import Mapping, Sequence
from itertools import pairwise

from cli.render.timeline.curves import Bend, Run, drop, polyline, s_bend
from cli.render.timeline.model import Node
from cli.render.timeline.obstacles import Obstacles

NATURAL = 0.9                               # half the width of a bend, as a share of its height
CORNER = 24.0                               # widest corner of an edge that drops from a dot
EASES = (1.0, 0.6, 0.3, 0.1)                # shares of the natural width to try, before and after the middle
PAIRS = sorted(((before, after) for before in EASES for after in EASES), key=lambda pair: (-sum(pair), -min(pair)))
Corner = tuple[float, float, float]         # x, from y, to y


def bends(parent: Node, family: Mapping[str, Sequence[Run]], obstacles: Obstacles) -> dict[Corner, Bend]:
    """The bend at each corner of the edges of one parent; edges that share a corner share its bend.

    Neighboring bends meet at most in the middle of the run between them.
    """
    rooms: dict[Corner, tuple[float, float]] = {}
    for runs in family.values():
        for i, ((y, left, x), (next_y, _, right)) in enumerate(pairwise(runs)):
            before = x - left if i == 0 else (x - left) / 2
            after = right - x if i == len(runs) - 2 else (right - x) / 2
            room = rooms.get((x, y, next_y), (before, after))
            rooms[x, y, next_y] = min(before, room[0]), min(after, room[1])
    return {corner: _softest(_bends_at(corner, room, parent), corner, room, obstacles, parent.key)
            for corner, room in rooms.items()}


def _bends_at(corner: Corner, room: tuple[float, float], parent: Node) -> list[Bend]:
    """The bends to choose from, softest first."""
    x, y, next_y = corner
    natural = NATURAL * abs(next_y - y)
    before, after = min(natural, room[0]), min(natural, room[1])
    if x == parent.x and y == parent.y:
        start = y + (parent.radius if next_y > y else -parent.radius)
        return [drop(x, start, min(CORNER, after) * ease, next_y) for ease in EASES]
    return [s_bend(x - before * ease_before, y, x + after * ease_after, next_y) for ease_before, ease_after in PAIRS]


def _softest(found: Sequence[Bend], corner: Corner, room: tuple[float, float], obstacles: Obstacles,
             parent: str) -> Bend:
    """The first bend that touches the fewest labels, counting the level runs around it as far as any bend may reach."""
    x, y, next_y = corner
    tried = []
    for bend in found:
        start = [(x - room[0], y)] if bend[0][1] == y else []
        hits = obstacles.hits([*start, *polyline(bend), (x + room[1], next_y)], (parent,))
        if not hits:
            return bend
        tried.append((hits, bend))
    return min(tried, key=lambda pair: pair[0])[1]
