"""Judging on fresh seeds, and tuning on the calibration seeds."""
import pytest

from reference_impls.harness.calibrate import calibrate
from reference_impls.harness.claim import DemoError, Event, judge
from tests.reference_impls.conftest import MakeToy


def test_a_claim_that_holds(make_toy: MakeToy) -> None:
    events: list[Event] = []
    judgement = judge(make_toy(), on_event=events.append)
    assert judgement.verdict == "held"
    assert judgement.values == {"plain": [0.03, 0.04, 0.05], "clever": [1.03, 1.04, 1.05]}
    assert [(event.arm, event.seed, event.step) for event in events[:4]] == [
        ("plain", 3, 1), ("plain", 3, 2), ("clever", 3, 1), ("clever", 3, 2)]


def test_one_seed_too_low_and_the_claim_does_not_hold(make_toy: MakeToy) -> None:
    judgement = judge(make_toy((">0.5", ">1.035")))
    assert judgement.verdict == "not-held"
    assert not judgement.as_declared


def test_a_diverged_arm_satisfies_nothing(make_toy: MakeToy) -> None:
    assert judge(make_toy(("+ 0.01 * seed", '* float("nan")'))).verdict == "not-held"


def test_grade_c_is_run_and_not_asserted(make_toy: MakeToy) -> None:
    judgement = judge(make_toy(('grade="A"', 'grade="C"'), (">0.5", ">5.0")))
    assert judgement.verdict == "not-reproduced"
    assert judgement.as_declared


def test_a_demo_that_fails_is_one_line_with_its_place(make_toy: MakeToy) -> None:
    with pytest.raises(DemoError, match=r"demo\('plain', seed 3\) failed: toy_scale.py:\d+: KeyError: 'plain'"):
        judge(make_toy(('{"plain": (0.2, 0.0), ', "{")))
    with pytest.raises(DemoError, match="measures nothing"):
        judge(make_toy(("yield 1, 0.0", "return"), ("    yield 2,", "    yield")))


def test_tuning_finds_the_optimum_and_the_card_that_it_justifies(make_toy: MakeToy) -> None:
    result = calibrate(make_toy())
    assert {arm: row.settings for arm, row in result.best.items()} == {"plain": {"lr": 0.2}, "clever": {"lr": 0.3}}
    assert (result.good, result.grade, result.warnings) == (["clever"], "A", [])
    assert result.threshold == pytest.approx((1.00 + 0.02) / 2)       # worst seed of clever, best seed of plain
    assert result.gap == pytest.approx(0.98)
    assert result.spread == pytest.approx(0.02)
    assert result.disagreements == []


def test_tuning_warns_at_the_edge(make_toy: MakeToy) -> None:
    result = calibrate(make_toy(('"clever": (0.3, 1.0)', '"clever": (0.7, 1.0)')))
    assert result.warnings == ["clever: lr=0.4 is on the edge of the grid; extend it"]
    assert result.disagreements[0] == "clever: the card has {'lr': 0.3}, tuning chooses {'lr': 0.4}"


def test_tuning_never_chooses_a_diverged_run(make_toy: MakeToy) -> None:
    result = calibrate(make_toy(("+ 0.01 * seed", '* (float("inf") if lr > 0.3 else 1)')))
    assert result.best["clever"].settings == {"lr": 0.3}


def test_tuning_disagrees_with_a_card_that_promises_too_much(make_toy: MakeToy) -> None:
    result = calibrate(make_toy(('"clever": (0.3, 1.0)', '"clever": (0.3, 0.03)')))
    assert result.grade == "B"
    assert [line for line in result.disagreements if "grade" in line] == [
        "the card has grade A, the calibration seeds give B"]
    overlapping = calibrate(make_toy(('"clever": (0.3, 1.0)', '"clever": (0.3, 0.0)')))
    assert (overlapping.grade, overlapping.gap is not None and overlapping.gap < 0) == ("C", True)


def test_lower_is_better_turns_everything_round(make_toy: MakeToy) -> None:
    result = calibrate(make_toy(('better="higher"', 'better="lower"'), ("bonus - (lr", "-bonus + (lr"),
                                ('"<0.5"', '">-0.5"'), ('">0.5"', '"<-0.5"')))
    assert (result.good, result.grade, result.disagreements) == (["clever"], "A", [])
    assert result.threshold == pytest.approx((-0.98 + 0.0) / 2)
