"""From repeated timings to figures that can be compared."""
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Spread:
    """Percentiles of repeated timings, in milliseconds."""

    p50: float
    p20: float
    p80: float
    least: float
    n: int


@dataclass(frozen=True)
class Ratio:
    """Time over the baseline's time, paired round by round: below one is faster than the baseline.

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


def spread(times: list[float]) -> Spread:
    """Percentiles of the timings of one variant."""
    p20, p50, p80 = torch.tensor(times, dtype=torch.float64).quantile(
        torch.tensor([0.2, 0.5, 0.8], dtype=torch.float64)).tolist()
    return Spread(p50, p20, p80, min(times), len(times))


def paired_ratio(times: list[float], baseline: list[float], resamples: int = 1000) -> Ratio:
    """Median of the paired ratios with its percentile bootstrap interval, from a fixed seed."""
    ratios = torch.tensor(times, dtype=torch.float64) / torch.tensor(baseline, dtype=torch.float64)
    draw = torch.Generator().manual_seed(0)
    medians = ratios[torch.randint(len(ratios), (resamples, len(ratios)), generator=draw)].quantile(0.5, dim=1)
    low, high = medians.quantile(torch.tensor([0.025, 0.975], dtype=torch.float64)).tolist()
    return Ratio(ratios.quantile(0.5).item(), low, high)
