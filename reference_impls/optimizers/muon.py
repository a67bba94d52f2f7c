"""Muon: step by the momentum of a weight matrix, with all its singular values brought to about one.

    M <- mu M + G;   Z = mu M + G                               Liu et al. 2025, eq. (1) and its footnote (Nesterov)
    X <- a X + b (X X^T) X + c (X X^T)² X                       five rounds from X = Z / |Z|, eq. (2)
    W <- W - eta (0.2 sqrt(max(A, B)) X + lambda W)             for W of shape (A, B), eq. (4)

If Z is U S V^T by singular values, a round keeps U and V and applies f(s) = a s + b s³ + c s⁵ to each s: the matrix is
never decomposed. |Z| is the root of the sum of squares, so every s starts at 1 or below. a, b, c are made for speed:
five rounds bring all s from 0.002 up to 0.68 .. 1.21, near U V^T, and further rounds only move them about in there.
The root mean square (RMS) of U V^T is 1 / sqrt(max(A, B)) if its rank is full (lemma 1). Eq. (4) makes it about 0.2 for
every shape, as AdamW's often is: one rate and one decay then serve these matrices and all that is left to AdamW.

The origin is a post by Jordan et al. 2024 (kellerjordan.github.io/posts/muon): eq. (1) and (2) with these a, b, c,
scaled by sqrt(max(1, A / B)) and without decay; the paper changes the scale and adds the decay.
Conventions: the rate multiplies the decay, as in torch.optim.AdamW; the rounds run in bfloat16, as in Jordan's code.
Longer than most: torch's own runs its rounds in bfloat16 only, so the oracle is a second optimizer, by decomposition.

Shapes: M, G, Z, X are (A, B) like their matrix W; the benchmark has N matrices.
"""
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="muon", papers=["arxiv:2502.16982"], role="optimizer", symbols=["orthogonalize", "Muon"],
    patterns=["moving-average", "weight-penalty"], equations=["1", "2", "4"],
    oracle="closed form: the polynomial of the singular values of a weighted sum of all gradients",
    properties=["singular_values_end_near_one", "update_rms_is_the_same_for_all_shapes", "size_of_gradients_cancels",
                "no_basis_is_special", "steps_like_torchs_in_bfloat16"],
    mutants=["no_look_ahead", "scale_of_the_post", "scaled_decay", "slow_coefficients", "divides_by_largest"],
    claim=Claim(
        text="After 100 steps on fresh data, a small network trained by Muon is nearer to the source that it predicts "
             "than one trained by AdamW, with rate, decay and momentum tuned alike",
        metric="excess_loss", better="lower", grade="A", budget_s=1,
        grid={"lr": [0.01, 0.02, 0.03, 0.05, 0.1], "decay": [0.0, 0.1],
              "momentum": [0.0, 0.3, 0.5, 0.7, 0.9]},                       # for AdamW it is beta1
        arms={"adamw": Arm(expect=">0.1803", settings={"lr": 0.02, "decay": 0.0, "momentum": 0.3}),
              "muon": Arm(expect="<0.1803", settings={"lr": 0.05, "decay": 0.0, "momentum": 0.7})},
    ),
    bench=[Case("n4a256b1024", {"N": 4, "A": 256, "B": 1024})],
    deviations=["one device: no distributed version (section 2.3)", "no schedule of its own: torch's work with it"],
)
FAST = 3.4445, -4.7750, 2.0315


def orthogonalize(z: Tensor, coefficients: tuple[float, float, float] = FAST, rounds: int = 5) -> Tensor:
    """Bring the singular values of z (A, B), |z| at most 1, near one: eq. (2), with X X^T on the shorter side."""
    a, b, c = coefficients
    x = z if z.shape[0] <= z.shape[1] else z.mT
    for _ in range(rounds):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if z.shape[0] <= z.shape[1] else x.mT


class Muon(torch.optim.Optimizer):
    """Eq. (4) for matrices; biases, gains, embeddings and the output layer are for AdamW at the same rate and decay.

    Args:
        params: matrices, or groups of them.
        lr: eta; a weight moves by about 0.2 eta in a step.
        momentum: mu.
        decay: lambda.
        precision: of the five rounds.

    Raises:
        ValueError: not all parameters are matrices.
    """

    def __init__(self, params: Iterable[Any], lr: float = 1e-3, momentum: float = 0.95, decay: float = 0.1,
                 precision: torch.dtype = torch.bfloat16) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "decay": decay})
        self.precision = precision
        others = [tuple(w.shape) for group in self.param_groups for w in group["params"] if w.dim() != 2]
        if others:
            raise ValueError(f"parameters of shapes {others} are not matrices; give them to AdamW")

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]      # no closure: nothing here evaluates a loss
        for group in self.param_groups:
            for w in group["params"]:
                if w.grad is None:
                    continue
                state = self.state[w]
                if "m" not in state:
                    state["m"] = torch.zeros_like(w)
                m = state["m"].mul_(group["momentum"]).add_(w.grad)                 # eq. (1)
                z = self.look_ahead(m, w.grad, group["momentum"])
                x = z / self.size(z).clamp(min=torch.finfo(z.dtype).tiny)           # zeros stay zeros
                x = self.orthogonal(x.to(self.precision)).to(w)                     # eq. (2)
                w.mul_(1 - group["lr"] * self.decay(w, group["decay"]))
                w.add_(x, alpha=-group["lr"] * self.scale(w))                       # eq. (4)

    def look_ahead(self, m: Tensor, gradient: Tensor, momentum: float) -> Tensor:
        """The momentum as it would be after one more gradient like this one."""
        return momentum * m + gradient

    def size(self, z: Tensor) -> Tensor:
        return z.norm()                                                             # Frobenius

    def orthogonal(self, z: Tensor) -> Tensor:
        return orthogonalize(z)

    def scale(self, w: Tensor) -> float:
        return 0.2 * max(w.shape) ** 0.5

    def decay(self, w: Tensor, decay: float) -> float:
        return decay


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail -------------
Make = Callable[..., torch.optim.Optimizer]


class _BySingularValues:
    """The same steps from every gradient so far: powers of mu for momentum, singular values for the polynomial."""

    def __init__(self, param_groups: list[dict[str, Any]]) -> None:
        self.param_groups = param_groups
        self.seen: list[list[Tensor]] = [[] for _ in param_groups]

    def step(self) -> None:
        for group, seen in zip(self.param_groups, self.seen, strict=True):
            (w,), eta, mu = group["params"], group["lr"], group["momentum"]
            seen.append(w.grad.clone())
            momentum = sum(mu ** age * gradient for age, gradient in enumerate(reversed(seen)))
            u, s, vt = torch.linalg.svd(mu * momentum + w.grad, full_matrices=False)
            s = s / s.square().sum().sqrt()
            for _ in range(5):
                s = 3.4445 * s - 4.7750 * s ** 3 + 2.0315 * s ** 5
            w.data = w.data - eta * (0.2 * max(w.shape) ** 0.5 * (u * s) @ vt + group["decay"] * w.data)


def oracle(make: Make = Muon) -> tuple[torch.optim.Optimizer, _BySingularValues, list[tuple[Tensor, ...]]]:
    """A tall and a wide matrix, each with its own settings; gradients of many sizes."""
    starts = [3 + torch.randn(*shape, dtype=torch.float64) for shape in ((7, 3), (4, 6))]
    ours, theirs = ([{"params": [start.clone().requires_grad_()], "lr": lr, "momentum": mu, "decay": decay}
                     for start, lr, mu, decay in zip(starts, (0.1, 0.03), (0.9, 0.5), (0.3, 0.02), strict=True)]
                    for _ in range(2))
    gradients = [tuple((0.3 + torch.randn_like(start)) * 10.0 ** (k % 4 - 2) for start in starts) for k in range(8)]
    return make(ours, precision=torch.float64), _BySingularValues(theirs), gradients


def _update(make: Make, gradient: Tensor) -> Tensor:
    """What the first step takes away from a matrix at rate 1, without decay."""
    w = torch.zeros_like(gradient, requires_grad=True)
    w.grad = gradient.clone()
    make([w], lr=1.0, decay=0.0, precision=torch.float64).step()
    return -w.detach()


def check_singular_values_end_near_one(make: Make = Muon) -> None:
    u, v = (torch.linalg.qr(torch.randn(length, 9, dtype=torch.float64))[0] for length in (9, 20))
    values = torch.linalg.svdvals(_update(make, u * torch.logspace(-2, 0, 9, dtype=torch.float64) @ v.mT))
    assert ((values / (0.2 * 20 ** 0.5) - 0.945).abs() < 0.265).all(), values           # 0.68 .. 1.21


def check_update_rms_is_the_same_for_all_shapes(make: Make = Muon) -> None:
    """Between 0.68 and 1.21 times 0.2, where plain orthogonal updates differ by a factor of four."""
    for shape in ((8, 256), (256, 8), (16, 64), (64, 16), (4, 16), (16, 4)):
        rms = _update(make, torch.randn(*shape, dtype=torch.float64)).square().mean().sqrt()
        assert 0.68 < rms / 0.2 < 1.21, (shape, rms)


def check_size_of_gradients_cancels(make: Make = Muon) -> None:
    gradient = torch.randn(5, 8, dtype=torch.float64)
    torch.testing.assert_close(_update(make, 1e-6 * gradient), _update(make, 1e6 * gradient))


def check_no_basis_is_special(make: Make = Muon) -> None:
    """Turn outputs and inputs, and the update turns with them; that of Adam would depend on the axes."""
    gradient = torch.randn(5, 8, dtype=torch.float64)
    q, p = (torch.linalg.qr(torch.randn(n, n, dtype=torch.float64))[0] for n in (5, 8))
    torch.testing.assert_close(_update(make, q @ gradient @ p), q @ _update(make, gradient) @ p)


def check_steps_like_torchs_in_bfloat16(make: Make = Muon) -> None:
    """Torch's momentum is an average, 1 - mu times ours: rounding differs, and small singular values make it grow."""
    start = torch.randn(16, 24)
    ours, theirs = (start.clone().requires_grad_() for _ in range(2))
    both = (make([ours], lr=0.1, momentum=0.9, decay=0.5),
            torch.optim.Muon([theirs], 0.1, 0.5, 0.9, adjust_lr_fn="match_rms_adamw"))
    for _ in range(5):
        ours.grad, theirs.grad = torch.randn(16, 24).expand(2, -1, -1).clone()
        for optimizer in both:
            optimizer.step()
    apart = (ours - theirs).norm() / (theirs - start).norm()
    assert apart < 0.02, apart


class _NoLookAhead(Muon):
    def look_ahead(self, m: Tensor, gradient: Tensor, momentum: float) -> Tensor:
        return m


class _ScaleOfThePost(Muon):
    def scale(self, w: Tensor) -> float:
        return max(1, w.shape[0] / w.shape[1]) ** 0.5


class _ScaledDecay(Muon):
    def decay(self, w: Tensor, decay: float) -> float:
        return decay * self.scale(w)


class _SlowCoefficients(Muon):
    def orthogonal(self, z: Tensor) -> Tensor:
        return orthogonalize(z, (15 / 8, -10 / 8, 3 / 8))


class _DividesByLargest(Muon):
    def size(self, z: Tensor) -> Tensor:
        return torch.linalg.matrix_norm(z, ord=2)


MUTANTS = {"no_look_ahead": _NoLookAhead, "scale_of_the_post": _ScaleOfThePost, "scaled_decay": _ScaledDecay,
           "slow_coefficients": _SlowCoefficients, "divides_by_largest": _DividesByLargest}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, decay: float, momentum: float,
         device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Predict a token from the two before it: yield (step, mean divergence from the source, all 256 pairs counted).

    As in the paper, AdamW updates embedding, output layer and biases in both arms. Rates fall linearly to zero.
    """
    source = (2 * torch.randn(256, 16, generator=torch.Generator().manual_seed(0))).softmax(dim=-1).to(device)
    torch.manual_seed(seed)
    hidden = nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU())
    net = nn.Sequential(nn.Embedding(16, 32), hidden, nn.Linear(128, 16)).to(device)
    matrices = [w for w in hidden.parameters() if w.dim() == 2] if arm == "muon" else []
    others = [w for w in net.parameters() if not any(w is matrix for matrix in matrices)]
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(others, lr, (momentum, 0.95), weight_decay=decay)]
    if matrices:
        optimizers.append(Muon(matrices, lr, momentum, decay, precision=torch.float32))
    pairs = torch.cartesian_prod(torch.arange(16), torch.arange(16)).to(device)
    for step in range(100):
        for optimizer in optimizers:
            optimizer.param_groups[0]["lr"] = lr * (1 - step / 100)
            optimizer.zero_grad()
        drawn = torch.randint(256, (256,), device=device)
        following = torch.multinomial(source[drawn], 1)[:, 0]
        F.cross_entropy(net(pairs[drawn]), following).backward()
        for optimizer in optimizers:
            optimizer.step()
        if step % 10 == 9:
            with torch.no_grad():
                yield step + 1, F.kl_div(net(pairs).log_softmax(-1), source, reduction="batchmean").item()


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Three products in each of five rounds; reads W, G, M and writes W, M."""
    n, short, long = case.sizes["N"], *sorted((case.sizes["A"], case.sizes["B"]))
    return Work(flop=5 * n * (4 * short ** 2 * long + 2 * short ** 3), min_bytes=5 * n * short * long * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[[], object]], tuple[()]]:
    """One step over N matrices (A, B), the rounds in bfloat16 as in torch's."""
    def stepper(make: Make) -> Callable[[], object]:
        weights = [torch.randn(case.sizes["A"], case.sizes["B"], device=device, dtype=dtype, requires_grad=True)
                   for _ in range(case.sizes["N"])]
        for w in weights:
            w.grad = torch.randn_like(w)
        return make(weights).step

    torchs = partial(torch.optim.Muon, adjust_lr_fn="match_rms_adamw")
    return {"torch.optim.Muon": stepper(torchs), "reference": stepper(Muon)}, ()
