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
EFFORT = 2_000_000          # checks for crossings and hits, in all; then the rows stay as they are
Rival = tuple[int, int, float, float, float, float]     # the papers of a link alongside this one; where the two
                                                        # overlap, from and to, as shares of this one, then of that
Below = tuple[int, float, float]                        # a paper that a link may run through, and the span of its box
Over = tuple[int, int, int, float, float]               # a link, the papers of its ends, where it begins, its width


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
        self.above: list[list[Over]] = [[] for _ in boxes]      # those that may run through it
        for i, line in enumerate(self.lines):
            self.near[line.left].append(i)
            self.near[line.right].append(i)
        self._examine()
        self.effort = EFFORT
        self.counts, rows = pack(self.boxes, lanes, kept, slack)
        self.free = dict.fromkeys(i for i, box in enumerate(self.boxes)
                                  if self.near[i] and kept.get(box.key) != rows[box.key])
        self.stack(range(lanes), [rows[box.key] for box in self.boxes])

    def stack(self, order: Sequence[int], inner: Sequence[int]) -> None:
        """Put the lanes in this order, and the papers on these rows of their lanes."""
        self.still = 0                                          # papers tried since one moved
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
        for line in self.lines:
            self.effort -= len(line.later) + len(line.below)
            left, right = row[line.left], row[line.right]
            found += _crossings(left, right, line.later, row) + _hits(line, left, right, line.below, row)
            if found >= enough:
                break
        return found

    def settle(self) -> None:
        """Try every paper until none moves any more, each at most SWEEPS times."""
        self.on: dict[int, list[int]] = defaultdict(list)       # papers of each row
        for paper, row in enumerate(self.row):
            self.on[row].append(paper)
        self.known: dict[int, float] = {}                       # what links cost where they are
        for paper in [*self.free] * SWEEPS:
            if self.effort <= 0 or self.still == len(self.free):
                break
            self.still = 0 if self._improve(paper) else self.still + 1

    def _improve(self, paper: int) -> bool:
        """Give one paper the row that costs least, trading places with the one paper in the way if need be."""
        here, lane = self.row[paper], self.lane[paper]
        best: tuple[float, int, list[int]] = (0.0, here, [])
        for row in range(self.first[lane], self.first[lane] + self.counts[lane]):
            if row == here:
                continue
            blockers = self._meeting(paper, row)
            if len(blockers) > 1 or not all(
                    other in self.free and self._meeting(other, here) == [paper] for other in blockers):
                continue
            change = self._change(paper, row, blockers, best[0])
            if change < best[0]:
                best = (change, row, blockers)
        if best[1] == here:
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
        self.known.clear()
        self.inner[paper] = row - self.first[self.lane[paper]]

    def _change(self, paper: int, row: int, others: list[int], enough: float) -> float:
        """How much the cost grows if a paper goes to a row, and others go from there to where it was.

        The cost is that of these papers and their links. Any number from `enough` on stands for all of them.
        """
        here, movers = self.row[paper], [paper, *others]
        near = {i for mover in movers for i in self.near[mover]}
        for i in near.difference(self.known):
            self.known[i] = self._cost(i)
        change = -sum(map(self.known.__getitem__, near)) - self._through(movers, near)
        self.row[paper] = row
        for other in others:
            self.row[other] = here
        change += self._through(movers, near)
        for i in near:
            if change >= enough:
                break
            change += self._cost(i)
        self.row[paper] = here
        for other in others:
            self.row[other] = row
        return change

    def _cost(self, link: int) -> float:
        """What a link costs: height, crossings, and labels run through, as a straight line."""
        line, row = self.lines[link], self.row
        self.effort -= len(line.rivals) + len(line.below)
        left, right = row[line.left], row[line.right]
        height: float = abs(left - right) + (left != right) * 0.5       # a level link is worth half a row
        return (height + CROSSING * _crossings(left, right, line.rivals, row)
                + HIT * _hits(line, left, right, line.below, row))

    def _through(self, papers: list[int], near: set[int]) -> float:
        """What all links but those near cost by running through the labels of these papers."""
        row, found = self.row, 0
        for paper in papers:
            at, box_left, box_right = row[paper], self.boxes[paper].left, self.boxes[paper].right
            self.effort -= len(self.above[paper])
            for i, line_left, line_right, start, width in self.above[paper]:
                left, right = row[line_left], row[line_right]
                if left == right:
                    found += at == left and i not in near
                elif ((left <= at <= right or right <= at <= left)
                        and box_left < start + (at - left) / (right - left) * width < box_right and i not in near):
                    found += 1
        return HIT * found

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
                    self.above[paper].append((i, line.left, line.right, line.start, line.end - line.start))


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
    low, high = (left, right) if rise > 0 else (right, left)
    for other_left, other_right, at, to, other_at, other_to in rivals:
        above, below = row[other_left], row[other_right]
        if (above < low and below < low) or (above > high and below > high):
            continue                                                    # most of them are
        other_rise = below - above
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
