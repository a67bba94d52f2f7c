"""Two processes on shared batches get the result of one; what would differ is refused; no process waits forever."""
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist

from reference_impls.harness import data, records, registry, tasks
from reference_impls.harness.checkpoint import Identity, states
from reference_impls.harness.parallel import ParallelError, session, share
from reference_impls.harness.registry import ROOT
from reference_impls.harness.train import advance, prepare
from tests.reference_impls.conftest import TOY, TRAINED_TOY, MakeTraining, write

pytestmark = pytest.mark.skipif(not (dist.is_available() and dist.is_gloo_available()),
                                reason="this torch is built without gloo")

STEPS = 3
IN_TIME_S = 300         # far more than needed: a process that is still running then would wait forever

TAKES_PART = (
    ("from reference_impls.harness.card import Training\n",
     "from reference_impls.harness.card import Training\n"
     "from reference_impls.harness.parallel import replicated, share\n"),
    ("    optimizer =", "    learner = replicated(net)\n    optimizer ="),
    ("        x = torch.randn(16, 3, device=device)\n", "        x, = share(torch.randn(16, 3, device=device))\n"),
    ("loss = (net(x)", "loss = (learner(x)"),
)
STEADY = (*TAKES_PART, ("nn.Dropout(0.2)", "nn.Tanh()"), ('goal="<0.5"', 'goal="<9"'))
REFUSED: dict[str, tuple[tuple[tuple[str, str], ...], str]] = {
    "no words": ((), "has no batches to share"),
    "dropout": (TAKES_PART, "draws random numbers itself"),
    "statistics": ((*TAKES_PART, ("nn.Dropout(0.2)", "nn.BatchNorm1d(8)")), "BatchNorm1d would take its statistics"),
    "odd batch": ((*STEADY, ("randn(16,", "randn(15,")), "a batch of 15 does not split into 2 equal parts"),
    "own gradients": ((*STEADY, ("learner = replicated(net)", "learner = net")), "hold different models"),
}

# The real command, but with a toy in place of what it would find by name.
COMMAND = """
import sys
from pathlib import Path
from reference_impls.__main__ import main
from reference_impls.harness import places, registry, tasks
registry.find_runnable = lambda name: registry.read_training(Path(sys.argv[1]), ["toy-scale"])
tasks.own_records = lambda: Path("records")
sys.exit(main(["run", "toy-line"]))
"""

# Some steps of every training, the refusals, and a benchmark, in one session, because processes take seconds to start.
STEPS_OF_ALL = """
import json, sys
from pathlib import Path
import torch
from reference_impls.harness import parallel, registry, tasks
from tests.reference_impls.test_parallel import steps_of_all
toys, toy_model, folder = json.loads(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
torch.set_num_threads(1)
with parallel.session("cpu"):
    refusals = {}
    for name, path in toys.items():
        model = registry.read_training(Path(path), ["toy-scale"])
        try:
            tasks.run(model, folder=folder / name, kept=folder / name)
        except LookupError as error:
            refusals[name] = error.args[0]
    benched = tasks.bench(registry.read(toy_model), quick=True, folder=folder / "records").records
    if parallel.is_first():
        (folder / "refusals.json").write_text(json.dumps(refusals))
        (folder / "benched.json").write_text(json.dumps(benched))
    found = steps_of_all()
    if parallel.is_first():
        torch.save(found, folder / "steps.pt")
"""

LATE = """
import os, sys, time
time.sleep(os.environ["RANK"] == "0")
from reference_impls.__main__ import main
sys.exit(main(["bench", "gpt2", "--device", "cuda:1"]))
"""


def steps_of_all() -> dict[str, Any]:
    """Losses and final state after some steps of every training that takes part, in float64, data included."""
    original = data._digits
    images, labels = original()
    data._digits = lambda: (images.double(), labels)        # type: ignore[assignment]
    torch.set_default_dtype(torch.float64)
    found = {}
    try:
        for name, model in registry.scan().trainings.items():
            if hasattr(registry.load(model), "share"):
                trainer, progress = prepare(model, Identity("", 0, "cpu"), Path("none"), print)
                losses = [progress.losses[-1] for _, _ in zip(range(STEPS), advance(trainer, STEPS + 1, progress))]
                found[name] = (losses, states(trainer.state))
    finally:
        torch.set_default_dtype(torch.float32)
        data._digits = original
    return found


def torchrun(folder: Path, program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a program in two processes on this machine."""
    file = folder / "program.py"
    file.write_text(program)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(file)]
    return subprocess.run([*command, *map(str, arguments)], cwd=folder, env=environment(), capture_output=True,
                          text=True, timeout=IN_TIME_S)


def pair(folder: Path, program: str, *arguments: object) -> list[subprocess.Popen[str]]:
    """Run a program in two processes as torchrun would start them, without the cost of starting torchrun."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return [subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)], cwd=folder, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=environment(MASTER_ADDR="127.0.0.1", MASTER_PORT=port, WORLD_SIZE=2, RANK=rank,
                                             LOCAL_RANK=rank, LOCAL_WORLD_SIZE=2)) for rank in (0, 1)]


def environment(**more: object) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT.parent), "OMP_NUM_THREADS": "1",
            **{name: str(value) for name, value in more.items()}}


def largest_difference(ours: Any, theirs: Any) -> float:
    """The largest difference over all tensors and numbers of two nested states."""
    if isinstance(ours, torch.Tensor):
        return float((ours.double() - theirs.double()).abs().max()) if ours.numel() else 0.0
    if isinstance(ours, float | int):
        return float(abs(ours - theirs))
    if isinstance(ours, dict):
        ours, theirs = [ours[key] for key in sorted(ours, key=str)], [theirs[key] for key in sorted(theirs, key=str)]
    if isinstance(ours, list | tuple):
        return max((largest_difference(a, b) for a, b in zip(ours, theirs, strict=True)), default=0.0)
    return 0.0


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder where two processes have left the results of `STEPS_OF_ALL`."""
    folder = tmp_path_factory.mktemp("together")
    toys = {name: str(write(folder / str(index) / "toy_line.py", TRAINED_TOY, changes))
            for index, (name, (changes, _)) in enumerate(REFUSED.items())}
    model = write(folder / "toys" / "toy_scale.py", TOY, (('role="layer"', 'role="model"'),))
    processes = pair(folder, STEPS_OF_ALL, json.dumps(toys), model, folder)
    for process in processes:
        _, said = process.communicate(timeout=IN_TIME_S)
        assert process.returncode == 0, said
    return folder


@pytest.fixture(scope="module")
def alone() -> dict[str, Any]:
    return steps_of_all()


@pytest.mark.parametrize("name", [name for name, model in registry.scan().trainings.items()
                                  if name not in ("gan", "mlp")])
def test_steps_of_two_processes_are_those_of_one(together: Path, alone: dict[str, Any], name: str) -> None:
    losses, state = torch.load(together / "steps.pt", weights_only=True)[name]
    alone_losses, alone_state = alone[name]
    assert len(losses) == STEPS
    assert losses == pytest.approx(alone_losses, rel=1e-12)
    assert largest_difference(state, alone_state) < 1e-9      # Adam divides by the root of gradients, which may be tiny


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_not_be_the_same_is_refused(together: Path, name: str) -> None:
    said = json.loads((together / "refusals.json").read_text())[name]
    assert REFUSED[name][1] in said
    assert "\n" not in said
    assert not list((together / name).glob("toy-line/*"))


def test_the_slowest_process_counts_and_the_record_says_how_many_there_were(together: Path) -> None:
    recorded = json.loads((together / "benched.json").read_text())
    assert [(each["variant"], each["mode"], each["status"]) for each in recorded] == [
        ("torch.mul", "step", "ok"), ("reference", "step", "ok")]
    assert all(each["env"]["world"] == 2 and each["derived"]["mfu"] > 0 for each in recorded)
    (path,) = (together / "records").glob("*/*.json")       # written by the first process only
    assert path.parent.name.endswith("-x2")
    assert json.loads(path.read_text())["records"] == recorded


def test_the_command_trains_together_and_speaks_once(make_training: MakeTraining, tmp_path: Path) -> None:
    model = make_training(*STEADY)
    done = torchrun(tmp_path, COMMAND, model.path)
    assert done.returncode == 0, done.stderr
    straight = tasks.run(model, folder=tmp_path / "alone", kept=tmp_path / "alone")
    assert done.stdout.splitlines() == [straight.report.splitlines()[0], *(
        str(path.relative_to(tmp_path / "alone").as_posix()).join(("runs/", "")) for path in straight.files)]
    (record,) = records.load_records("toy-line", [tmp_path / "records"]).records
    assert (record["env"]["world"], straight.record["env"]["world"]) == (2, 1)
    assert largest_difference(record["curve"], straight.record["curve"]) < 1e-5
    ours, theirs = (torch.load(path / "toy-line" / "model.pt", weights_only=True)["net"]
                    for path in (tmp_path / "runs", tmp_path / "alone"))
    assert largest_difference(ours, theirs) < 1e-5          # 40 steps in float32


@pytest.mark.parametrize("victim", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_when_one_process_dies_the_other_ends_with_one_line(make_training: MakeTraining, tmp_path: Path,
                                                            victim: int) -> None:
    """Without torchrun, which would end it anyway; all processes connect through the first one."""
    speak = ("    def step(number):\n", "    def step(number):\n        print(number, flush=True)\n")
    processes = pair(tmp_path, COMMAND, make_training(*STEADY, ("steps=40", "steps=4000000"), speak).path)
    for _ in until_step(processes[0], 5):
        pass
    processes[victim].kill()
    survivor = processes[1 - victim]
    _, said = survivor.communicate(timeout=IN_TIME_S)
    processes[victim].communicate(timeout=IN_TIME_S)
    assert (survivor.returncode, processes[victim].returncode) == (1, -signal.SIGKILL), said
    assert said == f"process {1 - victim}: another process has ended, so this one ends too\n"


def until_step(process: subprocess.Popen[str], number: int) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line
        if line == f"{number}\n":
            return
    pytest.fail("it ended before")


def test_too_few_gpus_are_named_by_the_process_that_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    gpus = torch.cuda.device_count()
    monkeypatch.setenv("LOCAL_RANK", "0")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(gpus + 1))
    with pytest.raises(ParallelError, match=f"^{gpus + 1} processes need a GPU each, and there are {gpus}$"), \
            session("cuda"):
        pass


def test_what_is_refused_is_said_also_by_a_first_process_that_comes_last(tmp_path: Path) -> None:
    """Torchrun ends all processes when one fails; only one of them prints anything."""
    done = torchrun(tmp_path, LATE)
    assert done.returncode == 1
    assert "process 0: every process takes a GPU of its own: say --device cuda, not cuda:1\n" in done.stderr


def test_alone_everything_is_shared_with_oneself() -> None:
    x, y = torch.arange(3), torch.ones(3, 2)
    assert all(map(torch.equal, share(x, y), (x, y)))
