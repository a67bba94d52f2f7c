"""Turn repeated timings into figures that can be compared."""
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt
from statistics import median, quantiles

Z = 1.96        # two-sided 95 %


@dataclass(frozen=True)
class Spread:
    """Percentiles of repeated timings, in milliseconds, and the 95 % interval of their median."""

    p50: float
    p20: float
    p80: float
    least: float
    n: int
    low: float
    high: float


@dataclass(frozen=True)
class Ratio:
    """Time over the baseline's time, paired round by round; below one means faster than the baseline.

    Args:
        p50: median of the paired ratios.
        low: lower end of the bootstrap 95 % interval of that median.
        high: upper end.
    """

    p50: float
    low: float
    high: float

    @property
    def reach(self) -> float:
        """Largest distance of the interval from one."""
        return max(abs(self.low - 1), abs(self.high - 1))

    def is_tie(self, reach: float) -> bool:
        """Whether the ratio may be one: its interval contains one, or its median is within `reach` of one."""
        return self.low <= 1 <= self.high or abs(self.p50 - 1) <= reach


def spread(times: Sequence[float]) -> Spread:
    """Percentiles of one variant's timings."""
    fifths = quantiles(times, n=5, method="inclusive")
    return Spread(median(times), fifths[0], fifths[3], min(times), len(times), *interval(times))


def paired_ratio(times: Sequence[float], baseline: Sequence[float]) -> Ratio:
    """The median of the paired ratios, with its interval."""
    ratios = [time / reference for time, reference in zip(times, baseline, strict=True)]
    return Ratio(median(ratios), *interval(ratios))


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the median, in the limit of infinitely many resamples.

    The median of a resample is the order statistic whose rank is binomial around n/2 with deviation sqrt(n)/2, so the
    ends are order statistics too, and no resampling is needed (Efron 1979, section 3).
    """
    ordered, count = sorted(values), len(values)
    half = Z * sqrt(count) / 2
    return (ordered[max(0, floor(count / 2 - half))], ordered[min(count - 1, ceil(count / 2 + half) - 1)])
