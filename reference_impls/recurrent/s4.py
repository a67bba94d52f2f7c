"""S4: a linear state that starts as a memory of the whole past, computed as a recurrence or as one long convolution.

    x'(t) = A x(t) + B u(t),  y(t) = C x(t) + D u(t)                                    Gu, Goel & Re 2021, eq. (1)
    A_nk = -sqrt(2n + 1) sqrt(2k + 1) for n > k,  -(n + 1) for n = k,  0 for n < k              HiPPO matrix, eq. (2)
    x_k = A_bar x_(k-1) + B_bar u_k,  y_k = C x_k                                                           eq. (3)
    A_bar = (1 - delta/2 A)^-1 (1 + delta/2 A),  B_bar = (1 - delta/2 A)^-1 delta B       bilinear, step size delta
    y = K * u,  K = (C B_bar, C A_bar B_bar, .., C A_bar^(L-1) B_bar)                                   eq. (4), (5)
    A = V (Lambda - (V* P) (V* P)*) V*,  P_n = sqrt(n + 1/2),  V unitary             theorem 1, eq. (6), appendix C.1

Powers of A cost N^2 for each position, and A itself cannot be diagonalized stably (lemma 3.2). But A + P P^T can: it is
-1/2 plus an antisymmetric matrix. So A is diagonal plus rank one in another basis, and the Fourier transform of K needs
an inverse in place of powers, for which the rank one is a correction (Woodbury). Lemma C.3, for z = exp(-2 pi i k / L):

    K^(z) = 2 / (1 + z) (C~ R B - C~ R P (1 + P* R P)^-1 P* R B)        C~ = C (1 - A_bar^L)           algorithm 1
    R = (2 / delta (1 - z) / (1 + z) - Lambda)^-1, diagonal for each z: sums over N, a Cauchy kernel

Convention: P* stands for the paper's Q*, as the end of section 3.4 advises, and Re Lambda < 0 for good. Of each pair of
conjugate numbers one is stored. B_n = sqrt(2n + 1) at first, from HiPPO; C is random, D = 1. 1 + z is multiplied out of
R, as it is 0 for z = -1. `advance` is theorem 2: a step of the recurrence in O(N), A_bar being never formed.

Longer than most: it has both forms, a start that must be diagonalized, and two other starts to compare with.
Shapes: B texts, L positions, H channels, N states of each channel, F = L // 2 + 1 frequencies.
"""
from collections.abc import Callable, Iterator
from functools import partial
from math import log, log2

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.data import digits

CARD = Card(
    id="s4", papers=["arxiv:2111.00396"], role="layer", symbols=["hippo", "diagonalize", "S4"],
    patterns=["recurrence", "convolution", "decomposition", "low-rank"], equations=["1", "2", "3", "4", "5", "6"],
    oracle="closed form: eq. (3) with dense matrices, position by position",
    properties=["starts_at_hippo", "remembers_legendre_coefficients", "recurrence_is_convolution",
                "twice_the_samples_half_the_step"],
    mutants=["wraps_around", "not_truncated", "rank_one_forgotten", "half_of_each_pair", "hippo_without_roots",
             "euler"],
    claim=Claim(
        text="Digits read pixel by pixel are named more often by a layer that starts at the HiPPO matrix than by one "
             "whose Lambda, P and B start Gaussian",
        metric="test_accuracy", better="higher", grade="C", budget_s=3,
        grid={"lr": [0.003, 0.01, 0.03, 0.1], "delta": [0.01, 0.03, 0.1, 0.3, 1.0, 3.0]},
        arms={"Gaussian": Arm(expect="tie", settings={"lr": 0.01, "delta": 1.0}),
              "random antisymmetric": Arm(expect="tie", settings={"lr": 0.03, "delta": 0.1}),
              "HiPPO": Arm(expect="tie", settings={"lr": 0.03, "delta": 0.1})},
        outcome="on seeds 0 to 2 0.88 to 0.89 with HiPPO and 0.72 to 0.80 with Gaussian numbers, but 0.84 to 0.93 and "
                "0.76 to 0.84 on fresh ones (threshold 0.839), an overlap; a random antisymmetric matrix in the place "
                "of HiPPO's does as well: 0.85 to 0.93 on all six",
    ),
    bench=[Case("b4l1024h16n32", {"B": 4, "L": 1024, "H": 16, "N": 32}),
           Case("b16l4096h256n64-gpu", {"B": 16, "L": 4096, "H": 256, "N": 64})],
    deviations=["C~ is computed from C by a dense power of A_bar, so that the length may vary; the paper learns C~",
                "the Cauchy sums are written out, in O(N L)",
                "how the paper draws its random matrices is not known; the claim tries two ways"],
)
System = tuple[Tensor, Tensor, Tensor]


def hippo(states: int) -> System:
    """Lambda, P and B, (N / 2,) each, of the HiPPO matrix, eq. (2), in the basis where it is diagonal plus rank one."""
    n = torch.arange(states, dtype=torch.float64)
    p, b = (n + 0.5).sqrt(), (2 * n + 1).sqrt()
    return diagonalize(torch.outer(p, p).triu(1) - torch.outer(p, p).tril(-1), p, b)


def diagonalize(antisymmetric: Tensor, p: Tensor, b: Tensor) -> System:
    """The same for -1/2 + antisymmetric - p p^T: eigenvalues -1/2 + i w in pairs of conjugates, of which w > 0 stay."""
    w, v = torch.linalg.eigh(-1j * antisymmetric)                               # unitary V, w in ascending order
    w, v = w[len(p) // 2:], v[:, len(p) // 2:]
    return torch.complex(torch.full_like(w, -0.5), w), v.mH @ p.to(v), v.mH @ b.to(v)       # eq. (6)


class S4(nn.Module):
    """Channels (B, L, H) to the same, each through an even number N of states of its own; log delta starts uniform."""

    def __init__(self, channels: int, states: int = 64, start: Callable[[int], System] = hippo,
                 deltas: tuple[float, float] = (0.001, 0.1)) -> None:
        super().__init__()
        systems = zip(*(start(states) for _ in range(channels)), strict=True)
        poles, p, b = (torch.stack(x).to(torch.complex64) for x in systems)                 # (H, N / 2)
        c = torch.randn(channels, states // 2, dtype=torch.complex64)
        self.log_decay, self.frequency = nn.Parameter((-poles.real).log()), nn.Parameter(poles.imag.clone())
        self.p, self.b, self.c = (nn.Parameter(torch.view_as_real(x).clone()) for x in (p, b, c))
        self.log_delta = nn.Parameter(torch.empty(channels, 1).uniform_(log(deltas[0]), log(deltas[1])))
        self.d = nn.Parameter(torch.ones(channels))

    def system(self) -> tuple[Tensor, ...]:
        """Lambda, P, B and C, complex (H, N), and the step sizes (H, 1), in float32 or better."""
        precise = torch.promote_types(self.d.dtype, torch.float32)
        poles = torch.complex(-self.log_decay.to(precise).exp(), self.frequency.to(precise))
        half = (poles, *(torch.view_as_complex(x.to(precise)) for x in (self.p, self.b, self.c)))
        return (*(torch.cat([x, x.conj()], dim=-1) for x in half), self.log_delta.to(precise).exp())

    def advance(self, x: Tensor, u: Tensor | float, system: tuple[Tensor, ...]) -> Tensor:
        """A_bar x + B_bar u for states (.., H, N) and inputs (.., H, 1). Eq. (3), as in appendix C.2."""
        poles, p, b, _, delta = system

        def along_p(x: Tensor) -> Tensor:
            return (p.conj() * x).sum(dim=-1, keepdim=True)                     # P* x

        x = (2 / delta + poles) * x - p * along_p(x) + 2 * b * u                # A_0 x + 2 B u
        x, dp = (y / (2 / delta - poles) for y in (x, p))
        return x - dp * along_p(x) / (1 + along_p(dp))                          # times A_1, by Woodbury

    def kernel(self, length: int) -> Tensor:
        """K of eq. (5), real (H, L), by algorithm 1."""
        system = poles, p, b, c, delta = self.system()
        turn = torch.arange(length // 2 + 1, device=delta.device, dtype=delta.dtype) / length
        z = torch.polar(torch.ones_like(turn), -2 * torch.pi * turn)            # (F,): the rest are their conjugates
        c, left = self.truncate(system, length), p.conj()
        r = 1 / ((2 / delta * (1 - z))[..., None] - (1 + z)[:, None] * poles[:, None])      # R / (1 + z): (H, F, N)
        products = torch.stack([c * b, c * p, left * b, left * p], dim=-1)      # (H, N, 4)
        k00, k01, k10, k11 = (r @ products).unbind(dim=-1)                      # four Cauchy multiplies: theorem 3
        return torch.fft.irfft(2 * (k00 - (1 + z) * k01 * k10 / (1 + (1 + z) * k11)), length)

    def truncate(self, system: tuple[Tensor, ...], length: int) -> Tensor:
        """C~ = C (1 - A_bar^L), which takes off what the state would still say after L positions."""
        c = system[3]
        unit = torch.eye(c.shape[-1], dtype=c.dtype, device=c.device)[:, None]              # (N, 1, N)
        a_bar = self.advance(unit, 0.0, system).permute(1, 2, 0)                            # (H, N, N)
        return c - (c[:, None] @ torch.linalg.matrix_power(a_bar, length))[:, 0]

    def forward(self, u: Tensor) -> Tensor:
        """The convolution, eq. (4): FFTs of twice the length, so that the end does not reach the start."""
        length, precise = u.shape[1], torch.promote_types(u.dtype, torch.float32)
        spectrum = torch.fft.rfft(u.mT.to(precise), 2 * length) * torch.fft.rfft(self.kernel(length), 2 * length)
        return torch.fft.irfft(spectrum, 2 * length)[..., :length].mT.to(u) + self.d * u

    def recur(self, u: Tensor) -> Tensor:
        """The same, one position after another. Eq. (3)."""
        system = self.system()
        x, y = torch.zeros_like(system[3]), []
        for each in u.unbind(dim=1):
            x = self.advance(x, each[..., None], system)                        # (B, H, N)
            y.append((system[3] * x).sum(dim=-1).real)
        return torch.stack(y, dim=1).to(u) + self.d * u


# -- how we know that it is right: every check takes the layer, so that the mutants can be shown to fail --------------
Make = Callable[..., S4]


def oracle(make: Make = S4) -> tuple[S4, Callable[[Tensor], Tensor], Tensor]:
    """Ours with random parameters; eq. (3) with them and A = Lambda - P P* written out; a text of seven positions."""
    ours = make(3, states=6).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter)

    def theirs(u: Tensor) -> Tensor:
        given, y = dict(ours.named_parameters()), torch.zeros(2, 7, 3, dtype=torch.float64)
        for h in range(3):
            pole = torch.complex(-given["log_decay"].exp(), given["frequency"])[h]
            pole, p, b, c = (torch.cat([x, x.conj()]) for x in (
                pole, *(torch.complex(*given[name][h].unbind(dim=-1)) for name in "pbc")))
            one, half = torch.eye(6, dtype=pole.dtype), given["log_delta"][h].exp() / 2
            a = torch.diag(pole) - torch.outer(p, p.conj())
            a_bar, b_bar = (torch.linalg.inv(one - half * a) @ x for x in (one + half * a, 2 * half * b))
            x, seen = torch.zeros(2, 6, dtype=pole.dtype), []
            for k in range(7):
                x = x @ a_bar.T + u[:, k, h, None] * b_bar
                seen.append((x @ c).real + given["d"][h] * u[:, k, h])
            y = y + F.one_hot(torch.tensor(h), 3) * torch.stack(seen, dim=1)[..., None]
        return y

    return ours, theirs, 0.5 + 2 * torch.randn(2, 7, 3, dtype=torch.float64)


def _reads_p(make: Make, states: int, delta: float) -> S4:
    """A layer as it starts, with C = P*: y is P^T x, in whatever basis."""
    layer = make(1, states=states, deltas=(delta, delta)).double()
    with torch.no_grad():
        layer.c.copy_(layer.p * layer.p.new_tensor([1, -1]))
    return layer


def check_starts_at_hippo(make: Make = S4) -> None:
    a, n = torch.zeros(8, 8, dtype=torch.float64), torch.arange(8, dtype=torch.float64)
    for i in range(8):
        for k in range(i + 1):
            a[i, k] = -(i + 1) if i == k else -((2 * i + 1) * (2 * k + 1)) ** 0.5           # eq. (2)
    one, b = torch.eye(8, dtype=torch.float64), (2 * n + 1).sqrt()
    a_bar, b_bar = torch.linalg.solve(one - 0.05 * a, one + 0.05 * a), torch.linalg.solve(one - 0.05 * a, 0.1 * b)
    powers = [(n + 0.5).sqrt() @ torch.linalg.matrix_power(a_bar, k) @ b_bar for k in range(9)]
    torch.testing.assert_close(_reads_p(make, 8, 0.1).kernel(9)[0], torch.stack(powers), rtol=1e-5, atol=1e-5)


def check_remembers_legendre_coefficients(make: Make = S4) -> None:
    """State n holds the input of t ago times sqrt(2n + 1) e^-t P_n(2 e^-t - 1), with Legendre polynomials P_n."""
    past = torch.exp(-0.001 * (torch.arange(2000, dtype=torch.float64) + 0.5))
    s = 2 * past - 1
    legendre = torch.stack([s ** 0, s, (3 * s ** 2 - 1) / 2, (5 * s ** 3 - 3 * s) / 2])
    weights = torch.tensor([2.0 * n + 1 for n in range(4)], dtype=torch.float64) / 2 ** 0.5     # with P_n of y
    torch.testing.assert_close(_reads_p(make, 4, 0.001).kernel(2000)[0] / 0.001, weights @ legendre * past,
                               rtol=1e-3, atol=1e-3)


def check_recurrence_is_convolution(make: Make = S4) -> None:
    """With gradients of all parameters, for lengths even and odd."""
    for length in (1, 2, 9, 64):
        layer, u = make(3, states=8).double(), 1 + torch.randn(2, length, 3, dtype=torch.float64)
        torch.testing.assert_close(*([y, *torch.autograd.grad(y.square().sum(), list(layer.parameters()))]
                                     for y in (layer(u), layer.recur(u))))


def check_twice_the_samples_half_the_step(make: Make = S4) -> None:
    """A signal sampled twice as finely needs half the step and no training (section 4.3)."""
    layer = make(2, states=8, deltas=(0.01, 0.02)).double()
    time = torch.arange(400, dtype=torch.float64)[:, None].expand(-1, 2) / 400
    coarse, fine = ((5 * t).sin()[None] for t in (time[::2], time))
    y = layer(coarse)
    with torch.no_grad():
        layer.log_delta.sub_(log(2))
    torch.testing.assert_close(layer(fine)[:, ::2], y, rtol=0.05, atol=0.2)


class _WrapsAround(S4):
    def forward(self, u: Tensor) -> Tensor:
        length = u.shape[1]
        return torch.fft.irfft(torch.fft.rfft(u.mT) * torch.fft.rfft(self.kernel(length)), length).mT + self.d * u


class _NotTruncated(S4):
    def truncate(self, system: tuple[Tensor, ...], length: int) -> Tensor:
        return system[3]


class _RankOneForgotten(S4):
    def system(self) -> tuple[Tensor, ...]:
        poles, p, *rest = super().system()
        return poles, 0 * p, *rest


class _HalfOfEachPair(S4):
    def system(self) -> tuple[Tensor, ...]:
        *whole, delta = super().system()
        return *(x.chunk(2, dim=-1)[0] for x in whole), delta


class _Euler(S4):
    def advance(self, x: Tensor, u: Tensor | float, system: tuple[Tensor, ...]) -> Tensor:
        poles, p, b, _, delta = system
        return x + delta * (poles * x - p * (p.conj() * x).sum(dim=-1, keepdim=True) + b * u)


def _without_roots(states: int) -> System:
    n = torch.arange(states, dtype=torch.float64)
    return diagonalize(torch.outer(n, n).triu(1) - torch.outer(n, n).tril(-1), n + 0.5, 2 * n + 1)


MUTANTS: dict[str, Make] = {
    "wraps_around": _WrapsAround, "not_truncated": _NotTruncated, "rank_one_forgotten": _RankOneForgotten,
    "half_of_each_pair": _HalfOfEachPair, "hippo_without_roots": partial(S4, start=_without_roots), "euler": _Euler}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def gaussian(states: int) -> System:
    """Lambda, P and B of Gaussian numbers, with decays made positive."""
    poles, p, b = torch.randn(3, states // 2, dtype=torch.complex128)
    return torch.complex(-poles.real.abs(), poles.imag), p, b


def antisymmetric(states: int) -> System:
    """HiPPO but for its antisymmetric matrix, which is Gaussian and as large."""
    n, random = torch.arange(states, dtype=torch.float64), torch.randn(states, states, dtype=torch.float64).triu(1)
    p = (n + 0.5).sqrt()
    random = random * torch.outer(p, p).triu(1).norm() / random.norm()
    return diagonalize(random - random.mT, p, (2 * n + 1).sqrt())


def demo(arm: str, seed: int, lr: float, delta: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Name a digit after its last of 64 pixels: yield (step, accuracy on 397 held-out digits)."""
    torch.manual_seed(seed)
    start = {"HiPPO": hippo, "Gaussian": gaussian, "random antisymmetric": antisymmetric}[arm]
    layer, spread, read = S4(32, 16, start, (delta / 3, 3 * delta)), nn.Linear(1, 32), nn.Linear(32, 10)
    net = nn.ModuleList([layer, spread, read]).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr)
    (x, y), (held_out, answers) = digits(device)

    def name(pixels: Tensor) -> Tensor:
        return read(F.gelu(layer(spread(pixels[..., None]))[:, -1]))            # (B, 10)

    for step in range(1, 101):
        some = torch.randint(len(x), (64,), device=device)
        optimizer.zero_grad()
        F.cross_entropy(name(x[some]), y[some]).backward()
        optimizer.step()
        if step % 50 == 0:
            with torch.no_grad():
                yield step, (name(held_out).argmax(dim=-1) == answers).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Four Cauchy sums and log2 L squarings of A_bar, a product of complex numbers counted as one; no FFT counted."""
    b, length, h, n = (case.sizes[s] for s in "BLHN")
    products = 4 * (length // 2 + 1) * n + int(log2(length)) * n ** 3 + n ** 2
    return Work(flop=2 * h * products, min_bytes=itemsize * h * (2 * b * length + 4 * n + 2))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[[Tensor], Tensor]],
                                                                       tuple[Tensor, ...]]:
    """The same layer, with the recurrence position by position as baseline."""
    b, length, h, n = (case.sizes[s] for s in "BLHN")
    layer = S4(h, n).to(device, dtype)
    return ({"position by position": layer.recur, "reference": layer},
            (torch.randn(b, length, h, device=device, dtype=dtype),))
