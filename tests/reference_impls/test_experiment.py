"""An experiment runs every arm once on every seed, reports what diverged, and promises nothing."""
import io
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from reference_impls.harness import files, records, tasks, text
from reference_impls.harness.check import verify
from reference_impls.harness.claim import DemoError, Paused
from reference_impls.harness.registry import Implementation
from reference_impls.harness.table import experiment_table
from tests.reference_impls.conftest import MakeToy

SCORE = "added(0.0, arm) - (lr - 0.2) ** 2 + 0.01 * seed"


def run(implementation: Implementation, folder: Path, seed: int | None = None) -> tasks.Run:
    return tasks.run(implementation, seed, folder=folder, kept=folder / "records", stream=io.StringIO())


def scores(record: records.Record) -> dict[str, list[float | None]]:
    return {arm: [trial["measures"]["score"] for trial in each["trials"]] for arm, each in record["arms"].items()}


def diverging(arm: str) -> tuple[str, str]:
    return f'"score": {SCORE}, "cost"', f'"score": float("inf") if arm == {arm!r} and seed > 3 else {SCORE}, "cost"'


def test_every_arm_runs_on_the_fresh_seeds(make_question: MakeToy, tmp_path: Path) -> None:
    question = make_question()
    result = run(question, tmp_path)
    assert scores(result.record) == {"plain": [0.03, 0.04, 0.05], "adding & more": [1.03, 1.04, 1.05]}
    assert [path.name for path in result.files] == ["arms.svg", "norms-by-layer.svg", "record.json"]
    for path in result.files[:2]:
        ElementTree.fromstring(path.read_text())
    assert records.load_records("toy-question", [tmp_path / "records"]).records == [result.record]
    assert result.report.startswith("Does adding help?\n\narm ")
    assert "1.040 (1.030 to 1.050)" in result.report
    assert result.report.endswith("It does.")


ANSWER = ("It does.", "Over seeds {seeds}: {adding*:range} beats {plain} ({plain:least} to {plain:most}), means "
                      "{*:means}; cost {plain.cost}.")


def test_the_answer_has_the_figures_of_its_run(make_question: MakeToy, tmp_path: Path) -> None:
    question = make_question(ANSWER)
    assert run(question, tmp_path).record["answer"] == (
        "Over seeds 3, 4, 5: 1.040 (1.030 to 1.050) beats 0.04 (0.03 to 0.05), means 0.04 to 1.040; cost 3.000.")
    assert run(question, tmp_path, seed=7).record["answer"] == (
        "Over seeds 7: 1.070 beats 0.07 (0.07 to 0.07), means 0.07 to 1.070; cost 3.000.")
    some = run(make_question(ANSWER, diverging("plain")), tmp_path).record["answer"]
    assert "beats 0.03 (0.03 to 0.03)" in some
    lost = run(make_question(ANSWER, diverging("plain"), ("seed > 3", "seed > 0")), tmp_path).record["answer"]
    assert "1.040 (1.030 to 1.050) beats diverged (diverged to diverged), means diverged; cost 3.000." in lost


def test_a_table_of_earlier_code_is_stale_whatever_is_verified(make_question: MakeToy, tmp_path: Path) -> None:
    before = run(make_question(), tmp_path).record
    changed = make_question(("0.01 * seed", "0.02 * seed"))
    verified = tasks.verify(changed, folder=tmp_path / "records").records
    assert records.status(changed, [*verified, before]) == "stale"
    assert records.status(changed, [*verified, run(changed, tmp_path).record]) == "verified"


def test_one_seed_is_a_look_and_no_record(make_question: MakeToy, tmp_path: Path) -> None:
    assert scores(run(make_question(), tmp_path, seed=7).record)["plain"] == [0.07]
    assert not (tmp_path / "records").exists()


def test_a_finished_trial_is_not_run_again(make_question: MakeToy, tmp_path: Path) -> None:
    log, flag = tmp_path / "log", tmp_path / "flag"
    noting = f"""def trial(arm, seed, device="cpu", steps=3, lr=0.2):
    from pathlib import Path
    with open({str(log)!r}, "a") as file:
        file.write(f"{{arm}} {{seed}}\\n")
    if arm != "plain" and seed == 4 and not Path({str(flag)!r}).exists():
        Path({str(flag)!r}).touch()
        raise KeyboardInterrupt
"""
    question = make_question(('def trial(arm, seed, device="cpu", steps=3, lr=0.2):\n', noting))
    with pytest.raises(Paused, match="after 4 of 6 trials"):
        run(question, tmp_path)
    interrupted = run(question, tmp_path)
    assert [line for line in log.read_text().splitlines() if line == "adding & more 4"] == ["adding & more 4"] * 2
    assert len(log.read_text().splitlines()) == 7
    straight = run(question, tmp_path / "straight")
    assert interrupted.record["arms"] == straight.record["arms"]
    assert interrupted.files[1].read_text() == straight.files[1].read_text()


@pytest.mark.parametrize("broken", ["{", "[]", '{"about": {}}', "null"])
def test_a_broken_trial_is_run_again(make_question: MakeToy, tmp_path: Path, broken: str) -> None:
    first = run(make_question(), tmp_path)
    (tmp_path / "toy-question" / "trials" / "01-plain-seed-3.json").write_text(broken)
    assert run(make_question(), tmp_path).record["arms"] == first.record["arms"]


def test_another_run_may_replace_a_trial_at_once(make_question: MakeToy, tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    """As a run on another device in the same folder might."""
    straight, replace = run(make_question(), tmp_path / "straight").record, files.replace

    def replaced(path: Path, content: bytes) -> None:
        replace(path, b"{}" if path.parent.name == "trials" else content)

    monkeypatch.setattr(files, "replace", replaced)
    assert run(make_question(), tmp_path).record["arms"] == straight["arms"]


def test_trials_of_other_code_are_not_used(make_question: MakeToy, tmp_path: Path) -> None:
    run(make_question(), tmp_path)
    assert scores(run(make_question(("0.01 * seed", "0.02 * seed")), tmp_path).record)["plain"] == [0.06, 0.08, 0.10]


def test_diverged_runs_are_said(make_question: MakeToy, tmp_path: Path) -> None:
    result = run(make_question(diverging("plain")), tmp_path)
    assert scores(result.record)["plain"] == [0.03, None, None]
    assert "2 of 3 diverged" in result.report
    assert "2 of 3 diverged" in result.files[0].read_text()
    json.loads(result.files[-1].read_text(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_what_is_not_measured_is_one_line(make_question: MakeToy, tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"toy_question.py:1:1: trial\('plain'\) ends without cost"):
        run(make_question((', "cost": float(steps)', "")), tmp_path)


def test_tuning_chooses_by_the_mean_and_never_what_diverged(make_question: MakeToy) -> None:
    result = tasks.calibrate(make_question(), "cpu", text.Screen(None))
    assert {arm: row.settings for arm, row in result.best.items()} == {
        "plain": {"lr": 0.2}, "adding & more": {"lr": 0.2}}
    assert "the card agrees" in text.calibration(result)

    lost = make_question((f'"score": {SCORE}, "cost"', f'"score": float("inf") if lr == 0.2 else {SCORE} + lr, "cost"'))
    other = tasks.calibrate(lost, "cpu", text.Screen(None))
    assert other.best["plain"].settings == {"lr": 0.3}
    assert other.warnings[0] == "plain: lr=0.3 is on the edge of the grid; extend it"
    assert other.disagreements[0] == "plain: the card has {'lr': 0.2}, tuning chooses {'lr': 0.3}"


def test_an_experiment_is_verified_by_its_properties_and_mutants(make_question: MakeToy) -> None:
    result = verify(make_question())
    assert [(check.level, check.outcome) for check in result.checks] == [("L1", "passed"), ("mutants", "passed")]
    assert (result.status, result.levels) == ("verified", ["L1"])
    survivor = verify(make_question(("lambda x, arm: x + 1", "lambda x, arm: x")))
    assert survivor.status == "failed"
    assert verify(make_question(('x + (arm != "plain")', "x + 1"))).status == "failed"


def test_a_wide_table_stays_readable() -> None:
    measures = [f"measure_{index}" for index in range(9)]
    trials: list[dict[str, Any]] = [{"measures": dict.fromkeys(measures, 1.5 * seed)} for seed in (3, 4, 5)]
    record = {"measures": measures, "arms": {"an arm": {"settings": {}, "trials": trials}}}
    lines = experiment_table(record)
    assert max(map(len, lines)) <= 100
    assert sum(line.startswith("an arm") for line in lines) > 1
    assert all(sum(name in line for line in lines) == 1 for name in measures)
    assert len(experiment_table(record, 1000)) == 2
