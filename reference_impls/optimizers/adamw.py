"""AdamW: Adam whose weights decay beside the adaptive step instead of through its gradient.

    theta <- theta - eta_t (alpha m_hat / (sqrt(v_hat) + eps) + lambda theta)      Loshchilov & Hutter 2019, algorithm 2

m_hat and v_hat are those of `adam`, from the gradient of the loss alone. A penalty lambda' / 2 |theta|² in the loss
would pass through them, and weights with large gradients would hardly feel it. With lambda' = lambda / alpha the two
are the same for plain gradient descent (proposition 1), but with no lambda' for adaptive steps (proposition 2).

Conventions: only the schedule eta_t multiplies lambda, alpha does not; eta_t is a group's rate over its first rate, so
that torch's schedulers work. torch.optim.AdamW multiplies its decay by the rate: there it is lambda / alpha.

Shapes: every state has the shape of its parameter.
"""
import copy
import math
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.optimizers.adam import Adam, check_units_of_gradients_cancel
from reference_impls.regularization.weight_decay import DecayingSGD

CARD = Card(
    id="adamw", papers=["arxiv:1711.05101"], role="optimizer", symbols=["AdamW"],
    patterns=["adaptive-optimizer", "weight-penalty"], oracle="torch.optim:AdamW",
    properties=["decay_without_gradient_is_exact", "decay_ignores_the_size_of_gradients",
                "plain_descent_decays_as_with_a_penalty"],
    mutants=["penalty_in_the_gradient", "times_rate", "ignores_the_schedule", "decays_after_the_step",
             "one_decay_for_all"],
    claim=Claim(
        text="Where every layer is normalized, one decoupled decay suits rates of 0.0003, 0.01 and 0.3; no penalty in "
             "the gradient does, nor any decay that is multiplied by the rate",
        metric="worst_test_loss", better="lower", grade="A", budget_s=2,
        grid={"decay": [0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3]},
        arms={"penalty": Arm(expect=">0.3122", settings={"decay": 0.0}),
              "times_rate": Arm(expect=">0.3122", settings={"decay": 0.1}),
              "decoupled": Arm(expect="<0.3122", settings={"decay": 0.01})},
    ),
    bench=[Case("1m", {"P": 1_048_576})], deviations=["no SGDW, no warm restarts, no normalized decay (appendix B)"],
)


class AdamW(Adam):
    """Algorithm 2.

    Args:
        params, betas, eps: as for Adam.
        lr: alpha, the rate before the schedule; not 0.
        decay: lambda; a weight loses this share of itself in each step, whatever its rate and its gradients.
    """

    def __init__(self, params: Iterable[Tensor], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, decay: float = 1e-5) -> None:
        super().__init__(params, lr, betas, eps)
        for group in (self.defaults, *self.param_groups):
            group.setdefault("decay", decay)

    def step(self) -> None:  # type: ignore[override]      # no closure: nothing here evaluates a loss
        self.decay()                                # the gradients were computed before, at the full weights
        super().step()

    @torch.no_grad()
    def decay(self) -> None:
        for group in self.param_groups:
            eta = group["lr"] / group.setdefault("initial_lr", group["lr"])         # torch's schedulers use this name
            for theta in group["params"]:
                if theta.grad is not None:
                    self.shrink(theta, eta, group)

    def shrink(self, theta: Tensor, eta: float, group: dict[str, Any]) -> None:
        theta.mul_(1 - eta * group["decay"])


# -- how we know that it is right ------------------------------------------------------------------------------------
Make = Callable[..., torch.optim.Optimizer]


def oracle(make: Make = AdamW) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer, list[tuple[Tensor, ...]]]:
    """Ours and torch's over equal parameters, two groups with their own rates and decays; gradients of many sizes."""
    starts = 3 + torch.randn(5, 3, dtype=torch.float64), torch.randn(7, dtype=torch.float64)
    ours, theirs = ([{"params": [start.clone().requires_grad_()], "lr": lr, name: decay}
                     for start, lr, decay in zip(starts, (0.1, 0.03), decays, strict=True)]
                    for name, decays in (("decay", (0.02, 0.3)), ("weight_decay", (0.02 / 0.1, 0.3 / 0.03))))
    gradients = [tuple(torch.randn_like(start) * 10.0 ** (k % 4 - 2) for start in starts) for k in range(10)]
    return make(ours, betas=(0.8, 0.95), eps=1e-3), torch.optim.AdamW(theirs, betas=(0.8, 0.95), eps=1e-3), gradients


def check_decay_without_gradient_is_exact(make: Make = AdamW) -> None:
    """With zero gradients, what is left of a weight is the product of all 1 - eta_t lambda, at any rate."""
    start = torch.randn(4, dtype=torch.float64)
    thetas = [start.clone().requires_grad_() for _ in range(2)]
    for theta in thetas:
        theta.grad = torch.zeros_like(theta)
    optimizer = make([{"params": [theta], "lr": lr} for theta, lr in zip(thetas, (0.3, 7.0), strict=True)], decay=0.1)
    schedule, left = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 8), 1.0
    for t in range(8):
        optimizer.step()
        schedule.step()
        left *= 1 - 0.1 * (1 + math.cos(math.pi * t / 8)) / 2
        torch.testing.assert_close([theta.detach() for theta in thetas], [left * start] * 2)


def check_decay_ignores_the_size_of_gradients(make: Make = AdamW) -> None:
    """Rescaling each coordinate of the gradient changes no step, as in Adam; it would change the share of a penalty."""
    check_units_of_gradients_cancel(partial(make, decay=0.05))


def check_plain_descent_decays_as_with_a_penalty(make: Make = AdamW) -> None:
    """Proposition 1: when eps dwarfs every root, Adam is gradient descent, and the penalty is lambda / alpha."""
    start = torch.randn(6, dtype=torch.float64)
    ours, theirs = (start.clone().requires_grad_() for _ in range(2))
    adamw = make([ours], lr=0.2e9, betas=(0.0, 0.0), eps=1e9, decay=0.05)
    descent = DecayingSGD([theirs], lr=0.2, decay=0.05 / 0.2)
    for _ in range(5):
        ours.grad, theirs.grad = torch.randn(6, dtype=torch.float64).expand(2, -1).clone()
        adamw.step()
        descent.step()
    torch.testing.assert_close(ours.detach(), theirs.detach())


class _PenaltyInTheGradient(AdamW):
    def shrink(self, theta: Tensor, eta: float, group: dict[str, Any]) -> None:
        assert theta.grad is not None
        theta.grad = theta.grad + group["decay"] * theta                # line 6 of the algorithm, with lambda' = decay


class _TimesRate(AdamW):
    def shrink(self, theta: Tensor, eta: float, group: dict[str, Any]) -> None:
        super().shrink(theta, group["lr"], group)                       # this is torch.optim.AdamW


class _IgnoresTheSchedule(AdamW):
    def shrink(self, theta: Tensor, eta: float, group: dict[str, Any]) -> None:
        super().shrink(theta, 1.0, group)


class _DecaysAfterTheStep(AdamW):
    def step(self) -> None:  # type: ignore[override]
        Adam.step(self)
        self.decay()


class _OneDecayForAll(AdamW):
    def shrink(self, theta: Tensor, eta: float, group: dict[str, Any]) -> None:
        super().shrink(theta, eta, self.param_groups[0])


MUTANTS = {"penalty_in_the_gradient": _PenaltyInTheGradient, "times_rate": _TimesRate,
           "ignores_the_schedule": _IgnoresTheSchedule, "decays_after_the_step": _DecaysAfterTheStep,
           "one_decay_for_all": _OneDecayForAll}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def demo(arm: str, seed: int, decay: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Digits, three layers, equal nets and batches at three rates: yield (step, the worst of their test losses).

    Normalized by the statistics of the batch at hand, a layer does not change when its weights are scaled: what counts
    is a step relative to their length. Decay balances steps at a length proportional to the rate, so the rate cancels.
    In a net without normalization, on noisy labels, the best lambda grew with the rate, and one penalty suited all.
    """
    from reference_impls.harness.data import digits

    make = {"penalty": _PenaltyInTheGradient, "times_rate": _TimesRate, "decoupled": AdamW}[arm]
    (x, y), (x_test, y_test) = digits(device)
    torch.manual_seed(seed)
    layers = [layer for size in ((64, 32), (32, 32), (32, 10)) for layer in (
        nn.Linear(*size, bias=False), nn.BatchNorm1d(size[1], affine=False, track_running_stats=False), nn.ReLU())]
    net = nn.Sequential(*layers[:-1]).to(device)
    nets = [copy.deepcopy(net) for _ in range(3)]
    optimizers = [make(net.parameters(), lr, decay=decay) for net, lr in zip(nets, (0.0003, 0.01, 0.3), strict=True)]
    for step in range(1, 301):
        batch = torch.randint(len(x), (32,)).to(device)
        for net, optimizer in zip(nets, optimizers, strict=True):
            optimizer.zero_grad()
            F.cross_entropy(2 * net(x[batch]), y[batch]).backward()     # normalized outputs alone are small: up to 3
            optimizer.step()
        if step % 50 == 0:
            with torch.no_grad():
                yield step, max(F.cross_entropy(2 * net(x_test), y_test).item() for net in nets)


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """One step: about 14 operations per parameter; reads theta, g, m, v and writes theta, m, v."""
    return Work(flop=14 * case.sizes["P"], min_bytes=7 * case.sizes["P"] * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[[], object]], tuple[()]]:
    """One step over P parameters in a single tensor."""
    def stepper(make: Make) -> Callable[[], object]:
        theta = torch.randn(case.sizes["P"], device=device, dtype=dtype, requires_grad=True)
        theta.grad = torch.randn_like(theta)
        return make([theta]).step

    return {"torch.optim.AdamW": stepper(torch.optim.AdamW), "reference": stepper(AdamW)}, ()
