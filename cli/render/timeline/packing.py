"""Boxes packed onto rows, on which they never overlap.

First fit by left end needs only as many rows as boxes overlap at one x (interval graph coloring). Boxes that had a row
in an earlier picture get it back first, and only those that would now overlap look for another.
"""
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Box:
    """The span of x that a paper needs on its row, with the free space after it; dot at x, edges leave at `leave`."""

    key: str
    lane: int
    left: float
    right: float
    x: float
    leave: float


@dataclass
class Row:
    """The spans taken on one row, from left to right."""

    lefts: list[float] = field(default_factory=list)
    rights: list[float] = field(default_factory=list)

    def fits(self, left: float, right: float) -> bool:
        """Whether a span is free."""
        at = bisect_left(self.lefts, left)
        return (at == 0 or self.rights[at - 1] <= left) and (at == len(self.lefts) or right <= self.lefts[at])

    def take(self, left: float, right: float) -> None:
        """Note a span as taken."""
        at = bisect_left(self.lefts, left)
        self.lefts.insert(at, left)
        self.rights.insert(at, right)


def pack(boxes: Sequence[Box], lanes: int, kept: Mapping[str, int], slack: float) -> tuple[list[int], dict[str, int]]:
    """The number of rows of each lane, and the row of each paper, counted from the top of its lane.

    `boxes` are sorted from left to right. Kept ones may be closer together than others, by `slack`: the time scale
    shifts a little with every paper, and the free space after each label absorbs that.
    """
    rows: list[list[Row]] = [[] for _ in range(lanes)]
    row_of: dict[str, int] = {}
    for box in boxes:
        if box.key in kept and kept[box.key] < len(boxes):
            lane = rows[box.lane]
            lane += (Row() for _ in range(kept[box.key] + 1 - len(lane)))
            if lane[kept[box.key]].fits(box.left, box.right - slack):
                row_of[box.key] = kept[box.key]
                lane[kept[box.key]].take(box.left, box.right - slack)
    for box in boxes:
        if box.key not in row_of:
            lane = rows[box.lane]
            fitting = (i for i, row in enumerate(lane) if row.fits(box.left, box.right))
            row_of[box.key] = row = next(fitting, len(lane))
            lane += (Row() for _ in range(row + 1 - len(lane)))
            lane[row].take(box.left, box.right)
    counts = [1] * lanes
    for box in boxes:
        counts[box.lane] = max(counts[box.lane], row_of[box.key] + 1)
    return counts, row_of
