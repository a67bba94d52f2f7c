"""Multi-query attention: every head asks its own question of the same keys and values, so a decoder has few to reload.

    Q_h = X P_q^h,   K = M P_k,   V = M P_v                                              Shazeer 2019, section 3
    Y   = sum_h softmax(Q_h K^T) V P_o^h
    one step: q from the new x; K, V = [previous K; x P_k], [previous V; x P_v]

Multi-head attention has a K and a V for every head. Here G groups of H/G heads share them (Ainslie et al. 2023): G = H
is multi-head, G = 1 the paper's multi-query, and the keys and values to keep while decoding are H/G times fewer.
Heads 0 to H/G - 1 form the first group, as in torch's enable_gqa. A mask is True where a query may attend.

Shapes: B sequences, T query and S key positions, D model width, H heads of width K, G groups.
"""
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.transformer import Attend, EncoderLayer, MultiHeadAttention, attention, positions
from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="multi-query", papers=["arxiv:1911.02150"], role="layer", symbols=["share", "MultiQueryAttention"],
    patterns=["attention", "multi-x", "parameter-sharing"], oracle="torch.nn:MultiheadAttention",
    properties=["as_many_groups_as_heads_is_multi_head", "one_by_one_is_the_whole_text", "cache_has_a_part_per_group"],
    mutants=["groups_in_turn", "mask_ignored", "cache_does_not_grow", "every_head_keeps_its_own"],
    claim=Claim(
        text="At equal parameters, four heads recall the last four letters whether or not they share keys and values; "
             "with as small a cache, one head or four narrow heads of their own do not (section 4.2)",
        metric="accuracy", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.003, 0.006, 0.01, 0.02, 0.03]},
        arms={"multi_head": Arm(expect=">0.806", settings={"lr": 0.02}),
              "multi_query": Arm(expect=">0.806", settings={"lr": 0.02}),
              "one_head": Arm(expect="<0.806", settings={"lr": 0.01}),
              "narrow_heads": Arm(expect="<0.806", settings={"lr": 0.01})},
    ),
    bench=[Case("step-after-1023", {"B": 8, "S": 1023, "D": 512, "H": 8, "G": 1}),
           Case("step-after-1023-all-heads", {"B": 8, "S": 1023, "D": 512, "H": 8, "G": 8})],
    deviations=["G groups; the paper has one", "biases, and scores divided by sqrt(K), as in torch"],
)


def share(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    """Attention of queries (B, H, T, K) to keys and values (B, G, S, K), which are not repeated for the heads."""
    groups, keys = key.shape[1:3]
    together = query.unflatten(1, (groups, -1)).flatten(2, 3)                      # (B, G, H/G * T, K)
    if mask is not None:
        mask = mask.expand(*query.shape[:3], keys).unflatten(1, (groups, -1)).flatten(2, 3)
    return attention(together, key, value, mask).reshape(query.shape)


class MultiQueryAttention(MultiHeadAttention):
    """H heads of width `head_width`, by default width / heads, over G groups; ValueError unless groups divide heads."""

    def __init__(self, width: int, heads: int, groups: int = 1, head_width: int = 0, attend: Attend = share) -> None:
        super().__init__(width, heads, attend)
        if heads % groups:
            raise ValueError(f"heads ({heads}) must be a multiple of groups ({groups})")
        self.counts, self.head_width = (heads, groups, groups), head_width or width // heads
        self.in_proj = nn.Linear(width, sum(self.counts) * self.head_width)       # P_q, P_k, P_v stacked
        self.out_proj = nn.Linear(heads * self.head_width, width)                 # P_o

    def project(self, x: Tensor, memory: Tensor) -> list[Tensor]:
        """Queries (B, H, T, K) from x, keys and values (B, G, S, K) from memory."""
        parts = [part.split([count * self.head_width for count in self.counts])
                 for part in (self.in_proj.weight, self.in_proj.bias)]
        return [F.linear(z, weight, bias).unflatten(-1, (-1, self.head_width)).transpose(1, 2)
                for z, weight, bias in zip((x, memory, memory), *parts, strict=True)]

    def step(self, x: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Output (B, D) for the next position x (B, D), and the cache (B, G, S, K) of keys and values one longer."""
        query, key, value = self.project(x[:, None], x[:, None])
        keys, values = torch.cat([keys, key], dim=2), torch.cat([values, value], dim=2)
        return self.out_proj(self.attend(query, keys, values).flatten(1)), keys, values


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------

Make = Callable[..., MultiQueryAttention]


def oracle(make: Make = MultiQueryAttention) -> tuple[nn.Module, Callable[..., Tensor], tuple[Tensor, ...]]:
    """Ours with two groups, torch's multi-head layer with each group's weights twice, and inputs with a random mask."""
    ours, torchs = make(12, 4, 2).double(), nn.MultiheadAttention(12, 4, batch_first=True).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.7)

    def theirs(x: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        queries, *shared = torch.arange(24).split([12, 6, 6])
        rows = torch.cat([queries, *(part.view(2, 1, 3).expand(2, 2, 3).flatten() for part in shared)])
        named = {"in_proj_weight": ours.in_proj.weight[rows], "in_proj_bias": ours.in_proj.bias[rows],
                 "out_proj.weight": ours.out_proj.weight, "out_proj.bias": ours.out_proj.bias}
        return torch.func.functional_call(torchs, named, (x, memory, memory), {"attn_mask": ~mask})[0]

    x, memory = 1 + torch.randn(3, 5, 12, dtype=torch.float64), 2 * torch.randn(3, 7, 12, dtype=torch.float64) - 1
    return ours, theirs, (x, memory, (torch.rand(5, 7) < 0.6) | (torch.arange(7) == 0))      # no query sees nothing


def check_as_many_groups_as_heads_is_multi_head(make: Make = MultiQueryAttention) -> None:
    ours, plain = make(12, 3, 3).double(), MultiHeadAttention(12, 3).double()
    plain.load_state_dict(ours.state_dict())
    x, memory = (torch.randn(2, length, 12, dtype=torch.float64) for length in (5, 7))
    torch.testing.assert_close(ours(x, memory), plain(x, memory))


def _decode(layer: MultiQueryAttention, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Outputs (B, T, D) for the positions of x (B, T, D), one after the other, and the last keys and values."""
    outputs, (_, keys, values) = [], layer.project(x[:, :0], x[:, :0])
    for position in x.unbind(dim=1):
        output, keys, values = layer.step(position, keys, values)
        outputs.append(output)
    return torch.stack(outputs, dim=1), keys, values


def check_one_by_one_is_the_whole_text(make: Make = MultiQueryAttention) -> None:
    for groups, head_width in ((1, 5), (2, 3), (4, 3)):
        layer, x = make(12, 4, groups, head_width).double(), torch.randn(3, 6, 12, dtype=torch.float64)
        whole = layer(x, x, torch.ones(6, 6, dtype=torch.bool).tril())
        torch.testing.assert_close(_decode(layer, x)[0], whole)


def check_cache_has_a_part_per_group(make: Make = MultiQueryAttention) -> None:
    x = torch.randn(3, 6, 12)
    kept = {groups: sum(part.nbytes for part in _decode(make(12, 4, groups), x)[1:]) for groups in (1, 2, 4)}
    assert kept == {groups: 4 * 2 * 3 * groups * 6 * 3 for groups in (1, 2, 4)}, f"bytes by groups: {kept}"


def _groups_in_turn(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    times = 1, query.shape[1] // key.shape[1], 1, 1
    return attention(query, key.repeat(times), value.repeat(times), mask)


class _CacheDoesNotGrow(MultiQueryAttention):
    def step(self, x: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return super().step(x, keys, values)[0], keys, values


class _EveryHeadKeepsItsOwn(MultiQueryAttention):
    def project(self, x: Tensor, memory: Tensor) -> list[Tensor]:
        query, *shared = super().project(x, memory)
        return [query, *(part.repeat_interleave(query.shape[1] // part.shape[1], dim=1) for part in shared)]


MUTANTS = {
    "groups_in_turn": partial(MultiQueryAttention, attend=_groups_in_turn),
    "mask_ignored": partial(MultiQueryAttention, attend=lambda query, key, value, mask=None: share(query, key, value)),
    "cache_does_not_grow": _CacheDoesNotGrow,
    "every_head_keeps_its_own": _EveryHeadKeepsItsOwn,
}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """One causal layer recalls the last four letters at every position: yield (step, accuracy on a fresh batch)."""
    heads, groups, head_width, hidden = {           # hidden units make up for parameters, as in section 4.1
        "multi_head": (4, 4, 16, 64), "multi_query": (4, 1, 16, 112),
        "one_head": (1, 1, 16, 160), "narrow_heads": (4, 4, 4, 160)}[arm]
    torch.manual_seed(seed)
    past = torch.ones(16, 16, dtype=torch.bool, device=device).tril()
    layer, embedding, read = EncoderLayer(64, heads, hidden), nn.Embedding(16, 64), nn.Linear(64, 4 * 16)
    layer.self_attn = MultiQueryAttention(64, heads, groups, head_width, lambda q, k, v, _: share(q, k, v, past))
    place = positions(16, 64).to(device, torch.float32)
    optimizer = torch.optim.Adam(nn.ModuleList([embedding, layer, read]).to(device).parameters(), lr, fused=True)
    for step in range(1, 281):
        letters = torch.randint(16, (32, 16), device=device)
        logits = read(layer(embedding(letters) + place)[:, 4:]).view(32, 12, 4, 16)
        answer = torch.stack([letters[:, 4 - back:16 - back] for back in (1, 2, 3, 4)], dim=-1)       # (32, 12, 4)
        optimizer.zero_grad()
        F.cross_entropy(logits.flatten(0, 2), answer.flatten()).backward()
        optimizer.step()
        if step % 40 == 0:
            yield step, (logits.argmax(dim=-1) == answer).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """One step: projections and attention; least traffic: weights and cache in, the longer cache out."""
    b, s, d, h, g = (case.sizes[k] for k in "BSDHG")
    weights, cache = 2 * d * d + 2 * d * d * g // h, 2 * b * d * g // h
    return Work(flop=2 * b * weights + 4 * b * (s + 1) * d,
                min_bytes=(weights + 2 * b * d + (2 * s + 1) * cache) * itemsize)


Step = Callable[..., tuple[Tensor, ...]]


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Step], tuple[Tensor, ...]]:
    """One decoding step after S positions; the baseline attends by torch's kernel, which knows groups."""
    b, s, d, h, g = (case.sizes[k] for k in "BSDHG")
    ours, fused = (MultiQueryAttention(d, h, g, attend=attend).to(device, dtype)
                   for attend in (share, partial(F.scaled_dot_product_attention, enable_gqa=True)))
    fused.load_state_dict(ours.state_dict())
    return ({"torch.scaled_dot_product_attention": fused.step, "reference": ours.step},
            (torch.randn(b, d, device=device, dtype=dtype),
             *(torch.randn(b, g, s, d // h, device=device, dtype=dtype) for _ in range(2))))
