"""Which row of its lane each label takes: boxes on one row never overlap, and connected papers are close.

A box spans dot and label. After packing, sweeps move or swap papers between rows while this shortens the edges,
uncrosses them and frees labels: cost = rows passed + CROSSING * crossings + HIT * labels run through, each link as a
straight line. Papers that kept their row from an earlier picture do not move.

Papers and links are numbers here, and their data is in lists: it is read several hundred thousand times.
"""
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import add

from cli.render.timeline.packing import Box, pack

SWEEPS = 4
CROSSING = 3.0              # a crossing weighs as much as this many rows of edge height
HIT = 4.0                   # and so does a label that an edge runs through
EFFORT = 1_000_000          # checks for crossings and hits, in all; then the rows stay as they are
Rival = tuple[int, int, float, float, float, float]     # the papers of a link alongside this one; where the two
                                                        # overlap, from and to, as shares of this one, then of that
Below = tuple[int, float, float]                        # a paper that a link may run through, and the span of its box


class Rows:
    """Rows of all lanes, numbered from the top through the whole drawing; `order` is the order of the lanes.

    `inner` has the row of each paper within its lane, `row` the one in the drawing, both indexed by its box.
    """

    def __init__(self, boxes: Sequence[Box], links: Sequence[tuple[str, str]], lanes: int,
                 kept: Mapping[str, int], slack: float) -> None:
        self.boxes = sorted(boxes, key=lambda box: (box.left, box.key))
        self.lane = [box.lane for box in self.boxes]
        number = {box.key: i for i, box in enumerate(self.boxes)}
        self.lines = [_line(number[parent], number[child], self.boxes) for parent, child in links]
        self.near: list[list[int]] = [[] for _ in boxes]        # numbers of the links of a paper
        self.above: list[list[tuple[int, Line, list[Below]]]] = [[] for _ in boxes]     # those that may run through it
        for i, line in enumerate(self.lines):
            self.near[line.left].append(i)
            self.near[line.right].append(i)
        self._examine()
        self.all_looks = sum(line.looks for line in self.lines)
        self.effort = EFFORT
        self.counts, rows = pack(self.boxes, lanes, kept, slack)
        self.free = dict.fromkeys(i for i, box in enumerate(self.boxes)
                                  if self.near[i] and kept.get(box.key) != rows[box.key])
        self.stack(range(lanes), [rows[box.key] for box in self.boxes])

    def stack(self, order: Sequence[int], inner: Sequence[int]) -> None:
        """Put the lanes in this order, and the papers on these rows of their lanes."""
        self.order, self.inner = list(order), list(inner)
        self.first = [0] * len(self.counts)                     # the first row of each lane
        top = 0
        for lane in order:
            self.first[lane] = top
            top += self.counts[lane]
        self.row = list(map(add, map(self.first.__getitem__, self.lane), inner))

    def faults(self, enough: float = float("inf")) -> int:
        """Number of crossings and of labels that links run through, links as straight lines; stops at `enough`."""
        row, found = self.row, 0
        self.effort -= self.all_looks
        for line in self.lines:
            left, right = row[line.left], row[line.right]
            found += _crossings(left, right, line.later, row) + _hits(line, left, right, line.below, row)
            if found >= enough:
                break
        return found

    def settle(self) -> None:
        """Improve until a sweep changes nothing, at most SWEEPS times."""
        self.on: dict[int, list[int]] = defaultdict(list)       # papers of each row
        for paper, row in enumerate(self.row):
            self.on[row].append(paper)
        for _ in range(SWEEPS):
            if not sum(self.effort > 0 and self._improve(paper) for paper in self.free):
                break

    def _improve(self, paper: int) -> bool:
        """Give one paper the row that costs least, trading places with the one paper in the way if need be."""
        here, lane = self.row[paper], self.lane[paper]
        best: tuple[float, int, list[int]] | None = None
        for row in range(self.first[lane], self.first[lane] + self.counts[lane]):
            if row == here:
                continue
            blockers = self._meeting(paper, row)
            if len(blockers) > 1 or not all(
                    other in self.free and self._meeting(other, here) == [paper] for other in blockers):
                continue
            change = self._change(paper, row, blockers)
            if change < -1e-6 and (best is None or (change, row) < best[:2]):
                best = (change, row, blockers)
        if best is None:
            return False
        self._move(paper, best[1])
        for other in best[2]:
            self._move(other, here)
        return True

    def _meeting(self, paper: int, row: int) -> list[int]:
        """Other papers on a row that are in the way of this one."""
        box = self.boxes[paper]
        return [other for other in self.on[row] if other != paper
                and self.boxes[other].left < box.right and box.left < self.boxes[other].right]

    def _move(self, paper: int, row: int) -> None:
        self.on[self.row[paper]].remove(paper)
        self.on[row].append(paper)
        self.row[paper] = row
        self.inner[paper] = row - self.first[self.lane[paper]]

    def _change(self, paper: int, row: int, others: list[int]) -> float:
        """How much the cost grows if a paper goes to a row, and others go from there to where it was."""
        here, movers = self.row[paper], [paper, *others]
        near = {i for mover in movers for i in self.near[mover]}
        self.effort -= 2 * sum(self.lines[i].looks for i in near)
        before = self._cost(movers, near)
        self.row[paper] = row
        for other in others:
            self.row[other] = here
        after = self._cost(movers, near)
        self.row[paper] = here
        for other in others:
            self.row[other] = row
        return after - before

    def _cost(self, movers: list[int], near: set[int]) -> float:
        """What these papers and their links cost: height, crossings, and labels run through, as straight lines."""
        row, cost = self.row, 0.0
        for i in near:
            line = self.lines[i]
            left, right = row[line.left], row[line.right]
            cost += abs(left - right) + (left != right) * 0.5           # a level link is worth half a row
            cost += CROSSING * _crossings(left, right, line.rivals, row)
            cost += HIT * _hits(line, left, right, line.below, row)
        for mover in movers:
            for i, line, box in self.above[mover]:
                if i not in near:
                    cost += HIT * _hits(line, row[line.left], row[line.right], box, row)
        return cost

    def _examine(self) -> None:
        """Which links can cross and which boxes they can meet: x never changes, so this is found once."""
        lefts = [box.left for box in self.boxes]
        for i, line in enumerate(self.lines):
            ends = {line.left, line.right}
            for j, other in enumerate(self.lines):
                at, to = max(line.start, other.start), min(line.end, other.end)
                if at < to and not ends & {other.left, other.right}:
                    rival = (other.left, other.right, line.share(at), line.share(to), other.share(at), other.share(to))
                    line.rivals.append(rival)
                    if i < j:
                        line.later.append(rival)
            for paper in range(bisect_left(lefts, line.end)):
                box = self.boxes[paper]
                if line.start < box.right and paper not in ends:
                    line.below.append((paper, box.left, box.right))
                    self.above[paper].append((i, line, [(paper, box.left, box.right)]))


@dataclass(slots=True)
class Line:
    """A link as a straight line from the end of the parent's box, or its dot, to the child's dot; left to right."""

    left: int               # paper at the left end
    right: int
    start: float            # x of the left end
    end: float
    rivals: list[Rival] = field(default_factory=list)       # links that may cross it
    later: list[Rival] = field(default_factory=list)        # those of them with a higher number
    below: list[Below] = field(default_factory=list)        # boxes that it may run through

    @property
    def looks(self) -> int:
        """Number of checks that this link takes."""
        return len(self.rivals) + len(self.below)

    def share(self, x: float) -> float:
        """How far along the line an x is, from 0 to 1."""
        return (x - self.start) / (self.end - self.start)


def _line(parent: int, child: int, boxes: Sequence[Box]) -> Line:
    older, younger = boxes[parent], boxes[child]
    leave = older.leave if older.leave < younger.left else older.x
    if leave <= younger.x:
        return Line(parent, child, leave, younger.x)
    return Line(child, parent, younger.x, leave)


def _crossings(left: int, right: int, rivals: Sequence[Rival], row: Sequence[int]) -> int:
    """How many of these links a link between two rows crosses."""
    found, rise = 0, right - left
    for other_left, other_right, at, to, other_at, other_to in rivals:
        above = row[other_left]
        other_rise = row[other_right] - above
        before = left + rise * at - above - other_rise * other_at
        after = left + rise * to - above - other_rise * other_to
        if before * after < 0:
            found += 1
    return found


def _hits(line: Line, left: int, right: int, below: Sequence[Below], row: Sequence[int]) -> int:
    """How many of these boxes a link between two rows runs through; a level one through those on its row."""
    found, rise = 0, right - left
    if not rise:
        for paper, _, _ in below:
            if row[paper] == left:
                found += 1
        return found
    start, width = line.start, line.end - line.start
    low, high = (left, right) if rise > 0 else (right, left)
    for paper, box_left, box_right in below:
        at = row[paper]
        if low <= at <= high and box_left < start + (at - left) / rise * width < box_right:
            found += 1
    return found
