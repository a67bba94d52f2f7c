"""Weight decay: every step also shrinks every weight, so only weights that the examples keep supporting stay large.

    E(w) = E0(w) + lambda / 2 sum w_i²,    dw_i/dt ~ -dE0/dw_i - lambda w_i         Krogh & Hertz 1991
    w <- w - lr * (g + lambda * w)                                                 in steps: plain gradient descent

With the factor 1/2, lambda is torch's weight_decay; without it, lambda would be half as large. The decay is part of the
step and so is multiplied by lr. In directions that the examples leave open, g = 0 and w fades as (1 - lr lambda)^t: of
all weights that fit equally well, the smallest are chosen. Shrinking the weights and penalizing their square are
equivalent for plain gradient descent only; with adaptive steps they differ.

Shapes: every gradient has the shape of its parameter; P parameters in the benchmark.
"""
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="weight-decay",
    papers=["key:weight-decay"],
    role="optimizer",
    symbols=["DecayingSGD"],
    patterns=["weight-penalty"],
    oracle="torch.optim:SGD",
    properties=["unused_directions_fade", "same_as_a_quadratic_penalty", "settles_at_ridge_regression"],
    mutants=["decays_without_rate", "penalty_without_half", "decays_after_the_step", "decays_by_sign",
             "one_decay_for_all"],
    claim=Claim(
        text="From random initial weights, a linear student with half as many noisy examples as weights generalizes "
             "better with decay than one without decay at any learning rate",
        metric="generalization_error",
        better="lower",
        grid={"lr": [0.003, 0.01, 0.03, 0.1, 0.3, 0.6, 1.0], "decay": [0.03, 0.1, 0.3, 1.0, 3.0]},
        arms={"plain": Arm(expect=">0.9255", settings={"lr": 0.03, "decay": 0.03}),      # it ignores decay
              "decay": Arm(expect="<0.9255", settings={"lr": 0.1, "decay": 0.3})},
        grade="A",
        budget_s=1,
    ),
    bench=[Case("1m", {"P": 1_048_576})],
    deviations=["discrete steps; the paper follows the flow of the gradient to its end",
                "linear students only; the paper goes on to NetTalk"],
)


class DecayingSGD(torch.optim.Optimizer):
    """Gradient descent whose weights decay.

    Args:
        params: parameters or groups, as for any torch optimizer.
        lr: step size.
        decay: lambda; a weight without gradient loses the share lr * decay of itself in each step.
    """

    def __init__(self, params: Iterable[Tensor], lr: float = 1e-2, decay: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "decay": decay})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]      # no closure: nothing here evaluates a loss
        for group in self.param_groups:
            for w in group["params"]:
                if w.grad is not None:
                    self.move(w, w.grad, group["lr"], group["decay"])

    def move(self, w: Tensor, g: Tensor, lr: float, decay: float) -> None:
        w.mul_(1 - lr * decay).sub_(g, alpha=lr)            # g was computed at the old w


# -- how we know that it is right ------------------------------------------------------------------------------------

Make = Callable[..., torch.optim.Optimizer]


def oracle(make: Make = DecayingSGD) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer, list[tuple[Tensor, ...]]]:
    """Ours and torch's over equal parameters, some of them without decay, and ten random gradients."""
    starts = 3 + torch.randn(5, 3, dtype=torch.float64), torch.randn(7, dtype=torch.float64)
    ours, theirs = ([{"params": [start.clone().requires_grad_()], name: decay}
                     for start, decay in zip(starts, (0.7, 0.0), strict=True)] for name in ("decay", "weight_decay"))
    gradients = [tuple(torch.randn_like(start) for start in starts) for _ in range(10)]
    return make(ours, lr=0.2), torch.optim.SGD(theirs, lr=0.2), gradients


def descend(make: Make, examples: Tensor, answers: Tensor, start: Tensor, steps: int, lr: float,
            decay: float) -> Tensor:
    """Weights (N,) after full-batch training on examples (P, N) with E0 = 1/2 sum (x w - answer)²."""
    w = start.clone().requires_grad_()
    optimizer = make([w], lr=lr, decay=decay)
    for _ in range(steps):
        w.grad = examples.T @ (examples @ w.detach() - answers)
        optimizer.step()
    return w.detach()


def check_unused_directions_fade(make: Make = DecayingSGD) -> None:
    """A direction that no example touches keeps (1 - lr lambda)^t of its initial value."""
    examples, start = torch.randn(4, 9, dtype=torch.float64), torch.randn(9, dtype=torch.float64)
    unused = torch.linalg.svd(examples).Vh[4:]                                  # (5, 9): orthogonal to every example
    learned = descend(make, examples, torch.randn(4, dtype=torch.float64), start, steps=20, lr=0.02, decay=0.7)
    torch.testing.assert_close(unused @ learned, (1 - 0.02 * 0.7) ** 20 * (unused @ start))


def check_same_as_a_quadratic_penalty(make: Make = DecayingSGD) -> None:
    """One step from the same weights: the penalty by autograd equals the decay by the optimizer."""
    w, target = (3 + torch.randn(6, dtype=torch.float64) for _ in range(2))
    penalized = w.clone().requires_grad_()
    error = (penalized - target).pow(4).sum() + 0.7 / 2 * penalized.square().sum()
    (slope,) = torch.autograd.grad(error, penalized)
    decayed = w.clone().requires_grad_()
    (decayed - target).pow(4).sum().backward()
    make([decayed], lr=0.01, decay=0.7).step()
    torch.testing.assert_close(decayed.detach(), w - 0.01 * slope)


def check_settles_at_ridge_regression(make: Make = DecayingSGD) -> None:
    """The initial weights are forgotten in the end: (X'X + lambda)^-1 X'y, even with fewer examples than weights."""
    examples, answers = torch.randn(4, 6, dtype=torch.float64), torch.randn(4, dtype=torch.float64)
    learned = descend(make, examples, answers, torch.randn(6, dtype=torch.float64), steps=2000, lr=0.02, decay=0.7)
    ridge = torch.linalg.solve(examples.T @ examples + 0.7 * torch.eye(6, dtype=torch.float64), examples.T @ answers)
    torch.testing.assert_close(learned, ridge)


class _DecaysWithoutRate(DecayingSGD):
    def move(self, w: Tensor, g: Tensor, lr: float, decay: float) -> None:
        w.mul_(1 - decay).sub_(g, alpha=lr)


class _PenaltyWithoutHalf(DecayingSGD):
    def move(self, w: Tensor, g: Tensor, lr: float, decay: float) -> None:
        super().move(w, g, lr, 2 * decay)


class _DecaysAfterTheStep(DecayingSGD):
    def move(self, w: Tensor, g: Tensor, lr: float, decay: float) -> None:
        w.sub_(g, alpha=lr).mul_(1 - lr * decay)


class _DecaysBySign(DecayingSGD):
    def move(self, w: Tensor, g: Tensor, lr: float, decay: float) -> None:
        w.sub_(g + decay * w.sign(), alpha=lr)


class _OneDecayForAll(DecayingSGD):
    def move(self, w: Tensor, g: Tensor, lr: float, decay: float) -> None:
        super().move(w, g, lr, self.param_groups[0]["decay"])                   # so biases and norms decay, too


MUTANTS = {"decays_without_rate": _DecaysWithoutRate, "penalty_without_half": _PenaltyWithoutHalf,
           "decays_after_the_step": _DecaysAfterTheStep, "decays_by_sign": _DecaysBySign,
           "one_decay_for_all": _OneDecayForAll}


# -- what the paper claims, small ------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, decay: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """A random linear teacher, 500 noisy examples for 1,000 weights: yield (step, error per weight of the student).

    The error is 1/N |w - teacher|², the expected error on new inputs without noise. Both arms start at weights as large
    as the teacher's: without decay, directions that the examples do not touch stay there. A student that starts at zero
    has nothing to forget, and stopped at the right time does nearly as well as one with decay.
    """
    # seeds 3, 4, 5 were seen before the threshold was set; 6, 7, 8 were then judged too: 1.15 to 1.21 against 0.62
    n, p = 1000, 500
    draw = torch.Generator().manual_seed(seed)
    teacher, start = torch.randn(2, n, generator=draw).to(device)
    examples = (torch.randn(p, n, generator=draw) / n ** 0.5).to(device)
    answers = examples @ teacher + 0.5 * torch.randn(p, generator=draw).to(device)
    learned, strength = start, decay if arm == "decay" else 0.0
    for step in range(20, 201, 20):
        learned = descend(DecayingSGD, examples, answers, learned, 20, lr, strength)
        yield step, (learned - teacher).square().mean().item()


# -- what it costs ---------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """One step: three operations per parameter; reads w and g, writes w."""
    return Work(flop=3 * case.sizes["P"], min_bytes=3 * case.sizes["P"] * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[[], object]], tuple[()]]:
    """One step over P parameters in a single tensor."""
    def stepper(make: Make, **settings: float) -> Callable[[], object]:
        w = torch.randn(case.sizes["P"], device=device, dtype=dtype, requires_grad=True)
        w.grad = torch.randn_like(w)
        return make([w], lr=1e-3, **settings).step

    return {"torch.optim.SGD": stepper(torch.optim.SGD, weight_decay=1e-4),
            "reference": stepper(DecayingSGD, decay=1e-4)}, ()
