"""Training, experiment and claim by the real command, in a copy of the product with toys as implementations."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Result, environment, run_command
from tests.cli.toys import make_product
from tests.reference_impls.conftest import TRAINED_TOY

Toy = Callable[..., Result]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages, with the toys in place of the implementations, and a vault of one note."""
    return make_product(tmp_path_factory.mktemp("product"))


@pytest.fixture(scope="module")
def toy(product: Path) -> Toy:
    def run(*arguments: str) -> Result:
        return run_command(
            ("--own", *arguments), product / "vault", product / "home", PYTHONPATH=str(product), COLUMNS="100"
        )

    return run


def test_a_training_by_its_own_name(toy: Toy, product: Path) -> None:
    done = toy("run", "toy-line", "--seed", "1")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("A line through noisy points.\n\ntoy-line on cpu, seed 1: distance 0.")
    assert "goal <0.5 reached" in done.out
    assert (product / "vault" / "runs" / "toy-line" / "model.pt").is_file()
    shown = toy("show", "toy-line")
    assert shown.out.splitlines()[1].startswith("implementation:toy-scale")
    assert "paperkb run toy-line" in shown.out
    assert "goal reached (<0.5)" in shown.out


def test_a_paper_whose_implementation_is_trained_under_its_name(toy: Toy) -> None:
    done = toy("run", "toy")
    assert done.code == 0
    assert "toy-scale on cpu, seed 0: distance" in done.out
    assert "`verify toy-scale` judges the claim of the paper" in done.out
    shown = toy("show", "toy").out
    assert "paperkb run toy-scale" in shown
    assert toy("show", "toy", "--json").json["code"]["trainings"][1]["records"][0]["stale"] is False
    assert [line.split()[:2] for line in toy("query", "has:code").out.splitlines()[1:]] == [["toy", "A"]]


def test_a_file_of_records_that_cannot_be_used_is_told_beside_the_card(toy: Toy, product: Path) -> None:
    broken = product / "home" / "data" / "paperkb" / "records" / "cpu-other" / "toy-scale.json"
    broken.parent.mkdir(parents=True)
    broken.write_text('{"schema": "paperkb.records/1", "impl": "toy-scale"', "utf-8")
    for name in ("toy", "toy-scale"):
        told = toy("show", name)
        assert (told.code, told.err.count("\n")) == (0, 1), "one line for both the claim and the training"
        assert told.err.startswith(f"paperkb: {broken}: cannot be read (")
        assert told.err.endswith("); delete it, and the next run recreates it\n")
    asked = toy("show", "toy", "--json")
    assert asked.json["code"]["unread"] == [told.err.removeprefix("paperkb: ").strip()]
    broken.unlink()
    assert toy("show", "toy").err == ""


def test_a_goal_that_is_missed_is_exit_code_2(toy: Toy, product: Path) -> None:
    (product / "reference_impls" / "trained" / "toy_worse.py").write_text(
        TRAINED_TOY.replace("toy-line", "toy-worse").replace('goal="<0.5"', 'goal="<0.0"'), "utf-8"
    )
    assert toy("run", "toy-worse").code == 2


def test_ctrl_c_is_one_line_and_the_same_command_goes_on(product: Path) -> None:
    words = [sys.executable, "-m", "cli.main", "--own", "run", "toy-steps"]
    env = environment(product / "home", PYTHONPATH=str(product))
    with subprocess.Popen(
        words, cwd=product / "vault", env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        while process.stdout.readline() not in ("7\n", ""):
            pass
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        said = process.stderr.read()
    assert process.returncode == 1
    assert said.startswith("paperkb: interrupted after step ")
    assert said.count("\n") == 1
    again = subprocess.run(words, cwd=product / "vault", env=env, capture_output=True, text=True, check=True)
    assert again.stderr.startswith("resuming after step ")


def test_an_experiment_is_run_and_shown(toy: Toy) -> None:
    before = toy("show", "toy-question").out
    assert "Does adding help?" in before
    assert "paperkb run toy-question" in before
    done = toy("run", "toy-question")
    assert done.code == 0
    after = toy("show", "toy-question").out
    table = [line for line in done.out.splitlines() if line.startswith(("arm ", "plain ", "adding"))]
    assert len(table) == 3
    assert [line for line in after.splitlines() if line.strip() in table] == [f"  {line}" for line in table]
    assert "It does." in after
    assert "toy-question  Does adding help?" in toy("show", "toy").out
    verified = toy("verify", "toy-question", "--calibrate").out
    assert "the card agrees" in verified
    assert verified.endswith("toy-question on cpu: verified (L1 passed)\n")


def test_an_absent_device_is_one_line(toy: Toy) -> None:
    done = toy("run", "toy-line", "--device", "cuda:99")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("paperkb: cuda:99: no such CUDA device")
    assert done.err.count("\n") == 1
