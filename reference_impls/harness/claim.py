"""Does the paper's claim hold in miniature? Run the arms of a demonstration and judge what they measure."""
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from reference_impls.harness.card import Claim, Setting
from reference_impls.harness.check import explain, one_thread
from reference_impls.harness.picture import Picture
from reference_impls.harness.registry import Implementation, load

FRESH_SEEDS = (3, 4, 5)        # never used for tuning

Verdict = Literal["held", "not-held", "not-reproduced"]


@dataclass(frozen=True)
class Event:
    """What a running arm reports: a measurement."""

    arm: str
    seed: int
    step: int
    value: float


OnEvent = Callable[[Event], None]


def silent(event: Event) -> None:
    """Ignore the event."""


@dataclass(frozen=True)
class ArmRun:
    """One arm on one seed: its learning curve as (step, value) pairs, and its pictures."""

    arm: str
    curve: list[tuple[int, float]]
    pictures: list[Picture]

    @property
    def value(self) -> float:
        """The last measurement, the one that counts."""
        return self.curve[-1][1]


@dataclass(frozen=True)
class Judgement:
    """What the arms measured on fresh seeds, and whether every measurement is as the card expects."""

    id: str
    device: str
    claim: Claim
    verdict: Verdict
    seeds: tuple[int, ...]
    runs: list[ArmRun] = field(repr=False)

    @property
    def values(self) -> dict[str, list[float]]:
        return {arm: [run.value for run in self.runs if run.arm == arm] for arm in self.claim.arms}

    @property
    def as_declared(self) -> bool:
        """Grades A and B promise that the claim holds; grade C promises nothing."""
        return self.verdict != "not-held"


class DemoError(ValueError):
    """A demonstration that cannot be judged: it failed or measured nothing."""


class Paused(Exception):
    """A run that was interrupted and can be resumed; the message says how far it got and how to continue."""


def run_arm(implementation: Implementation, arm: str, seed: int, settings: dict[str, Setting], device: str,
            on_event: OnEvent) -> ArmRun:
    """Run one arm on one CPU thread, so that the same seed gives the same curve.

    Raises:
        DemoError: it fails, or yields no measurement.
    """
    curve: list[tuple[int, float]] = []
    pictures: list[Picture] = []
    try:
        with one_thread():
            for event in load(implementation).demo(arm, seed, device=device, **settings):
                if isinstance(event, Picture):
                    pictures.append(event)
                else:
                    step, value = event
                    curve.append((int(step), float(value)))
                    on_event(Event(arm, seed, *curve[-1]))
    except Exception as error:
        raise DemoError(f"demo({arm!r}, seed {seed}) failed: {explain(error, implementation.path)}") from error
    if not curve:
        raise DemoError(f"{implementation.path}:1:1: demo({arm!r}) measures nothing; yield (step, value) at least once")
    return ArmRun(arm, curve, pictures)


def judge(implementation: Implementation, device: str = "cpu", seeds: Sequence[int] = FRESH_SEEDS,
          on_event: OnEvent = silent) -> Judgement:
    """Run every arm with the settings of the card on every seed.

    Raises:
        LookupError: the card makes no claim.
        DemoError: a demonstration fails or measures nothing.
    """
    claim = implementation.card.claim
    if claim is None:
        raise LookupError(f"{implementation.card.id} makes no claim to run")
    runs = [run_arm(implementation, name, seed, arm.settings, device, on_event)
            for seed in seeds for name, arm in claim.arms.items()]
    if claim.grade == "C":
        verdict: Verdict = "not-reproduced"
    else:
        verdict = "held" if all(satisfies(run.value, claim.arms[run.arm].expect) for run in runs) else "not-held"
    return Judgement(implementation.card.id, device, claim, verdict, tuple(seeds), runs)


def satisfies(value: float, expect: str) -> bool:
    """Whether a measurement meets an expectation: `">0.72"`, `"<0.72"` or `"tie"`; NaN meets only `"tie"`."""
    if expect == "tie":
        return True
    limit = float(expect[1:])
    return value > limit if expect[0] == ">" else value < limit
