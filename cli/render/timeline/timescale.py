"""From dates to x: a piecewise-linear scale with one piece per year, wider where a lane holds more papers."""
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cli.render.timeline.model import Metrics, Scale, Tick
from cli.render.timeline.papers import Moment


@dataclass(frozen=True)
class TimeScale:
    """Monotone map from years to x: `edges[i]` is the x of the first of January of `first + i`."""

    first: int
    edges: tuple[float, ...]

    def x(self, years: float) -> float:
        """The x of a point in time, held inside the scale."""
        position = min(max(years - self.first, 0.0), len(self.edges) - 1.0)
        piece = min(int(position), len(self.edges) - 2)
        return self.edges[piece] + (position - piece) * (self.edges[piece + 1] - self.edges[piece])

    def ticks(self, metrics: Metrics, busy: frozenset[int], span: tuple[float, float]) -> tuple[Tick, ...]:
        """One tick a year; labels, inside `span`, go first to the years that have papers, then to any with room."""
        taken: list[tuple[float, float]] = []
        left_of: dict[int, float] = {}
        years = range(self.first, self.first + len(self.edges))
        for year in sorted(years, key=lambda year: (year not in busy, year)):
            width = metrics.measure(str(year), False)
            left = min(max(self.edges[year - self.first] - width / 2, span[0]), span[1] - width)
            if all(left >= end + metrics.space or left + width <= start - metrics.space for start, end in taken):
                taken.append((left, left + width))
                left_of[year] = left
        return tuple(Tick(x, year, str(year) if year in left_of else "", left_of.get(year, x))
                     for year, x in zip(years, self.edges, strict=True))


def timescale(moments: Iterable[tuple[Moment, str]], left: float, right: float, metrics: Metrics,
              scale: Scale) -> TimeScale | None:
    """A scale between two x for (moment, lane) pairs; None when there are none.

    density: the width of a year is proportional to 1 + 2 * (papers in its fullest lane) ** 0.75, so that quiet decades
    shrink and busy years get room for their labels. linear: all years are equal.
    """
    per_lane = Counter((int(when.years), lane) for when, lane in moments)
    if not per_lane:
        return None
    fullest: dict[int, int] = {}
    for (year, _), papers in per_lane.items():
        fullest[year] = max(fullest.get(year, 0), papers)
    first, last = min(fullest), max(fullest)
    weights = [1 + 2 * fullest.get(year, 0) ** 0.75 if scale == "density" else 1.0 for year in range(first, last + 1)]
    unit = (right - left) / sum(weights)
    edges = [left]
    for weight in weights:
        edges.append(edges[-1] + unit * weight)
    return TimeScale(first, tuple(edges))
