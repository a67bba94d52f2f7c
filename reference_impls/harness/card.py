"""What an implementation declares about itself. No torch: a card is read as a literal, without importing its module."""
from dataclasses import dataclass, field
from typing import Literal

Setting = float | int | str | bool
Role = Literal["layer", "model", "optimizer", "objective", "algorithm", "sampler", "experiment"]


@dataclass(frozen=True)
class Arm:
    """One side of a comparison: the settings that tuning chose, and the condition its final measurement must meet.

    Args:
        expect: `">0.72"` or `"<0.72"`, asserted on every fresh seed; `"tie"` where no arm wins (grade C).
        settings: chosen from the claim's grid on the calibration seeds, passed to `demo` as keyword arguments.
    """

    expect: str
    settings: dict[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """A statement of the paper that is small enough to run, with every arm tuned over the same grid.

    Args:
        text: what must hold, in one sentence.
        metric: name of the value that `demo` yields; the last one counts.
        better: the direction that tuning prefers.
        grid: values tried for each setting, the same for every arm.
        arms: the arms by name.
        grade: A (gap at least three times the larger spread), B (holds less clearly), C (did not reproduce).
        budget_s: approximate seconds for one seed of all arms on one CPU thread.
        outcome: for grade C, what was measured instead.
    """

    text: str
    metric: str
    better: Literal["higher", "lower"]
    arms: dict[str, Arm]
    grade: Literal["A", "B", "C"]
    budget_s: float
    grid: dict[str, list[Setting]] = field(default_factory=dict)
    outcome: str = ""


@dataclass(frozen=True)
class Experiment:
    """A question that no single paper settles, answered by many arms under equal conditions; no outcome is promised.

    Args:
        metric: the measure by which every arm is tuned; `better` is the direction that tuning prefers.
        measures: names of everything that a trial measures, metric first: the columns of the table.
        grid: values tried for each setting on the calibration seeds, the same for every arm.
        arms: for each arm by name, the settings that tuning chose.
        budget_s: approximate seconds for all arms on all fresh seeds on one CPU thread.
        answer: what was measured on fresh seeds, failures included. Figures are placeholders such as `{arm:range}`,
            filled in from the run (`harness/answer.py`).
    """

    question: str
    metric: str
    better: Literal["higher", "lower"]
    measures: list[str]
    grid: dict[str, list[Setting]]
    arms: dict[str, dict[str, Setting]]
    budget_s: float
    answer: str


@dataclass(frozen=True)
class Training:
    """The literal header of a small trained model, a module under `reference_impls/trained/`.

    Args:
        id: the module's name, with `-` for `_`; what people type after `run`.
        implementation: id of the implementation that is trained.
        metric: what is measured on held-out data; `better` says which direction is better.
        steps: number of updates in the whole training.
        goal: `">0.9"` or `"<0.1"`, which the last measurement must satisfy, with room for other seeds and machines.
        shows: what the picture shows, in a few words.
        budget_s: approximate seconds on two CPU cores.
    """

    id: str
    implementation: str
    metric: str
    better: Literal["higher", "lower"]
    steps: int
    goal: str
    shows: str
    budget_s: float


@dataclass(frozen=True)
class Curve:
    """How one cost of one mechanism grows according to a paper: `cost ~ size ** exponent`.

    Args:
        name: the mechanism; `measure` is the cost that is counted or timed.
        paper: `arxiv:ID`, or `key:KEY`; `place` is where the paper states the growth, or what it follows from.
    """

    name: str
    measure: Literal["ms", "flop", "saved_bytes", "peak_bytes", "held_bytes"]
    exponent: float
    paper: str
    place: str


@dataclass(frozen=True)
class Scaling:
    """The literal header of a growth study, a module under `reference_impls/scaling/`.

    Args:
        id: the module's name, with `-` for `_`; what people type after `scale`.
        axis: what the sizes count.
        sizes: spaced by about equal ratios; the exponent is fitted over the upper half.
        checks: each `c` names a function `check_c()`, which must pass before anything is measured.
        curves: what is measured, and what a paper says about it.
        outcome: what the curves show and do not show, in words.
    """

    id: str
    question: str
    axis: str
    sizes: list[int]
    checks: list[str]
    curves: list[Curve]
    outcome: str


@dataclass(frozen=True)
class Case:
    """One size to time; `sizes` are keyed by the letters that the module's docstring explains."""

    name: str
    sizes: dict[str, int]


@dataclass(frozen=True)
class Work:
    """The minimum work of a case: floating-point operations of the forward pass, and bytes read and written once."""

    flop: int
    min_bytes: int


@dataclass(frozen=True)
class Card:
    """The literal header of an implementation.

    Args:
        id: the module's name, with `-` for `_`.
        papers: `arxiv:ID`, or `key:KEY` for a paper without an arXiv id.
        symbols: public names in the module that make up the implementation.
        patterns: design patterns, by their key in the curated vault.
        oracle: `package.module:name` that it must equal in float64, or `closed form: ...`; empty for an experiment,
            whose parts are checked where they are implemented.
        properties: each `p` is checked by a function `check_p(make)`.
        mutants: each names a wrong version in `MUTANTS` that at least one check must reject.
        deviations: where the code departs from the paper.
        equations: numbers, in the paper, of the equations that the code implements.
    """

    id: str
    papers: list[str]
    role: Role
    symbols: list[str]
    patterns: list[str]
    oracle: str
    properties: list[str]
    mutants: list[str]
    claim: Claim | None = None
    experiment: Experiment | None = None
    bench: list[Case] = field(default_factory=list)
    deviations: list[str] = field(default_factory=list)
    equations: list[str] = field(default_factory=list)
