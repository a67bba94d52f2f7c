"""GELU: weight an input by the probability that a standard normal variable is below it.

    GELU(x) = x P(Z <= x) = x Phi(x) = x/2 (1 + erf(x / sqrt(2)))                Hendrycks & Gimpel 2016, section 2
    GELU(x) ~ x/2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x³)))                     the tanh form, off by at most 5e-4

It is the mean of a stochastic gate that lets x through with probability Phi(x) and outputs zero otherwise:
E[x Bernoulli(Phi(x))] = x Phi(x). ReLU gates by the sign of x, GELU by how large x is, dropout regardless of x.
Phi is the distribution function, not the density. The two forms are different functions: a network trained with one
should be used with it.

Shapes: any; in the benchmark N samples of D units.
"""
import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="gelu",
    papers=["arxiv:1606.08415"],
    role="layer",
    symbols=["gelu"],
    patterns=["activation", "gating", "regularization-by-noise"],
    oracle="torch.nn.functional:gelu",
    properties=["mean_of_a_stochastic_gate", "forms_are_close", "parts_differ_by_x", "dips_below_zero"],
    mutants=["logistic_gate", "root_of_two_forgotten", "cubic_term_forgotten", "density_as_gate"],
    claim=Claim(
        text="A deep autoencoder of digits reconstructs unseen ones better with GELU than with ELU or ReLU",
        metric="reconstruction_error",
        better="lower",
        grid={"lr": [0.001, 0.002, 0.004, 0.008, 0.016], "gain": [0.5, 0.7, 1.0, 1.4, 2.0]},
        arms={"relu": Arm(expect=">0.0102", settings={"lr": 0.004, "gain": 1.0}),
              "elu": Arm(expect=">0.0102", settings={"lr": 0.004, "gain": 0.7}),
              "gelu": Arm(expect="<0.0102", settings={"lr": 0.008, "gain": 1.0})},
        grade="B",
        budget_s=3,
    ),
    bench=[Case("mlp", {"N": 1024, "D": 1024})],
    deviations=["only the standard normal: the paper mentions other means and deviations, but does not use them"],
)

Form = Literal["exact", "tanh"]


def gelu(x: Tensor, form: Form = "exact") -> Tensor:
    """The input times the probability that a standard normal variable is below it.

    Args:
        x: any shape.
        form: `exact` by the error function, `tanh` by the cheaper approximation.
    """
    if form == "tanh":
        return x / 2 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))
    return x / 2 * (1 + torch.erf(x / math.sqrt(2)))


# -- how we know that it is right -------------------------------------------------------------------------------------

Make = Callable[..., Tensor]
Both = Callable[[Tensor], tuple[Tensor, Tensor]]


def oracle(make: Make = gelu) -> tuple[Both, Both, Tensor]:
    """Both forms, ours and torch's, where they bend, where they are flat and where they are straight."""
    return (lambda x: (make(x), make(x, "tanh")),
            lambda x: (F.gelu(x), F.gelu(x, approximate="tanh")), 1 + 3 * torch.randn(7, 11, dtype=torch.float64))


def check_mean_of_a_stochastic_gate(make: Make = gelu) -> None:
    """Draw Z, let x through if Z <= x: the mean of 400,000 draws, within five of its standard deviations."""
    draws = 400_000
    for x in (-2.0, -0.5, 0.3, 1.5):
        passed = (torch.randn(draws, dtype=torch.float64) <= x).double().mean()
        off = abs(x * passed - make(torch.tensor(x, dtype=torch.float64)))
        assert off < 5 * abs(x) * (0.25 / draws) ** 0.5, f"at {x} the mean of the gate is {off:.4f} away"


def check_forms_are_close(make: Make = gelu) -> None:
    x = torch.linspace(-6, 6, 4001, dtype=torch.float64)
    torch.testing.assert_close(make(x, "tanh"), make(x), rtol=0, atol=5e-4)


def check_parts_differ_by_x(make: Make = gelu) -> None:
    """GELU(x) - GELU(-x) = x, since Phi(x) + Phi(-x) = 1."""
    x = 3 * torch.randn(50, dtype=torch.float64)
    for form in ("exact", "tanh"):
        torch.testing.assert_close(make(x, form) - make(-x, form), x)


def check_dips_below_zero(make: Make = gelu) -> None:
    """Not monotone: the minimum is where Phi(x) + x phi(x) = 0, with GELU(-0.7518) = -0.1700."""
    x = torch.linspace(-4, 4, 80_001, dtype=torch.float64)
    least, where = make(x).min(dim=0)
    found = torch.stack([x[where], least])
    torch.testing.assert_close(found, torch.tensor([-0.7518, -0.1700], dtype=torch.float64), rtol=0, atol=2e-4)


def _logistic_gate(x: Tensor, form: Form = "exact") -> Tensor:
    return x * torch.sigmoid(1.702 * x)                      # the paper's other approximation, off by 0.02


def _root_of_two_forgotten(x: Tensor, form: Form = "exact") -> Tensor:
    return gelu(x, form) if form == "tanh" else x / 2 * (1 + torch.erf(x))


def _cubic_term_forgotten(x: Tensor, form: Form = "exact") -> Tensor:
    return gelu(x) if form == "exact" else x / 2 * (1 + torch.tanh(math.sqrt(2 / math.pi) * x))


def _density_as_gate(x: Tensor, form: Form = "exact") -> Tensor:
    return gelu(x, form) if form == "tanh" else x * torch.exp(-x ** 2 / 2) / math.sqrt(2 * math.pi)


MUTANTS: dict[str, Make] = {"logistic_gate": _logistic_gate, "root_of_two_forgotten": _root_of_two_forgotten,
                            "cubic_term_forgotten": _cubic_term_forgotten, "density_as_gate": _density_as_gate}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, gain: float,
         device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Digits through 128, 64, 16, 64, 128 units, Adam, as in section 3.2: yield (step, mean squared error).

    Initial weights have standard deviation gain / sqrt(inputs), tuned for every arm.
    """
    from reference_impls.harness.data import digits

    bend: dict[str, Make] = {"relu": F.relu, "elu": F.elu, "gelu": gelu}
    (x, _), (x_test, _) = digits(device)
    torch.manual_seed(seed)
    layers = [nn.Linear(n, m) for n, m in pairwise((64, 128, 64, 16, 64, 128, 64))]
    for layer in layers:
        nn.init.normal_(layer.weight, std=gain / layer.in_features ** 0.5)
        nn.init.zeros_(layer.bias)
    parameters = nn.ModuleList(layers).to(device).parameters()

    def reconstruct(h: Tensor) -> Tensor:
        for layer in layers[:-1]:
            h = bend[arm](layer(h))
        return layers[-1](h)

    optimizer = torch.optim.Adam(parameters, lr)
    for step in range(1, 401):
        batch = x[torch.randint(len(x), (64,)).to(device)]
        optimizer.zero_grad()
        F.mse_loss(reconstruct(batch), batch).backward()
        optimizer.step()
        if step % 100 == 0:
            with torch.no_grad():
                yield step, F.mse_loss(reconstruct(x_test), x_test).item()
    with torch.no_grad():
        pairs = torch.stack([x_test[:8], reconstruct(x_test[:8])]).view(2, 8, 8, 8)
    yield Picture(f"test digits above their {arm} reconstructions", pairs.clamp(0, 1), kind="images")


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Five operations per element (scale, error function, add, halve, multiply); one read, one write."""
    values = case.sizes["N"] * case.sizes["D"]
    return Work(flop=5 * values, min_bytes=2 * values * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Make], tuple[Tensor, ...]]:
    """The exact form over (N, D)."""
    return ({"torch.nn.functional.gelu": F.gelu, "reference": gelu},
            (torch.randn(case.sizes["N"], case.sizes["D"], device=device, dtype=dtype),))
