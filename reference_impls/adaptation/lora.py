"""LoRA: freeze a trained weight and learn only a low-rank correction to it, which can be added in afterwards.

    h = W0 x + (alpha / r) B A x                                                Hu et al. 2021, eq. (3), section 4.1
    W = W0 + (alpha / r) B A                                                    merged: no extra work at inference

A starts Gaussian and B at zero, so that training starts exactly at the trained network.
Convention: as in nn.Linear, W0 is (M, D) and samples are the rows of x, hence x Aᵀ Bᵀ.

Shapes: N rows, D inputs, M outputs, R rank; A is (R, D), B is (M, R).
"""
import copy
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="lora",
    papers=["arxiv:2106.09685"],
    role="layer",
    symbols=["LoRALinear"],
    patterns=["low-rank", "decomposition", "parameter-efficient"],
    oracle="torch.nn:Linear",
    properties=["starts_as_the_frozen_layer", "merged_layer_is_equal", "only_a_and_b_learn"],
    mutants=["scaled_by_alpha", "b_starts_random", "base_keeps_learning", "merge_forgets_scaling"],
    claim=Claim(
        text="Rank 8 adapts to rotated digits nearly as well as training everything, with 18 % of the parameters; "
             "training the last layer alone does not",
        metric="test_accuracy", better="higher", grade="B", budget_s=2,
        grid={"lr": [0.001, 0.003, 0.01, 0.03, 0.1]},
        arms={"full": Arm(expect=">0.899", settings={"lr": 0.01}),
              "lora": Arm(expect=">0.899", settings={"lr": 0.01}),
              "last_layer": Arm(expect="<0.899", settings={"lr": 0.03})},
    ),
    bench=[Case("d1024r8", {"N": 512, "D": 1024, "M": 1024, "R": 8})],
    equations=["3"],
    deviations=["every linear layer is adapted; the paper adapts attention projections only"],
)


class LoRALinear(nn.Module):
    """Add a trainable update of rank `rank` to `linear`, whose own parameters are frozen, in place.

    Args:
        linear: the trained layer; A and B take its device and dtype.
        rank: r, the width of the bottleneck between A and B.
        alpha: strength of the update; it is divided by `rank`, so that a tuned learning rate suits other ranks too.

    Raises:
        ValueError: rank is less than 1.
    """

    def __init__(self, linear: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        if rank < 1:
            raise ValueError(f"rank ({rank}) must be at least 1")
        self.linear = linear.requires_grad_(False)
        self.scaling = alpha / rank
        self.a = nn.Parameter(linear.weight.new_empty(rank, linear.in_features).normal_(std=linear.in_features ** -0.5))
        self.b = nn.Parameter(linear.weight.new_zeros(linear.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        frozen: Tensor = self.linear(x)
        return frozen + self.scaling * (x @ self.a.T @ self.b.T)        # eq. (3), without forming B A

    @torch.no_grad()
    def merge(self) -> nn.Linear:
        """A new plain linear layer that computes the same function."""
        merged = copy.deepcopy(self.linear)
        merged.weight += self.scaling * self.b @ self.a
        return merged


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------

Make = Callable[..., LoRALinear]


def _trained(make: Make) -> LoRALinear:
    """A layer whose update is not zero, rank 3 and alpha 5, as after some training."""
    layer = make(nn.Linear(7, 6), rank=3, alpha=5.0).double()
    nn.init.normal_(layer.b)
    return layer


def oracle(make: Make = LoRALinear) -> tuple[LoRALinear, Callable[[Tensor], Tensor], Tensor]:
    """Ours, and torch's linear layer whose weight is W0 plus a sum of R outer products."""
    ours = _trained(make)

    def theirs(x: Tensor) -> Tensor:
        update = sum(torch.outer(column, row) for column, row in zip(ours.b.T, ours.a, strict=True))
        return F.linear(x, ours.linear.weight + 5 / 3 * update, ours.linear.bias)

    return ours, theirs, 2 + 3 * torch.randn(5, 2, 7, dtype=torch.float64)


def check_starts_as_the_frozen_layer(make: Make = LoRALinear) -> None:
    linear, x = nn.Linear(7, 6), torch.randn(5, 7)
    before = linear(x)
    torch.testing.assert_close(make(linear, rank=3, alpha=5.0)(x), before, rtol=0, atol=0)


def check_merged_layer_is_equal(make: Make = LoRALinear) -> None:
    layer, x = _trained(make), torch.randn(5, 7, dtype=torch.float64)
    merged = layer.merge()
    assert type(merged) is nn.Linear, "merged into something other than a plain linear layer"
    torch.testing.assert_close(merged(x), layer(x))


def check_only_a_and_b_learn(make: Make = LoRALinear) -> None:
    layer = _trained(make)
    layer(torch.randn(5, 7, dtype=torch.float64)).sum().backward()
    learning = {name for name, parameter in layer.named_parameters() if parameter.grad is not None}
    assert learning == {"a", "b"}, f"gradients reach {sorted(learning)}, not a and b alone"


class _ScaledByAlpha(LoRALinear):
    def __init__(self, linear: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__(linear, rank, alpha * rank)


class _BStartsRandom(LoRALinear):
    def __init__(self, linear: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__(linear, rank, alpha)
        nn.init.normal_(self.b)


class _BaseKeepsLearning(LoRALinear):
    def __init__(self, linear: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__(linear, rank, alpha)
        self.linear.requires_grad_(True)


class _MergeForgetsScaling(LoRALinear):
    @torch.no_grad()
    def merge(self) -> nn.Linear:
        merged = copy.deepcopy(self.linear)
        merged.weight += self.b @ self.a
        return merged


MUTANTS = {"scaled_by_alpha": _ScaledByAlpha, "b_starts_random": _BStartsRandom,
           "base_keeps_learning": _BaseKeepsLearning, "merge_forgets_scaling": _MergeForgetsScaling}


# -- what the paper claims, small ------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Train on upright digits, then adapt to digits rotated by 90°: yield (step of adaptation, test accuracy)."""
    from reference_impls.harness.data import digits

    (x, y), (x_test, y_test) = digits(device)
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10)).to(device)

    def train(x: Tensor, lr: float) -> Iterator[int]:
        optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr)
        for step in range(1, 401):
            batch = torch.randint(len(x), (64,), device=device)
            loss = F.cross_entropy(net(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield step

    for _ in train(x, 0.002):
        pass
    for i in (0, 2, 4):
        linear = net[i]
        assert isinstance(linear, nn.Linear)
        if arm == "lora":
            net[i] = LoRALinear(linear, rank=8, alpha=8)                # trains 4,688 of 26,122 numbers: 18 %
        elif arm == "last_layer":
            linear.requires_grad_(i == 4)                               # 1,290: 5 %
    x, x_test = (images.view(-1, 8, 8).rot90(dims=(1, 2)).flatten(1) for images in (x, x_test))
    for step in train(x, lr):
        if step % 100 == 0:
            with torch.no_grad():
                yield step, (net(x_test).argmax(1) == y_test).float().mean().item()


# -- what it costs ---------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Products with W0, A and B; the three, the bias and x are read, the output is written."""
    n, d, m, r = (case.sizes[s] for s in "NDMR")
    return Work(2 * n * d * m + 2 * n * r * (d + m), itemsize * (d * m + r * (d + m) + m + n * (d + m)))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor]]:
    """Ours as used in training, against the same layer merged, as used for inference."""
    n, d, m, r = (case.sizes[s] for s in "NDMR")
    layer = LoRALinear(nn.Linear(d, m), r, alpha=r).to(device, dtype)
    nn.init.normal_(layer.b, std=0.01)
    variants = {"torch.nn.Linear, merged": layer.merge(), "reference": layer}
    return variants, (torch.randn(n, d, device=device, dtype=dtype),)
