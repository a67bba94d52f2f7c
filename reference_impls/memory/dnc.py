"""Differentiable neural computer: a memory that tracks which rows are free and in which order they were written.

    u <- (u + w_w - u w_w) prod_r (1 - f_r w_r)                             usage: Graves et al. 2016, Methods
    a[phi_j] = (1 - u[phi_j]) prod_(i<j) u[phi_i]                           allocation; phi: rows, the least used first
    w_w = g_w (g_a a + (1 - g_a) c_w)                                       write to a free row, or by content
    M <- M (1 - w_w e^T) + w_w v^T
    L[i, j] <- (1 - w_w[i] - w_w[j]) L[i, j] + w_w[i] p[j],  L[i, i] = 0    row i was written right after row j
    p <- (1 - sum_i w_w[i]) p + w_w                                     precedence: which row was written last
    w_r = pi_1 L^T w_r(t-1) + pi_2 c_r + pi_3 L w_r(t-1)                backward, by content or forward
    r   = M^T w_r

u uses the weights of the previous step. c is the content weighting of the NTM. The gates g and f, the erase vector e,
the write vector v and the modes pi come from the controller, an LSTM that sees x(t) and the last reads. A row that was
read with f = 1 is free again.
Longer than most: eight coupled updates, and an oracle that writes out each of them row by row.

Shapes: B sequences, T steps, I inputs, O outputs, H cells, N rows of width W, R reading heads; one head writes.
"""
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture
from reference_impls.memory.ntm import BITS, PlainLSTM, by_content, learn_recall

CARD = Card(
    id="dnc", papers=["key:dnc"], role="model",
    symbols=["DNC", "allocate", "link"], patterns=["memory-augmented", "attention", "gating"],
    oracle="closed form: one sequence at a time, its memory and its links row by row",
    properties=["usage_and_links_stay_in_bounds", "writes_are_found_in_order", "freed_row_is_allocated"],
    mutants=["allocates_the_most_used", "links_backward", "links_to_the_new_precedence", "usage_adds_up"],
    claim=Claim(
        text="Recalling what came after each of 6 different items: after 800 updates the DNC loses about one bit or "
             "less of 20; an LSTM with as many parameters still loses two thirds of them",
        metric="bits_lost", better="lower", grade="A", budget_s=12,
        grid={"lr": [0.003, 0.01, 0.03, 0.1]},
        arms={"lstm": Arm(expect=">6.63", settings={"lr": 0.03}), "dnc": Arm(expect="<6.63", settings={"lr": 0.01})},
    ),
    bench=[Case("copy", {"B": 32, "T": 18, "I": 8, "O": 6, "H": 32, "N": 16, "W": 8, "R": 1})],
    deviations=["the controller is one layer of torch's LSTM; the claim uses one read head",
                "a small version of the NTM paper's associative recall: items of 4 bits, all queried in one sequence"],
)


class State(NamedTuple):
    """The state carried from step to step.

    Memory (B, N, W), usage and precedence (B, N), links (B, N, N), write weights (B, N), read weights (B, R, N),
    read vectors (B, R, W), and the controller's h and c (B, H).
    """

    memory: Tensor
    usage: Tensor
    precedence: Tensor
    links: Tensor
    writing: Tensor
    reading: Tensor
    read: Tensor
    h: Tensor
    c: Tensor


def allocate(usage: Tensor) -> Tensor:
    """Allocation weights (B, N): the least used row gets its free share, the next one its share of the rest."""
    used, order = usage.sort(dim=-1, stable=True)                                # the free list, phi
    before = F.pad(used, (1, 0), value=1.0)[..., :-1].cumprod(dim=-1)
    return torch.zeros_like(usage).scatter(-1, order, (1 - used) * before)


def link(links: Tensor, precedence: Tensor, writing: Tensor) -> Tensor:
    """The links (B, N, N) after a write (B, N); `precedence` is the one before this write."""
    to, since = writing[..., :, None], writing[..., None, :]
    links = (1 - to - since) * links + to * precedence[..., None, :]
    return links * (1 - links.new_ones(links.shape[-1]).diag())                  # no row comes after itself


class DNC(nn.Module):
    """Sequences (B, T, I) to outputs (B, T, O) and the weights of the heads, write head last, (B, T, R + 1, N)."""

    def __init__(self, inputs: int, outputs: int, hidden: int = 32, rows: int = 16, width: int = 8,
                 reads: int = 1) -> None:
        super().__init__()
        self.rows, self.width, self.reads = rows, width, reads
        self.controller = nn.LSTMCell(inputs + reads * width, hidden)
        self.to_read = nn.Linear(hidden, reads * (width + 5))                    # k, beta, f, pi of each head
        self.to_write = nn.Linear(hidden, 3 * width + 3)                         # k, e, v, beta, g_a, g_w
        self.out = nn.Linear(hidden + reads * width, outputs)

    def start(self, x: Tensor) -> State:
        b, n, w, r, h = len(x), self.rows, self.width, self.reads, self.controller.hidden_size
        shapes = (n, w), (n,), (n,), (n, n), (n,), (r, n), (r, w), (h,), (h,)
        return State(*(x.new_zeros(b, *shape) for shape in shapes))

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, Tensor]:
        now, outputs, weights = State(*state) if state else self.start(x), [], []
        for each in x.unbind(dim=1):
            output, now = self.step(each, now)
            outputs.append(output)
            weights.append(torch.cat([now.reading, now.writing[:, None]], dim=1))
        return torch.stack(outputs, dim=1), torch.stack(weights, dim=1)

    def step(self, x: Tensor, last: State) -> tuple[Tensor, State]:
        """One input (B, I) to one output (B, O) and the next state: free, write, link, read."""
        h, c = self.controller(torch.cat([x, last.read.flatten(1)], dim=-1), (last.h, last.c))
        wishes = self.to_read(h).unflatten(-1, (self.reads, -1))
        key, strength, free, modes = wishes.split([self.width, 1, 1, 3], dim=-1)
        usage = self.use(last.usage, last.writing, last.reading, free.sigmoid())
        writing, erase, vector = self.aim(last.memory, usage, self.to_write(h))
        memory = last.memory * (1 - writing[..., None] * erase) + writing[..., None] * vector
        links = self.link(last.links, last.precedence, writing)
        precedence = (1 - writing.sum(dim=-1, keepdim=True)) * last.precedence + writing
        ways = torch.stack([last.reading @ links, by_content(memory, key, 1 + F.softplus(strength)),
                            last.reading @ links.mT], dim=-2)                    # back, content, forward: (B, R, 3, N)
        reading = (modes.softmax(dim=-1)[..., None, :] @ ways).squeeze(-2)
        read = reading @ memory
        return (self.out(torch.cat([h, read.flatten(1)], dim=-1)),
                State(memory, usage, precedence, links, writing, reading, read, h, c))

    def use(self, usage: Tensor, writing: Tensor, reading: Tensor, free: Tensor) -> Tensor:
        retained = (1 - free * reading).prod(dim=1)                              # psi
        return (usage + writing - usage * writing) * retained

    def aim(self, memory: Tensor, usage: Tensor, wishes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Write weights (B, N), and the erase and write vectors, each (B, 1, W)."""
        key, erase, vector, strength, gates = wishes[:, None].split([self.width] * 3 + [1, 2], dim=-1)
        content = by_content(memory, key, 1 + F.softplus(strength))[:, 0]
        allocation, write = gates[:, 0].sigmoid().split(1, dim=-1)
        return (write * (allocation * self.allocate(usage) + (1 - allocation) * content), erase.sigmoid(), vector)

    def allocate(self, usage: Tensor) -> Tensor:
        return allocate(usage)

    def link(self, links: Tensor, precedence: Tensor, writing: Tensor) -> Tensor:
        return link(links, precedence, writing)


# -- how we know that it is right ------------------------------------------------------------------------------------
Make = Callable[..., DNC]


def oracle(make: Make = DNC) -> tuple[DNC, Callable[..., tuple[Tensor, Tensor]], tuple[Tensor, ...]]:
    """Our model, the same row by row with our weights (only the controller and linear maps shared), a random state."""
    ours, n = make(3, 2, hidden=5, rows=4, width=3, reads=2).double(), range(4)
    for parameter in ours.parameters():
        nn.init.normal_(parameter)

    def gate(z: Tensor) -> Tensor:
        return 1 / (1 + torch.exp(-z))

    def content(m: list[Tensor], k: Tensor, z: Tensor) -> list[Tensor]:
        cosines = [(k * row).sum() / ((k * k).sum().sqrt() * (row * row).sum().sqrt() + 1e-6) for row in m]
        odds = [torch.exp((1 + torch.log(1 + torch.exp(z))) * cosine) for cosine in cosines]
        return [odd / sum(odds) for odd in odds]

    def alone(x: Tensor, memory: Tensor, usage: Tensor, precedence: Tensor, links: Tensor, writing: Tensor,
              reading: Tensor, read: Tensor, h: Tensor, c: Tensor) -> list[Tensor]:
        m, u, p, ww, reads = (list(rows) for rows in (memory, usage, precedence, writing, read))
        old, heads, written = [list(row) for row in links], [list(row) for row in reading], []
        for each in x:
            h, c = ours.controller(torch.cat([each, *reads]), (h, c))
            asks, z = ours.to_read(h).view(2, 8), ours.to_write(h)
            for i in n:
                u[i] = u[i] + ww[i] - u[i] * ww[i]
                for head, ask in zip(heads, asks, strict=True):
                    u[i] = u[i] * (1 - gate(ask[4]) * head[i])
            full, a = torch.ones_like(u[0]), [torch.zeros_like(u[0])] * 4
            for i in sorted(n, key=lambda i: u[i].item()):
                a[i], full = (1 - u[i]) * full, full * u[i]
            found = content(m, z[:3], z[9])
            ww = [gate(z[11]) * (gate(z[10]) * a[i] + (1 - gate(z[10])) * found[i]) for i in n]
            m = [row * (1 - w * gate(z[3:6])) + w * z[6:9] for w, row in zip(ww, m, strict=True)]
            old = [[(1 - ww[i] - ww[j]) * old[i][j] + ww[i] * p[j] if i != j else 0 * p[j] for j in n] for i in n]
            p = [(1 - sum(ww)) * p[i] + ww[i] for i in n]
            for r, ask in enumerate(asks):
                pi, found, w = torch.exp(ask[5:]) / torch.exp(ask[5:]).sum(), content(m, ask[:3], ask[3]), heads[r]
                heads[r] = [pi[0] * sum(old[j][i] * w[j] for j in n) + pi[1] * found[i]
                            + pi[2] * sum(old[i][j] * w[j] for j in n) for i in n]
                reads[r] = sum(w * row for w, row in zip(heads[r], m, strict=True))
            written.append((ours.out(torch.cat([h, *reads])), torch.stack([torch.stack(w) for w in (*heads, ww)])))
        return [torch.stack(part) for part in zip(*written, strict=True)]

    def theirs(*inputs: Tensor) -> tuple[Tensor, Tensor]:
        outputs, weights = zip(*(alone(*each) for each in zip(*inputs, strict=True)), strict=True)
        return torch.stack(outputs), torch.stack(weights)

    shapes = (4, 3), (4, 3), (2, 3), (5,), (5,)
    x, memory, read, h, c = (torch.randn(2, *shape, dtype=torch.float64) for shape in shapes)
    usage, precedence, writing = torch.rand(3, 2, 4, dtype=torch.float64) / 4
    links, reading = torch.rand(2, 4, 4, dtype=torch.float64) / 4, torch.rand(2, 2, 4, dtype=torch.float64) / 4
    return ours, theirs, (x, memory, usage, precedence, links, writing, reading, read, h, c)


def check_usage_and_links_stay_in_bounds(make: Make = DNC) -> None:
    """Usage lies in [0, 1]; links are nonnegative with a zero diagonal, and their rows and columns sum to at most 1."""
    net, x = make(3, 2).double(), 3 * torch.randn(40, 5, 3, dtype=torch.float64)
    for parameter in net.parameters():
        nn.init.normal_(parameter)
    state = net.start(x[0])
    for each in x:
        state = net.step(each, state)[1]
        within = torch.stack([state.usage, state.links.sum(dim=-1), state.links.sum(dim=-2), state.reading[:, 0]])
        assert ((within >= -1e-12) & (within <= 1 + 1e-12)).all(), "usage or a sum of links is outside [0, 1]"
        assert (state.links >= -1e-12).all(), "a link is negative"
        assert (state.links.diagonal(dim1=-2, dim2=-1) == 0).all(), "a row is linked to itself"


def check_writes_are_found_in_order(make: Make = DNC) -> None:
    """Write rows one after the other, in any order: the links lead through them in that order, and back again."""
    net, order = make(3, 2), torch.randperm(6)
    links, precedence = torch.zeros(6, 6), torch.zeros(6)
    rows = F.one_hot(order, 6).float()
    for row in rows:
        links, precedence = net.link(links, precedence, row), row
    torch.testing.assert_close(rows[:-1] @ links.mT, rows[1:])                   # forward
    torch.testing.assert_close(rows[1:] @ links, rows[:-1])                      # backward


def check_freed_row_is_allocated(make: Make = DNC) -> None:
    """All rows are in use except one that was just read and freed: the next write goes there."""
    net, read = make(3, 2).double(), F.one_hot(torch.tensor([[5]]), 16).double()
    full, nothing = torch.ones(1, 16, dtype=torch.float64), torch.zeros(1, 16, dtype=torch.float64)
    usage = net.use(full, nothing, read, torch.ones(1, 1, 1, dtype=torch.float64))
    torch.testing.assert_close(net.allocate(usage), read[:, 0])


class _AllocatesTheMostUsed(DNC):
    def allocate(self, usage: Tensor) -> Tensor:
        return allocate(1 - usage)


class _LinksBackward(DNC):
    def link(self, links: Tensor, precedence: Tensor, writing: Tensor) -> Tensor:
        return link(links.mT, precedence, writing).mT


class _LinksToTheNewPrecedence(DNC):
    def link(self, links: Tensor, precedence: Tensor, writing: Tensor) -> Tensor:
        return link(links, (1 - writing.sum(dim=-1, keepdim=True)) * precedence + writing, writing)


class _UsageAddsUp(DNC):
    def use(self, usage: Tensor, writing: Tensor, reading: Tensor, free: Tensor) -> Tensor:
        return (usage + writing) * (1 - free * reading).prod(dim=1)


MUTANTS = {"allocates_the_most_used": _AllocatesTheMostUsed, "links_backward": _LinksBackward,
           "links_to_the_new_precedence": _LinksToTheNewPrecedence, "usage_adds_up": _UsageAddsUp}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """The recall task of `ntm`: yield (step, bits lost of nearly 20), then the heads' weights on a list of 12 items."""
    torch.manual_seed(seed)
    net = DNC(BITS + 2, BITS, hidden=32, rows=20) if arm == "dnc" else PlainLSTM()              # 7,628 and 7,844
    yield from learn_recall(net.to(device), lr, device)


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Matrix products, memory and links included; reads x and the weights, writes outputs and head weights."""
    b, t, i, o, h, n, w, r = (case.sizes[k] for k in "BTIOHNWR")
    weights = 4 * h * (i + r * w + h) + h * (r * (w + 5) + 3 * w + 3) + o * (h + r * w)
    return Work(flop=2 * b * t * (weights + n * w * (1 + 2 * r) + 2 * r * n * n + 3 * r * n),
                min_bytes=itemsize * (b * t * (i + o + (r + 1) * n) + weights))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., object]],
                                                                       tuple[Tensor, ...]]:
    """Not equal functions: torch's LSTM, the same controller without memory, shows what the memory costs."""
    b, t, i, o, h, n, w, r = (case.sizes[k] for k in "BTIOHNWR")
    alone, reference = nn.LSTM(i + r * w, h, batch_first=True), DNC(i, o, h, n, w, r).to(device, dtype)
    alone.to(device, dtype)
    return ({"torch.nn.LSTM, no memory": lambda x: alone(F.pad(x, (0, r * w)))[0], "reference": reference},
            (torch.randn(b, t, i, device=device, dtype=dtype),))
