"""Switch layer: one expert for each token, with a fixed number of slots, so that the work is known beforehand.

    p(x) = softmax(x W_r)                                                     Fedus, Zoph & Shazeer 2021, eq. (1)
    y = p_i(x) E_i(x) for the largest p_i(x)                                  eq. (2) with one expert
    slots of each expert = T / N * capacity factor                            eq. (3), rounded up here
    balance loss = N sum_i f_i P_i                                            eq. (4) without its weight alpha
    f_i = share of the tokens whose largest probability is p_i,  P_i = mean of p_i          eq. (5), (6)

Slots are taken in the order of the tokens. A token that finds none is dropped: y = 0, and only a residual connection
carries it on. By way of the factor p_i the task teaches the router. f has no gradient, and counts dropped tokens. An
even load costs 1, all tokens surely on one expert N. Routing is computed in float32 or better, the rest like the input.

Shapes: T tokens, D width, N experts, H hidden units of an expert, C slots of an expert.
"""
from collections.abc import Callable, Iterator
from math import ceil

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="switch",
    papers=["arxiv:2101.03961"],
    role="layer",
    symbols=["Switch"],
    patterns=["conditional-computation", "sparsity", "multi-x", "gating"],
    oracle="closed form: token by token, with a count of the slots that each expert has left",
    properties=["first_come_first_served", "even_load_costs_one", "router_stays_in_float32"],
    mutants=["gate_of_one", "last_come_first_served", "loss_without_shares", "router_in_token_precision"],
    claim=Claim(
        text="At equal multiply-adds per token, 32 experts trained with the balance loss fit better than without it, "
             "and better than one dense network",
        metric="relative_error", better="lower", grade="A", budget_s=2,
        grid={"lr": [0.001, 0.003, 0.01, 0.03, 0.1]},
        arms={"dense": Arm(expect=">0.15", settings={"lr": 0.03}),
              "unbalanced": Arm(expect=">0.15", settings={"lr": 0.003}),
              "switch": Arm(expect="<0.15", settings={"lr": 0.01})},
    ),
    bench=[Case("e8", {"T": 1024, "D": 256, "N": 8, "H": 512})],
    equations=["1", "2", "3", "4", "5", "6"],
    deviations=["no noise on the router in training and no dropout in the experts",
                "the demonstration weighs the balance loss by 0.1, the largest value the paper tried; it kept 0.01"],
)


class Switch(nn.Module):
    """Route tokens (T, D) to one expert each, D -> H -> ReLU -> D, with the capacity factor of eq. (3)."""

    def __init__(self, width: int, hidden: int, experts: int, factor: float = 1.25, scale: float = 0.1) -> None:
        super().__init__()
        self.experts, self.factor = experts, factor
        self.w_router = nn.Parameter(torch.empty(width, experts))
        self.w_in = nn.Parameter(torch.empty(experts, width, hidden))
        self.w_out = nn.Parameter(torch.empty(experts, hidden, width))
        for weight in self.parameters():
            std = (scale / weight.shape[-2]) ** 0.5                             # variance scale / inputs; section 2.4
            nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What to add to the residual connection (T, D), zero for dropped tokens, and the balance loss."""
        probability = self.route(x)                                             # (T, N)
        gate, expert = probability.max(dim=1)                                   # (T,), (T,)
        slot, capacity = self.slot(expert), ceil(len(x) / self.experts * self.factor)   # (T,); C, eq. (3)
        kept = (slot < capacity).nonzero()[:, 0]                                # tokens that are not dropped
        place = expert[kept], slot[kept]
        batches = x.new_zeros(self.experts, capacity, x.shape[1]).index_put(place, x[kept])    # empty slots are zero
        outputs = F.relu(batches @ self.w_in) @ self.w_out                      # (N, C, D), however uneven the routing
        y = torch.zeros_like(x).index_put((kept,), gate[kept, None].to(x.dtype) * outputs[place])   # eq. (2)
        return y, self.balance_loss(probability, expert)

    def route(self, x: Tensor) -> Tensor:
        """Probability of every expert for every token, (T, N). Eq. (1), in float32 for tokens in half precision."""
        precise = torch.promote_types(x.dtype, torch.float32)
        return (x.to(precise) @ self.w_router.to(precise)).softmax(dim=1)

    def slot(self, expert: Tensor) -> Tensor:
        """For each token, how many before it chose the same expert: (T,)."""
        return F.one_hot(expert, self.experts).cumsum(dim=0).gather(1, expert[:, None])[:, 0] - 1

    def balance_loss(self, probability: Tensor, expert: Tensor) -> Tensor:
        """Eq. (4) without alpha, to be weighted by the caller (the paper: 0.01)."""
        f = F.one_hot(expert, self.experts).to(probability.dtype).mean(dim=0)   # eq. (5): (N,)
        return self.experts * (f * probability.mean(dim=0)).sum()               # eq. (4), (6)


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------

Make = Callable[..., Switch]


def oracle(make: Make = Switch) -> tuple[nn.Module, Callable[[Tensor], tuple[Tensor, Tensor]], Tensor]:
    """Ours, and the equations literally, one token after the other: no batches, no cumulative sums."""
    ours = make(5, 7, 6).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter)

    def theirs(x: Tensor) -> tuple[Tensor, Tensor]:
        room, chosen, probability, rows = [5] * 6, [0] * 6, [], []              # 23 tokens * 1.25 / 6 experts: 4.8
        for token in x:
            odds = [(token @ ours.w_router[:, i]).exp() for i in range(6)]
            p = [each / sum(odds) for each in odds]
            i = p.index(max(p))
            rows.append(p[i] * ((token @ ours.w_in[i]).clamp(min=0) @ ours.w_out[i]) if room[i] else 0 * token)
            room[i], chosen[i] = max(room[i] - 1, 0), chosen[i] + 1
            probability.append(p)
        shares = [chosen[i] / len(x) * sum(p[i] for p in probability) / len(x) for i in range(6)]
        return torch.stack(rows), 6 * torch.stack(shares).sum()

    return ours, theirs, 0.5 + torch.randn(23, 5, dtype=torch.float64)


def check_first_come_first_served(make: Make = Switch) -> None:
    """Twelve equal tokens choose the same one of four experts: its ceil(12 * 1.25 / 4) = 4 slots go to the first."""
    y, _ = make(3, 50, 4)(torch.randn(3).expand(12, 3))
    assert y.any(dim=1).tolist() == [True] * 4 + [False] * 8


def check_even_load_costs_one(make: Make = Switch) -> None:
    """Whatever the number of experts; all tokens on one expert, and surely so, cost N."""
    for n in (2, 8):
        loss, in_turn, same = make(3, 5, n).balance_loss, torch.arange(3 * n) % n, torch.zeros(3 * n).long()
        costs = torch.stack([loss(torch.full((3 * n, n), 1 / n), in_turn), loss(F.one_hot(same, n).float(), same)])
        torch.testing.assert_close(costs, torch.tensor([1.0, n]))


def check_router_stays_in_float32(make: Make = Switch) -> None:
    """A layer in bfloat16 routes exactly as one in float32 with the same weights and tokens."""
    layer, x = make(16, 5, 8, scale=10.0), torch.randn(50, 16).bfloat16()
    in_half, in_float = layer.bfloat16().route(x), layer.float().route(x.float())
    torch.testing.assert_close(in_half, in_float, rtol=1e-6, atol=1e-6)


class _GateOfOne(Switch):
    def route(self, x: Tensor) -> Tensor:
        return super().route(x) / super().route(x).amax(dim=1, keepdim=True)    # a softmax over the chosen alone


class _LastComeFirstServed(Switch):
    def slot(self, expert: Tensor) -> Tensor:
        return super().slot(expert.flip(0)).flip(0)


class _LossWithoutShares(Switch):
    def balance_loss(self, probability: Tensor, expert: Tensor) -> Tensor:
        return self.experts * probability.mean(dim=0).square().sum()


class _RouterInTokenPrecision(Switch):
    def route(self, x: Tensor) -> Tensor:
        return (x @ self.w_router).softmax(dim=1)


MUTANTS = {"gate_of_one": _GateOfOne, "last_come_first_served": _LastComeFirstServed,
           "loss_without_shares": _LossWithoutShares, "router_in_token_precision": _RouterInTokenPrecision}


# -- what the paper claims, small ------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """256 clusters, each with its own linear map: yield (step, error on new data over the variance of the targets)."""
    torch.manual_seed(seed)
    centers, maps = 2 * torch.randn(256, 16, device=device), torch.randn(256, 16, 16, device=device) / 4
    # 56 hidden units cost as much as the router and 1.25 slots of 32 hidden units per token: 2 * 16 * 56 multiply-adds
    dense = nn.Sequential(nn.Linear(16, 56, bias=False), nn.ReLU(), nn.Linear(56, 16, bias=False))
    net = (dense if arm == "dense" else Switch(width=16, hidden=32, experts=32)).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr)
    for step in range(401):
        cluster = torch.randint(256, (512 if step % 100 else 2000,), device=device)
        x = centers[cluster] + 0.3 * torch.randn(len(cluster), 16, device=device)
        y = torch.einsum("ni,nij->nj", x, maps[cluster])
        out, balance = net(x) if isinstance(net, Switch) else (net(x), torch.zeros((), device=device))
        error = F.mse_loss(out, y) / y.var()
        if step % 100 == 0:                                                     # a large fresh batch, not trained on
            yield step, error.item()
            continue
        optimizer.zero_grad()
        (error + 0.1 * balance if arm == "switch" else error).backward()
        optimizer.step()
    if isinstance(net, Switch):
        yield Picture("tokens for each of 32 experts", net.route(x).argmax(dim=1).bincount(minlength=32)[None].cpu())


# -- what it costs ---------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Matrix products of the router and of all slots, empty ones too; weights and x read and y written once."""
    t, d, n, h = (case.sizes[s] for s in "TDNH")
    return Work(2 * t * d * n + 4 * n * ceil(1.25 * t / n) * d * h, itemsize * (d * n + 2 * n * d * h + 2 * t * d))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """A dense network of the size of one expert does the same work but for the router and empty slots."""
    t, d, n, h = (case.sizes[s] for s in "TDNH")
    dense = nn.Sequential(nn.Linear(d, h, bias=False), nn.ReLU(), nn.Linear(h, d, bias=False))
    return ({"torch.nn, one expert for all": dense.to(device, dtype), "reference": Switch(d, h, n).to(device, dtype)},
            (torch.randn(t, d, device=device, dtype=dtype),))
