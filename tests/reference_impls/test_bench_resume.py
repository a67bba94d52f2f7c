"""A run of many benchmarks that is killed loses its current case, and resumes with it when started again."""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from reference_impls.__main__ import main
from reference_impls.harness import parallel, registry, tasks
from reference_impls.harness.bench import protocol, resume
from reference_impls.harness.bench.resume import not_measured
from reference_impls.harness.records import Record
from reference_impls.harness.registry import Implementation, Registry
from tests.reference_impls.conftest import TOY, TWO_CASES, MakeToy, write

ROOT = Path(__file__).parents[2]

IN_TIME_S = 120         # far more than it takes
LEFT_OUT = " cases are already measured; omit --resume to measure all of them again\n"
INTERRUPTED = "interrupted; finished cases are kept, and --resume continues with the rest\n"

# The real command, but with toys in place of the implementations, and records elsewhere.
COMMAND = """
import sys
from pathlib import Path
from reference_impls.__main__ import main
from reference_impls.harness import registry, tasks
from reference_impls.harness.bench import protocol
from reference_impls.harness.bench.clocks import Budget
protocol.QUICK_BUDGET = Budget(warmup_ms=1, measure_ms=1, fewest=3, most=3)
toys = [registry.read(Path(path)) for path in sys.argv[1:]]
registry.scan = lambda: registry.Registry({each.card.id: each for each in toys})
tasks.own_records = lambda: "records"
sys.exit(main(["bench", "--all", "--quick"]))
"""

# Between its two cases it waits for instructions.
WAITS = (('"reference": Scale()', '"reference": Waiting() if case.name == "small" else Scale()'),
         ("def bench_inputs(", """class Waiting(Scale):
    def forward(self, x):
        import pathlib, time
        while any(pathlib.Path("records").rglob(f"{CARD.id}.json")) and not pathlib.Path(f"go on, {CARD.id}").exists():
            if pathlib.Path("ctrl-c").exists():
                raise KeyboardInterrupt
            time.sleep(0.01)
        return super().forward(x)


def bench_inputs("""))


def whose(out: str) -> list[str]:
    return [line.removesuffix(" on cpu") for line in out.splitlines() if not line.startswith(" ")]


def kept(folder: Path) -> dict[str, list[Record]]:
    """The records by implementation; there must be no other files."""
    found = {path: json.loads(path.read_text()) for path in sorted(folder.glob("records/*/*"))}
    assert {path.suffix for path in found} == {".json"}
    return {content["impl"]: content["records"] for content in found.values()}


def cases(found: dict[str, list[Record]]) -> dict[str, list[str]]:
    return {name: list(dict.fromkeys(record["case"] for record in records)) for name, records in found.items()}


def test_killed_and_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                  capsys: pytest.CaptureFixture[str]) -> None:
    paths = [write(tmp_path / name / f"{name}.py", TOY, (TWO_CASES, ('id="toy-scale"', f'id="{name}"'), *more))
             for name, more in (("first", ()), ("second", WAITS), ("third", WAITS))]
    with subprocess.Popen([sys.executable, "-c", COMMAND, *map(str, paths)], cwd=tmp_path, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}) as run:
        deadline = time.monotonic() + IN_TIME_S
        while not any(tmp_path.rglob("second.json")):
            assert run.poll() is None, run.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        run.send_signal(signal.SIGTERM)
        out, said = run.communicate(timeout=IN_TIME_S)
    assert (run.returncode, whose(out), said) == (1, ["first"], INTERRUPTED)
    first = kept(tmp_path)
    assert cases(first) == {"first": ["tiny", "small"], "second": ["tiny"]}

    found = {each.card.id: each for each in map(registry.read, paths)}
    monkeypatch.setattr(registry, "scan", lambda: Registry(found))
    monkeypatch.setattr(tasks, "own_records", lambda: str(tmp_path / "records"))
    monkeypatch.chdir(tmp_path)
    for file in ("go on, second", "ctrl-c"):
        Path(file).touch()
    before = signal.getsignal(signal.SIGTERM)
    assert main(["bench", "--all", "--quick", "--resume"]) == 1
    assert signal.getsignal(signal.SIGTERM) == before
    out, said = capsys.readouterr()
    assert (whose(out), said) == (["second"], f"3 of 6{LEFT_OUT}{INTERRUPTED}")
    second = kept(tmp_path)
    assert cases(second) == {"first": ["tiny", "small"], "second": ["tiny", "small"], "third": ["tiny"]}
    assert second["first"] == first["first"]
    assert second["second"][:len(first["second"])] == first["second"]

    Path("go on, third").touch()
    assert main(["bench", "--all", "--quick", "--resume"]) == 0
    out, said = capsys.readouterr()
    assert (whose(out), said) == (["third"], f"5 of 6{LEFT_OUT}")
    assert cases(kept(tmp_path)) == {name: ["tiny", "small"] for name in found}


@pytest.fixture
def toy(make_toy: MakeToy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Implementation:
    """The toy that `bench toy-scale` finds, with its records in `records`."""
    monkeypatch.setattr(tasks, "own_records", lambda: str(tmp_path / "records"))
    found = make_toy(TWO_CASES)
    monkeypatch.setattr(registry, "scan", lambda: Registry({"toy-scale": found}))
    monkeypatch.setattr(registry, "find", lambda name: found)
    return found


def left(toy: Implementation, folder: Path, quick: bool = True) -> list[str]:
    return [case.name for case, _ in not_measured(toy, "cpu", quick, folder / "records", registry.Sources())]


def test_only_a_record_of_this_code_here_and_now_saves_the_work(toy: Implementation, make_toy: MakeToy, tmp_path: Path,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    everything = ["tiny", "small"]
    assert left(toy, tmp_path) == everything
    tasks.bench(toy, quick=True)
    (path,) = (tmp_path / "records").glob("*/toy-scale.json")
    assert left(toy, tmp_path) == []
    assert left(toy, tmp_path, quick=False) == everything       # it had fewer repetitions
    for owner, name, other in ((torch, "__version__", "2.99"), (resume, "device_name", lambda device: "another"),
                               (resume, "device_slug", lambda device: "another")):
        with monkeypatch.context() as there:
            there.setattr(owner, name, other)
            assert left(toy, tmp_path) == everything
    content = json.loads(path.read_text())
    for record in content["records"]:
        record["quick"] = False
    path.write_text(json.dumps(content))
    assert left(toy, tmp_path) == left(toy, tmp_path, quick=False) == []
    for record in content["records"]:
        del record["env"]["torch"]                              # an invalid record does not count
    path.write_text(json.dumps(content))
    assert left(toy, tmp_path) == everything
    path.write_text("{")
    assert left(toy, tmp_path) == everything
    tasks.bench(toy, quick=True)
    assert left(make_toy(TWO_CASES, ("self.weight * x + 1", "1 + self.weight * x")), tmp_path) == everything


def test_when_all_is_measured_there_is_nothing_to_do(toy: Implementation, tmp_path: Path,
                                                     capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "toy-scale", "--quick"]) == 0
    (path,) = (tmp_path / "records").glob("*/toy-scale.json")
    first = path.read_bytes()
    capsys.readouterr()
    for arguments in (["toy-scale"], ["--all"]):
        assert main(["bench", "--quick", "--resume", *arguments]) == 0
        assert capsys.readouterr() == ("", f"2 of 2{LEFT_OUT}")
        assert path.read_bytes() == first
    assert main(["bench", "toy-scale", "--quick"]) == 0         # one that is named without --resume is measured
    assert capsys.readouterr().out.startswith("toy-scale on cpu\n")
    assert path.read_bytes() != first


def test_a_case_replaces_its_own_records_alone(toy: Implementation, make_toy: MakeToy, tmp_path: Path) -> None:
    tasks.bench(toy, quick=True)
    (path,) = (tmp_path / "records").glob("*/toy-scale.json")

    def of(case: str) -> list[Record]:
        return [record for record in json.loads(path.read_text())["records"] if record["case"] == case]

    tiny, small = of("tiny"), of("small")
    (part,) = [each for each in protocol.parts(toy.card, "cpu") if each[0].name == "small"]
    tasks.bench(toy, quick=True, todo=[part])
    assert of("tiny") == tiny
    assert [each["variant"] for each in of("small")] == [each["variant"] for each in small]
    assert of("small") != small
    changed = make_toy(TWO_CASES, ("self.weight * x + 1", "1 + self.weight * x"))
    tasks.bench(changed, quick=True, todo=[part])
    assert of("tiny") == []                                     # of other code


def test_several_processes_do_not_resume(toy: Implementation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would have to know what the others found, but only the folder of the first one has it."""
    monkeypatch.setattr(parallel, "world", lambda: 2)
    with pytest.raises(parallel.ParallelError, match="--resume continues the benchmarks of one process"):
        next(tasks.bench_all([toy], quick=True, resume=True))
