"""Tune every arm of a claim or experiment over the same grid, and say which card the measurements would justify."""
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import inf, isfinite, prod
from typing import Literal

from reference_impls.harness.card import Claim, Setting
from reference_impls.harness.claim import OnEvent, run_arm, silent
from reference_impls.harness.experiment import OnReport, Reported, run_trial
from reference_impls.harness.registry import Implementation
from reference_impls.harness.trial import Measures

SEEDS = (0, 1, 2)

Settings = dict[str, Setting]
Measure = Callable[[str, int, Settings], float]


@dataclass(frozen=True)
class Row:
    """One arm at one point of the grid, with the last measurement of every seed."""

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
        good: the arms that should win; the others should lose. Empty when the card does not tell arms apart.
        threshold: halfway between the worst seed of the good arms and the best seed of the others.
        gap: the distance between those two, negative when the arms overlap.
        spread: the larger range over seeds within one arm.
        grade: A (gap at least three spreads), B (a gap), C (no gap).
        warnings: optima on the edge of the grid, where a better one may be outside.
        disagreements: where the card differs from what tuning found.
    """

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
    """Run every arm of the claim at every point of the grid on the calibration seeds."""
    claim = implementation.card.claim
    assert claim is not None

    def measure(arm: str, seed: int, settings: Settings) -> float:
        return run_arm(implementation, arm, seed, settings, device, on_event).value

    return conclude(claim, tune(_settings(claim), claim.grid, measure))


def calibrate_experiment(implementation: Implementation, device: str, on_report: OnReport) -> Calibration:
    """The same for an experiment. No outcome is expected, so there is no grade."""
    experiment = implementation.card.experiment
    assert experiment is not None
    total = len(experiment.arms) * prod(map(len, experiment.grid.values())) * len(SEEDS)
    number = 0

    def measure(arm: str, seed: int, settings: Settings) -> float:
        nonlocal number
        number += 1

        def report(step: int, measures: Measures) -> None:
            on_report(Reported(arm, seed, number, total, step, measures.get(experiment.metric)))

        return run_trial(implementation, arm, seed, settings, device, report).measures[experiment.metric]

    rows = tune(experiment.arms, experiment.grid, measure)
    best = choose(experiment.better, rows)
    return Calibration(rows, best, [], None, None, max(row.spread for row in best.values()), None,
                       [warning for row in best.values() for warning in _edges(experiment.grid, row)],
                       _other_settings(experiment.arms, best))


def tune(arms: Mapping[str, Settings], grid: Mapping[str, list[Setting]], measure: Measure) -> list[Row]:
    """Run every arm at every point of the grid on the calibration seeds."""
    rows = []
    for arm, fixed in arms.items():
        for point in product(*grid.values()):
            settings = fixed | dict(zip(grid, point, strict=True))
            rows.append(Row(arm, settings, tuple(measure(arm, seed, settings) for seed in SEEDS)))
    return rows


def choose(better: str, rows: list[Row]) -> dict[str, Row]:
    """The row with the best mean for each arm; a diverged run ranks last."""
    arms = dict.fromkeys(row.arm for row in rows)
    return {arm: max((row for row in rows if row.arm == arm), key=lambda row: _merit(row.mean, better))
            for arm in arms}


def _merit(value: float, better: str) -> float:
    if not isfinite(value):
        return -inf
    return value if better == "higher" else -value


def conclude(claim: Claim, rows: list[Row]) -> Calibration:
    """Best settings, threshold and grade from the measurements alone."""
    merit = partial(_merit, better=claim.better)
    best = choose(claim.better, rows)
    winning = ">" if claim.better == "higher" else "<"
    good = [arm for arm in claim.arms if claim.arms[arm].expect.startswith(winning)]
    bad = [arm for arm in claim.arms if arm not in good]
    if not good:      # no arm is expected to win: compare the best one with the rest
        good = [max(best, key=lambda arm: merit(best[arm].mean))]
        bad = [arm for arm in best if arm not in good]
    spread = max(row.spread for row in best.values())
    gap = threshold = grade = None
    if bad:
        worst_good = min((value for arm in good for value in best[arm].values), key=merit)
        best_bad = max((value for arm in bad for value in best[arm].values), key=merit)
        gap, threshold = merit(worst_good) - merit(best_bad), (worst_good + best_bad) / 2
        grade = _grade(gap, spread)
    warnings = [warning for row in best.values() for warning in _edges(claim.grid, row)]
    disagreements = _disagreements(claim, best, threshold, gap, grade)
    return Calibration(rows, best, good, threshold, gap, spread, grade, warnings, disagreements)


def _grade(gap: float, spread: float) -> Literal["A", "B", "C"]:
    if gap <= 0:
        return "C"
    return "A" if gap >= 3 * spread else "B"


def _edges(grid: Mapping[str, list[Setting]], best: Row) -> list[str]:
    """Warn about numeric settings whose best value is the smallest or largest tried."""
    warnings = []
    for name, tried in grid.items():
        value = best.settings[name]
        if all(isinstance(each, int | float) and not isinstance(each, bool) for each in tried) and (
                value in (min(tried), max(tried))):
            warnings.append(f"{best.arm}: {name}={value} is on the edge of the grid; extend it")
    return warnings


def _settings(claim: Claim) -> dict[str, Settings]:
    return {name: arm.settings for name, arm in claim.arms.items()}


def _other_settings(arms: Mapping[str, Settings], best: Mapping[str, Row]) -> list[str]:
    return [f"{arm}: the card has {settings}, tuning chooses {best[arm].settings}"
            for arm, settings in arms.items() if settings != best[arm].settings]


def _disagreements(claim: Claim, best: dict[str, Row], threshold: float | None, gap: float | None,
                   grade: str | None) -> list[str]:
    found = _other_settings(_settings(claim), best)
    for name, arm in claim.arms.items():
        if arm.expect != "tie" and threshold is not None and gap is not None and gap > 0:
            declared = float(arm.expect[1:])
            if abs(declared - threshold) > 0.1 * gap:
                found.append(f"{name}: the card expects {arm.expect}, halfway is {threshold:.4g}")
    if grade is not None and claim.grade != grade:
        found.append(f"the card has grade {claim.grade}, the calibration seeds give {grade}")
    return found
