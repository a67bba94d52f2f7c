"""Width against depth: what does one gigantic hidden layer learn with the parameters, data and steps of a deep network?

    net(x) = W_out h_D,  h_0 = x,  h_l = relu(W_l h_{l-1} + b_l)         D hidden layers, all of one width

The width is the one whose parameter count is nearest to the budget. Initial weights are He's: N(0, 2 / inputs).
Three tasks. `digits`: handwritten digits, shifted within a larger field. `smooth`: the sign of a sum of four slow sine
waves over eight inputs. `fold`: a point in the plane is rotated and folded three times, z <- 2 |z R| - 1; the class is
whether one coordinate is above its median: eight regions from three simple steps, as a deep ReLU network would build
them (Montufar et al. 2014). Arms are task-depth-budget; depth 1 is the two-layer network.
Longer than most: 48 arms, each with its rate, and their answer fill 32 lines.

Shapes: N examples, I inputs, C classes.
"""
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.activations.relu import relu
from reference_impls.harness.card import Card, Experiment
from reference_impls.harness.data import shifted_digits
from reference_impls.harness.trial import Measures, Plot, Trial

CARD = Card(
    id="two-layer", papers=["key:backprop", "key:relu"], role="experiment",
    symbols=["MLP", "width_for", "fold"], patterns=[], oracle="",
    properties=["budgets_are_met", "first_weights_are_hes", "net_equals_products_of_matrices",
                "folds_make_triangle_waves"],
    mutants=["width_of_two_layers", "biases_uncounted", "bends_the_scores", "torchs_first_weights"],
    experiment=Experiment(
        question="What about just training a gigantic two-layer network?",
        metric="accuracy", better="higher", measures=["accuracy", "training_accuracy", "parameters"],
        grid={"lr": [0.001, 0.003, 0.01, 0.03, 0.1]},
        arms={
            "digits-1-3k": {"lr": 0.03}, "digits-1-10k": {"lr": 0.01}, "digits-1-30k": {"lr": 0.01},
            "digits-1-100k": {"lr": 0.01}, "digits-2-3k": {"lr": 0.01}, "digits-2-10k": {"lr": 0.01},
            "digits-2-30k": {"lr": 0.01}, "digits-2-100k": {"lr": 0.01}, "digits-4-3k": {"lr": 0.01},
            "digits-4-10k": {"lr": 0.01}, "digits-4-30k": {"lr": 0.003}, "digits-4-100k": {"lr": 0.003},
            "digits-8-3k": {"lr": 0.01}, "digits-8-10k": {"lr": 0.01}, "digits-8-30k": {"lr": 0.01},
            "digits-8-100k": {"lr": 0.003}, "smooth-1-3k": {"lr": 0.1}, "smooth-1-10k": {"lr": 0.03},
            "smooth-1-30k": {"lr": 0.1}, "smooth-1-100k": {"lr": 0.03}, "smooth-2-3k": {"lr": 0.03},
            "smooth-2-10k": {"lr": 0.1}, "smooth-2-30k": {"lr": 0.03}, "smooth-2-100k": {"lr": 0.1},
            "smooth-4-3k": {"lr": 0.03}, "smooth-4-10k": {"lr": 0.03}, "smooth-4-30k": {"lr": 0.03},
            "smooth-4-100k": {"lr": 0.03}, "smooth-8-3k": {"lr": 0.03}, "smooth-8-10k": {"lr": 0.03},
            "smooth-8-30k": {"lr": 0.01}, "smooth-8-100k": {"lr": 0.01}, "fold-1-3k": {"lr": 0.03},
            "fold-1-10k": {"lr": 0.03}, "fold-1-30k": {"lr": 0.03}, "fold-1-100k": {"lr": 0.03},
            "fold-2-3k": {"lr": 0.03}, "fold-2-10k": {"lr": 0.03}, "fold-2-30k": {"lr": 0.03},
            "fold-2-100k": {"lr": 0.03}, "fold-4-3k": {"lr": 0.01}, "fold-4-10k": {"lr": 0.03},
            "fold-4-30k": {"lr": 0.03}, "fold-4-100k": {"lr": 0.01}, "fold-8-3k": {"lr": 0.01},
            "fold-8-10k": {"lr": 0.01}, "fold-8-30k": {"lr": 0.003}, "fold-8-100k": {"lr": 0.003},
        },
        budget_s=95,
        answer="It depends on the task, and more parameters do not make up for the missing layers where depth helps. "
               "Held-out accuracy, mean (range) over seeds {seeds}. fold: depth 8 goes from {fold-8-3k:range} with 3k "
               "parameters to {fold-8-100k:range} with 100k, the wide net from {fold-1-3k} to {fold-1-100k:range}: at "
               "100k it does worse than eight layers at 10k on average, {fold-8-10k:range}, and its training accuracy "
               "is no higher than its held-out one, so it did not fit in 500 steps, though it might in more. Accuracy "
               "does not rise steadily with depth: two layers are below one at every budget ({fold-2-*:means}, seeds "
               "from {fold-2-*:least} to {fold-2-*:most}), and four are about equal to one ({fold-4-*:means}). "
               "smooth: the wide net is best at every budget, narrowly, {smooth-1-*:means} against "
               "{smooth-8-*:means} at depth 8; size does not help. digits: one and two layers tie at every budget, "
               "{digits-1-100k:range} and {digits-2-100k:range} at 100k; depth 4 has {digits-4-100k} and depth 8 "
               "{digits-8-100k:range}, although all of them fit the training data at 100k. Plain deep nets without "
               "residuals or normalization, no regularization, 1,400 digits, short runs: the deep ones lose partly "
               "because they are hard to optimize. On smooth, the best rate of four nets with one or two hidden "
               "layers is 0.1, the edge of the grid, at most 0.005 better than 0.03 in tuning.",
    ),
)
DEPTHS = (1, 2, 4, 8)
Split = tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]


def width_for(inputs: int, classes: int, depth: int, budget: int) -> int:
    """Units per hidden layer for `depth` layers and about `budget` parameters, biases included."""
    def parameters(width: int) -> int:
        return (inputs + 1) * width + (depth - 1) * (width + 1) * width + (width + 1) * classes
    return min(range(1, budget), key=lambda width: abs(parameters(width) - budget))


class MLP(nn.Module):
    """Scores (N, C) for inputs (N, I) from `depth` hidden ReLU layers with about `budget` parameters."""

    def __init__(self, inputs: int, classes: int, depth: int, budget: int) -> None:
        super().__init__()
        width = self.width(inputs, classes, depth, budget)
        layers = [nn.Linear(n, m) for n, m in pairwise((inputs, *depth * (width,), classes))]
        for layer in layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        self.layers = nn.ModuleList(layers)

    def width(self, inputs: int, classes: int, depth: int, budget: int) -> int:
        return width_for(inputs, classes, depth, budget)

    def forward(self, x: Tensor) -> Tensor:
        *hidden, last = self.layers
        for layer in hidden:
            x = relu(layer(x))
        return last(x)


def fold(z: Tensor, times: int = 3, angle: float = 0.7) -> Tensor:
    """Rotate points (N, 2) by `angle` radians and fold them along both axes, `times` times."""
    turn = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]).to(z)
    for _ in range(times):
        z = 2 * (z @ turn).abs() - 1
    return z


def waves(x: Tensor) -> Tensor:
    """A sum of four sine waves over (N, I) in fixed directions, with about one period across the cube."""
    directions = 2.25 * torch.randn(x.shape[1], 4, generator=torch.Generator().manual_seed(2)) / x.shape[1] ** 0.5
    return (x @ directions).sin().sum(dim=1)


def data(task: str, seed: int) -> Split:
    """Training and held-out examples: 1,400 and 397 digits, or 4,096 and 2,048 points of a cube."""
    if task == "digits":
        (x, y), (x_test, y_test) = shifted_digits(side=12)
        return (x.flatten(1), y), (x_test.flatten(1), y_test)
    x = 2 * torch.rand(6144, {"fold": 2, "smooth": 8}[task], generator=torch.Generator().manual_seed(seed)) - 1
    value = fold(x)[:, 0] if task == "fold" else waves(x)
    y = (value > value.median()).long()                                     # both classes equally often
    return (x[:4096], y[:4096]), (x[4096:], y[4096:])


def trial(arm: str, seed: int, device: str = "cpu", steps: int = 500,
          lr: float = 0.01) -> Iterator[tuple[int, Measures]]:
    """Adam, batches of 64, a rate that falls linearly to zero: yield (step, measures) after each fifth of the run."""
    task, depth, budget = arm.split("-")
    (x, y), (x_test, y_test) = (tuple(part.to(device) for part in half) for half in data(task, seed))
    torch.manual_seed(seed)
    net = MLP(x.shape[1], int(y.max()) + 1, int(depth), 1000 * int(budget.removesuffix("k"))).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    for step in range(1, steps + 1):
        batch = torch.randint(len(x), (64,)).to(device)
        optimizer.zero_grad()
        F.cross_entropy(net(x[batch]), y[batch]).backward()
        optimizer.step()
        schedule.step()
        if step % max(1, steps // 5) == 0 and step < steps:
            yield step, {"accuracy": accuracy(net, x_test, y_test)}
    yield steps, {"accuracy": accuracy(net, x_test, y_test), "training_accuracy": accuracy(net, x, y),
                  "parameters": float(sum(parameter.numel() for parameter in net.parameters()))}


@torch.no_grad()
def accuracy(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of the examples whose highest score is for the right class."""
    chosen = [net(part).argmax(-1) for part in x.split(128)]         # in parts: ten thousand units fill the cache
    return (torch.cat(chosen) == y).float().mean().item()


def figures(trials: Sequence[Trial]) -> Iterator[Plot]:
    """Held-out error over parameters for each task, a line per depth."""
    for task in ("digits", "smooth", "fold"):
        lines = {}
        for depth in DEPTHS:
            name = "1 hidden layer" if depth == 1 else f"{depth} hidden layers"
            errors: dict[float, list[float]] = {}
            for trial in trials:
                if trial.arm.startswith(f"{task}-{depth}-"):
                    errors.setdefault(trial.measures["parameters"], []).append(1 - trial.measures["accuracy"])
            lines[name] = [(size, sum(e) / len(e), min(e), max(e)) for size, e in sorted(errors.items())]
        yield Plot(f"{task}: error over parameters, by depth", "parameters", "held-out error", lines,
                   log_x=True, log_y=True)


# -- how we know that it is right -------------------------------------------------------------------------------------
Make = Callable[[int, int, int, int], MLP]


def check_budgets_are_met(make: Make = MLP) -> None:
    """Every network is within 7 % of its budget: one more unit in each of eight layers can change it by that much."""
    for inputs, classes in ((144, 10), (8, 2), (2, 2)):
        for depth in DEPTHS:
            for budget in (3_000, 10_000, 30_000, 100_000):
                count = sum(parameter.numel() for parameter in make(inputs, classes, depth, budget).parameters())
                assert abs(count / budget - 1) < 0.07, f"{count} parameters in {depth} layers instead of {budget}"


def check_first_weights_are_hes(make: Make = MLP) -> None:
    """Weights have variance 2 / inputs, within a tenth, in the larger matrices; biases are zero."""
    for layer in make(144, 10, 2, 30_000).layers[:2]:
        weight, bias = layer.parameters()
        assert abs(weight.var() * weight.shape[1] / 2 - 1) < 0.1, f"variance {weight.var():.3g} for {weight.shape[1]}"
        assert not bias.any(), "an initial bias is not zero"


def check_net_equals_products_of_matrices(make: Make = MLP) -> None:
    """There are `depth` hidden layers, and scores equal matrix products with negative units set to zero."""
    net, x = make(3, 4, 3, 200).double(), torch.randn(6, 3, dtype=torch.float64)
    weights, biases = list(net.parameters())[::2], list(net.parameters())[1::2]
    assert len(weights) == 4, f"{len(weights)} matrices for three hidden layers"
    h = x.T
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        before = weight @ h + bias[:, None]
        h = (before > 0).double() * before
    torch.testing.assert_close(net(x), (weights[-1] @ h + biases[-1][:, None]).T)


def check_folds_make_triangle_waves(make: Make = MLP) -> None:
    """Without rotation, k folds make a triangle wave of 2^k times the frequency, w(t) = 1 - 2/pi arccos(cos t)."""
    t = torch.rand(50, 2, dtype=torch.float64) * math.pi
    for k in range(5):
        wave = 1 - 2 / math.pi * torch.arccos(torch.cos(2 ** k * t))
        torch.testing.assert_close(fold(1 - 2 / math.pi * t, k, angle=0.0), wave, rtol=0, atol=1e-6)


class _WidthOfTwoLayers(MLP):
    def width(self, inputs: int, classes: int, depth: int, budget: int) -> int:
        return width_for(inputs, classes, 1, budget)


class _BiasesUncounted(MLP):
    def width(self, inputs: int, classes: int, depth: int, budget: int) -> int:
        return width_for(inputs - 1, classes, depth, budget)


class _TorchsFirstWeights(MLP):
    def __init__(self, inputs: int, classes: int, depth: int, budget: int) -> None:
        super().__init__(inputs, classes, depth, budget)
        for layer in self.layers:
            assert isinstance(layer, nn.Linear)
            layer.reset_parameters()


class _BendsTheScores(MLP):
    def forward(self, x: Tensor) -> Tensor:
        return relu(super().forward(x))


MUTANTS: dict[str, Make] = {"width_of_two_layers": _WidthOfTwoLayers, "biases_uncounted": _BiasesUncounted,
                            "bends_the_scores": _BendsTheScores, "torchs_first_weights": _TorchsFirstWeights}
