"""Which row of its lane each label takes: boxes on one row never meet, and connected papers sit near each other.

A box spans dot and label. After packing, sweeps move or swap papers between rows while this shortens the edges,
uncrosses them and frees labels: cost = rows passed + CROSSING * crossings + HIT * labels run through, each link as a
straight line. Papers that kept their row of an earlier picture do not move.
"""
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from cli.render.timeline.packing import Box, pack

SWEEPS = 4
CROSSING = 3.0              # a crossing weighs as much as this many rows of edge height
HIT = 4.0                   # and so does a label that an edge runs through
EFFORT = 1_000_000          # looks at what may cross or be hit, in all; then the rows stay as good as they are
Rival = tuple[int, float, float, float, float]     # index of a link that runs beside this one; where that begins and
                                                   # ends, as shares of this one, then as shares of the other


class Rows:
    """Rows of all lanes, numbered from the top through the whole drawing; `order` is that of the lanes."""

    def __init__(self, boxes: Sequence[Box], links: Sequence[tuple[str, str]], lanes: int,
                 kept: Mapping[str, int], slack: float) -> None:
        self.boxes = {box.key: box for box in sorted(boxes, key=lambda box: (box.left, box.key))}
        self.lines = [_line(self.boxes[parent], self.boxes[child]) for parent, child in links]
        self.near: dict[str, list[int]] = defaultdict(list)     # indices of the links of a paper
        for i, ends in enumerate(links):
            for key in ends:
                self.near[key].append(i)
        self.rivals: list[list[Rival]] = [[] for _ in links]
        self.below: list[list[Box]] = [[] for _ in links]      # boxes that a link may run through
        self.above: dict[str, list[int]] = defaultdict(list)   # links that may run through a box
        self._examine()
        self.looks = [len(rivals) + len(boxes) for rivals, boxes in zip(self.rivals, self.below, strict=True)]
        self.effort = EFFORT
        self.counts, self.inner = pack(list(self.boxes.values()), lanes, kept, slack)
        self.free = dict.fromkeys(key for key in self.boxes if key in self.near and kept.get(key) != self.inner[key])
        self.stack(range(lanes))

    def stack(self, order: Sequence[int], inner: Mapping[str, int] | None = None) -> None:
        """Put the lanes in this order, and the papers on these rows of theirs; without `inner` they stay."""
        self.order = list(order)
        self.inner = dict(inner or self.inner)
        tops = list(accumulate((self.counts[lane] for lane in order), initial=0))
        self.first = dict(zip(order, tops[:-1], strict=True))   # the first row of each lane
        self.row = {key: self.first[self.boxes[key].lane] + row for key, row in self.inner.items()}
        self.on: dict[int, list[Box]] = defaultdict(list)       # boxes of each row
        for key, row in self.row.items():
            self.on[row].append(self.boxes[key])

    def faults(self) -> int:
        """Crossings, and labels that links run through, all links as straight lines."""
        row, found = self.row, 0
        self.effort -= sum(self.looks)
        ends = [(row[line.left], row[line.right]) for line in self.lines]
        for i, (line, (left, right)) in enumerate(zip(self.lines, ends, strict=True)):
            for j, at, to, other_at, other_to in self.rivals[i]:
                if i < j:
                    above, below = ends[j]
                    before = left + (right - left) * at - above - (below - above) * other_at
                    after = left + (right - left) * to - above - (below - above) * other_to
                    found += before * after < 0
            found += sum(_runs_through(line, box, left, right, row[box.key]) for box in self.below[i])
        return found

    def settle(self) -> None:
        """Improve until a sweep changes nothing, at most SWEEPS times."""
        for _ in range(SWEEPS):
            if not sum(self.effort > 0 and self._improve(key) for key in self.free):
                break

    def _improve(self, key: str) -> bool:
        """Give one paper the row that costs least, trading places with the one paper in the way if need be."""
        here, box = self.row[key], self.boxes[key]
        best: tuple[float, int, list[str]] | None = None
        for row in range(self.first[box.lane], self.first[box.lane] + self.counts[box.lane]):
            blockers = [other for other in self.on[row] if other.left < box.right and box.left < other.right]
            if row == here or len(blockers) > 1 or not all(
                    other.key in self.free and self._fits(other, here, key) for other in blockers):
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
        self.inner[key] = row - self.first[self.boxes[key].lane]
        self.on[row].append(self.boxes[key])

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
        row, cost = self.row, 0.0
        for i in sorted({i for one in movers for i in self.near[one]}):
            line = self.lines[i]
            self.effort -= self.looks[i]
            left, right = row[line.left], row[line.right]
            cost += abs(left - right) + (left != right) * 0.5           # a level link is worth half a row
            for j, at, to, other_at, other_to in self.rivals[i]:
                other = self.lines[j]
                above, below = row[other.left], row[other.right]
                before = left + (right - left) * at - above - (below - above) * other_at
                after = left + (right - left) * to - above - (below - above) * other_to
                if before * after < 0:
                    cost += CROSSING
            cost += HIT * sum(_runs_through(line, box, left, right, row[box.key]) for box in self.below[i]
                              if box.key not in movers)
        return cost + HIT * sum(_runs_through(line, self.boxes[one], row[line.left], row[line.right], row[one])
                                for one in movers for line in map(self.lines.__getitem__, self.above[one]))

    def _examine(self) -> None:
        """Which links can cross and which boxes they can meet: x never changes, so this is found once."""
        boxes = list(self.boxes.values())
        lefts = [box.left for box in boxes]
        for i, line in enumerate(self.lines):
            for j, other in enumerate(self.lines):
                at, to = max(line.start, other.start), min(line.end, other.end)
                if at < to and not {line.left, line.right} & {other.left, other.right}:
                    self.rivals[i].append((j, line.share(at), line.share(to), other.share(at), other.share(to)))
            for box in boxes[:bisect_left(lefts, line.end)]:
                if line.start < box.right and box.key not in (line.left, line.right):
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


def _runs_through(line: Line, box: Box, left: int, right: int, row: int) -> bool:
    """Whether a link between two rows passes through a box on a third; level links count where they share its row."""
    if left == right:
        return row == left
    if (row < left and row < right) or (row > left and row > right):
        return False
    return box.left < line.start + (row - left) / (right - left) * (line.end - line.start) < box.right
