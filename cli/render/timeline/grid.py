"""The grid on which edges are routed, and the cheapest way between two of its cells.

Columns are equally wide. Each row of labels is a slot, and so are the tracks between two rows. A way is a sequence of
level steps and upright jumps. The cost of a cell depends on what is there: a label, the edges of other parents, which a
way then crosses or follows, or the trunk of its own parent, on which it runs almost for free.
"""
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import add

from cli.render.timeline.model import Metrics, Node
from cli.render.timeline.obstacles import ink

Cell = tuple[int, int]                      # column, slot
Way = list[tuple[int, int, int]]            # level stretches: slot, first column, last column

INFINITE = float("inf")
STEP, SHARED = 1.0, 0.6         # one column ahead; the same on its own parent's trunk
UPRIGHT = 1.6                   # up or down by the height of a row
BEND = 4.0                      # each jump
HIT = 110.0                     # running through a label
CROSSING, ALONG = 40.0, 3.0     # crossing the edges of another parent, or following them for one cell
MARGIN = 4.0                    # rows above and below its ends that a way may use
PITCH = 0.6                     # width of a column in rows
CLEAR = 1.5                     # free space next to a label


class Grid:
    """What it costs to pass each cell, level or upright."""

    def __init__(self, nodes: Sequence[Node], metrics: Metrics, left: float, right: float) -> None:
        self.left, self.pitch, self.row = left, metrics.row * PITCH, metrics.row
        self.columns = int((right - left) / self.pitch) + 1
        self.slots = _slots(sorted({node.y for node in nodes}), metrics)
        rise = [0.0, *(UPRIGHT * (below - above) / metrics.row for above, below in pairwise(self.slots))]
        self.rise = rise                                        # cost of the jump from the slot above
        self.level = [[STEP] * len(self.slots) for _ in range(self.columns)]        # [column][slot]
        self.upright = [[0.0] * len(self.slots) for _ in range(self.columns)]
        self.blocked: set[Cell] = set()
        for node in nodes:
            start, end = ink(node)
            slot = self.slot(node.y)
            for column in range(max(self.column(start - CLEAR) + 1, 0),
                                min(self.column(end + CLEAR) + 1, self.columns)):
                self.level[column][slot] = STEP + HIT
                self.upright[column][slot] = HIT
                self.blocked.add((column, slot))

    def slot(self, y: float) -> int:
        """The slot of the row at this y."""
        return bisect_left(self.slots, round(y, 2))

    def column(self, x: float) -> int:
        """The last column at or left of x."""
        return int((x - self.left) // self.pitch)

    def after(self, x: float, y: float) -> Cell:
        """The first cell of an edge that leaves a row at x: the next column, or the one before if a label is there."""
        column, slot = self.column(x) + 1, self.slot(y)
        return column - ((column, slot) in self.blocked), slot

    def at(self, x: float, y: float) -> Cell:
        """The nearest cell."""
        return self.column(x + self.pitch / 2), self.slot(y)

    def x(self, column: int) -> float:
        """The x of a column."""
        return self.left + column * self.pitch

    def corridor(self, a: int, b: int) -> tuple[int, int]:
        """The slots that a way between two slots may use: first, and one past the last."""
        margin = MARGIN * self.row
        top, bottom = self.slots[min(a, b)] - margin, self.slots[max(a, b)] + margin
        return bisect_left(self.slots, top), bisect_left(self.slots, bottom)

    def occupy(self, trunk: "Trunk", sign: int) -> None:
        """Make the edges of one parent an obstacle for others (1), or remove it (-1)."""
        for column, slot in trunk.level:
            self.level[column][slot] += sign * ALONG
            self.upright[column][slot] += sign * CROSSING
        for column, slot in trunk.upright:
            self.level[column][slot] += sign * CROSSING
            self.upright[column][slot] += sign * ALONG


@dataclass
class Trunk:
    """The cells on which the edges of one parent run, level and upright."""

    level: set[Cell] = field(default_factory=set)
    upright: set[Cell] = field(default_factory=set)

    def add(self, way: Way) -> None:
        """Add one of its edges."""
        for slot, first, last in way:
            self.level.update((column, slot) for column in range(first, last + 1))
        for (slot, _, column), (next_slot, _, _) in pairwise(way):
            self.upright.update((column, s) for s in range(min(slot, next_slot), max(slot, next_slot) + 1))


def cheapest(grid: Grid, trunk: Trunk, start: Cell, end: Cell) -> Way:
    """The cheapest way between two cells for an edge of the parent whose other edges run on `trunk`.

    Dynamic programming, column by column: `cost[i]` is the least cost of reaching slot `low + i`, and `origins`
    has the slot where the jump to it in that column began.
    """
    (first, from_slot), (last, to_slot) = start, end
    low, high = grid.corridor(from_slot, to_slot)
    stay = list(range(high - low))
    rise = grid.rise[low:high]
    shared = _by_column(trunk, low, high)
    cost = [0.0 if slot == from_slot else INFINITE for slot in range(low, high)]
    origins: list[list[int]] = []
    for column in range(first, last + 1):
        level, upright = grid.level[column][low:high], grid.upright[column][low:high]
        for i, own_level in shared.get(column, ()):
            level[i], upright[i] = SHARED if own_level else level[i], 0.0
        along = list(map(add, cost, level))
        cost, origin = along[:], stay[:]
        jump, began = INFINITE, 0
        for i in stay[1:]:                                      # downwards
            fresh = along[i - 1] + BEND
            if fresh < jump:
                jump, began = fresh, i - 1
            jump += rise[i] + upright[i]
            if jump < cost[i]:
                cost[i], origin[i] = jump, began
        jump = INFINITE
        for i in stay[-2::-1]:                                  # upwards
            fresh = along[i + 1] + BEND
            if fresh < jump:
                jump, began = fresh, i + 1
            jump += rise[i + 1] + upright[i]
            if jump < cost[i]:
                cost[i], origin[i] = jump, began
        origins.append(origin)
    return _traced(origins, first, last, to_slot, low)


def _traced(origins: Sequence[Sequence[int]], first: int, last: int, to_slot: int, low: int) -> Way:
    """The way that led to a slot, traced backward."""
    way: Way = []
    i, right = to_slot - low, last
    for column in range(last, first - 1, -1):
        began = origins[column - first][i]
        if began != i:
            way.append((i + low, column, right))
            i, right = began, column
    way.append((i + low, first, right))
    return way[::-1]


def _by_column(trunk: Trunk, low: int, high: int) -> dict[int, list[tuple[int, bool]]]:
    """The cells of a trunk between two slots: for each column the slots, counted from `low`, and whether level."""
    cells: dict[int, list[tuple[int, bool]]] = {}
    for column, slot in trunk.level | trunk.upright:
        if low <= slot < high:
            cells.setdefault(column, []).append((slot - low, (column, slot) in trunk.level))
    return cells


def _slots(rows: Sequence[float], metrics: Metrics) -> list[float]:
    """The heights of all slots: each row, and two tracks in the space between the texts of neighboring rows."""
    half, apart = metrics.row / 2, (metrics.row - metrics.text) / 5
    tracks = {round(y + side * half + shift, 2) for y in rows for side in (-1, 1) for shift in (-apart, apart)}
    return sorted({*(round(y, 2) for y in rows), *tracks})
