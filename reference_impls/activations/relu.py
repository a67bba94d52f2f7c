"""Rectified linear units: pass what is positive, and be exactly zero otherwise.

    relu(x) = max(0, x),   slope 1 where x > 0, else 0                       Glorot, Bordes & Bengio 2011, section 3

At x = 0 there is no derivative; the slope 0 is a convention, as in torch. Every input switches off its own set of
units, often half of them: the hidden code is sparse, with true zeros, and the network is linear in the units that
remain. On that linear path nothing saturates, so gradients need not vanish with depth. A unit that no example switches
on stops learning.

Shapes: any; in the benchmark N samples of D units.
"""
from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="relu",
    papers=["key:relu"],
    role="layer",
    symbols=["relu"],
    patterns=["activation", "sparsity"],
    oracle="torch.nn.functional:relu",
    properties=["half_are_true_zeros", "positive_scale_passes_through", "linear_in_the_units_that_are_on",
                "variance_survives_depth"],
    mutants=["slope_shared_at_zero", "slope_one_at_zero", "leaks", "absolute_value", "soft"],
    claim=Claim(
        text="A network of rectifiers still classifies digits when each hidden layer keeps only its largest eighth; "
             "one of tanh units does not, at any learning rate and initial scale of its training",
        metric="test_accuracy",
        better="higher",
        grid={"lr": [0.01, 0.03, 0.1, 0.3], "gain": [0.25, 0.5, 1.0, 1.4, 2.0, 2.8]},
        arms={"tanh": Arm(expect="<0.831", settings={"lr": 0.03, "gain": 1.0}),
              "relu": Arm(expect=">0.831", settings={"lr": 0.1, "gain": 2.0})},
        grade="A",
        budget_s=2,
    ),
    bench=[Case("mlp", {"N": 2048, "D": 1024})],
    deviations=["the demonstration has no penalty on the activations; the paper adds a small one",
                "not shown: that rectifiers learn faster than tanh; here they do not, at the usual initial weights"],
)


def relu(x: Tensor) -> Tensor:
    """The positive part of x, of any shape; NaN stays NaN."""
    return torch.where(x <= 0, 0.0, x)          # at 0, maximum has the slope 1/2, and clamp 1 or 0, by torch's release


# -- how we know that it is right -------------------------------------------------------------------------------------

Make = Callable[[Tensor], Tensor]


def oracle(make: Make = relu) -> tuple[Make, Make, Tensor]:
    """Ours and torch's on numbers of either sign, with exact zeros among them."""
    x = torch.randn(7, 11, dtype=torch.float64)
    x[:, ::3] = 0.0
    return make, F.relu, x


def check_half_are_true_zeros(make: Make = relu) -> None:
    """Of inputs that are as often positive as negative, within five standard deviations."""
    n = 100_000
    off = (make(torch.randn(n, dtype=torch.float64)) == 0).double().mean()
    assert abs(off - 0.5) < 5 * 0.5 / n ** 0.5, f"{off:.4f} of the outputs are exactly zero"


def check_positive_scale_passes_through(make: Make = relu) -> None:
    """relu(a x) = a relu(x) for a > 0: the scale of the input does not matter."""
    x = torch.randn(50, dtype=torch.float64)
    torch.testing.assert_close(make(7 * x), 7 * make(x))


def check_linear_in_the_units_that_are_on(make: Make = relu) -> None:
    """A network without biases equals the product of its matrices, with the rows of units that are off set to zero."""
    x, (first, second) = torch.randn(6, dtype=torch.float64), torch.randn(2, 6, 6, dtype=torch.float64)
    on = (first @ x > 0).double()
    on_above = (second * on @ first @ x > 0).double()
    torch.testing.assert_close(make(second @ make(first @ x)), on_above[:, None] * second * on @ first @ x)


def check_variance_survives_depth(make: Make = relu) -> None:
    """Half of the second moment passes, so weights of variance 2 / inputs preserve it, layer by layer."""
    h = torch.randn(200, 512, dtype=torch.float64)
    for _ in range(20):
        h = make(h) @ torch.randn(512, 512, dtype=torch.float64) * (2 / 512) ** 0.5
    moment = h.square().mean()
    assert 0.1 < moment < 10, f"after 20 layers the mean square is {moment:.3g} times the first"


def _slope_shared_at_zero(x: Tensor) -> Tensor:
    return torch.maximum(x, torch.zeros_like(x))


def _slope_one_at_zero(x: Tensor) -> Tensor:
    return torch.where(x < 0, 0.0, x)


def _leaks(x: Tensor) -> Tensor:
    return torch.where(x <= 0, 0.01 * x, x)


MUTANTS: dict[str, Make] = {"slope_shared_at_zero": _slope_shared_at_zero, "slope_one_at_zero": _slope_one_at_zero,
                            "leaks": _leaks, "absolute_value": torch.abs, "soft": F.softplus}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def largest(h: Tensor, kept: int) -> Tensor:
    """Keep the `kept` values of largest magnitude in each row of (N, D); set the rest to zero."""
    least = h.abs().topk(kept, dim=1).values[:, -1:]
    return torch.where(h.abs() >= least, h, 0.0)


def demo(arm: str, seed: int, lr: float, gain: float,
         device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Digits, three hidden layers of 128, SGD: yield (step, test accuracy when each layer keeps 16 units).

    Training does not know of the cut. Initial weights have standard deviation gain / sqrt(inputs), tuned for both arms.
    """
    from reference_impls.harness.data import digits

    bend: dict[str, Make] = {"tanh": torch.tanh, "relu": relu}
    (x, y), (x_test, y_test) = digits(device)
    torch.manual_seed(seed)
    layers = [nn.Linear(n, m) for n, m in pairwise((64, 128, 128, 128, 10))]
    for layer in layers:
        nn.init.normal_(layer.weight, std=gain / layer.in_features ** 0.5)
        nn.init.zeros_(layer.bias)
    parameters = nn.ModuleList(layers).to(device).parameters()

    def hidden(h: Tensor, kept: int = 0) -> Tensor:
        for layer in layers[:-1]:
            h = largest(bend[arm](layer(h)), kept) if kept else bend[arm](layer(h))
        return h

    optimizer = torch.optim.SGD(parameters, lr, momentum=0.9)
    for step in range(1, 301):
        batch = torch.randint(len(x), (64,)).to(device)
        optimizer.zero_grad()
        F.cross_entropy(layers[-1](hidden(x[batch])), y[batch]).backward()
        optimizer.step()
        if step % 100 == 0:
            with torch.no_grad():
                yield step, (layers[-1](hidden(x_test, 16)).argmax(-1) == y_test).float().mean().item()
    with torch.no_grad():
        of_digit = torch.stack([hidden(x_test)[y_test == digit].mean(dim=0) for digit in range(10)])
    yield Picture("mean output of 32 units of the last hidden layer for each digit", of_digit[:, :32],
                  labels=([str(digit) for digit in range(10)], [str(unit) for unit in range(32)]))


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """One comparison per element; one read, one write."""
    values = case.sizes["N"] * case.sizes["D"]
    return Work(flop=values, min_bytes=2 * values * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Make], tuple[Tensor, ...]]:
    """The function over (N, D)."""
    return ({"torch.nn.functional.relu": F.relu, "reference": relu},
            (torch.randn(case.sizes["N"], case.sizes["D"], device=device, dtype=dtype),))
