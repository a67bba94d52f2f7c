"""The order of the lanes with the fewest faults in the drawing: crossings, and labels that links run through.

Orders with equally short edges differ by a factor of three in crossings. So lanes trade places, one move at a time,
while this removes faults, from a few starts that hardly depend on any one paper: the order of age, rotated.
"""
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import fmean

from cli.render.timeline.rows import Rows

BEGINS = 3
Order = list[int]


def settle(rows: Rows, movable: int) -> None:
    """Settle the rows, and the order of the first `movable` lanes with them; the best of a few attempts is kept."""
    packed, age = rows.inner, _age(rows)
    oldest = sorted(rows.order[:movable], key=lambda lane: (age[lane], lane))
    least, order, inner = float("inf"), rows.order, packed
    for shift in sorted({movable * i // BEGINS for i in range(BEGINS)}):
        rows.stack([*oldest[shift:], *oldest[:shift], *range(movable, len(order))], packed)
        rows.settle()
        if movable > 1 and _descend(rows, movable):
            rows.settle()
        faults = rows.faults()
        if faults < least:
            least, order, inner = faults, rows.order, rows.inner
        if rows.effort <= 0:
            break
    rows.stack(order, inner)
    if movable == len(order) and _upside_down(rows):
        rows.stack(order[::-1], [rows.counts[box.lane] - 1 - row for box, row in zip(rows.boxes, inner, strict=True)])


def _upside_down(rows: Rows) -> bool:
    """Whether the older lanes are mostly at the bottom. Either way up has the same faults; older on top is the rule."""
    age, center = _age(rows), (len(rows.order) - 1) / 2
    return sum((at - center) * age[lane] for at, lane in enumerate(rows.order)) < -1e-6


def _age(rows: Rows) -> dict[int, float]:
    """The mean x of the papers of each lane."""
    found: dict[int, list[float]] = defaultdict(list)
    for box in rows.boxes:
        found[box.lane].append(box.x)
    return {lane: fmean(xs) for lane, xs in found.items()}


def _descend(rows: Rows, movable: int) -> bool:
    """Take each move of a lane that helps until none does, or the effort is spent; whether there was any."""
    before = best = rows.order
    least = rows.faults()
    improved = True
    while improved:
        improved = False
        for order in _moves(best, movable):
            if rows.effort <= 0:
                break
            rows.stack(order, rows.inner)
            if (faults := rows.faults(least)) < least:
                best, least, improved = order, faults, True
                break
    rows.stack(best, rows.inner)
    return best is not before


def _moves(order: Sequence[int], movable: int) -> Iterator[Order]:
    """Orders with one lane moved or two lanes exchanged, near places first."""
    for distance in range(1, movable):
        for at in range(movable - distance):
            to = at + distance
            exchanged = list(order)
            exchanged[at], exchanged[to] = order[to], order[at]
            yield exchanged
            if distance > 1:
                yield [*order[:at], *order[at + 1:to + 1], order[at], *order[to + 1:]]
                yield [*order[:at], order[to], *order[at:to], *order[to + 1:]]
