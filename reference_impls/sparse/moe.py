"""Sparsely-gated mixture of experts: many small networks, of which a learned, noisy gate selects k for each token.

    y = sum_i G(x)_i E_i(x)                                                          Shazeer et al. 2017, eq. (1)
    G(x) = softmax(KeepTopK(H(x), k)),   H(x) = x W_g + z softplus(x W_noise)        eq. (3), (4), (5); z ~ N(0, 1)
    P(x)_i = Phi(((x W_g)_i - kth_excluding(H(x), k, i)) / softplus(x W_noise)_i)    eq. (9)
    balance loss = CV(sum_x G(x))² + CV(sum_x P(x))²                                 eq. (6) to (11), unweighted

The softmax runs over the k kept logits, so a token's gates sum to 1. P(x)_i is the probability that expert i is kept if
only its own noise is redrawn: a load with a gradient. CV² is the biased variance over the squared mean.

Shapes: T tokens, D width, E experts, H hidden units of an expert, K experts run for each token.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="moe",
    papers=["arxiv:1701.06538"],
    role="layer",
    symbols=["MoE"],
    patterns=["multi-x", "conditional-computation", "sparsity", "gating"],
    oracle="closed form: every expert on every token, gates and loads one logit at a time",
    properties=["k_gates_that_sum_to_one", "load_is_the_chance_to_be_kept", "balance_loss_is_zero_only_when_even"],
    mutants=["softmax_before_top_k", "threshold_counts_itself", "unbiased_variance"],
    claim=Claim(
        text="At equal multiply-adds per token, 16 experts with 2 active fit better than one dense network",
        metric="relative_error", better="lower", grade="A", budget_s=2,
        grid={"lr": [0.001, 0.003, 0.01, 0.03, 0.1]},
        arms={"dense": Arm(expect=">0.022", settings={"lr": 0.01}),
              "moe": Arm(expect="<0.022", settings={"lr": 0.03})},
    ),
    bench=[Case("e8k2", {"T": 1024, "D": 256, "E": 8, "H": 512, "K": 2})],
    equations=["1", "3", "4", "5", "6", "7", "8", "9", "10", "11"],
    deviations=["0.01 is added to softplus, so that eq. (9) never divides by 0", "no biases", "one level of gating"],
)


class MoE(nn.Module):
    """Mix tokens (T, D) through k of the experts, each D -> H -> ReLU -> D; ValueError unless 1 <= k < experts."""

    def __init__(self, width: int, hidden: int, experts: int, k: int) -> None:
        super().__init__()
        if not 1 <= k < experts:
            raise ValueError(f"k ({k}) must be at least 1 and less than experts ({experts})")
        self.k = k
        self.w_gate, self.w_noise = (nn.Parameter(torch.zeros(width, experts)) for _ in range(2))    # even at first
        self.w_in = nn.Parameter(torch.randn(experts, width, hidden) * (2 / width) ** 0.5)
        self.w_out = nn.Parameter(torch.randn(experts, hidden, width) * hidden ** -0.5)

    def forward(self, x: Tensor, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Output (T, D), importance (E,), load (E,) for tokens x (T, D) and noise z (T, E), zeros in evaluation."""
        clean, scale = x @ self.w_gate, F.softplus(x @ self.w_noise) + 0.01     # (T, E)
        noisy = clean + z * scale                                               # H(x), eq. (4)
        gates, margin = self.gates(noisy), clean - self.kth_excluding(noisy)
        return self.mix(x, gates), gates.sum(0), torch.special.ndtr(margin / scale).sum(0)   # eq. (1), (6), (9), (10)

    def gates(self, noisy: Tensor) -> Tensor:
        """Softmax over the K largest logits of (T, E), zero elsewhere. Eq. (3), (5)."""
        top, chosen = noisy.topk(self.k)
        return torch.zeros_like(noisy).scatter(1, chosen, top.softmax(1))

    def kth_excluding(self, noisy: Tensor) -> Tensor:
        """For each expert, the K-th largest logit among the others, which its own must exceed to be kept."""
        last_in, first_out = noisy.topk(self.k + 1).values[:, -2:].split(1, dim=1)
        return torch.where(noisy >= last_in, first_out, last_in)

    def mix(self, x: Tensor, gates: Tensor) -> Tensor:
        """Run each expert once, on its own tokens only, and add its weighted outputs at those tokens. Eq. (1)."""
        expert, token = gates.T.nonzero(as_tuple=True)                          # (T * K,), grouped by expert
        batches = x[token].split(expert.bincount(minlength=gates.shape[1]).tolist())
        outputs = [F.relu(batch @ w_in) @ w_out for batch, w_in, w_out in zip(batches, self.w_in, self.w_out)]
        weighted = gates[token, expert, None] * torch.cat(outputs)
        return weighted.new_zeros(x.shape).index_add(0, token, weighted)

    def balance_loss(self, importance: Tensor, load: Tensor) -> Tensor:
        """Eq. (7) + (11), to be weighted by the caller (the paper: 0.1)."""
        return importance.var(correction=0) / importance.mean() ** 2 + load.var(correction=0) / load.mean() ** 2


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------

Make = Callable[..., MoE]


def oracle(make: Make = MoE) -> tuple[nn.Module, Callable[..., tuple[Tensor, ...]], tuple[Tensor, Tensor]]:
    """Ours, and the equations literally: all experts on all tokens, one logit at a time, no topk, no scatter."""
    ours = make(5, 7, 6, k=3).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.5)

    def theirs(x: Tensor, z: Tensor) -> tuple[Tensor, ...]:
        rows = []
        for token, noise in zip(x, z, strict=True):
            clean, scale = token @ ours.w_gate, (1 + (token @ ours.w_noise).exp()).log() + 0.01
            h = list(clean + noise * scale)
            kth = torch.stack([sorted(h[:i] + h[i + 1:])[-3] for i in range(6)])
            weight = torch.stack([h[i].exp() if h[i] > kth[i] else 0 * h[i] for i in range(6)])
            gate, load = weight / weight.sum(), torch.distributions.Normal(0, 1).cdf((clean - kth) / scale)
            y = sum(gate[i] * ((token @ ours.w_in[i]).clamp(min=0) @ ours.w_out[i]) for i in range(6))
            rows.append((y, gate, load))
        ys, gates, loads = (torch.stack(column) for column in zip(*rows, strict=True))
        return ys, gates.sum(0), loads.sum(0)

    return ours, theirs, (0.5 + torch.randn(11, 5, dtype=torch.float64), torch.randn(11, 6, dtype=torch.float64))


def check_k_gates_that_sum_to_one(make: Make = MoE) -> None:
    gates = make(4, 3, 8, k=2).gates(3 * torch.randn(50, 8, dtype=torch.float64))
    assert (gates > 0).sum(1).eq(2).all(), "not exactly k experts run for each token"
    torch.testing.assert_close(gates.sum(1), torch.ones_like(gates[:, 0]))


def check_load_is_the_chance_to_be_kept(make: Make = MoE) -> None:
    """Draw one expert's noise 20,000 times with the rest fixed, and count how often it is among the k kept."""
    layer, z = make(4, 3, 5, k=2), torch.randn(1, 5).repeat(20_000, 1)
    chance = layer(torch.zeros(1, 4), z[:1])[2][0]                              # x = 0: only the noise decides
    z[:, 0] = torch.randn(20_000)
    kept = (layer.gates(z)[:, 0] > 0).float().mean()
    torch.testing.assert_close(chance, kept, rtol=0, atol=0.02)                 # 5.6 standard errors or more


def check_balance_loss_is_zero_only_when_even(make: Make = MoE) -> None:
    loss, even, one = make(4, 3, 8, k=2).balance_loss, torch.full((8,), 3.0), 5 * torch.eye(8)[0]
    costs = torch.stack([loss(even, even), loss(one, even), loss(even, one)])   # all on one of E experts: CV² = E - 1
    torch.testing.assert_close(costs, torch.tensor([0.0, 7.0, 7.0]))


class _SoftmaxBeforeTopK(MoE):
    def gates(self, noisy: Tensor) -> Tensor:
        return noisy.softmax(1) * (super().gates(noisy) > 0)


class _ThresholdCountsItself(MoE):
    def kth_excluding(self, noisy: Tensor) -> Tensor:
        return noisy.topk(self.k).values[:, -1:].expand_as(noisy)


class _UnbiasedVariance(MoE):
    def balance_loss(self, importance: Tensor, load: Tensor) -> Tensor:
        return importance.var() / importance.mean() ** 2 + load.var() / load.mean() ** 2


MUTANTS = {"softmax_before_top_k": _SoftmaxBeforeTopK, "threshold_counts_itself": _ThresholdCountsItself,
           "unbiased_variance": _UnbiasedVariance}


# -- what the paper claims, small ------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """32 clusters, each with its own linear map: yield (step, error on new data over the variance of the targets)."""
    torch.manual_seed(seed)
    centers, maps = 2 * torch.randn(32, 16, device=device), torch.randn(32, 16, 16, device=device) / 4
    # 48 hidden units cost as much as two experts of 16 and the two gate matrices: 2 * 16 * 48 multiply-adds per token
    dense = nn.Sequential(nn.Linear(16, 48, bias=False), nn.ReLU(), nn.Linear(48, 16, bias=False))
    net = (MoE(width=16, hidden=16, experts=16, k=2) if arm == "moe" else dense).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr)
    for step in range(601):
        cluster = torch.randint(32, (256 if step % 100 else 2000,), device=device)
        x = centers[cluster] + 0.3 * torch.randn(len(cluster), 16, device=device)
        y = torch.einsum("ni,nij->nj", x, maps[cluster])
        if step % 100 == 0:                                                     # a large fresh batch, not trained on
            with torch.no_grad():
                out = net(x, x.new_zeros(len(x), 16))[0] if isinstance(net, MoE) else net(x)
            yield step, ((out - y).square().mean() / y.var()).item()
            continue
        out, *loads = net(x, torch.randn(256, 16, device=device)) if isinstance(net, MoE) else (net(x),)
        loss = F.mse_loss(out, y) + (0.1 * net.balance_loss(*loads) if isinstance(net, MoE) else 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if isinstance(net, MoE):
        yield Picture("gates: cluster (row), expert (column)", net.gates(centers @ net.w_gate).detach().cpu())


# -- what it costs ---------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Matrix products of both gates and of each token's K experts; weights, x, z read and y written once."""
    t, d, e, h, k = (case.sizes[s] for s in "TDEHK")
    return Work(4 * t * d * e + 4 * t * k * d * h, itemsize * (2 * d * e + 2 * e * d * h + 2 * t * d + t * e))


class _EveryExpert(MoE):
    def mix(self, x: Tensor, gates: Tensor) -> Tensor:
        return torch.einsum("te,etd->td", gates, F.relu(x @ self.w_in) @ self.w_out)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, Tensor]]:
    """PyTorch has no mixture of experts: the baseline is the same layer running all E experts, in batched products."""
    t, d, e, h, k = (case.sizes[s] for s in "TDEHK")
    dense, ours = _EveryExpert(d, h, e, k).to(device, dtype), MoE(d, h, e, k).to(device, dtype)
    dense.load_state_dict(ours.state_dict())
    return ({"torch.matmul, every expert": dense, "reference": ours},
            (torch.randn(t, d, device=device, dtype=dtype), torch.randn(t, e, device=device, dtype=dtype)))
