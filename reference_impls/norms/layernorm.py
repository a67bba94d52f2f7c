"""Layer normalization: standardize each sample over its own features, so that batch and sequence length do not matter.

    y = (x - mean) / sqrt(var + eps) * weight + bias                  Ba, Kiros & Hinton 2016, eq. (3), (4)

mean and var run over the features of one sample (one token, one time step); var is the biased one. weight (the paper's
gain g) and bias have one entry per feature. Training and evaluation compute the same thing.

Shapes: * any leading axes (batch, time), S the normalized last axes; N rows of D features in the benchmark.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="layernorm",
    papers=["arxiv:1607.06450"],
    role="layer",
    symbols=["LayerNorm"],
    patterns=["normalization"],
    oracle="torch.nn:LayerNorm",
    properties=["shift_and_scale_cancel", "samples_are_independent", "large_mean_keeps_precision"],
    mutants=["unbiased_variance", "statistics_over_batch", "last_axis_only", "constant_statistics",
             "difference_of_moments"],
    claim=Claim(
        text="With layer normalization, a recurrent network learns from three initial scales of its recurrent weights "
             "over an eightfold range; without it, no learning rate suits them all",
        metric="worst_test_accuracy",
        better="higher",
        grid={"lr": [0.0003, 0.001, 0.003, 0.01, 0.03]},
        arms={"plain": Arm(expect="<0.45", settings={"lr": 0.01}),
              "layernorm": Arm(expect=">0.45", settings={"lr": 0.003})},
        grade="A",
        budget_s=3,
    ),
    bench=[Case("bert-base", {"N": 2048, "D": 768}), Case("bert-base-gpu", {"N": 16384, "D": 768})],
    deviations=["eps under the root, as everywhere in practice: the equations of the paper have none"],
    equations=["3", "4"],
)


class LayerNorm(nn.Module):
    """Normalize (*, *shape) over its last axes.

    Args:
        shape: S, the size of the last axis or the sizes of the last axes.
        eps: added to the variance, under the root.

    Raises:
        ValueError: the input does not end in `shape`.
    """

    def __init__(self, shape: int | tuple[int, ...], eps: float = 1e-5) -> None:
        super().__init__()
        self.shape, self.eps = (shape,) if isinstance(shape, int) else shape, eps
        self.weight = nn.Parameter(torch.ones(self.shape))   # gain g
        self.bias = nn.Parameter(torch.zeros(self.shape))    # b

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-len(self.shape):] != self.shape:
            raise ValueError(f"input {tuple(x.shape)} must end in {self.shape}")
        rows = x.flatten(-len(self.shape)).to(self.weight.dtype)   # (*, D): one sample per row, in weight's precision
        return self.standardize(rows).view(x.shape) * self.weight + self.bias           # eq. (4)

    def standardize(self, rows: Tensor) -> Tensor:
        """Zero mean and unit variance over the last axis: eq. (3)."""
        centered = rows - rows.mean(dim=-1, keepdim=True)                # subtract first: E[x²] - E[x]² cancels
        return centered * torch.rsqrt(centered.square().mean(dim=-1, keepdim=True) + self.eps)


# -- how we know that it is right -------------------------------------------------------------------------------------

Make = Callable[..., nn.Module]


def oracle(make: Make = LayerNorm) -> tuple[nn.Module, nn.Module, Tensor]:
    """Ours and torch's over two axes with the same random weights, and an input far from standard."""
    ours, theirs = make((7, 3)).double(), nn.LayerNorm((7, 3)).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs, 3 + 2 * torch.randn(5, 2, 7, 3, dtype=torch.float64)


def check_shift_and_scale_cancel(make: Make = LayerNorm) -> None:
    """Table 1: re-centering and re-scaling single training cases changes nothing (eps aside)."""
    layer, x = make(6, eps=1e-15).double(), torch.randn(4, 6, dtype=torch.float64)
    shift, scale = 5 * torch.randn(4, 1, dtype=torch.float64), 0.5 + torch.rand(4, 1, dtype=torch.float64)
    torch.testing.assert_close(layer(scale * x + shift), layer(x))


def check_samples_are_independent(make: Make = LayerNorm) -> None:
    layer, x = make(6).double(), torch.randn(4, 5, 6, dtype=torch.float64)
    torch.testing.assert_close(layer(x)[:1, 2:3], layer(x[:1, 2:3]))


def check_large_mean_keeps_precision(make: Make = LayerNorm) -> None:
    """In float32, with a mean of ten thousand standard deviations; the mean itself is then known to about 1e-3."""
    x = 1e4 + torch.randn(64, 256)
    torch.testing.assert_close(make(256)(x), F.layer_norm(x.double(), (256,)).float(), rtol=0, atol=5e-3)


class _UnbiasedVariance(LayerNorm):
    def standardize(self, rows: Tensor) -> Tensor:
        var, mean = torch.var_mean(rows, dim=-1, keepdim=True)
        return (rows - mean) * torch.rsqrt(var + self.eps)


class _StatisticsOverBatch(LayerNorm):
    def standardize(self, rows: Tensor) -> Tensor:
        var, mean = torch.var_mean(rows, dim=0, correction=0, keepdim=True)
        return (rows - mean) * torch.rsqrt(var + self.eps)


class _LastAxisOnly(LayerNorm):
    def standardize(self, rows: Tensor) -> Tensor:
        return super().standardize(rows.view(*rows.shape[:-1], -1, self.shape[-1])).flatten(-2)


class _ConstantStatistics(LayerNorm):
    def standardize(self, rows: Tensor) -> Tensor:
        var, mean = torch.var_mean(rows.detach(), dim=-1, correction=0, keepdim=True)
        return (rows - mean) * torch.rsqrt(var + self.eps)


class _DifferenceOfMoments(LayerNorm):
    def standardize(self, rows: Tensor) -> Tensor:
        mean, power = rows.mean(dim=-1, keepdim=True), rows.square().mean(dim=-1, keepdim=True)
        return (rows - mean) * torch.rsqrt(power - mean.square() + self.eps)


MUTANTS = {"unbiased_variance": _UnbiasedVariance, "statistics_over_batch": _StatisticsOverBatch,
           "last_axis_only": _LastAxisOnly, "constant_statistics": _ConstantStatistics,
           "difference_of_moments": _DifferenceOfMoments}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Train the same network from three scales of its recurrent weights: yield (steps, worst test accuracy so far).

    From the middle scale, at the best learning rate, both learn equally well (0.89 on seeds 0 to 2): what normalization
    buys is that nobody has to find that scale.
    """
    worst = 1.0
    for number, scale in enumerate((0.5, 1.4, 4.0), 1):
        worst = min(worst, _read_digits(arm, seed, lr, scale, device))
        yield 100 * number, worst


def _read_digits(arm: str, seed: int, lr: float, scale: float, device: str) -> float:
    """Test accuracy of h <- tanh(norm(W x + U h)), eq. (4), which reads two pixels at a time; U starts orthogonal."""
    from reference_impls.harness.data import digits

    (x, y), (x_test, y_test) = digits(device)
    torch.manual_seed(seed)
    see, recur, answer = nn.Linear(2, 64), nn.Linear(64, 64, bias=False), nn.Linear(64, 10)
    norm: nn.Module = {"plain": nn.Identity(), "layernorm": LayerNorm(64)}[arm]
    nn.init.orthogonal_(recur.weight, gain=scale)

    def logits(images: Tensor) -> Tensor:
        hidden = images.new_zeros(len(images), 64)
        for seen in see(images.view(-1, 32, 2)).unbind(dim=1):
            hidden = torch.tanh(norm(seen + recur(hidden)))
        scores: Tensor = answer(hidden)
        return scores

    optimizer = torch.optim.Adam(nn.ModuleList([see, recur, answer, norm]).to(device).parameters(), lr)
    for _ in range(100):
        batch = torch.randint(len(x), (32,), device=device)
        optimizer.zero_grad()
        F.cross_entropy(logits(x[batch]), y[batch]).backward()
        optimizer.step()
    with torch.no_grad():
        return (logits(x_test).argmax(-1) == y_test).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Seven operations per value (two sums, subtract, square; normalize, scale, shift); one read, one write."""
    values = case.sizes["N"] * case.sizes["D"]
    return Work(flop=7 * values, min_bytes=2 * values * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """One layer over (N, D)."""
    n, d = case.sizes["N"], case.sizes["D"]
    variants = {"torch.nn.LayerNorm": nn.LayerNorm(d), "reference": LayerNorm(d)}
    return ({name: layer.to(device, dtype) for name, layer in variants.items()},
            (torch.randn(n, d, device=device, dtype=dtype),))
