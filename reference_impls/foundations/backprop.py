"""Backpropagation: every unit's share of the error, computed from the units that it feeds, from the last layer back.

    o_j     = 1 / (1 + exp(-net_j)),  net_j = sum_i w_ji o_i + theta_j          Rumelhart et al. 1986, eq. (15)
    delta_j = (t_j - o_j) o_j (1 - o_j)                    for an output unit,  eq. (13)
    delta_j = o_j (1 - o_j) sum_k delta_k w_kj             for a hidden unit,   eq. (14)
    dw_ji  <- rate * delta_j o_i + momentum * dw_ji        added to w_ji,       eq. (16)

delta is -dE/dnet of E = 1/2 sum (t - o)², eq. (2), so changes are added. w_ji leads from unit i to unit j, o (1 - o) is
the slope of the sigmoid, and changes are summed over the patterns before any weight moves: true gradient descent.

Shapes: P patterns; widths I, H, ... of the layers, input first; a weight is (to, from) and an o is (P, width).
"""
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="backprop",
    papers=["key:backprop"],
    role="algorithm",
    symbols=["SigmoidNetwork"],
    patterns=["backpropagation"],
    oracle="torch.autograd:grad",
    properties=["learns_as_torch_sgd", "identical_hidden_units_stay_identical"],
    mutants=["slope_at_output", "hidden_slope_forgotten", "momentum_dampens"],
    claim=Claim(
        text="Parity of five bits needs hidden units that learn: the delta rule fails without any and on random ones",
        metric="mean_squared_error",
        better="lower",
        grid={"rate": [0.03, 0.1, 0.3, 1.0], "spread": [1.0, 2.0, 4.0, 8.0, 16.0]},
        arms={"no_hidden": Arm(expect=">0.104", settings={"rate": 0.03, "spread": 1.0}),   # wherever it settles: 0.25
              "random_hidden": Arm(expect=">0.104", settings={"rate": 0.1, "spread": 8.0}),
              "backprop": Arm(expect="<0.104", settings={"rate": 0.3, "spread": 2.0})},
        grade="A",
        budget_s=3,
    ),
    bench=[Case("mlp", {"P": 512, "I": 256, "H": 512, "O": 64})],
    deviations=["layers are fully connected and feed only the next one: no links that skip a layer, no recurrence",
                "two hidden units for each bit; the paper solves the parity of four with four"],
    equations=["2", "13", "14", "15", "16"],
)


class SigmoidNetwork(nn.Module):
    """Layers of logistic units that learn by the generalized delta rule, without autograd.

    Args:
        widths: units of each layer, the input's first.
        spread: initial weights and thresholds are uniform in [-spread, spread]; equal ones would stay equal forever.
    """

    def __init__(self, *widths: int, spread: float = 1.0) -> None:
        super().__init__()
        self.weights = nn.ParameterList(spread * (2 * torch.rand(j, i) - 1) for i, j in pairwise(widths))
        self.thresholds = nn.ParameterList(spread * (2 * torch.rand(j) - 1) for j in widths[1:])
        self.changes = [torch.zeros(()) for _ in self.parameters()]             # the previous changes of eq. (16)

    def outputs(self, x: Tensor) -> list[Tensor]:
        """The output of every layer for patterns (P, I), the input itself first: eq. (15)."""
        o = [x]
        for weight, theta in zip(self.weights, self.thresholds, strict=True):
            o.append(torch.sigmoid(o[-1] @ weight.T + theta))                   # (P, to)
        return o

    def forward(self, x: Tensor, target: Tensor) -> tuple[Tensor, ...]:
        """Outputs for patterns (P, I), then -dE/dp for every parameter p, in the order of `parameters()`."""
        o = self.outputs(x)
        deltas = [self.output_delta(o[-1], target)]
        for o_j, weight in zip(reversed(o[1:-1]), reversed(list(self.weights[1:]))):
            deltas.insert(0, self.hidden_delta(o_j, deltas[0], weight))
        return (o[-1], *(delta.T @ o_i for delta, o_i in zip(deltas, o)), *(delta.sum(dim=0) for delta in deltas))

    def output_delta(self, o: Tensor, target: Tensor) -> Tensor:
        return (target - o) * self.slope(o)                                     # eq. (13)

    def hidden_delta(self, o_j: Tensor, delta_k: Tensor, weight: Tensor) -> Tensor:
        return self.slope(o_j) * (delta_k @ weight)                             # eq. (14): (P, k) @ (k, j)

    def slope(self, o: Tensor) -> Tensor:
        return o * (1 - o)                                                      # df/dnet, written in o = f(net)

    @torch.no_grad()
    def learn(self, x: Tensor, target: Tensor, rate: float, momentum: float) -> None:
        """Update every parameter once, after all patterns: eq. (16)."""
        _, *descent = self(x, target)
        self.changes = [rate * down + momentum * last for down, last in zip(descent, self.changes, strict=True)]
        for parameter, change in zip(self.parameters(), self.changes, strict=True):
            parameter.add_(change)


# -- how we know that it is right ------------------------------------------------------------------------------------

Make = Callable[..., SigmoidNetwork]
Pass = Callable[..., tuple[Tensor, ...]]


def by_autograd(network: SigmoidNetwork, x: Tensor, target: Tensor) -> tuple[Tensor, ...]:
    """The same outputs and descent directions from torch: autograd finds the gradient of E."""
    differentiable = torch.is_grad_enabled()
    with torch.enable_grad():
        o = x
        for weight, theta in zip(network.weights, network.thresholds, strict=True):
            o = torch.sigmoid(F.linear(o, weight, theta))
        error = F.mse_loss(o, target, reduction="sum") / 2
        return o, *torch.autograd.grad(-error, list(network.parameters()), create_graph=differentiable)


def oracle(make: Make = SigmoidNetwork) -> tuple[nn.Module, Pass, tuple[Tensor, Tensor]]:
    """Ours, autograd over the same parameters, and patterns; second derivatives are compared as well."""
    ours = make(4, 7, 5, 3).double()
    x, target = 1 + 2 * torch.randn(6, 4, dtype=torch.float64), torch.rand(6, 3, dtype=torch.float64)
    return ours, partial(by_autograd, ours), (x, target)


def check_learns_as_torch_sgd(make: Make = SigmoidNetwork) -> None:
    ours, theirs = make(3, 5, 2).double(), SigmoidNetwork(3, 5, 2).double()
    theirs.load_state_dict(ours.state_dict())
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.3, momentum=0.9)
    x, target = torch.randn(8, 3, dtype=torch.float64), torch.rand(8, 2, dtype=torch.float64)
    for _ in range(5):
        ours.learn(x, target, rate=0.3, momentum=0.9)
        for parameter, down in zip(theirs.parameters(), by_autograd(theirs, x, target)[1:], strict=True):
            parameter.grad = -down.detach()
        optimizer.step()
    torch.testing.assert_close(list(ours.parameters()), list(theirs.parameters()))


def check_identical_hidden_units_stay_identical(make: Make = SigmoidNetwork) -> None:
    """Why the initial weights must be random: equal hidden units get equal errors."""
    network = make(3, 4, 1, spread=0.0).double()
    for _ in range(20):
        network.learn(torch.randn(8, 3, dtype=torch.float64), torch.rand(8, 1, dtype=torch.float64), 0.5, 0.9)
    hidden = network.weights[0].detach()
    assert hidden.any(), "the first layer did not learn at all"
    torch.testing.assert_close(hidden, hidden[:1].expand_as(hidden))


class _SlopeAtOutput(SigmoidNetwork):
    def slope(self, o: Tensor) -> Tensor:
        return torch.sigmoid(o) * (1 - torch.sigmoid(o))        # o mistaken for net


class _HiddenSlopeForgotten(SigmoidNetwork):
    def hidden_delta(self, o_j: Tensor, delta_k: Tensor, weight: Tensor) -> Tensor:
        return delta_k @ weight


class _MomentumDampens(SigmoidNetwork):
    def learn(self, x: Tensor, target: Tensor, rate: float, momentum: float) -> None:
        super().learn(x, target, rate * (1 - momentum), momentum)


MUTANTS = {"slope_at_output": _SlopeAtOutput, "hidden_slope_forgotten": _HiddenSlopeForgotten,
           "momentum_dampens": _MomentumDampens}


# -- what the paper claims, small ------------------------------------------------------------------------------------

def demo(arm: str, seed: int, rate: float, spread: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """All 32 patterns of five bits at once, momentum 0.9 as in the paper: yield (step, mean squared error)."""
    torch.manual_seed(seed)
    x = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 5)                   # (32, 5)
    target = x.sum(dim=1, keepdim=True) % 2                                     # is the number of ones odd?
    if arm == "random_hidden":
        x = SigmoidNetwork(5, 10, spread=spread).outputs(x)[1].detach()
    widths = {"no_hidden": (5, 1), "random_hidden": (10, 1), "backprop": (5, 10, 1)}[arm]
    network, x, target = SigmoidNetwork(*widths, spread=spread).to(device), x.to(device), target.to(device)
    for step in range(1, 2001):
        network.learn(x, target, rate, momentum=0.9)
        if step % 200 == 0:
            yield step, (network.outputs(x)[-1] - target).square().mean().item()
    if arm == "backprop":
        hidden, ones = network.outputs(x)[1].detach(), x.sum(dim=1)
        by_count = torch.stack([hidden[ones == count].mean(dim=0) for count in range(6)])
        yield Picture("mean output of each hidden unit by the number of ones", by_count,
                      labels=([f"{count} ones" for count in range(6)], [f"h{unit}" for unit in range(1, 11)]))


# -- what it costs ---------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Forward pass and all gradients, matrix products only; patterns, targets and weights are read once."""
    p, i, h, o = (case.sizes[k] for k in "PIHO")
    parameters = h * (i + 1) + o * (h + 1)
    return Work(flop=2 * p * (2 * i * h + 3 * h * o), min_bytes=itemsize * (p * (i + 2 * o) + 2 * parameters))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Pass], tuple[Tensor, ...]]:
    """Outputs and gradients of one pass over P patterns, by autograd and by hand, with the same weights."""
    p, i, h, o = (case.sizes[k] for k in "PIHO")
    network = SigmoidNetwork(i, h, o, spread=i ** -0.5).to(device, dtype)
    return ({"torch.autograd": partial(by_autograd, network), "reference": network},
            (torch.rand(p, i, device=device, dtype=dtype), torch.rand(p, o, device=device, dtype=dtype)))
