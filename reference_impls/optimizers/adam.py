"""Adam: step by a running mean of gradients over the root of a running mean of their squares, both bias-corrected.

    m <- beta1 m + (1 - beta1) g;    v <- beta2 v + (1 - beta2) g²               Kingma & Ba 2015, algorithm 1
    theta <- theta - lr * m_hat / (sqrt(v_hat) + eps),   m_hat = m / (1 - beta1^t),  v_hat = v / (1 - beta2^t)

The divisions undo the bias of averages that start at 0 (section 3): constant gradients give m_hat = g and v_hat = g²
from the first step on. eps is added to the root of the corrected v, as in algorithm 1 and in torch; the faster order
at the end of section 2, which TensorFlow follows, adds it to the root of the uncorrected one.

Shapes: every state has the shape of its parameter; t counts the steps of that parameter from 1.
"""
import math
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="adam",
    papers=["arxiv:1412.6980"],
    role="optimizer",
    symbols=["Adam"],
    patterns=["adaptive-optimizer", "moving-average"],
    oracle="torch.optim:Adam",
    properties=["constant_gradient_moves_lr_each_step", "units_of_gradients_cancel"],
    mutants=["uncorrected", "epsilon_on_uncorrected_root", "epsilon_inside_root", "counts_every_parameter",
             "one_rate_for_all"],
    claim=Claim(
        text="When the units of the features span three decades, Adam fits a linear classifier in 400 steps to a loss "
             "that SGD with momentum does not reach at any rate and any momentum",
        metric="training_loss", better="lower",
        grid={"lr": [0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0],
              "momentum": [0.0, 0.5, 0.9, 0.97, 0.99]},             # for Adam it is beta1
        arms={"sgd": Arm(expect=">0.232", settings={"lr": 30.0, "momentum": 0.97}),
              "adam": Arm(expect="<0.232", settings={"lr": 10.0, "momentum": 0.5})},
        grade="A", budget_s=1,
    ),
    bench=[Case("1m", {"P": 1_048_576})],
    deviations=["no decay of beta1 over time, which the proof of section 4 needs and algorithm 1 does not have"],
)


class Adam(torch.optim.Optimizer):
    """Algorithm 1.

    Args:
        params: parameters or groups, as for any torch optimizer.
        lr: step size alpha; about the most that a coordinate moves in one step.
        betas: decay of the averages of g and of g², each in [0, 1).
        eps: added to the root, against division by zero.

    Raises:
        ValueError: a beta is outside [0, 1).
    """

    def __init__(self, params: Iterable[Tensor], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8) -> None:
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas {betas} must be at least 0 and less than 1")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]      # no closure: nothing here evaluates a loss
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for theta in group["params"]:
                if theta.grad is None:
                    continue
                state = self.state[theta]
                if "m" not in state:
                    state.update(m=torch.zeros_like(theta), v=torch.zeros_like(theta))
                m, v = state["m"], state["v"]
                m.lerp_(theta.grad, 1 - beta1)
                v.lerp_(theta.grad.square(), 1 - beta2)
                t = self.count(theta)
                theta.addcdiv_(m, self.divisor(v, 1 - beta2 ** t, group["eps"]), value=-group["lr"] / (1 - beta1 ** t))

    def count(self, theta: Tensor) -> int:
        """Increment and return the step count of a parameter."""
        state = self.state[theta]
        state["t"] = state.get("t", 0) + 1
        return int(state["t"])

    def divisor(self, v: Tensor, correction: float, eps: float) -> Tensor:
        return (v / correction).sqrt() + eps


# -- how we know that it is right ------------------------------------------------------------------------------------

Make = Callable[..., torch.optim.Optimizer]


def oracle(make: Make = Adam) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer, list[tuple[Tensor, ...]]]:
    """Ours and torch's, equal parameters in two groups and an eps large enough to matter; gradients of many sizes."""
    starts = torch.randn(5, 3, dtype=torch.float64), torch.randn(7, dtype=torch.float64)
    ours, theirs = ([{"params": [start.clone().requires_grad_()], "lr": lr}
                     for start, lr in zip(starts, (0.1, 0.03), strict=True)] for _ in range(2))
    gradients = [tuple(torch.randn_like(start) * 10.0 ** (k % 4 - 2) for start in starts) for k in range(10)]
    return make(ours, betas=(0.8, 0.95), eps=1e-3), torch.optim.Adam(theirs, betas=(0.8, 0.95), eps=1e-3), gradients


def check_constant_gradient_moves_lr_each_step(make: Make = Adam) -> None:
    """Without correction the first step would be (1 - beta1) / sqrt(1 - beta2) = 3.2 times as long."""
    theta = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    theta.grad = torch.tensor([1e-2, -7.0, 0.5, 40.0], dtype=torch.float64)
    optimizer = make([theta], lr=0.1, eps=0.0)
    for t in range(1, 6):
        optimizer.step()
        torch.testing.assert_close(theta.detach(), -0.1 * t * theta.grad.sign())


def check_units_of_gradients_cancel(make: Make = Adam) -> None:
    """Rescaling each coordinate of the gradient changes no step (section 2.1), unlike in SGD."""
    units = 10.0 ** torch.arange(-3, 3, dtype=torch.float64)
    thetas = [torch.zeros(6, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    optimizers = [make([theta], lr=0.1, eps=0.0) for theta in thetas]
    for _ in range(5):
        gradient = torch.randn(6, dtype=torch.float64)
        for theta, optimizer, unit in zip(thetas, optimizers, (torch.ones_like(units), units), strict=True):
            theta.grad = gradient * unit
            optimizer.step()
    torch.testing.assert_close(*[theta.detach() for theta in thetas])


class _Uncorrected(Adam):
    def count(self, theta: Tensor) -> int:
        return 1_000_000                                     # late enough that both corrections are 1


class _EpsilonOnUncorrectedRoot(Adam):
    def divisor(self, v: Tensor, correction: float, eps: float) -> Tensor:
        return (v.sqrt() + eps) / math.sqrt(correction)


class _EpsilonInsideRoot(Adam):
    def divisor(self, v: Tensor, correction: float, eps: float) -> Tensor:
        return (v / correction + eps).sqrt()


class _CountsEveryParameter(Adam):
    def count(self, theta: Tensor) -> int:
        return super().count(self.param_groups[0]["params"][0])      # one counter for all parameters


class _OneRateForAll(Adam):
    def step(self) -> None:  # type: ignore[override]
        self.param_groups = [{**group, "lr": self.defaults["lr"]} for group in self.param_groups]   # no schedule either
        super().step()


MUTANTS = {"uncorrected": _Uncorrected, "epsilon_on_uncorrected_root": _EpsilonOnUncorrectedRoot,
           "epsilon_inside_root": _EpsilonInsideRoot, "counts_every_parameter": _CountsEveryParameter,
           "one_rate_for_all": _OneRateForAll}


# -- what the paper claims, small ------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, momentum: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Logistic regression as in section 6.1, on digits, each pixel on a scale of its own: yield (step, training loss).

    Rates fall as lr / sqrt(step), as in the paper. At constant rates the tuned Adam failed on one fresh seed of three.
    """
    from reference_impls.harness.data import digits

    torch.manual_seed(seed)
    (x, y), _ = digits(device)
    x = x * torch.logspace(0, -3, 64)[torch.randperm(64)].to(device)
    weight, bias = torch.zeros(10, 64, device=device), torch.zeros(10, device=device)
    parameters = [weight.requires_grad_(), bias.requires_grad_()]
    optimizer = (torch.optim.SGD(parameters, lr, momentum) if arm == "sgd"
                 else Adam(parameters, lr, betas=(momentum, 0.999)))
    for step in range(1, 401):
        batch = torch.randint(len(x), (128,)).to(device)
        optimizer.param_groups[0]["lr"] = lr / step ** 0.5
        optimizer.zero_grad()
        F.cross_entropy(F.linear(x[batch], weight, bias), y[batch]).backward()
        optimizer.step()
        if step % 50 == 0:
            with torch.no_grad():
                yield step, F.cross_entropy(F.linear(x, weight, bias), y).item()


# -- what it costs ---------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """One step: about 13 operations per parameter; reads theta, g, m, v and writes theta, m, v."""
    return Work(flop=13 * case.sizes["P"], min_bytes=7 * case.sizes["P"] * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[[], object]], tuple[()]]:
    """One step over P parameters in a single tensor."""
    def stepper(make: Make) -> Callable[[], object]:
        theta = torch.randn(case.sizes["P"], device=device, dtype=dtype, requires_grad=True)
        theta.grad = torch.randn_like(theta)
        return make([theta], lr=1e-3).step

    return {"torch.optim.Adam": stepper(torch.optim.Adam), "reference": stepper(Adam)}, ()
