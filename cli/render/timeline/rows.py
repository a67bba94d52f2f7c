"""Which row of its lane each label takes: boxes on one row never meet, and connected papers sit near each other.

A box spans dot and label. Packing by left end uses as few rows as boxes overlap at one x (interval graph coloring);
sweeps then move or swap papers between rows while this shortens the edges and uncrosses them.
"""
from bisect import insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SWEEPS = 4
CROSSING = 1.0              # a crossing weighs as much as this many rows of edge height
HIT = 2.0                   # and so does a label that an edge runs through
EXAMINED_UP_TO = 200        # edges; beyond, both are too many to matter and too slow to count
SETTLED_UP_TO = 2000        # edges; beyond, papers stay where they fit first


@dataclass(frozen=True)
class Box:
    """The span of x that a paper needs on its row, with the free space after it; dot at x, edges leave at `leave`."""

    key: str
    lane: int
    left: float
    right: float
    x: float
    leave: float


class Rows:
    """Rows of all lanes, numbered from the top through the whole drawing."""

    def __init__(self, boxes: Sequence[Box], links: Sequence[tuple[str, str]], lanes: int) -> None:
        self.boxes = {box.key: box for box in sorted(boxes, key=lambda box: (box.left, box.key))}
        self.lines = [_line(self.boxes[parent], self.boxes[child]) for parent, child in links]
        self.near: dict[str, list[int]] = defaultdict(list)     # indices of the links of a paper
        for i, ends in enumerate(links):
            for key in ends:
                self.near[key].append(i)
        self.rivals: list[list[tuple[int, float, float, float, float]]] = [[] for _ in links]
        self.below: list[list[Box]] = [[] for _ in links]
        self.above: dict[str, list[int]] = defaultdict(list)
        if len(links) <= EXAMINED_UP_TO:
            self._examine()
        self.first, self.row = self._pack(lanes)
        self.on: dict[int, list[Box]] = defaultdict(list)       # boxes of each row
        for key, row in self.row.items():
            self.on[row].append(self.boxes[key])

    def _pack(self, lanes: int) -> tuple[list[int], dict[str, int]]:
        """First fit by left end; then the first row of each lane, and one past the end, in the whole drawing."""
        ends: list[list[float]] = [[] for _ in range(lanes)]
        inner: dict[str, int] = {}
        for box in self.boxes.values():
            rows = ends[box.lane]
            fitting = (row for row, end in enumerate(rows) if end <= box.left)
            inner[box.key] = next(fitting, len(rows))
            if inner[box.key] == len(rows):
                rows.append(box.right)
            rows[inner[box.key]] = box.right
        first = [0]
        for rows in ends:
            first.append(first[-1] + max(len(rows), 1))
        return first, {key: first[self.boxes[key].lane] + row for key, row in inner.items()}

    def settle(self) -> Mapping[str, int]:
        """Improve until a sweep changes nothing, at most SWEEPS times; the row of each paper."""
        for _ in range(SWEEPS if len(self.lines) <= SETTLED_UP_TO else 0):
            moves = sum(self._improve(key) for key in self.boxes if key in self.near)
            if not moves:
                break
        return self.row

    def _improve(self, key: str) -> bool:
        """Give one paper the row that costs least, trading places with the one paper in the way if need be."""
        here, box = self.row[key], self.boxes[key]
        best: tuple[float, int, list[str]] | None = None
        for row in range(self.first[box.lane], self.first[box.lane + 1]):
            blockers = [other for other in self.on[row] if other.left < box.right and box.left < other.right]
            if row == here or len(blockers) > 1 or not all(self._fits(other, here, key) for other in blockers):
                continue
            moved = [other.key for other in blockers]
            change = self._cost_after(key, row, moved) - self._cost_now(key, moved)
            if change < -1e-6 and (best is None or (change, row) < best[:2]):
                best = (change, row, moved)
        if best is None:
            return False
        self._move(key, best[1])
        for other_key in best[2]:
            self._move(other_key, here)
        return True

    def _fits(self, box: Box, row: int, leaving: str) -> bool:
        return not any(other.left < box.right and box.left < other.right
                       for other in self.on[row] if other.key not in (leaving, box.key))

    def _move(self, key: str, row: int) -> None:
        self.on[self.row[key]].remove(self.boxes[key])
        self.row[key] = row
        insort(self.on[row], self.boxes[key], key=lambda box: (box.left, box.key))

    def _cost_after(self, key: str, row: int, moved: list[str]) -> float:
        here = self.row[key]
        self.row[key] = row
        for other in moved:
            self.row[other] = here
        cost = self._cost_now(key, moved)
        self.row[key] = here
        for other in moved:
            self.row[other] = row
        return cost

    def _cost_now(self, key: str, moved: list[str]) -> float:
        """What these papers and their links cost: height, crossings, and labels run through, as straight lines."""
        movers = (key, *moved)
        cost = 0.0
        for i in sorted({i for one in movers for i in self.near[one]}):
            line = self.lines[i]
            left, right = self.row[line.left], self.row[line.right]
            cost += abs(left - right) + (left != right) * 0.5           # a level link is worth half a row
            for j, at, to, other_at, other_to in self.rivals[i]:
                other = self.lines[j]
                above, below = self.row[other.left], self.row[other.right]
                before = left + (right - left) * at - above - (below - above) * other_at
                after = left + (right - left) * to - above - (below - above) * other_to
                cost += CROSSING * (before * after < 0)
            cost += HIT * sum(self._runs_through(line, box) for box in self.below[i] if box.key not in movers)
        return cost + HIT * sum(self._runs_through(self.lines[i], self.boxes[one])
                                for one in movers for i in self.above[one])

    def _runs_through(self, line: "Line", box: Box) -> bool:
        """Whether a link passes through a box; level links count where they share its row."""
        row, left, right = self.row[box.key], self.row[line.left], self.row[line.right]
        if left == right:
            return row == left
        if not min(left, right) <= row <= max(left, right):
            return False
        x = line.start + (row - left) / (right - left) * (line.end - line.start)
        return box.left < x < box.right

    def _examine(self) -> None:
        """Which links can cross and which boxes they can meet: x never changes, so this is found once."""
        for i, line in enumerate(self.lines):
            for j, other in enumerate(self.lines):
                at, to = max(line.start, other.start), min(line.end, other.end)
                if at < to and not {line.left, line.right} & {other.left, other.right}:
                    self.rivals[i].append((j, line.share(at), line.share(to), other.share(at), other.share(to)))
            for box in self.boxes.values():
                if box.left < line.end and line.start < box.right and box.key not in (line.left, line.right):
                    self.below[i].append(box)
                    self.above[box.key].append(i)


@dataclass(frozen=True)
class Line:
    """A link as a straight line from the end of the parent's box, or its dot, to the child's dot; left to right."""

    left: str               # paper at the left end
    right: str
    start: float            # x of the left end
    end: float

    def share(self, x: float) -> float:
        """How far along the line an x lies, from 0 to 1."""
        return (x - self.start) / (self.end - self.start)


def _line(parent: Box, child: Box) -> Line:
    leave = parent.leave if parent.leave < child.left else parent.x
    if leave <= child.x:
        return Line(parent.key, child.key, leave, child.x)
    return Line(child.key, parent.key, child.x, leave)
