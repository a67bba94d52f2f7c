"""From dates to x: a piecewise-linear scale with one piece per year, wider where a lane holds more papers.

A broad year has a piece per month instead: notes on new papers cluster in few months.
"""
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

from cli.render.timeline.model import Metrics, Scale, Tick
from cli.render.timeline.papers import Moment

EMPTY = 0.25                # of the width, at most, for all years without a paper; of a broad year, for such months
BROAD = 0.2                 # of the width: a year that takes more is broad,
FEW = 4                     # unless fewer papers than this have a month in it, and there are other years
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class TimeScale:
    """Monotone map from months, counted from the year 0, to x: `edges[i]` is the x at which month `knots[i]` begins."""

    knots: tuple[int, ...]
    edges: tuple[float, ...]

    def x(self, years: float) -> float:
        """The x of a point in time, held inside the scale."""
        at = min(max(12 * years, self.knots[0]), self.knots[-1])
        piece = min(bisect_right(self.knots, at), len(self.knots) - 1) - 1
        start, end = self.knots[piece], self.knots[piece + 1]
        return self.edges[piece] + (at - start) / (end - start) * (self.edges[piece + 1] - self.edges[piece])

    def at(self, when: Moment) -> float:
        """The x of a moment; the middle of its year where no more is known."""
        left, right = self.span(when)
        return (left + right) / 2 if when.precision == "year" else self.x(when.years)

    def span(self, when: Moment) -> tuple[float, float]:
        """Where the year of a moment begins and ends if only that is known, else its month."""
        first, count = (int(12 * when.years) - 6, 12) if when.precision == "year" else (int(12 * when.years), 1)
        return self.x(first / 12), self.x((first + count) / 12)

    def ticks(self, metrics: Metrics, busy: frozenset[int], span: tuple[float, float]) -> tuple[Tick, ...]:
        """One tick per year, the first where the scale begins, and then one per month of broad years.

        Labels, inside `span`, go first to the years that have papers, then to any with room, then to months.
        """
        years = range(self.knots[0] // 12, self.knots[-1] // 12 + 1)
        months = [month for month in self.knots[1:] if month % 12]
        taken: list[tuple[float, float]] = []

        def tick(month: int, name: str) -> Tick:
            x, width = self.x(month / 12), metrics.measure(name, False)
            left = min(max(x - width / 2, span[0]), span[1] - width)
            free = all(left >= end + metrics.space or left + width <= start - metrics.space for start, end in taken)
            if free:
                taken.append((left, left + width))
            return Tick(x, month // 12, month % 12, name if free else "", left if free else x)

        begin = self.knots[0] % 12                      # a broad first year may begin after January
        names = {year: str(year) for year in years} | ({years[0]: f"{MONTHS[begin]} {years[0]}"} if begin else {})
        found = [tick(12 * year, names[year]) for year in sorted(years, key=lambda year: (year not in busy, year))]
        return (*sorted(found, key=lambda tick: tick.year), *(tick(month, MONTHS[month % 12]) for month in months))


def timescale(moments: Iterable[tuple[Moment, str]], left: float, right: float, scale: Scale) -> TimeScale | None:
    """A scale between two x for (moment, lane) pairs; None when there are none.

    density: the width of a year is proportional to 1 + 2 * (papers in its fullest lane) ** 0.75, so that quiet decades
    shrink and busy years get room for their labels. The months of a broad year share its width in the same way; a broad
    first year begins with its first paper, and a last one ends with its last. linear: all years are equal.
    """
    moments = list(moments)
    counts = Counter((int(when.years), lane) for when, lane in moments)
    if not counts:
        return None
    fullest = _fullest(counts)
    years = range(min(fullest), max(fullest) + 1)
    weights = [1.0] * len(years) if scale == "linear" else _by_density(years, fullest)
    broad = BROAD * sum(weights) if scale == "density" else float("inf")
    least = FEW if len(years) > 1 else 2
    knots: list[int] = []
    pieces: list[float] = []
    for year, weight in zip(years, weights, strict=True):
        months = _months(year, moments, least) if weight > broad else {}
        if months:
            first = min(months) if year == years[0] else 12 * year
            last = max(months) if year == years[-1] else 12 * year + 11
            shares = _by_density(range(first, last + 1), months)
            knots += range(first, last + 1)
            pieces += [weight * share / sum(shares) for share in shares]
        else:
            knots.append(12 * year)
            pieces.append(weight)
    knots.append(knots[-1] + 1 if months else 12 * years.stop)
    unit = (right - left) / sum(pieces)
    return TimeScale(tuple(knots), tuple(accumulate((unit * piece for piece in pieces), initial=left)))


def _months(year: int, moments: Iterable[tuple[Moment, str]], least: int) -> dict[int, float]:
    """Papers of the fullest lane in each month of a year; empty if fewer than `least` have a known month.

    A paper with only a known year counts as a twelfth in each.
    """
    twelfths: Counter[tuple[int, str]] = Counter()
    months = range(12 * year, 12 * year + 12)
    known = [(when, lane) for when, lane in moments if int(when.years) == year]
    for when, lane in known:
        for month in months if when.precision == "year" else (int(12 * when.years),):
            twelfths[month, lane] += 1 if when.precision == "year" else 12
    if sum(when.precision != "year" for when, _ in known) < least:
        return {}
    return {month: count / 12 for month, count in _fullest(twelfths).items()}


def _fullest(counts: Mapping[tuple[int, str], int]) -> dict[int, int]:
    """The number of papers in the fullest lane, by year or month."""
    found: dict[int, int] = {}
    for (time, _), papers in counts.items():
        found[time] = max(found.get(time, 0), papers)
    return found


def _by_density(times: range, fullest: Mapping[int, float]) -> list[float]:
    """The weights of years or months."""
    weights = {time: 1 + 2 * papers ** 0.75 for time, papers in fullest.items()}
    empty = sum(weights.values()) * EMPTY / (1 - EMPTY) / max(len(times) - len(weights), 1)
    return [weights.get(time, min(empty, 1.0)) for time in times]
