"""Tunes every arm of a claim over the same grid, and says what card the measurements would justify."""
from dataclasses import dataclass
from itertools import product
from math import inf, isfinite
from typing import Literal

from reference_impls.harness.card import Claim, Setting
from reference_impls.harness.claim import OnEvent, run_arm, silent
from reference_impls.harness.registry import Implementation

SEEDS = (0, 1, 2)

Settings = dict[str, Setting]


@dataclass(frozen=True)
class Row:
    """One arm at one point of the grid: the last measurement of every seed."""

    arm: str
    settings: Settings
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        return sum(self.values) / len(self.values)

    @property
    def spread(self) -> float:
        return max(self.values) - min(self.values)


@dataclass(frozen=True)
class Calibration:
    """What tuning found.

    Args:
        rows: every arm at every point.
        best: the row with the best mean of each arm.
        good: the arms that ought to win; the others ought to lose. Empty when the card does not set arms apart.
        threshold: half-way between the worst seed of the good arms and the best seed of the others.
        gap: the distance of those two, negative when the arms overlap.
        spread: the larger range over seeds within one arm.
        grade: A (gap at least three spreads), B (a gap), C (no gap).
        warnings: optima on the edge of the grid, where a better one may lie outside.
        disagreements: where the card says something else.
    """

    id: str
    rows: list[Row]
    best: dict[str, Row]
    good: list[str]
    threshold: float | None
    gap: float | None
    spread: float
    grade: Literal["A", "B", "C"] | None
    warnings: list[str]
    disagreements: list[str]


def calibrate(implementation: Implementation, device: str = "cpu", on_event: OnEvent = silent) -> Calibration:
    """Run every arm at every point of the grid on the calibration seeds.

    Raises:
        LookupError: the card makes no claim.
    """
    claim = implementation.card.claim
    if claim is None:
        raise LookupError(f"{implementation.card.id} makes no claim that could be calibrated")
    rows = []
    for name, arm in claim.arms.items():
        for point in product(*claim.grid.values()):
            settings = arm.settings | dict(zip(claim.grid, point, strict=True))
            values = (run_arm(implementation, name, seed, settings, device, on_event).value for seed in SEEDS)
            rows.append(Row(name, settings, tuple(values)))
    return conclude(implementation.card.id, claim, rows)


def conclude(name: str, claim: Claim, rows: list[Row]) -> Calibration:
    """Best settings, threshold and grade from the measurements alone."""
    sign = 1 if claim.better == "higher" else -1

    def merit(value: float) -> float:
        return sign * value if isfinite(value) else -inf     # a diverged run is the worst one

    best = {arm: max((row for row in rows if row.arm == arm), key=lambda row: merit(row.mean)) for arm in claim.arms}
    winning = ">" if claim.better == "higher" else "<"
    good = [arm for arm in claim.arms if claim.arms[arm].expect.startswith(winning)]
    bad = [arm for arm in claim.arms if arm not in good]
    if not good:      # nothing is expected to win: compare the best arm with the rest
        good = [max(best, key=lambda arm: merit(best[arm].mean))]
        bad = [arm for arm in best if arm not in good]
    spread = max(row.spread for row in best.values())
    gap = threshold = grade = None
    if bad:
        worst_good = min((value for arm in good for value in best[arm].values), key=merit)
        best_bad = max((value for arm in bad for value in best[arm].values), key=merit)
        gap, threshold = merit(worst_good) - merit(best_bad), (worst_good + best_bad) / 2
        grade = _grade(gap, spread)
    warnings = [warning for arm in claim.arms for warning in _edges(claim, best[arm])]
    disagreements = _disagreements(claim, best, threshold, gap, grade)
    return Calibration(name, rows, best, good, threshold, gap, spread, grade, warnings, disagreements)


def _grade(gap: float, spread: float) -> Literal["A", "B", "C"]:
    if gap <= 0:
        return "C"
    return "A" if gap >= 3 * spread else "B"


def _edges(claim: Claim, best: Row) -> list[str]:
    """Numeric settings whose best value is the smallest or largest one tried."""
    warnings = []
    for name, tried in claim.grid.items():
        value = best.settings[name]
        if all(isinstance(each, int | float) and not isinstance(each, bool) for each in tried) and (
                value in (min(tried), max(tried))):
            warnings.append(f"{best.arm}: {name}={value} is on the edge of the grid; extend it")
    return warnings


def _disagreements(claim: Claim, best: dict[str, Row], threshold: float | None, gap: float | None,
                   grade: str | None) -> list[str]:
    found = []
    for name, arm in claim.arms.items():
        if arm.settings != best[name].settings:
            found.append(f"{name}: the card has {arm.settings}, tuning chooses {best[name].settings}")
        if arm.expect != "tie" and threshold is not None and gap is not None and gap > 0:
            declared = float(arm.expect[1:])
            if abs(declared - threshold) > 0.1 * gap:
                found.append(f"{name}: the card expects {arm.expect}, half-way is {threshold:.4g}")
    if grade is not None and claim.grade != grade:
        found.append(f"the card has grade {claim.grade}, the calibration seeds give {grade}")
    return found
