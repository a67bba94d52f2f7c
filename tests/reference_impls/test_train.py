"""An interrupted training ends where the uninterrupted one does, and leaves the promised files."""
import io
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from reference_impls.harness import checkpoint, records, registry, tasks, text
from reference_impls.harness.checkpoint import Identity, Progress
from reference_impls.harness.claim import Paused
from reference_impls.harness.provenance import device_slug
from reference_impls.harness.registry import TrainedModel
from reference_impls.harness.train import DEFAULT_SEED, advance, prepare
from tests.reference_impls.conftest import MakeTraining, Terminal

TRAININGS = list(registry.scan().trainings.values())
each = pytest.mark.parametrize("model", TRAININGS, ids=lambda model: model.training.id)

SLOWLY = ("def step(number):\n", "def step(number):\n        print(number, flush=True)\n")

PROGRAM = """
import sys
from pathlib import Path
from reference_impls.harness import registry, tasks
from reference_impls.harness.claim import Paused
model = registry.read_training(Path(sys.argv[1]), ["toy-scale"])
try:
    tasks.run(model, folder=Path(sys.argv[2]), kept=Path(sys.argv[2]), stream=sys.stderr)
except Paused as paused:
    sys.exit(str(paused))
"""


def weights(folder: Path) -> dict[str, torch.Tensor]:
    state = torch.load(folder / "toy-line" / "model.pt", weights_only=True)["net"]
    return dict(state)


def same(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> bool:
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def run(model: TrainedModel, folder: Path, seed: int = 0, stream: io.StringIO | None = None) -> tasks.Run:
    return tasks.run(model, seed, folder=folder, kept=folder / "records", stream=stream)


def test_a_training_leaves_curve_pictures_model_and_record(make_training: MakeTraining, tmp_path: Path) -> None:
    result = run(make_training(), tmp_path)
    assert [path.name for path in result.files] == ["curve.svg", "weights-of-the-toy.svg", "model.pt", "record.json"]
    assert sorted(path.name for path in (tmp_path / "toy-line").iterdir()) == sorted(
        path.name for path in result.files)                     # no checkpoint, nothing temporary
    assert [step for step, _, _ in result.record["curve"]] == [10, 20, 30, 40]
    assert result.as_declared
    assert "<0.5 reached" in result.report
    assert records.load_records("toy-line", [tmp_path / "records"]).records == [result.record]
    assert records.training_status(make_training(), [result.record]) == "goal-reached"
    assert records.training_status(make_training(("lr=0.02", "lr=0.01")), [result.record]) == "stale"


def test_a_goal_that_is_missed_is_a_finding(make_training: MakeTraining, tmp_path: Path) -> None:
    result = run(make_training(('goal="<0.5"', 'goal="<0.001"')), tmp_path)
    assert not result.as_declared
    assert "NOT reached" in result.report


def test_interrupted_and_resumed_it_is_the_same_to_the_last_bit(make_training: MakeTraining, tmp_path: Path) -> None:
    model = make_training(SLOWLY)
    arguments = [sys.executable, "-c", PROGRAM, str(model.path), str(tmp_path / "stopped")]
    with subprocess.Popen(arguments, cwd=registry.ROOT.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if line == "7\n":
                process.send_signal(signal.SIGINT)
                break
        process.stdout.read()
        assert "interrupted after step" in process.stderr.read()
    assert process.returncode == 1
    assert (tmp_path / "stopped" / "toy-line" / "checkpoint.pt").is_file()

    again = subprocess.run(arguments, cwd=registry.ROOT.parent, capture_output=True, text=True, check=True)
    assert again.stderr.startswith("resuming after step ")
    assert again.stderr.count("\n") == 1
    assert 0 < len(again.stdout.split()) < 40
    straight = run(model, tmp_path / "straight")
    resumed = records.load_records("toy-line", [tmp_path / "stopped"]).records[0]
    assert resumed["curve"] == straight.record["curve"]
    assert same(weights(tmp_path / "stopped"), weights(tmp_path / "straight"))


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda path: path.write_bytes(b"no checkpoint"), "cannot be read"),
    (lambda path: path.write_bytes(path.read_bytes()[:-1000]), "cannot be read"),
    (lambda path: path.write_bytes(b""), "cannot be read"),
    (lambda path: torch.save({"identity": {}}, path), "cannot be read"),
    (lambda path: None, "different seed"),
])
def test_a_checkpoint_that_does_not_fit_is_one_line(make_training: MakeTraining, tmp_path: Path,
                                                    spoil: Callable[[Path], None], words: str) -> None:
    model, said = make_training(), io.StringIO()
    path = tmp_path / "toy-line" / "checkpoint.pt"
    pause(model, Identity(registry.source_hash(model.path), 1 if words == "different seed" else 0, "cpu"), path)
    spoil(path)
    run(model, tmp_path, stream=said)
    assert words in said.getvalue()
    assert "starts over" in said.getvalue()
    assert said.getvalue().count("\n") == 1
    run(model, tmp_path / "fresh")
    assert same(weights(tmp_path), weights(tmp_path / "fresh"))


def test_a_checkpoint_of_other_code_is_not_used(make_training: MakeTraining, tmp_path: Path) -> None:
    model, said = make_training(), io.StringIO()
    pause(model, Identity(registry.source_hash(model.path), 0, "cpu"), tmp_path / "toy-line" / "checkpoint.pt")
    run(make_training(("lr=0.02", "lr=0.03")), tmp_path, stream=said)
    assert "different code" in said.getvalue()


def test_ctrl_c_while_pictures_are_made_costs_no_step(make_training: MakeTraining, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    once = f"""def show():
        from pathlib import Path
        if not Path({str(flag)!r}).exists():
            Path({str(flag)!r}).touch()
            raise KeyboardInterrupt
"""
    model, said = make_training(("def show():\n", once)), io.StringIO()
    with pytest.raises(Paused, match="the same command resumes from the checkpoint"):
        run(model, tmp_path)
    run(model, tmp_path, stream=said)
    assert "after step 40 of 40" in said.getvalue()


def test_ctrl_c_before_the_first_step_does_not_say_that_anything_is_kept(make_training: MakeTraining, tmp_path: Path
                                                                         ) -> None:
    early = ("    torch.manual_seed(seed)", "    raise KeyboardInterrupt")
    with pytest.raises(Paused, match="interrupted; the same command starts over"):
        run(make_training(early), tmp_path)


def test_another_run_of_the_same_training_may_end_first(make_training: MakeTraining, tmp_path: Path) -> None:
    """The other one removes the checkpoint that both have used."""
    checkpoint = tmp_path / "toy-line" / "checkpoint.pt"
    show = f"def show():\n        from pathlib import Path\n        Path({str(checkpoint)!r}).unlink()\n"
    assert run(make_training(("def show():\n", show)), tmp_path).as_declared


def test_a_folder_that_cannot_be_written_is_said_before_the_training(make_training: MakeTraining, tmp_path: Path
                                                                     ) -> None:
    (tmp_path / "toy-line").write_text("a file")
    with pytest.raises(FileExistsError):
        run(make_training(("    torch.manual_seed(seed)", "    raise ValueError('worked for nothing')")), tmp_path)


def test_a_bar_on_a_terminal_and_nothing_in_a_pipe(make_training: MakeTraining, tmp_path: Path) -> None:
    terminal, pipe = Terminal(), io.StringIO()
    run(make_training(), tmp_path, stream=pipe)
    run(make_training(), tmp_path, stream=terminal)
    assert pipe.getvalue() == ""
    assert all(words in terminal.getvalue() for words in ("40/40", "loss ", "distance ", "s left"))


def test_the_time_left_is_that_of_steps(make_training: MakeTraining, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading everything takes far longer than a step, and happens once."""
    clock, terminal = SimpleNamespace(monotonic=lambda: 100.0), Terminal()
    monkeypatch.setattr(text, "time", clock)
    on_step = text.Screen(terminal).on_step(make_training().training)
    for step, now in ((1, 150.0), (2, 151.0)):
        clock.monotonic = lambda now=now: now
        on_step(Progress(step, losses=[0.5]))
    assert terminal.getvalue().endswith("2/40  loss 0.5  38 s left\r")


def test_a_training_that_fails_is_one_line_with_its_place(make_training: MakeTraining, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"toy-line failed: toy_line.py:\d+: ZeroDivisionError"):
        run(make_training(("x = torch.randn(16", "1 / 0; x = torch.randn(16")), tmp_path)


def test_a_training_does_not_touch_the_records_of_its_namesake(make_training: MakeTraining, tmp_path: Path) -> None:
    kept, slug = tmp_path / "records", device_slug("cpu")
    verify = {"kind": "verify", "status": "verified", "code": {"impl_sha256": "0"}}
    records.save(kept, slug, "toy-line", [verify])
    result = run(make_training(), tmp_path)
    assert records.load_records("toy-line", [kept]).records == [verify, result.record]
    records.save(kept, slug, "toy-line", [{**verify, "status": "failed"}])
    assert records.load_records("toy-line", [kept]).records == [{**verify, "status": "failed"}, result.record]


@each
def test_every_training_goes_on_where_it_stopped(model: TrainedModel, tmp_path: Path) -> None:
    identity = Identity(registry.source_hash(model.path), DEFAULT_SEED, "cpu")
    kept = tmp_path / "checkpoint.pt"
    pause(model, identity, kept)
    resumed, progress = prepare(model, identity, kept, lambda line: None)
    assert progress.step == 2
    list(advance(resumed, 4, progress))
    straight, expected = prepare(model, identity, tmp_path / "none", lambda line: None)
    list(advance(straight, 4, expected))
    assert progress == expected
    ours, theirs = (list(tensors(checkpoint.states(side.state))) for side in (resumed, straight))
    assert len(ours) == len(theirs) > 0
    assert all(map(torch.equal, ours, theirs))


@pytest.mark.slow
@each
def test_every_training_reaches_its_goal_on_another_seed(model: TrainedModel, tmp_path: Path) -> None:
    result = tasks.run(model, DEFAULT_SEED + 1, folder=tmp_path, kept=tmp_path)
    assert result.as_declared, result.report


def pause(model: TrainedModel, identity: Identity, kept: Path) -> None:
    """Leave the checkpoint of a training that was interrupted after two of four steps."""
    trainer, progress = prepare(model, identity, kept, lambda line: None)
    list(islice(advance(trainer, 4, progress), 2))
    checkpoint.save(kept, identity, progress, trainer.state)


def tensors(value: object) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        yield from tensors(item)
