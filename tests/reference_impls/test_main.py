"""The module as a command: exit codes, messages and files."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

from reference_impls.__main__ import main
from reference_impls.harness import data, registry, tasks
from tests.reference_impls.conftest import MakeToy, Terminal

ROOT = Path(__file__).parents[2]


def test_list_names_every_implementation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    found = registry.scan()
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == [*found.implementations, *found.trainings]


@pytest.mark.parametrize("command", ["run", "verify", "bench"])
def test_an_unknown_name_is_one_line(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "no-such-paper"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("no implementation 'no-such-paper'")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["verify"], ["run", "adam", "--nonsense"], ["bench"]])
def test_a_mistake_in_its_use_is_a_failure_and_no_finding(arguments: list[str]) -> None:
    assert main(arguments) == 1


def test_without_torch_it_says_what_it_needs() -> None:
    code = "import sys; sys.modules['torch'] = None; from reference_impls.__main__ import main; sys.exit(main({}))"
    for arguments in (["run", "adam"], ["verify", "adam"], ["scale", "--all"]):
        done = subprocess.run([sys.executable, "-c", code.format(arguments)], stderr=subprocess.PIPE, cwd=ROOT)
        assert (done.returncode, done.stderr) == (1, b"this needs torch - install it with `pip install torch`\n")


def test_without_scikit_learn_a_claim_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                         capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.delitem(sys.modules, "sklearn.datasets", raising=False)
    data._digits.cache_clear()
    assert main(["run", "batchnorm"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("demo('plain', seed 3) failed: batchnorm.py:")
    assert said.endswith(" - install it with `pip install scikit-learn`\n")
    assert said.count("\n") == 1


def test_a_reader_that_leaves_early_is_no_failure() -> None:
    with subprocess.Popen([sys.executable, "-m", "reference_impls", "list"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)


@pytest.mark.parametrize("device", ["tpu-7", "cuda:99"])
def test_an_impossible_device_is_one_line(device: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = next(iter(registry.scan().implementations))
    assert main(["run", name, "--device", device]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(("stopped", "said"), [
    ("KeyboardInterrupt", "interrupted"),
    ("ValueError('lost')", "demo('plain', seed 3) failed: toy_scale.py:62: ValueError: lost"),
])
def test_what_ends_a_check_leaves_no_progress_behind(stopped: str, said: str, make_toy: MakeToy, tmp_path: Path,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    toy, terminal = make_toy(("    yield 2, bonus", f"    raise {stopped}\n    yield 2, bonus")), Terminal()
    monkeypatch.setattr(registry, "find", lambda name: toy)
    monkeypatch.setattr(tasks, "own_records", lambda: str(tmp_path / "records"))
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["verify", "toy-scale"]) == 1
    assert "plain, seed 3, step 1: 0" in terminal.getvalue()
    left = [line.rpartition("\x1b[K")[2].strip("\r") for line in terminal.getvalue().split("\n")]
    assert left == [said, ""]


def test_run_writes_curves_and_record(make_toy: MakeToy, tmp_path: Path) -> None:
    result = tasks.run(make_toy(), seed=4, folder=tmp_path / "runs")
    assert [path.name for path in result.files] == ["curves.svg", "record.json"]
    assert all(path.is_file() and path.parent == tmp_path / "runs" / "toy-scale" for path in result.files)
    record = json.loads(result.files[-1].read_text())
    assert record["verdict"] == "held"
    assert record["arms"]["clever"]["values"] == [pytest.approx(1.04)]


def test_a_folder_that_cannot_be_written_is_said_before_the_work(make_toy: MakeToy, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    toy = make_toy(("    yield 1, 0.0", "    raise ValueError('worked for nothing')"))
    with pytest.raises(OSError, match="runs"):
        tasks.run(toy, seed=4, folder=tmp_path / "runs")
