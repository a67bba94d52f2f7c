"""The exponent of a growing cost: a straight line fitted through logarithms, and its scatter over repetitions."""
import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import linear_regression, median

RESAMPLES, SEED = 1000, 0
TOLERANCE = 0.15        # in the exponent: a factor of 1.11 per doubling, about what lower-order terms contribute


@dataclass(frozen=True)
class Fit:
    """`cost = factor * size ** exponent` over some sizes; 95 % of bootstrap exponents are between `low` and `high`."""

    exponent: float
    low: float
    high: float
    factor: float
    sizes: list[int]

    def agrees_with(self, stated: float) -> bool:
        """Whether the stated exponent is in the interval, or within the tolerance of it."""
        return self.low - TOLERANCE <= stated <= self.high + TOLERANCE


def fit(sizes: Sequence[int], samples: Sequence[Sequence[float]]) -> Fit:
    """Fit the medians over the upper half of the sizes, where overhead matters least; one sample is an exact count.

    The interval shows how far repetitions scatter, not how far the cost is from a power law.

    Raises:
        ValueError: a cost is not positive, or there are fewer than two sizes.
    """
    upper = max(2, (len(sizes) + 1) // 2)
    if len(sizes) < 2 or any(value <= 0 for values in samples for value in values):
        raise ValueError("an exponent needs two sizes and positive costs")
    sizes, samples = sizes[-upper:], samples[-upper:]
    exponent, factor = _line(sizes, [median(values) for values in samples])
    draw = random.Random(SEED)
    drawn = sorted(_line(sizes, [median(draw.choices(values, k=len(values))) for values in samples])[0]
                   for _ in range(RESAMPLES if any(len(values) > 1 for values in samples) else 1))
    low, high = drawn[int(0.025 * len(drawn))], drawn[int(0.975 * len(drawn))]
    return Fit(exponent, low, high, factor, list(sizes))


def _line(sizes: Sequence[int], values: Sequence[float]) -> tuple[float, float]:
    """The slope of the least-squares line through the logarithms, and its value at size 1."""
    slope, intercept = linear_regression([log(size) for size in sizes], [log(value) for value in values])
    return slope, exp(intercept)
