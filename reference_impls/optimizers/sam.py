"""Sharpness-aware minimization (SAM): step by the gradient at the worst weights nearby, not by the one at the weights.

    min_w max_{|eps| <= rho} L(w + eps)                   Foret, Kleiner, Mobahi & Neyshabur 2020: what is to be low
    eps = rho g / |g|,  g = grad L(w)                     eq. (2), Euclidean: the maximum of L linearized at w
    step from w with grad L(w + eps)                      eq. (3), algorithm 1

eps depends on w, but its derivative, which needs second derivatives of L, is left out. A minimum counts by how low the
loss is in a whole ball around it, so a narrow valley is not as good as it is deep.
Conventions: one norm over all parameters together, not one for each tensor; momentum and weight decay belong to the
base optimizer and act at w, outside the ball; both gradients are of the same batch, so a step costs two.

Shapes: every gradient and every part of eps has the shape of its parameter; P parameters in the benchmark.
"""
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="sam", papers=["arxiv:2010.01412"], role="optimizer", symbols=["SAM"], patterns=["loss-shaping"],
    oracle="closed form: w - lr (H (w + rho H w / |H w|) + decay w) on a quadratic loss",
    properties=["climbs_straight_up_by_rho", "radius_zero_is_the_base"],
    mutants=["goes_down_first", "norm_of_each_tensor", "climb_grows_with_gradient", "does_not_return"],
    claim=Claim(
        text="Trained on 400 digits of which seven in ten have their labels redrawn, SAM generalizes better than SGD "
             "with twice the steps, whose rate and weight decay are tuned as SAM's rate and radius are",
        metric="test_accuracy", better="higher", grade="C", budget_s=3,
        grid={"lr": [0.005, 0.01, 0.03, 0.06, 0.12], "strength": [0.0, 1.0, 3.0, 6.0, 9.0]},
        arms={"sgd": Arm(expect="tie", settings={"lr": 0.01, "strength": 0.0}),
              "sam": Arm(expect="tie", settings={"lr": 0.06, "strength": 6.0})},
        outcome="better with SAM on every seed, but not by the margin set after seeds 0 to 2 (threshold 0.684): 0.707, "
                "0.679 and 0.720 against 0.659, 0.663 and 0.661 on seeds 6 to 8"),
    bench=[Case("1m", {"P": 1_048_576})], equations=["2", "3"],
    deviations=["the Euclidean norm only", "one device: in the paper each climbs by its own part of a batch"],
)


class SAM(torch.optim.Optimizer):
    """Algorithm 1 in a ball of radius `rho`; `base` takes the step and holds the rate, the decay and all state."""

    def __init__(self, base: torch.optim.Optimizer, rho: float = 0.05) -> None:
        super().__init__(base.param_groups, {})
        self.param_groups = base.param_groups           # the same lists: schedulers of either reach both
        self.base, self.rho = base, rho

    def step(self, closure: Callable[[], object]) -> object:  # type: ignore[override]
        """One step; `closure`, called twice, clears the gradients, computes the loss of a batch and calls backward."""
        loss = closure()
        weights = [w for group in self.param_groups for w in group["params"] if w.grad is not None]
        before = [w.detach().clone() for w in weights]
        with torch.no_grad():
            for w, eps in zip(weights, self.climb([w.grad for w in weights]), strict=True):
                w.add_(eps)
        closure()                                                           # eq. (3): the gradient at w + eps
        self.go_back(weights, before)
        self.base.step()
        return loss

    def climb(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """Eq. (2): eps, tensor by tensor; zero gradients give zeros."""
        length = torch.stack([g.norm() for g in gradients]).norm()
        return [self.rho * g / length.clamp(min=torch.finfo(g.dtype).tiny) for g in gradients]

    @torch.no_grad()
    def go_back(self, weights: Sequence[Tensor], before: Sequence[Tensor]) -> None:
        for w, old in zip(weights, before, strict=True):
            w.copy_(old)                                                    # exact, where w + eps - eps is not


# -- how we know that it is right ------------------------------------------------------------------------------------
Make = Callable[..., SAM]


def quadratic(weights: Sequence[Tensor], hessian: Tensor) -> None:
    """Replace the gradients by those of half of w H w, for all weights in one row w."""
    row = torch.cat([w.flatten() for w in weights])
    loss = row @ hessian.to(row) @ row / 2
    for w, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
        w.grad = gradient


def oracle(make: Make = SAM) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer, list[tuple[Tensor, ...]]]:
    """Ours around torch's SGD, and its step written out; the gradients given are stale ones, which neither may use."""
    starts = 3 + torch.randn(2, 3, dtype=torch.float64), 0.1 * torch.randn(5, dtype=torch.float64)
    factor = torch.randn(11, 11, dtype=torch.float64) / 11 ** 0.5
    ours, theirs = ([start.clone().requires_grad_() for start in starts] for _ in range(2))
    sam, exact = make(torch.optim.SGD(ours, lr=0.1, weight_decay=0.02), rho=0.3), torch.optim.SGD(theirs)
    hessian = factor @ factor.T

    def written_out() -> None:
        row = torch.cat([w.detach().flatten() for w in theirs])
        uphill = hessian @ row
        above = row + 0.3 * uphill / (uphill @ uphill).sqrt()
        row = row - 0.1 * (hessian @ above + 0.02 * row)
        for w, part in zip(theirs, row.split([6, 5]), strict=True):
            w.data = part.view_as(w)

    for optimizer, step in ((sam, partial(sam.step, partial(quadratic, ours, hessian))), (exact, written_out)):
        setattr(optimizer, "step", step)                # noqa: B010      # the harness calls it without a closure
    return sam, exact, [tuple(torch.randn_like(start) for start in starts) for _ in range(10)]


def check_climbs_straight_up_by_rho(make: Make = SAM) -> None:
    """|eps| = rho and eps . g = rho |g|: no step of that length gains more. The size of g does not matter."""
    weights = [torch.zeros(4, 3, dtype=torch.float64), torch.zeros(7, dtype=torch.float64)]
    for unit in (1e-6, 1.0, 1e6):
        gradients = [unit * (2 + torch.randn_like(w)) for w in weights]
        climb = make(torch.optim.SGD(weights), rho=0.3).climb(gradients)
        eps, g = (torch.cat([part.flatten() for part in parts]) for parts in (climb, gradients))
        torch.testing.assert_close(torch.stack([eps @ eps, eps @ g / (g @ g).sqrt()]), eps.new_tensor([0.09, 0.3]))


def check_radius_zero_is_the_base(make: Make = SAM) -> None:
    hessian, start = torch.diag(torch.rand(6, dtype=torch.float64)), torch.randn(6, dtype=torch.float64)
    ours, theirs = ([start.clone().requires_grad_()] for _ in range(2))
    sam, adam = make(torch.optim.Adam(ours, lr=0.1), rho=0.0), torch.optim.Adam(theirs, lr=0.1)
    for _ in range(5):
        sam.step(partial(quadratic, ours, hessian))
        quadratic(theirs, hessian)
        adam.step()
    assert torch.equal(*ours, *theirs), "the weights differ"


class _GoesDownFirst(SAM):
    def climb(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        return [-eps for eps in super().climb(gradients)]


class _NormOfEachTensor(SAM):
    def climb(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        return [SAM.climb(self, [g])[0] for g in gradients]


class _ClimbGrowsWithGradient(SAM):
    def climb(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        return [self.rho * g for g in gradients]


class _DoesNotReturn(SAM):
    def go_back(self, weights: Sequence[Tensor], before: Sequence[Tensor]) -> None:
        """Step from w + eps."""


MUTANTS = {"goes_down_first": _GoesDownFirst, "norm_of_each_tensor": _NormOfEachTensor,
           "climb_grows_with_gradient": _ClimbGrowsWithGradient, "does_not_return": _DoesNotReturn}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, strength: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Three nets, each with its own wrong labels, the same for all seeds: yield (gradients computed, mean accuracy).

    `strength` is SGD's weight decay in thousandths, or SAM's radius in twentieths. The rate falls to zero.
    """
    from reference_impls.harness.data import digits

    (x, y), (x_test, y_test) = digits(device)
    draw = torch.Generator().manual_seed(0)
    redrawn, drawn = torch.rand(3, 400, generator=draw) < 0.7, torch.randint(10, (3, 400), generator=draw)
    labels = torch.where(redrawn.to(device), drawn.to(device), y[:400])
    torch.manual_seed(seed)
    nets = [nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10)).to(device)
            for _ in labels]
    cost, decay = {"sgd": (1, strength / 1000), "sam": (2, 0.0)}[arm]
    bases = [torch.optim.SGD(net.parameters(), lr, momentum=0.9, weight_decay=decay) for net in nets]
    optimizers = [SAM(base, strength / 20) for base in bases] if arm == "sam" else bases

    def loss(net: nn.Module, batch: Tensor, label: Tensor) -> float:
        net.zero_grad()
        value = F.cross_entropy(net(x[batch]), label[batch])
        value.backward()
        return value.item()

    for done in range(0, 1200, cost):
        batch = torch.randint(400, (64,)).to(device)
        for net, optimizer, label in zip(nets, optimizers, labels, strict=True):
            optimizer.param_groups[0]["lr"] = lr * (1 - done / 1200)
            optimizer.step(partial(loss, net, batch, label))
        if (done + cost) % 200 == 0:
            right = torch.stack([net(x_test).argmax(-1) == y_test for net in nets])
            yield done + cost, right.float().mean().item()


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """A step without its two gradients: about 11 operations per parameter; reads w, g, w, g' and writes w + eps, w."""
    return Work(flop=11 * case.sizes["P"], min_bytes=6 * case.sizes["P"] * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[[], object]], tuple[()]]:
    """One step over P parameters in a single tensor, gradients at hand; torch has no SAM, so beside its SGD."""
    def base() -> torch.optim.SGD:
        w = torch.randn(case.sizes["P"], device=device, dtype=dtype, requires_grad=True)
        w.grad = torch.randn_like(w)
        return torch.optim.SGD([w])

    return {"torch.optim.SGD": base().step, "reference": partial(SAM(base()).step, lambda: None)}, ()
