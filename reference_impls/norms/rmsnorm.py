"""RMSNorm: layer normalization without the mean, so that activations are brought to one length but not centered.

    y_i = a_i / RMS(a) * g_i,   RMS(a) = sqrt(mean of a_i² + eps)                   Zhang & Sennrich 2019, eq. (4)
    pRMSNorm: that mean runs over the first k = ceil(p n) of the n entries only

Scaling a, through the input or through all weights before it, changes nothing, as in layer normalization; shifting a
does (table 1). Where the mean of a is zero the two are the same, but for the bias, which RMSNorm leaves out.
Squares are taken in float32 or better, as those of large or small numbers leave the range of float16.

Shapes: * any leading axes (batch, time), S the normalized last axes with n entries; N rows of D features to time.
"""
from collections.abc import Callable, Iterator
from math import ceil

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="rmsnorm", papers=["arxiv:1910.07467"], role="layer", symbols=["RMSNorm"], patterns=["normalization"],
    oracle="torch.nn:RMSNorm", equations=["4"],
    properties=["equation_by_hand", "layer_norm_if_centered", "scale_cancels_but_shift_does_not",
                "squares_stay_in_range"],
    mutants=["centers_too", "sum_for_mean", "statistics_over_batch", "constant_statistics",
             "random_entries_for_the_first", "squares_in_half_precision"],
    claim=Claim(
        text="A recurrent network learns from three initial scales of its recurrent weights, over a twelvefold range, "
             "if activations are divided by their root mean square, centered or not; centering alone does not help",
        metric="worst_test_accuracy", better="higher", grade="B", budget_s=2,
        grid={"lr": [0.001, 0.003, 0.01, 0.03, 0.1]},
        arms={"neither": Arm(expect="<0.5945", settings={"lr": 0.03}),
              "centering_alone": Arm(expect="<0.5945", settings={"lr": 0.03}),
              "rmsnorm": Arm(expect=">0.5945", settings={"lr": 0.01}),
              "layernorm": Arm(expect=">0.5945", settings={"lr": 0.01})},
    ),
    bench=[Case("bert-base", {"N": 2048, "D": 768}), Case("llama-7b-gpu", {"N": 8192, "D": 4096})],
    deviations=["eps under the root, as in torch and Llama: eq. (4) has none"],
)


class RMSNorm(nn.Module):
    """Scale (*, *shape) over its last axes.

    Args:
        shape: S, the size of the last axis or the sizes of the last axes.
        eps: added to the mean square, under the root.
        share: p, the part of the entries from which the root mean square is estimated.

    Raises:
        ValueError: an input does not end in `shape`.
    """

    def __init__(self, shape: int | tuple[int, ...], eps: float = 1e-6, share: float = 1.0) -> None:
        super().__init__()
        self.shape, self.eps, self.share = (shape,) if isinstance(shape, int) else shape, eps, share
        self.weight = nn.Parameter(torch.ones(self.shape))      # gain g

    def forward(self, a: Tensor) -> Tensor:
        if a.shape[-len(self.shape):] != self.shape:
            raise ValueError(f"input {tuple(a.shape)} must end in {self.shape}")
        rows = a.flatten(-len(self.shape)).to(torch.promote_types(a.dtype, torch.float32))      # (*, n), one per sample
        scaled = rows * torch.rsqrt(self.mean_square(rows) + self.eps)                          # of length sqrt(n)
        return scaled.to(a.dtype).view(a.shape) * self.weight                                   # eq. (4)

    def mean_square(self, rows: Tensor) -> Tensor:
        """(*, 1): over the first k entries of each row, or all."""
        return rows[..., :ceil(self.share * rows.shape[-1])].square().mean(dim=-1, keepdim=True)


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = Callable[..., RMSNorm]


def oracle(make: Make = RMSNorm) -> tuple[nn.Module, nn.Module, Tensor]:
    """Ours and torch's over two axes with the same random weights, and an input far from standard."""
    ours, theirs = make((7, 3)).double(), nn.RMSNorm((7, 3), eps=1e-6).double()
    nn.init.normal_(ours.weight)
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs, 3 + 2 * torch.randn(5, 2, 7, 3, dtype=torch.float64)


def check_equation_by_hand(make: Make = RMSNorm) -> None:
    """Eq. (4) number by number, with all entries and with the first ceil(0.3 * 7) = 3: outputs and gradients."""
    for share, k in ((1.0, 7), (0.3, 3)):
        layer, a = make(7, share=share).double(), (1 + torch.randn(7, dtype=torch.float64)).requires_grad_()
        nn.init.normal_(layer.weight)
        rms = (sum(a[i] ** 2 for i in range(k)) / k + layer.eps) ** 0.5
        by_hand, direction = torch.stack([a[i] / rms * layer.weight[i] for i in range(7)]), torch.randn_like(a)
        torch.testing.assert_close(layer(a), by_hand)
        torch.testing.assert_close(*(torch.autograd.grad(y, (a, layer.weight), direction) for y in (layer(a), by_hand)))


def check_layer_norm_if_centered(make: Make = RMSNorm) -> None:
    a = 3 + 2 * torch.randn(4, 6, dtype=torch.float64)
    y = make(6).double()(a - a.mean(dim=-1, keepdim=True))
    torch.testing.assert_close(y, F.layer_norm(a, (6,), eps=1e-6))


def check_scale_cancels_but_shift_does_not(make: Make = RMSNorm) -> None:
    """Table 1, for the input x of each training case and for the whole matrix W of a = W x; eps aside."""
    for share in (1.0, 0.5):
        layer, scale = make(6, eps=1e-15, share=share).double(), 0.1 + 10 * torch.rand(4, 1, dtype=torch.float64)
        x, weight = torch.randn(4, 5, dtype=torch.float64), torch.randn(6, 5, dtype=torch.float64)
        y = layer(x @ weight.T)
        torch.testing.assert_close(layer((scale * x) @ weight.T), y)
        torch.testing.assert_close(layer(x @ (100 * weight).T), y)
        shifted = weight + torch.randn(5, dtype=torch.float64)                          # the same row added to each
        assert not torch.allclose(layer(x @ shifted.T), y, rtol=0.01), "re-centering the weights has no effect"


def check_squares_stay_in_range(make: Make = RMSNorm) -> None:
    """In float16 the square of 1,000 is infinite and that of 0.0001 is zero; the result must not be."""
    layer, a = make(50, eps=0.0).half(), 1 + torch.rand(4, 50)
    for x in ((1e3 * a).half(), (1e-4 * a).half()):
        torch.testing.assert_close(layer(x).double(), F.rms_norm(x.double(), (50,), eps=0.0), rtol=2e-3, atol=0)


class _CentersToo(RMSNorm):
    def forward(self, a: Tensor) -> Tensor:
        return super().forward(a - a.mean(dim=tuple(range(-len(self.shape), 0)), keepdim=True))


def _with(mean_square: Callable[[RMSNorm, Tensor], Tensor]) -> Make:
    return type("_Mutant", (RMSNorm,), {"mean_square": mean_square})


_right = RMSNorm.mean_square
MUTANTS: dict[str, Make] = {
    "centers_too": _CentersToo, "sum_for_mean": _with(lambda layer, rows: _right(layer, rows) * rows.shape[-1]),
    "statistics_over_batch": _with(lambda layer, rows: _right(layer, rows).mean(dim=0, keepdim=True)),
    "constant_statistics": _with(lambda layer, rows: _right(layer, rows.detach())),
    "random_entries_for_the_first": _with(lambda layer, rows: _right(layer, rows[..., torch.randperm(rows.shape[-1])])),
    "squares_in_half_precision": _with(lambda layer, rows: _right(layer, rows.to(layer.weight.dtype))),
}


# -- what the paper claims, small -------------------------------------------------------------------------------------
class _Centering(nn.Module):
    """The part of layer normalization that RMSNorm leaves out."""

    def forward(self, a: Tensor) -> Tensor:
        return a - a.mean(dim=-1, keepdim=True)


def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Train the same network from three scales of its recurrent weights: yield (steps, worst test accuracy so far).

    From a scale of 1.4 all four arms learn (seed 0: 0.87 to 0.92); nobody has to find it if activations are scaled.
    """
    norms: dict[str, Callable[[], nn.Module]] = {
        "neither": nn.Identity, "centering_alone": _Centering, "rmsnorm": lambda: RMSNorm(64),
        "layernorm": lambda: nn.Sequential(_Centering(), RMSNorm(64))}
    worst = 1.0
    for number, scale in enumerate((0.5, 1.7, 6.0), 1):
        worst = min(worst, _read_digits(norms[arm](), seed, lr, scale, device))
        yield 100 * number, worst


def _read_digits(norm: nn.Module, seed: int, lr: float, scale: float, device: str) -> float:
    """Test accuracy of h <- tanh(norm(W x + U h)), which reads digits by half rows; U starts orthogonal."""
    from reference_impls.harness.data import digits

    (x, y), (x_test, y_test) = digits(device)
    torch.manual_seed(seed)
    see, recur, answer = nn.Linear(4, 64), nn.Linear(64, 64, bias=False), nn.Linear(64, 10)
    nn.init.orthogonal_(recur.weight, gain=scale)
    optimizer = torch.optim.Adam(nn.ModuleList([see, recur, answer, norm]).to(device).parameters(), lr)

    def logits(images: Tensor) -> Tensor:
        hidden = images.new_zeros(len(images), 64)
        for seen in see(images.view(-1, 16, 4)).unbind(dim=1):
            hidden = torch.tanh(norm(seen + recur(hidden)))
        scores: Tensor = answer(hidden)
        return scores

    for _ in range(100):
        batch = torch.randint(len(x), (32,), device=device)
        optimizer.zero_grad()
        F.cross_entropy(logits(x[batch]), y[batch]).backward()
        optimizer.step()
    with torch.no_grad():
        return (logits(x_test).argmax(dim=-1) == y_test).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Four operations per value (square, sum; divide, scale), layer normalization has seven; one read, one write."""
    values = case.sizes["N"] * case.sizes["D"]
    return Work(flop=4 * values, min_bytes=2 * values * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """One layer over (N, D), centered, so that layer normalization, timed as well, computes the same."""
    n, d = case.sizes["N"], case.sizes["D"]
    variants = {"torch.nn.RMSNorm": nn.RMSNorm(d, eps=1e-6), "reference": RMSNorm(d),
                "torch.nn.LayerNorm": nn.LayerNorm(d, eps=1e-6, bias=False)}
    return ({name: layer.to(device, dtype) for name, layer in variants.items()},
            (_Centering()(2 * torch.randn(n, d, device=device, dtype=dtype)),))
