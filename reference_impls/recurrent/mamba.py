"""Mamba: a linear recurrence whose step size, input and output weights depend on the token, so that it can choose.

    h'(t) = A h(t) + B x(t),  y(t) = C h(t)               for each channel; A is diagonal     Gu & Dao 2023, eq. (1)
    h_t = A_bar_t h_(t-1) + B_bar_t x_t,  y_t = C_t h_t                                                     eq. (2)
    A_bar = exp(delta A),  B_bar = (exp(delta A) - 1) / A * B                                zero-order hold, eq. (4)
    B = Linear_N(x),  C = Linear_N(x),  delta = softplus(Linear_D(Linear_R(x)))           algorithm 2, section 3.6
    g_t = sigmoid(Linear(x_t)),  h_t = (1 - g_t) h_(t-1) + g_t x_t      for N = 1, A = -1, B = 1: theorem 1, eq. (5)

A delta near 0 carries the state past the token, a large one replaces the state. In S4, algorithm 1, delta, B and C are
the same for all tokens: the layer is a convolution with the kernel C A_bar^k B_bar, eq. (3), and cannot choose.
Convention: as in the authors' code, B_bar = delta B, unless `hold` asks for eq. (4), and y has a term D x, D = 1 at
first; K = 4 and R = M / 16. `scan` has about 2 sqrt(L) steps, fewer and larger than those of `recur`. It takes products
of decays only: to divide by their running product would be shorter, and overflow. States are computed in float32 or
better.

Longer than most: it has algorithm 1 as well, to compare with.
Shapes: B texts, L positions, M model width, D = 2M channels, N states of each channel, R rank of delta, K taps.
"""
from collections.abc import Callable, Iterator
from functools import partial
from math import ceil, sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="mamba", papers=["arxiv:2312.00752"], role="layer",
    symbols=["recur", "scan", "SelectiveSSM", "TimeInvariantSSM", "Mamba"],
    patterns=["recurrence", "gating", "convolution"], equations=["2", "3", "4", "5"],
    oracle="closed form: the equations of algorithm 2 and of the block, token by token",
    properties=["future_is_invisible", "scan_is_the_recurrence", "gate_of_theorem_1", "constant_parameters_convolve"],
    mutants=["sees_the_next", "reads_all_alike", "divides_by_decays", "euler_for_decay", "hold_forgotten"],
    claim=Claim(
        text="One block names in order two tokens hidden at random places of a text if step size and weights depend on "
             "the token; if they are the same for all tokens, with as many parameters, it often fails",
        metric="accuracy", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.003, 0.01, 0.02, 0.05]},
        arms={"time-invariant": Arm(expect="<0.842", settings={"lr": 0.02}),
              "selective": Arm(expect=">0.842", settings={"lr": 0.01})},
    ),
    bench=[Case("b2l128m64", {"B": 2, "L": 128, "M": 64, "N": 16, "K": 4}),
           Case("b1l1024m256-gpu", {"B": 1, "L": 1024, "M": 256, "N": 16, "K": 4})],
    deviations=["`scan` goes by chunks and autograd keeps all states; the paper's kernel is a parallel scan in fast "
                "memory that keeps none", "no layer norm inside the block, which the paper names as an option"],
)
Scan = Callable[[Tensor, Tensor], Tensor]


def recur(decay: Tensor, inflow: Tensor) -> Tensor:
    """All states of h_t = decay_t h_(t-1) + inflow_t, for (B, L, D, N), one after the other. Eq. (2a), with h_0 = 0."""
    h, states = torch.zeros_like(inflow[:, 0]), []
    for a, u in zip(decay.unbind(dim=1), inflow.unbind(dim=1), strict=True):
        h = a * h + u
        states.append(h)
    return torch.stack(states, dim=1)


def scan(decay: Tensor, inflow: Tensor) -> Tensor:
    """The same in chunks of sqrt(L) positions: first inside all chunks at once, then from chunk to chunk."""
    length = decay.shape[1]
    chunk = ceil(sqrt(length))
    rest = (0, 0, 0, 0, 0, -length % chunk)                                     # to a whole number of chunks
    a, u = F.pad(decay, rest, value=1).unflatten(1, (-1, chunk)), F.pad(inflow, rest).unflatten(1, (-1, chunk))
    first = F.pad(a[:, :, :1], (0, 0, 0, 0, 0, chunk - 1))                      # (B, L / chunk, chunk, D, N)
    inside, product = (recur(a.flatten(0, 1), x.flatten(0, 1)).view_as(a) for x in (u, first))
    ends = recur(product[:, :, -1], inside[:, :, -1])                           # (B, L / chunk, D, N)
    starts = F.pad(ends[:, :-1], (0, 0, 0, 0, 1, 0))[:, :, None]
    return (inside + product * starts).flatten(1, 2)[:, :length]


class TimeInvariantSSM(nn.Module):
    """Algorithm 1 (S4 with a diagonal A): channels (B, L, D) to (B, L, D), each through N states of its own."""

    def __init__(self, channels: int, states: int = 16, rank: int = 1, hold: bool = False, scan: Scan = scan) -> None:
        super().__init__()
        self.hold, self.scan = hold, scan
        self.log_a = nn.Parameter(torch.arange(1.0, states + 1).log().repeat(channels, 1))      # A = -1 .. -N
        self.d = nn.Parameter(torch.ones(channels))
        self.step = nn.Parameter(torch.empty(channels).uniform_(0.001, 0.1).expm1().log())      # softplus^-1(uniform)
        self.prepare(channels, states, rank)

    def prepare(self, channels: int, states: int, rank: int) -> None:
        """Parameters of `select` other than the step size."""
        self.b, self.c = (nn.Parameter(torch.randn(channels, states)) for _ in range(2))

    def select(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Step sizes delta (B, L, D); B and C, which broadcast to (B, L, D, N)."""
        return F.softplus(self.step).expand(x.shape), self.b, self.c

    def discretize(self, delta: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """A_bar and B_bar, both (B, L, D, N)."""
        a, delta = -self.log_a.to(delta).exp(), delta[..., None]
        return (delta * a).exp(), ((delta * a).expm1() / a if self.hold else delta) * b         # eq. (4)

    def forward(self, x: Tensor) -> Tensor:
        precise = torch.promote_types(x.dtype, torch.float32)
        delta, b, c = (each.to(precise) for each in self.select(x))
        decay, write = self.discretize(delta, b)
        h = self.scan(decay, write * x[..., None])                                              # eq. (2a)
        return ((h * c).sum(dim=-1) + self.d * x).to(x)                                         # eq. (2b)


class SelectiveSSM(TimeInvariantSSM):
    """Algorithm 2 (S6): delta, B and C are functions of the token."""

    def prepare(self, channels: int, states: int, rank: int) -> None:
        self.s_b, self.s_c = (nn.Linear(channels, states, bias=False) for _ in range(2))
        self.s_delta = nn.Sequential(nn.Linear(channels, rank, bias=False), nn.Linear(rank, channels, bias=False))

    def select(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return F.softplus(self.step + self.s_delta(x)), self.s_b(x)[..., None, :], self.s_c(x)[..., None, :]


class Mamba(nn.Module):
    """The block of section 3.4, (B, L, M) to the same, to be used behind a norm and beside a residual connection."""

    def __init__(self, width: int, states: int = 16, taps: int = 4,
                 ssm: Callable[..., TimeInvariantSSM] = SelectiveSSM) -> None:
        super().__init__()
        channels = 2 * width                                                    # the paper's expansion factor, 2
        self.w_in, self.w_out = nn.Linear(width, 2 * channels, bias=False), nn.Linear(channels, width, bias=False)
        self.convolution = nn.Conv1d(channels, channels, taps, groups=channels)
        self.ssm = ssm(channels, states, rank=ceil(width / 16))

    def forward(self, x: Tensor) -> Tensor:
        x, z = self.w_in(x).chunk(2, dim=-1)                                    # (B, L, D) each
        return self.w_out(self.ssm(F.silu(self.mix(x))) * F.silu(z))

    def mix(self, x: Tensor) -> Tensor:
        """Each channel convolved over this token and the K - 1 before it."""
        return self.convolution(F.pad(x.mT, (self.convolution.kernel_size[0] - 1, 0))).mT


# -- how we know that it is right: every check takes the block, so that the mutants can be shown to fail --------------
Make = Callable[..., Mamba]


def oracle(make: Make = Mamba) -> tuple[Mamba, Callable[[Tensor], Tensor], Tensor]:
    """Ours with random parameters; the equations with the same, token by token; a text of seven tokens."""
    ours = make(3, states=4).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.5)

    def silu(x: Tensor) -> Tensor:
        return x / (1 + torch.exp(-x))

    def theirs(x: Tensor) -> Tensor:
        weights = dict(ours.named_parameters())
        taps, (rank, grow) = weights["convolution.weight"][:, 0], (weights[f"ssm.s_delta.{i}.weight"] for i in (0, 1))
        u, gate = x @ weights["w_in.weight"][:6].T, silu(x @ weights["w_in.weight"][6:].T)      # (2, 7, 6) each
        h, y = torch.zeros(2, 6, 4, dtype=x.dtype), []
        for t in range(7):
            last = [taps[:, 3 - back] * u[:, t - back] for back in range(min(t, 3) + 1)]
            v = silu(sum(last, weights["convolution.bias"]))                                    # (2, 6)
            delta = (1 + torch.exp(weights["ssm.step"] + v @ rank.T @ grow.T)).log()            # (2, 6)
            b, c = v @ weights["ssm.s_b.weight"].T, v @ weights["ssm.s_c.weight"].T             # (2, 4) each
            decay = torch.exp(torch.einsum("bd,dn->bdn", delta, -torch.exp(weights["ssm.log_a"])))
            h = decay * h + torch.einsum("bd,bn,bd->bdn", delta, b, v)
            y.append((torch.einsum("bdn,bn->bd", h, c) + weights["ssm.d"] * v) * gate[:, t])
        return torch.stack(y, dim=1) @ weights["w_out.weight"].T

    return ours, theirs, 0.5 + 2 * torch.randn(2, 7, 3, dtype=torch.float64)


def check_future_is_invisible(make: Make = Mamba) -> None:
    block, x = make(3, states=4), torch.randn(2, 9, 3)
    changed = torch.cat([x[:, :5], 3 * x[:, 5:] + 1], dim=1)
    torch.testing.assert_close(block(changed)[:, :5], block(x)[:, :5])


def check_scan_is_the_recurrence(make: Make = Mamba) -> None:
    """With gradients, in float32, and for decays down to e^-200, which is 0 there."""
    for length in (1, 2, 5, 64, 300):
        given = (-200 * torch.rand(2, length, 3, 4) ** 4).exp(), 1 + torch.randn(2, length, 3, 4)
        results = []
        for states, dtype in ((make(3).ssm.scan, torch.float32), (recur, torch.float64)):
            leaves = [x.to(dtype, copy=True).requires_grad_() for x in given]
            h = states(*leaves)
            results.append([x.float() for x in (h, *torch.autograd.grad(h.square().sum(), leaves))])
        torch.testing.assert_close(*results, rtol=1e-4, atol=1e-4)


def check_gate_of_theorem_1(make: Make = Mamba) -> None:
    """One state is a gated recurrent network, with gates near 0 that keep h and near 1 that overwrite it. Eq. (5)."""
    ssm = make(3, states=1).ssm.double()                                        # A = -1
    ssm.hold = True
    x, linear = 1 + torch.randn(2, 9, 6, dtype=torch.float64), 10 * torch.randn(2, 9, 6, dtype=torch.float64)
    decay, write = ssm.discretize(F.softplus(linear), torch.ones_like(x)[..., None])
    g = linear.sigmoid()
    torch.testing.assert_close(ssm.scan(decay, write * x[..., None])[..., 0], recur(1 - g, g * x))


def check_constant_parameters_convolve(make: Make = Mamba) -> None:
    """Algorithm 1 without its recurrence: the kernel of eq. (3), with A_bar and B_bar of eq. (4)."""
    ssm, x = TimeInvariantSSM(6, 4, hold=True, scan=make(3).ssm.scan).double(), torch.randn(2, 9, 6).double()
    a, delta = -ssm.log_a.exp(), F.softplus(ssm.step)[:, None]
    powers = torch.stack([(k * delta * a).exp() for k in range(9)])             # A_bar^k: (L, D, N)
    kernel = (ssm.c * powers * ((delta * a).exp() - 1) / a * ssm.b).sum(dim=-1)                     # (L, D)
    y = F.conv1d(F.pad(x.mT, (8, 0)), kernel.flip(0).T[:, None], groups=6).mT
    torch.testing.assert_close(ssm(x), y + ssm.d * x)


class _SeesTheNext(Mamba):
    def mix(self, x: Tensor) -> Tensor:
        return super().mix(x.roll(-1, dims=1))


class _ReadsAllAlike(SelectiveSSM):
    def select(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        delta, b, c = super().select(x)
        return delta, b, c[:, :1]                                               # as chosen by the first token


class _EulerForDecay(SelectiveSSM):
    def discretize(self, delta: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        return 1 - delta[..., None] * self.log_a.exp(), super().discretize(delta, b)[1]


class _HoldForgotten(SelectiveSSM):
    def discretize(self, delta: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        return super().discretize(delta, b)[0], delta[..., None] * b


def _divide(decay: Tensor, inflow: Tensor) -> Tensor:
    product = decay.cumprod(dim=1)
    return product * (inflow / product).cumsum(dim=1)


MUTANTS: dict[str, Make] = {
    "sees_the_next": _SeesTheNext, "reads_all_alike": partial(Mamba, ssm=_ReadsAllAlike),
    "divides_by_decays": partial(Mamba, ssm=partial(SelectiveSSM, scan=_divide)),
    "euler_for_decay": partial(Mamba, ssm=_EulerForDecay), "hold_forgotten": partial(Mamba, ssm=_HoldForgotten)}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Name in order two tokens of 8 kinds, hidden among 14 blanks: yield (step, accuracy on 500 new texts)."""
    torch.manual_seed(seed)
    # 9,032 parameters, and 9,160 for the time-invariant layer, which has two states more
    ssm, states = {"selective": (SelectiveSSM, 8), "time-invariant": (TimeInvariantSSM, 10)}[arm]
    block, norm = Mamba(32, states, ssm=partial(ssm, scan=recur)), nn.LayerNorm(32)     # faster for so short a text
    embedding, read = nn.Embedding(10, 32), nn.Linear(32, 8)
    net = nn.ModuleList([block, norm, embedding, read]).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr)

    def copy(count: int) -> tuple[Tensor, Tensor]:
        """Logits (count * 2, 8) and answers for texts of 16 tokens, a blank being an 8, and two questions, 9."""
        places = torch.rand(count, 16, device=device).argsort(dim=1)[:, :2].sort(dim=1).values
        answer = torch.randint(8, (count, 2), device=device)
        tokens = F.pad(torch.full((count, 16), 8, device=device).scatter(1, places, answer), (0, 2), value=9)
        x = embedding(tokens)
        return read(x + block(norm(x)))[:, 16:].flatten(0, 1), answer.flatten()

    for step in range(1, 151):
        optimizer.zero_grad()
        F.cross_entropy(*copy(32)).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0:
            with torch.no_grad():
                logits, answer = copy(500)
                yield step, (logits.argmax(dim=-1) == answer).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Matrix products and the convolution, not the scan; weights and x read and y written once."""
    b, length, m, n, k = (case.sizes[s] for s in "BLMNK")
    weights = 3 * m * 2 * m + 2 * m * (k + 2 * n + 2 * ceil(m / 16))
    return Work(flop=2 * b * length * weights, min_bytes=itemsize * (weights + 2 * b * length * m))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """The same block, with the recurrence position by position as baseline."""
    b, length, m, n, k = (case.sizes[s] for s in "BLMNK")
    variants = {"position by position": Mamba(m, n, k, ssm=partial(SelectiveSSM, scan=recur)),
                "reference": Mamba(m, n, k)}
    return ({name: block.to(device, dtype) for name, block in variants.items()},
            (torch.randn(b, length, m, device=device, dtype=dtype),))
