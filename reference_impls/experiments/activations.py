"""Does the activation function matter? Six of them at three depths, with torch's initial weights and with fitted ones.

    ReLU max(0, x)     GELU x Phi(x)     SiLU x f(x)     Mish x tanh(ln(1 + e^x))     tanh     sigmoid f(x)

f(x) = 1 / (1 + e^-x), and Phi is the standard normal distribution function. `default` weights and biases are torch's,
uniform in +-1/sqrt(inputs), so of variance 1 / (3 inputs). `fitted` weights are normal, with variance 2 / inputs for
the four functions of the ReLU family (He et al. 2015) and 2 / (inputs + outputs) for tanh and sigmoid (Glorot & Bengio
2010); their biases are zero. Arms are activation-depth-weights; depth counts hidden layers.
Longer than most: thirty-six tuned arms and their results fill a good part.

Shapes: N examples of 64 pixels, W = 48 units in each hidden layer, 10 classes.
"""
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.activations.gelu import gelu
from reference_impls.activations.relu import relu
from reference_impls.harness.card import Card, Experiment
from reference_impls.harness.data import digits
from reference_impls.harness.trial import Measures, Plot, Trial

CARD = Card(
    id="activations",
    papers=["key:relu", "arxiv:1606.08415"],
    role="experiment",
    symbols=["MLP", "silu", "mish"],
    patterns=[],
    oracle="",
    properties=["nets_equal_torchs", "first_weights_have_their_variance"],
    mutants=["mish_without_its_logarithm", "silu_as_gelu", "bends_the_scores", "he_for_all", "fitted_is_default"],
    experiment=Experiment(
        question="Does it matter whether a network uses ReLU, GELU, Mish, SiLU, tanh or sigmoid?",
        metric="accuracy",
        better="higher",
        measures=["accuracy", "steps_to_90", "step_ms"],
        grid={"lr": [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]},
        arms={
            "relu-2-default": {"lr": 0.03}, "relu-6-default": {"lr": 0.01}, "relu-12-default": {"lr": 0.01},
            "gelu-2-default": {"lr": 0.03}, "gelu-6-default": {"lr": 0.03}, "gelu-12-default": {"lr": 0.01},
            "mish-2-default": {"lr": 0.03}, "mish-6-default": {"lr": 0.03}, "mish-12-default": {"lr": 0.01},
            "silu-2-default": {"lr": 0.03}, "silu-6-default": {"lr": 0.03}, "silu-12-default": {"lr": 0.01},
            "tanh-2-default": {"lr": 0.03}, "tanh-6-default": {"lr": 0.01}, "tanh-12-default": {"lr": 0.001},
            "sigmoid-2-default": {"lr": 0.03}, "sigmoid-6-default": {"lr": 0.01}, "sigmoid-12-default": {"lr": 0.1},
            "relu-2-fitted": {"lr": 0.03}, "relu-6-fitted": {"lr": 0.01}, "relu-12-fitted": {"lr": 0.003},
            "gelu-2-fitted": {"lr": 0.03}, "gelu-6-fitted": {"lr": 0.01}, "gelu-12-fitted": {"lr": 0.01},
            "mish-2-fitted": {"lr": 0.03}, "mish-6-fitted": {"lr": 0.01}, "mish-12-fitted": {"lr": 0.01},
            "silu-2-fitted": {"lr": 0.03}, "silu-6-fitted": {"lr": 0.03}, "silu-12-fitted": {"lr": 0.01},
            "tanh-2-fitted": {"lr": 0.03}, "tanh-6-fitted": {"lr": 0.01}, "tanh-12-fitted": {"lr": 0.003},
            "sigmoid-2-fitted": {"lr": 0.03}, "sigmoid-6-fitted": {"lr": 0.01}, "sigmoid-12-fitted": {"lr": 0.003},
        },
        budget_s=40,
        answer="Less than the initial weights do, except for sigmoid. Held-out accuracy, mean (range) over seeds "
               "{seeds}; 0.005 is two digits of 397. With fitted weights the other five tie at depth 2 "
               "({*[uh]-2-fitted:means}) and nearly so at 6 ({*[uh]-6-fitted:means}); at 12 Mish, "
               "{mish-12-fitted:range}, and GELU, {gelu-12-fitted:range}, are a little above SiLU, "
               "{silu-12-fitted:range}, tanh, {tanh-12-fitted:range}, and ReLU, {relu-12-fitted:range}. With torch's "
               "default weights they tie at depth 2 ({*[uh]-2-default:means}); at 6 Mish, {mish-6-default:range}, "
               "GELU, {gelu-6-default:range}, and SiLU, {silu-6-default:range}, are above tanh, "
               "{tanh-6-default:range}, and ReLU, {relu-6-default:range}; at 12 all drop ({*[uh]-12-default:means}), "
               "none reaches 90 %, and they cannot be told apart (ReLU: {relu-12-default:least} to "
               "{relu-12-default:most}). Sigmoid keeps up at depth 2 only, {sigmoid-2-default} and "
               "{sigmoid-2-fitted}; at 6 it has {sigmoid-6-default} with torch's weights and {sigmoid-6-fitted:range} "
               "with fitted ones, and at 12 it is at chance with either, at every rate, so its best rate is luck. "
               "First to 90 % with fitted weights is tanh, after {tanh-2-fitted.steps_to_90}, "
               "{tanh-6-fitted.steps_to_90} and {tanh-12-fitted.steps_to_90:range} steps at depths 2, 6 and 12; Mish "
               "needs {mish-2-fitted.steps_to_90}, {mish-6-fitted.steps_to_90} and {mish-12-fitted.steps_to_90}, ReLU "
               "{relu-2-fitted.steps_to_90}, {relu-6-fitted.steps_to_90} and {relu-12-fitted.steps_to_90:range}, at "
               "the rates that are best for the final accuracy. The fastest update at depth 12, with torch's kernels "
               "on one CPU thread, takes {relu-12-*.step_ms:least} ms with ReLU, "
               "{gelu-12-*.step_ms:least} with GELU, {mish-12-*.step_ms:least} with Mish; the others are near ReLU. "
               "Not tried: wider networks, normalization, residuals, longer runs, and initial weights meant for "
               "sigmoid, which Glorot's are not.",
    ),
)
Bend = Callable[[Tensor], Tensor]
DEPTHS = (2, 6, 12)


def silu(x: Tensor) -> Tensor:
    """The input times its own logistic gate, x sigmoid(x); also called Swish."""
    return x * torch.sigmoid(x)


def mish(x: Tensor) -> Tensor:
    """The input times tanh(ln(1 + e^x)), without overflow."""
    return x * torch.tanh(torch.logaddexp(x, torch.zeros_like(x)))


BENDS: dict[str, tuple[Bend, Bend]] = {             # written out for training, and torch's own for timing
    "relu": (relu, F.relu), "gelu": (gelu, F.gelu), "mish": (mish, F.mish), "silu": (silu, F.silu),
    "tanh": (torch.tanh, torch.tanh), "sigmoid": (torch.sigmoid, torch.sigmoid),
}


class MLP(nn.Module):
    """Scores (N, 10) for digits (N, 64) from `depth` hidden layers with the activation function `name`."""

    bends: ClassVar = BENDS

    def __init__(self, name: str, depth: int, weights: str, width: int = 48) -> None:
        super().__init__()
        self.bend, _ = self.bends[name]
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in pairwise((64, *depth * (width,), 10)))
        if weights == "fitted":
            for layer in self.layers:
                self.fit(layer, name)

    def fit(self, layer: nn.Module, name: str) -> None:
        weight, bias = layer.parameters()
        if name in ("tanh", "sigmoid"):
            nn.init.xavier_normal_(weight)
        else:
            nn.init.kaiming_normal_(weight, nonlinearity="relu")
        nn.init.zeros_(bias)

    def forward(self, x: Tensor) -> Tensor:
        *hidden, last = self.layers
        for layer in hidden:
            x = self.bend(layer(x))
        return last(x)


def trial(arm: str, seed: int, device: str = "cpu", steps: int = 300,
          lr: float = 0.003) -> Iterator[tuple[int, Measures]]:
    """Adam, batches of 64, a rate that falls linearly to zero: yield (step, measures) after each thirtieth of the run.

    `steps_to_90` is the first measured step with 90 % held-out accuracy, or the number of steps if there is none.
    """
    name, depth, weights = arm.split("-")
    (x, y), (x_test, y_test) = digits(device)
    torch.manual_seed(seed)
    net = MLP(name, int(depth), weights).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    reached = steps
    for step in range(1, steps + 1):
        batch = torch.randint(len(x), (64,)).to(device)
        optimizer.zero_grad()
        F.cross_entropy(net(x[batch]), y[batch]).backward()
        optimizer.step()
        schedule.step()
        if step % max(1, steps // 30) == 0 and step < steps:
            now = accuracy(net, x_test, y_test)
            reached = min(reached, step) if now >= 0.9 else reached
            yield step, {"accuracy": now}
    yield steps, {"accuracy": accuracy(net, x_test, y_test), "steps_to_90": float(reached),
                  "step_ms": step_ms(net, name, optimizer, x[:64], y[:64])}


@torch.no_grad()
def accuracy(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of the examples whose highest score is for the right class."""
    return (net(x).argmax(-1) == y).float().mean().item()


def step_ms(net: MLP, name: str, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> float:
    """Milliseconds per update with torch's own activation function: the median of 30, after training."""
    _, net.bend = BENDS[name]
    taken = []
    for _ in range(30):
        begin = time.perf_counter()
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
        if x.is_cuda:
            torch.cuda.synchronize()
        taken.append(1000 * (time.perf_counter() - begin))
    return statistics.median(taken)


def figures(trials: Sequence[Trial]) -> Iterator[Plot]:
    """Held-out error over depth for each kind of initial weights, a line per activation."""
    for weights, words in (("default", "torch's default weights"), ("fitted", "He's or Glorot's initial weights")):
        lines = {}
        for name in BENDS:
            found = {depth: [1 - trial.measures["accuracy"] for trial in trials
                             if trial.arm == f"{name}-{depth}-{weights}"] for depth in DEPTHS}
            lines[name] = [(float(depth), statistics.fmean(values), min(values), max(values))
                           for depth, values in found.items() if values]
        yield Plot(f"error over depth, with {words}", "hidden layers", "held-out error", lines, log_y=True)


# -- how we know that it is right -------------------------------------------------------------------------------------

Make = Callable[[str, int, str], MLP]


def check_nets_equal_torchs(make: Make = MLP) -> None:
    """Scores equal those of torch's own modules with the same weights, also where inputs are large."""
    modules = {"relu": nn.ReLU, "gelu": nn.GELU, "mish": nn.Mish, "silu": nn.SiLU, "tanh": nn.Tanh,
               "sigmoid": nn.Sigmoid}
    for name, module in modules.items():
        ours, x = make(name, 3, "default").double(), 30 * torch.randn(20, 64, dtype=torch.float64)
        first, second, third, last = ours.layers
        theirs = nn.Sequential(first, module(), second, module(), third, module(), last)
        torch.testing.assert_close(ours(x), theirs(x))


def check_first_weights_have_their_variance(make: Make = MLP) -> None:
    """Variance times inputs is 1/3 for torch's weights, 2 for He's, 1 for Glorot's at equal widths; within a tenth."""
    for name in BENDS:
        for weights, variance in (("default", 1 / 3), ("fitted", 1.0 if name in ("tanh", "sigmoid") else 2.0)):
            hidden = make(name, 12, weights).layers[1:-1]
            entries = torch.cat([48 ** 0.5 * layer.get_parameter("weight").flatten() for layer in hidden])
            assert abs(entries.var() / variance - 1) < 0.1, f"{entries.var():.3g} for {name}, {weights} weights"
            assert weights == "default" or not any(layer.get_parameter("bias").any() for layer in hidden), "biases"


class _MishWithoutItsLogarithm(MLP):
    bends: ClassVar = {**BENDS, "mish": (lambda x: x * torch.tanh(x.exp()), F.mish)}


class _SiluAsGelu(MLP):
    bends: ClassVar = {**BENDS, "silu": (lambda x: x * torch.sigmoid(1.702 * x), F.silu)}


class _BendsTheScores(MLP):
    def forward(self, x: Tensor) -> Tensor:
        return self.bend(super().forward(x))


class _HeForAll(MLP):
    def fit(self, layer: nn.Module, name: str) -> None:
        super().fit(layer, "relu")


class _FittedIsDefault(MLP):
    def fit(self, layer: nn.Module, name: str) -> None:
        pass


MUTANTS: dict[str, Make] = {
    "mish_without_its_logarithm": _MishWithoutItsLogarithm, "silu_as_gelu": _SiluAsGelu,
    "bends_the_scores": _BendsTheScores, "he_for_all": _HeForAll, "fitted_is_default": _FittedIsDefault,
}
