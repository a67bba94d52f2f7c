"""A toy implementation on disk, which tests change by replacing text."""
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reference_impls.harness import check, registry
from reference_impls.harness.bench import protocol
from reference_impls.harness.bench.clocks import Budget
from reference_impls.harness.registry import Implementation, TrainedModel

sys.dont_write_bytecode = True      # a changed toy may have the same size and timestamp as the one before

TOY = '''"""Toy: y = w x, elementwise.

More words.
"""
import torch
from torch import nn

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="toy-scale",
    papers=["key:toy"],
    role="layer",
    symbols=["Scale"],
    patterns=["gating"],
    oracle="closed form: einsum",
    properties=["zero_stays_zero"],
    mutants=["shifted"],
    claim=Claim(
        text="The clever arm beats "
             "the plain one",
        metric="score",
        better="higher",
        grid={"lr": [0.1, 0.2, 0.3, 0.4]},
        arms={"plain": Arm("<0.5", {"lr": 0.2}), "clever": Arm(expect=">0.5", settings={"lr": 0.3})},
        grade="A",
        budget_s=1,
    ),
    bench=[Case("small", {"N": 32})],
)


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(5))

    def forward(self, x):
        return self.weight * x


def oracle(make=Scale):
    ours = make().double()
    return ours, lambda x: torch.einsum("i,ni->ni", ours.weight, x), 1 + torch.randn(3, 5, dtype=torch.float64)


def check_zero_stays_zero(make=Scale):
    assert not make()(torch.zeros(2, 5)).any(), "zero moved"


class Shifted(Scale):
    def forward(self, x):
        return self.weight * x + 1


MUTANTS = {"shifted": Shifted}


def demo(arm, seed, lr, device="cpu"):
    best, bonus = {"plain": (0.2, 0.0), "clever": (0.3, 1.0)}[arm]
    yield 1, 0.0
    yield 2, bonus - (lr - best) ** 2 + 0.01 * seed


def work(case, itemsize):
    return Work(case.sizes["N"] * 5, 2 * case.sizes["N"] * 5 * itemsize)


def bench_inputs(case, device, dtype):
    variants = {"torch.mul": Scale().to(device, dtype), "reference": Scale().to(device, dtype)}
    return variants, (torch.randn(case.sizes["N"], 5, device=device, dtype=dtype),)
'''

TRAINED_TOY = '''"""A line through noisy points.

More words.
"""
import torch
from torch import nn

from reference_impls.harness.card import Training
from reference_impls.harness.picture import Picture
from reference_impls.harness.trainer import Trainer

TRAINING = Training(
    id="toy-line",
    implementation="toy-scale",
    metric="distance",
    better="lower",
    steps=40,
    goal="<0.5",
    shows="the weights",
    budget_s=1,
)


def trainer(seed, device):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.2), nn.Linear(8, 1)).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    truth = torch.tensor([[1.0], [2.0], [-1.0]], device=device)

    def step(number):
        x = torch.randn(16, 3, device=device)
        loss = (net(x) - x @ truth).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    @torch.no_grad()
    def measure():
        net.eval()
        x = torch.eye(3, device=device)
        distance = (net(x) - truth).abs().max().item()
        net.train()
        return distance

    def show():
        yield Picture("weights of the toy", net[0].weight)

    return Trainer({"net": net, "optimizer": optimizer}, step, measure, show, every=10)
'''

TRIED_TOY = '''"""Does adding help?"""
from reference_impls.harness.card import Card, Experiment
from reference_impls.harness.picture import Picture
from reference_impls.harness.trial import Plot, Series

CARD = Card(
    id="toy-question",
    papers=["key:toy"],
    role="experiment",
    symbols=["trial"],
    patterns=[],
    oracle="",
    properties=["nothing_added_is_nothing"],
    mutants=["always_adding"],
    experiment=Experiment(
        question="Does adding help?",
        metric="score",
        better="higher",
        measures=["score", "cost"],
        grid={"lr": [0.1, 0.2, 0.3]},
        arms={"plain": {"lr": 0.2}, "adding & more": {"lr": 0.2}},
        budget_s=1,
        answer="It does.",
    ),
)


def added(x, arm):
    return x + (arm != "plain")


def trial(arm, seed, device="cpu", steps=3, lr=0.2):
    for step in range(1, steps + 1):
        yield step, {"score": added(0.0, arm) - (lr - 0.2) ** 2 + 0.01 * seed}
    yield Series("norms", [(0, 1.0), (1, float("nan"))])
    yield steps, {"score": added(0.0, arm) - (lr - 0.2) ** 2 + 0.01 * seed, "cost": float(steps)}


def check_nothing_added_is_nothing(make=added):
    assert make(1.0, "plain") == 1.0, "something was added"


MUTANTS = {"always_adding": lambda x, arm: x + 1}


def figures(trials):
    yield Plot("norms <by> layer", "layer", "norm", {
        trial.arm: [(x, y, 0.9 * y, 1.1 * y) for x, y in trial.series["norms"]] for trial in trials if trial.seed == 3})
'''

REFERENCE = '"reference": Scale().to(device, dtype)'
TWO_CASES = ('bench=[Case("small", {"N": 32})]', 'bench=[Case("tiny", {"N": 31}), Case("small", {"N": 32})]')
"""Parts of the toy that tests change."""

MakeToy = Callable[..., Implementation]
MakeTraining = Callable[..., TrainedModel]


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def write(path: Path, source: str, changes: tuple[tuple[str, str], ...]) -> Path:
    """Write a module with `old, new` pairs of text replaced."""
    for old, new in changes:
        assert old in source, f"{path.stem} has no {old!r}"
        source = source.replace(old, new)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return path


@pytest.fixture
def make_toy(tmp_path: Path) -> MakeToy:
    """Write the toy, with `old, new` pairs of text replaced, and read its card."""
    return lambda *changes: registry.read(write(tmp_path / "implementations" / "toys" / "toy_scale.py", TOY, changes))


@pytest.fixture
def make_question(tmp_path: Path) -> MakeToy:
    """The same for a toy experiment."""
    path = tmp_path / "implementations" / "experiments" / "toy_question.py"
    return lambda *changes: registry.read(write(path, TRIED_TOY, changes))


@pytest.fixture
def make_training(tmp_path: Path) -> MakeTraining:
    """The same for a toy training, of the toy."""
    path = tmp_path / "implementations" / "trained" / "toy_line.py"
    return lambda *changes: registry.read_training(write(path, TRAINED_TOY, changes), ["toy-scale"])


@pytest.fixture(autouse=True)
def few_repetitions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten benchmarks: no test looks at how long anything took."""
    for name in ("QUICK_BUDGET", "CPU_BUDGET"):
        monkeypatch.setattr(protocol, name, Budget(warmup_ms=1, measure_ms=5, fewest=12, most=24))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with check.one_thread():
        yield
