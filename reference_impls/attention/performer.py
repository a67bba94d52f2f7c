"""Performer: softmax attention at linear cost, from random features whose products are e^(query key) on average.

    Att(Q, K, V) = D^-1 A V,  A = exp(Q K^T / sqrt(K)),  D = diag(A 1)           Choromanski et al. 2020, eq. (1)
    SM(x, y) = exp(x^T y) = E phi(x)^T phi(y)                                                     eq. (3), (6)
    Att = D^-1 (Q' (K'^T V)),  D = diag(Q' (K'^T 1)),  Q' = phi(Q),  K' = phi(K)       no N x N matrix: eq. (4)
    phi(x) = h(x) / sqrt(m) (f_1(w_1^T x), .., f_1(w_m^T x), .., f_l(w_1^T x), .., f_l(w_m^T x))        eq. (5)

        h(x)                     f                  mean squared error of phi(x)^T phi(y)  section 2.3; lemma 2, eq. (8)
        exp(-|x|^2 / 2)          exp(u)             1/m exp(|x + y|^2) SM^2 (1 - exp(-|x + y|^2))              positive
        exp(-|x|^2 / 2) / 2^.5   exp(u), exp(-u)    half of that times 1 - exp(-|x + y|^2)                   hyperbolic
        exp(|x|^2 / 2)           sin(u), cos(u)     1/(2m) exp(|x + y|^2) SM^-2 (1 - exp(-|x - y|^2))^2   trigonometric

The w_i are N(0, 1) in each direction. If they are also orthogonal, MSE of the positive kind falls by at least
2 (m - 1) / (m (K + 2)) (SM - exp(-(|x|^2 + |y|^2) / 2))^2, for m <= K: theorem 2, eq. (10). For SM near 0 the error of
sines and cosines grows without bound, and D may come out negative; weights from positive features are positive.
Positive ones have a limit, too: at |x + y|^2 = 8 the root of MSE is 55 SM / sqrt(m), above SM even for m = 1024.
Convention: keys and queries are divided by K^(1/4) each. Beyond K vectors, further blocks of K are drawn. The largest
exponent is subtracted first, for each query and for all keys of a head, which changes nothing but rounding.

Longer than most: three kinds of features, and checks of their errors.
Shapes: B texts, H heads, N positions, K width of queries and keys, m random vectors, l m features. Vectors are rows.
"""
from collections.abc import Callable, Iterator
from functools import partial
from math import ceil, sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.linear_transformer import CHUNK, past
from reference_impls.attention.transformer import MultiHeadAttention, attention
from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="performer", papers=["arxiv:2009.14794"], role="layer",
    symbols=["positive", "hyperbolic", "trigonometric", "draw", "FavorAttention"],
    patterns=["attention", "decomposition", "low-rank"], equations=["1", "2", "3", "4", "5", "6", "7", "8", "10"],
    oracle="closed form: eq. (5) number by number, all N x N products of features, masked and normalized",
    properties=["unbiased_with_the_error_of_lemma_2", "orthogonal_is_gaussian_and_better",
                "many_features_are_softmax", "large_inputs_stay_finite"],
    mutants=["norm_forgotten", "scaled_once", "signs_of_qr", "lengths_all_alike", "independent", "sees_the_next",
             "shift_by_key", "not_shifted"],
    claim=Claim(
        text="One layer of attention learns to recall most values by their keys with positive random features in the "
             "place of the softmax; with as many sines and cosines it recalls few",
        metric="accuracy", better="higher", grade="B", budget_s=3,
        grid={"lr": [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]},
        arms={"trigonometric": Arm(expect="<0.607", settings={"lr": 0.003}),
              "positive": Arm(expect=">0.607", settings={"lr": 0.01}),
              "softmax": Arm(expect=">0.607", settings={"lr": 0.003})},
    ),
    bench=[Case("b1h4n2048k64m128", {"B": 1, "H": 4, "N": 2048, "K": 64, "m": 128}),
           Case("b1h16n16384k64m256-gpu", {"B": 1, "H": 16, "N": 16384, "K": 64, "m": 256})],
    deviations=["no small number is added to the features, as there is in the authors' code"],
)
Parts = tuple[Tensor, Tensor | float]
Kind = Callable[[Tensor, Tensor], Parts]


def positive(x: Tensor, u: Tensor) -> Parts:
    """An exponent and a factor: their exp and product are h(x) f(u), for x (.., N, K) and u = w x (.., N, m)."""
    return u - x.square().sum(dim=-1, keepdim=True) / 2, 1.0                            # lemma 1, eq. (7)


def hyperbolic(x: Tensor, u: Tensor) -> Parts:
    return positive(x, torch.cat([u, -u], dim=-1))[0], sqrt(1 / 2)


def trigonometric(x: Tensor, u: Tensor) -> Parts:
    return x.square().sum(dim=-1, keepdim=True) / 2, torch.cat([u.sin(), u.cos()], dim=-1)


def draw(m: int, width: int) -> Tensor:
    """Random vectors (m, K), N(0, 1) each, orthogonal in blocks of K. Section 2.4."""
    q, r = torch.linalg.qr(torch.randn(ceil(m / width), width, width))
    q = q * r.diagonal(dim1=-2, dim2=-1).sign()[:, None]        # as by Gram-Schmidt: all directions are equally likely
    lengths = torch.randn(len(q) * width, width).norm(dim=-1, keepdim=True)             # of independent vectors
    return (lengths * q.mT.flatten(0, 1))[:m]


class FavorAttention(nn.Module):
    """Called like `attention`, so that it fits the same models; causal or not, and ValueError for any other mask."""

    w: Tensor

    def __init__(self, width: int, m: int, causal: bool = True, kind: Kind = positive, chunk: int = CHUNK,
                 draw: Callable[[int, int], Tensor] = draw) -> None:
        super().__init__()
        self.causal, self.kind, self.chunk, self.draw = causal, kind, chunk, draw
        self.register_buffer("w", draw(m, width))                                       # (m, K)

    def redraw(self) -> None:
        """New random vectors, periodically during training (section 4.2)."""
        self.w = self.draw(*self.w.shape).to(self.w)

    def phi(self, x: Tensor, over: tuple[int, ...] = ()) -> Tensor:
        """Eq. (5), times e^-(the largest exponent over these dimensions)."""
        x = x.to(torch.promote_types(x.dtype, torch.float32))
        exponent, factor = self.kind(x, x @ self.w.to(x).mT)
        if over:
            exponent = exponent - exponent.amax(over, keepdim=True).detach()
        return exponent.exp() * factor / sqrt(len(self.w))

    def forward(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
        if mask is not None:
            raise ValueError("linear attention has no scores to mask: leave the mask out and choose causal or not")
        root = query.shape[-1] ** -0.25
        q, k = self.phi(root * query, (-1,)).to(value), self.phi(root * key, (-2, -1)).to(value)
        with_one = F.pad(value, (0, 1), value=1.0)                                      # its sums are D
        seen = past(q, k, with_one, self.chunk) if self.causal else q @ (k.mT @ with_one)      # eq. (2) or (4)
        return seen[..., :-1] / seen[..., -1:]


# -- how we know that it is right: every check takes the layer, so that the mutants can be shown to fail --------------
Make = Callable[..., FavorAttention]


def inputs(length: int) -> list[Tensor]:
    """Queries and keys (2, 3, length, 4) and values (2, 3, length, 5), not standard."""
    return [0.3 + torch.randn(2, 3, length, width, dtype=torch.float64) for width in (4, 4, 5)]


def oracle(make: Make = FavorAttention) -> tuple[Callable[..., object], Callable[..., object], list[Tensor]]:
    """Attention of seven positions to their past and to all, from features and products taken one by one."""
    cases = [(kind, causal) for kind in (positive, hyperbolic, trigonometric) for causal in (True, False)]
    layers = [make(4, 12, causal=causal, kind=kind, chunk=3).double() for kind, causal in cases]

    def phi(x: Tensor, w: Tensor, kind: Kind) -> list[Tensor]:
        half, u = (x * x).sum(dim=-1) / 2, [(x * each).sum(dim=-1) for each in w]
        if kind is trigonometric:
            return [half.exp() * f(each) for f in (torch.sin, torch.cos) for each in u]
        return [(sign * each - half).exp() for sign in ((1, -1) if kind is hyperbolic else (1,)) for each in u]

    def theirs(query: Tensor, key: Tensor, value: Tensor) -> list[Tensor]:
        seen = []
        for layer, (kind, causal) in zip(layers, cases, strict=True):
            a, b = (phi(x / sqrt(2), layer.w.to(x), kind) for x in (query, key))        # 4^(1/4) = sqrt(2)
            similar = torch.stack([sum((f[..., i] * g[..., j] for f, g in zip(a, b, strict=True)), torch.tensor(0.0))
                                   for i in range(7) for j in range(7)], dim=-1).unflatten(-1, (7, 7))
            similar = similar.tril() if causal else similar
            seen.append(similar / similar.sum(dim=-1, keepdim=True) @ value)
        return seen

    return lambda *given: [layer(*given) for layer in layers], theirs, inputs(7)


def check_unbiased_with_the_error_of_lemma_2(make: Make = FavorAttention) -> None:
    """Expectations for m = 1 in two dimensions, as integrals over a grid of w: exact, and the same for any m over m."""
    axis = torch.arange(-12, 12.05, 0.1, dtype=torch.float64)
    w = torch.cartesian_prod(axis, axis)                                                # (241^2, 2)
    density = (-w.square().sum(dim=-1) / 2).exp() * 0.01 / (2 * torch.pi)
    for kind in (positive, hyperbolic, trigonometric):
        layer, x, y = make(2, 1, kind=kind), *torch.tensor([[0.5, -0.8], [0.6, 0.3]], dtype=torch.float64)
        layer.w = w
        products = (layer.phi(x[None]) * layer.phi(y[None]) * len(w)).view(-1, len(w)).sum(dim=0)
        mean = (density * products).sum()
        softmax, plus, minus = (x @ y).exp(), (x + y).square().sum().exp(), (x - y).square().sum().exp()
        error = {positive: plus * softmax ** 2 * (1 - 1 / plus),
                 hyperbolic: plus * softmax ** 2 * (1 - 1 / plus) ** 2 / 2,
                 trigonometric: plus / softmax ** 2 * (1 - 1 / minus) ** 2 / 2}[kind]   # eq. (8)
        torch.testing.assert_close(mean, softmax)
        torch.testing.assert_close((density * (products - mean) ** 2).sum(), error)


def check_orthogonal_is_gaussian_and_better(make: Make = FavorAttention) -> None:
    """Moments of 20,000 blocks of four vectors, and the correlation in a block that is the gain of theorem 2."""
    layer = make(4, 80_000).double()
    w, one = layer.w, torch.eye(4, dtype=torch.float64)
    gram = w.view(-1, 4, 4) @ w.view(-1, 4, 4).mT
    torch.testing.assert_close(gram, gram * one, rtol=0, atol=1e-4)                     # orthogonal
    torch.testing.assert_close(w.mean(dim=0), 0 * w[0], rtol=0, atol=0.02)
    torch.testing.assert_close(w.mT @ w / len(w), one, rtol=0, atol=0.03)
    torch.testing.assert_close(w.square().sum(dim=-1).square().mean().item(), 24.0, rtol=0.03, atol=0)     # K (K + 2)
    x, y = torch.tensor([[0.4, -0.2, 0.5, 0.0], [0.3, 0.3, 0.4, -0.2]], dtype=torch.float64)
    softmax, ends = (x @ y).exp(), (-(x @ x + y @ y) / 2).exp()
    products = (layer.phi(x[None]) * layer.phi(y[None]) * len(w)).view(-1, 4) - softmax
    correlation = (products.sum(dim=-1) ** 2 - (products ** 2).sum(dim=-1)).mean() / 12         # 12 pairs
    assert correlation < -(softmax - ends) ** 2 / 6         # half of 2 / (K + 2) times it, eq. (10): room for noise


def check_many_features_are_softmax(make: Make = FavorAttention) -> None:
    """64 times as many vectors, about an eighth of the error, causal or not."""
    query, key, value = (x / 2 for x in inputs(16))
    for causal in (True, False):
        exact = F.scaled_dot_product_attention(query, key, value, is_causal=causal)
        few, many = (torch.stack([make(4, m, causal=causal).double()(query, key, value) - exact
                                  for _ in range(8)]).square().mean() for m in (64, 4096))
        assert 4 ** 2 < few / many < 16 ** 2
        assert many < 0.01 ** 2


def check_large_inputs_stay_finite(make: Make = FavorAttention) -> None:
    """In float32, h(x) is e^-72 here, and the product of two is 0."""
    query, key, value = inputs(9)
    query, key = (sqrt(2) * 12 * F.normalize(x, dim=-1) for x in (query, key))
    layer = make(4, 64)
    rounded, exact = layer(query.float(), key.float(), value.float()), layer.double()(query, key, value)
    torch.testing.assert_close(rounded, exact.float(), rtol=1e-3, atol=1e-3)


class _ScaledOnce(FavorAttention):
    def forward(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
        return super().forward(query, query.shape[-1] ** 0.25 * key, value, mask)


class _SeesTheNext(FavorAttention):
    def forward(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
        return super().forward(query, key.roll(-1, dims=-2), value.roll(-1, dims=-2), mask)


class _ShiftByKey(FavorAttention):
    def phi(self, x: Tensor, over: tuple[int, ...] = ()) -> Tensor:
        return super().phi(x, over[-1:])


class _NotShifted(FavorAttention):
    def phi(self, x: Tensor, over: tuple[int, ...] = ()) -> Tensor:
        return super().phi(x)


class _NormForgotten(FavorAttention):
    def phi(self, x: Tensor, over: tuple[int, ...] = ()) -> Tensor:
        return super().phi(x, over) * (x.square().sum(dim=-1, keepdim=True) / 2).exp()


def _signs_of_qr(m: int, width: int) -> Tensor:
    q = torch.linalg.qr(torch.randn(ceil(m / width), width, width)).Q
    return (torch.randn(len(q) * width, width).norm(dim=-1, keepdim=True) * q.mT.flatten(0, 1))[:m]


def _lengths_all_alike(m: int, width: int) -> Tensor:
    return sqrt(width) * F.normalize(draw(m, width), dim=-1)


MUTANTS: dict[str, Make] = {
    "norm_forgotten": _NormForgotten, "scaled_once": _ScaledOnce, "sees_the_next": _SeesTheNext,
    "shift_by_key": _ShiftByKey, "not_shifted": _NotShifted, "signs_of_qr": partial(FavorAttention, draw=_signs_of_qr),
    "lengths_all_alike": partial(FavorAttention, draw=_lengths_all_alike),
    "independent": partial(FavorAttention, draw=torch.randn)}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Recall which of 16 values belongs to each of 8 keys: yield (step, accuracy on 500 new lists)."""
    torch.manual_seed(seed)
    # 64 features in each head, new ones in every step
    kind, m = {"positive": (positive, 64), "trigonometric": (trigonometric, 32), "softmax": (positive, 1)}[arm]
    favor = FavorAttention(16, m, causal=False, kind=kind).to(device)
    layer = MultiHeadAttention(32, 2, attention if arm == "softmax" else favor)
    keys, values, read = nn.Embedding(16, 32), nn.Embedding(16, 32), nn.Linear(32, 16)
    net = nn.ModuleList([layer, keys, values, read]).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr)

    def recall(lists: int) -> tuple[Tensor, Tensor]:
        """Logits (lists, 8, 16) and answers (lists, 8)."""
        key = keys(torch.rand(lists, 16, device=device).argsort(dim=1)[:, :8])         # all different
        answer = torch.randint(16, (lists, 8), device=device)
        favor.redraw()
        return read(layer(key, key + values(answer))), answer

    for step in range(1, 101):
        logits, answer = recall(32)
        optimizer.zero_grad()
        F.cross_entropy(logits.flatten(0, 1), answer.flatten()).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0:
            with torch.no_grad():
                logits, answer = recall(500)
                yield step, (logits.argmax(dim=-1) == answer).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Features of queries and keys, then two products with sums of keys times values and 1; three reads, one write."""
    b, h, n, k, m = (case.sizes[s] for s in "BHNKm")
    return Work(flop=4 * b * h * n * m * (2 * k + 1), min_bytes=(4 * b * h * n * k + m * k) * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]],
                                                                       tuple[Tensor, ...]]:
    """Queries, keys and values (B, H, N, K), not causal; the baseline multiplies the features of every pair."""
    layer = FavorAttention(case.sizes["K"], case.sizes["m"], causal=False).to(device, dtype)

    def every_pair(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        root = query.shape[-1] ** -0.25
        similar = layer.phi(root * query, (-1,)).to(value) @ layer.phi(root * key, (-2, -1)).to(value).mT
        return similar @ value / similar.sum(dim=-1, keepdim=True)

    return ({"torch.matmul, every pair": every_pair, "reference": layer},
            tuple(torch.randn(3, *(case.sizes[s] for s in "BHNK"), device=device, dtype=dtype).unbind()))
