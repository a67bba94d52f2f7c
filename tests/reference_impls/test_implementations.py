"""Every implementation: its checks, mutants, card, and claim or trials. A new module needs no tests of its own."""
from math import isfinite

import pytest

from reference_impls.harness import registry
from reference_impls.harness.check import run_checks, run_mutants
from reference_impls.harness.claim import FRESH_SEEDS, judge
from reference_impls.harness.experiment import run_trial
from reference_impls.harness.registry import Implementation

FOUND = registry.scan()
ALL = list(FOUND.implementations.values())
QUICK_S = 3         # claims up to this budget run on one seed in the normal suite; slow tests run all on all seeds

CLAIMS = [
    pytest.param(implementation, seeds, id=f"{implementation.card.id}-seeds-{'-'.join(map(str, seeds))}", marks=marks)
    for implementation in ALL if (claim := implementation.card.claim)
    for seeds, marks in (((FRESH_SEEDS[:1], ()),) if claim.budget_s <= QUICK_S else ()) + (
        (FRESH_SEEDS, pytest.mark.slow),)
]

TRIALS = [
    pytest.param(implementation, arm, id=f"{implementation.card.id}-{arm}")
    for implementation in ALL if (experiment := implementation.card.experiment) for arm in experiment.arms
]

each = pytest.mark.parametrize("implementation", ALL, ids=lambda implementation: implementation.card.id)


def test_every_card_can_be_read() -> None:
    assert [str(problem) for problem in FOUND.problems] == []
    assert ALL


@each
def test_checks_pass(implementation: Implementation) -> None:
    checks = run_checks(registry.load(implementation), implementation.card)
    assert [check for check in checks if check.outcome == "failed"] == []
    skipped = [check for check in checks if check.outcome == "skipped"]
    if skipped:
        pytest.skip("; ".join(f"{check.level} {check.name}: {check.detail}" for check in skipped))


@each
def test_every_mutant_is_rejected(implementation: Implementation) -> None:
    mutants = run_mutants(registry.load(implementation), implementation.card)
    assert len(mutants) >= (1 if implementation.card.experiment else 3)
    assert [mutant for mutant in mutants if mutant.outcome != "passed"] == []


@each
def test_the_card_that_is_read_is_the_card_that_runs(implementation: Implementation) -> None:
    module = registry.load(implementation)
    assert implementation.card == module.CARD
    assert [symbol for symbol in implementation.card.symbols if not hasattr(module, symbol)] == []


@pytest.mark.parametrize(("implementation", "arm"), TRIALS)
def test_every_arm_can_be_tried(implementation: Implementation, arm: str) -> None:
    experiment = implementation.card.experiment
    assert experiment is not None
    trial = run_trial(implementation, arm, 0, {**experiment.arms[arm], "steps": 2})
    assert set(experiment.measures) <= set(trial.measures)


@each
def test_a_file_is_read_in_one_sitting(implementation: Implementation) -> None:
    text = implementation.path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 200 or "Longer than most:" in text.partition("CARD = ")[0]


@pytest.mark.parametrize(("implementation", "seeds"), CLAIMS)
def test_the_claim_is_as_the_card_declares(implementation: Implementation, seeds: tuple[int, ...]) -> None:
    judgement = judge(implementation, seeds=seeds)
    assert judgement.as_declared, judgement.values
    assert all(isfinite(value) for values in judgement.values.values() for value in values), judgement.values
