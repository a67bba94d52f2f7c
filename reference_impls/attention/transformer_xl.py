"""Transformer-XL: keep the hidden states of earlier segments, and let scores know distances instead of places.

    h~ = [SG(m) ; h]                          SG: no gradient, [;]: one after the other; Dai et al. 2019, section 3.2
    q = W_q h,   k = W_kE h~,   v = W_v h~                                                        section 3.3
    A_ij = q_i . k_j  +  q_i . W_kR R_(i-j)  +  u . k_j  +  v . W_kR R_(i-j)                    terms (a), (b), (c), (d)
    o = LayerNorm(h + W_o a),  a_i = sum_j softmax_(j <= i)(A_i)_j v_j;      next h = LayerNorm(o + FFN(o))

h are the inputs of a layer, and m is what the same layer was given for the positions before: so each layer looks one
memory further back than the layer below. R_d is the sinusoid of the distance d, counted through memory and segment;
with places counted from the start of each segment, a remembered token and a new one would look alike. u and v stand in
for the part of a query that comes from its place; in the paper they bear no layer's index, so all layers share them.
Conventions: the paper numbers no equations, and shows one head; here each of H heads has its part of u and v, and
scores are divided by sqrt(K), as in `transformer` and in the authors' code.
Longer than most: a layer and a model that remembers are both new here, and the oracle writes out every score.

Shapes: B texts, T positions of a segment, M of the memory, S = M + T, D width, H heads, K = D/H, N layers.
"""
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from math import cos, inf, sin, sqrt
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.transformer import positions
from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="transformer-xl", papers=["arxiv:1901.02860"], role="model",
    symbols=["shift", "RelativeAttention", "Layer", "TransformerXL"],
    patterns=["attention", "recurrence", "memory-augmented", "positional-encoding"],
    oracle="closed form: the four terms one by one, for each text, head, query and key",
    properties=["segments_equal_one_pass", "each_layer_looks_one_memory_further"],
    mutants=["gradient_enters_memory", "not_shifted", "one_bias_for_both", "sees_the_future", "layers_swap_memories"],
    claim=Claim(
        text="Reading eight tokens at a time, one layer names the tokens 2, 4, 6 and 8 back if it has a memory and "
             "relative positions; without memory, or with positions in the segment added to its input, it misses many",
        metric="accuracy", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.001, 0.003, 0.01, 0.03]},
        arms={"no_memory": Arm(expect="<0.6876", settings={"lr": 0.01}),
              "absolute_positions": Arm(expect="<0.6876", settings={"lr": 0.01}),
              "transformer_xl": Arm(expect=">0.6876", settings={"lr": 0.01})},
    ),
    bench=[Case("b2t64m64d256", {"B": 2, "T": 64, "M": 64, "D": 256, "H": 4}),
           Case("b4t512m512d1024-gpu", {"B": 4, "T": 512, "M": 512, "D": 1024, "H": 16})],
    deviations=["vectors in, vectors out: embeddings, adaptive softmax and dropout are left out", "u and v start at 0"],
)


def shift(scores: Tensor) -> Tensor:
    """Turn columns from distances S - 1 .. 0 into keys: row i of scores (.., T, S) moves left by T - 1 - i, appendix B.

    What falls off a row on its left enters the row above on its right, where that row's future is.
    """
    padded = F.pad(scores, (1, 0)).flatten(-2)                              # one column more, row after row
    return padded[..., scores.shape[-2]:].view(scores.shape)                # read again in rows of S


class RelativeAttention(nn.Module):
    """H heads that look at the memory and at their own past; u and v (H, K) are shared with other layers."""

    def __init__(self, width: int, u: nn.Parameter, v: nn.Parameter) -> None:
        super().__init__()
        self.query, self.key, self.value, self.place, self.out = (                  # W_q, W_kE, W_v, W_kR, W_o
            nn.Linear(width, width, bias=False) for _ in range(5))
        self.u, self.v = u, v

    def forward(self, h: Tensor, memory: Tensor) -> Tensor:
        """What each of h (B, T, D) finds in memory (B, M, D) and in h up to itself."""
        seen = torch.cat([self.stop(memory), h], dim=1)                             # h~ (B, S, D)
        distances = positions(*seen.shape[1:]).flip(0).to(h)                        # R (S, D), the farthest first
        query, key, value, place = (z.unflatten(-1, self.u.shape).transpose(-3, -2) for z in (
            self.query(h), self.key(seen), self.value(seen), self.place(distances)))    # (.., H, T or S, K)
        return self.out(self.look(query, key, value, place).transpose(-3, -2).flatten(-2))

    def look(self, query: Tensor, key: Tensor, value: Tensor, place: Tensor) -> Tensor:
        content = (query + self.u[:, None]) @ key.mT                                # (a) + (c): (B, H, T, S)
        scores = (content + self.by_distance(query, place)) / sqrt(query.shape[-1])
        return scores.masked_fill(self.future(scores), -inf).softmax(dim=-1) @ value

    def by_distance(self, query: Tensor, place: Tensor) -> Tensor:
        """Terms (b) and (d): each query meets S distances, and places (H, S, K) are not computed for all T S pairs."""
        return shift((query + self.v[:, None]) @ place.mT)

    def future(self, scores: Tensor) -> Tensor:
        """True (T, S) where a key comes after its query; the queries are the last T of S positions."""
        length, seen = scores.shape[-2:]
        return scores.new_ones(length, seen, dtype=torch.bool).triu(seen - length + 1)

    def stop(self, memory: Tensor) -> Tensor:
        return memory.detach()                                                      # SG


class Layer(nn.Module):
    """Attention, then a feed-forward net at every position, each followed by a residual connection and a norm."""

    def __init__(self, attend: RelativeAttention, width: int, hidden: int) -> None:
        super().__init__()
        self.attend, self.norm1, self.norm2 = attend, nn.LayerNorm(width), nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, width))

    def forward(self, h: Tensor, memory: Tensor) -> Tensor:
        o = self.norm1(h + self.attend(h, memory))
        return self.norm2(o + self.feed_forward(o))


class TransformerXL(nn.Module):
    """N layers that read one segment after the other and look back over the last `remember` positions, M."""

    def __init__(self, width: int, heads: int, hidden: int, depth: int, remember: int,
                 attend: Callable[..., RelativeAttention] = RelativeAttention) -> None:
        super().__init__()
        u, v = (nn.Parameter(torch.zeros(heads, width // heads)) for _ in range(2))
        self.layers = nn.ModuleList(Layer(attend(width, u, v), width, hidden) for _ in range(depth))
        self.remember = remember

    def forward(self, h: Tensor, memory: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Outputs (B, T, D) for a segment h (B, T, D), and the memory (N, B, up to M, D) for the next one."""
        memory = h.new_empty(len(self.layers), h.shape[0], 0, h.shape[2]) if memory is None else memory
        given = []
        for layer, old in zip(self.layers, memory, strict=True):
            given.append(h)
            h = layer(h, old)
        kept = torch.cat([memory, torch.stack(given)], dim=2).detach()
        return h, kept[:, :, max(0, kept.shape[2] - self.remember):]


# -- how we know that it is right: every check takes the model, so that the mutants can be shown to fail --------------
Make = Callable[..., TransformerXL]


def _random(make: Make, *sizes: int) -> TransformerXL:
    model = make(*sizes).double()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.5)
    return model


def oracle(make: Make = TransformerXL) -> tuple[TransformerXL, Callable[..., tuple[Tensor, ...]], tuple[Tensor, ...]]:
    """Two layers of two heads; the equations in loops over the same weights; a segment of 3 and a memory of 4."""
    ours = _random(make, 6, 2, 5, 2, 5)                                     # of these 7 positions it keeps 5
    layers = cast("list[Layer]", ours.layers)

    def wave(distance: int) -> Tensor:
        return torch.tensor([(sin, cos)[d % 2](distance / 10000 ** (d // 2 / 3)) for d in range(6)],
                            dtype=torch.float64)

    def theirs(h: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        kept = []
        for layer, old in zip(layers, memory, strict=True):
            attend, seen, found = layer.attend, torch.cat([old.detach(), h], dim=1), torch.zeros_like(h)
            kept.append(seen[:, 2:].detach())
            for b, n, i in product(range(2), range(2), range(4, 7)):
                part = slice(3 * n, 3 * n + 3)
                w_q, w_k, w_v, w_r = (w.weight[part] for w in (attend.query, attend.key, attend.value, attend.place))
                q, u, v = w_q @ seen[b, i], attend.u[n], attend.v[n]
                k, r = [w_k @ seen[b, j] for j in range(i + 1)], [w_r @ wave(i - j) for j in range(i + 1)]
                scores = [q @ k[j] + q @ r[j] + u @ k[j] + v @ r[j] for j in range(i + 1)]
                weights = (torch.stack(scores) / sqrt(3)).softmax(dim=0)
                found[b, i - 4, part] = sum(weights[j] * (w_v @ seen[b, j]) for j in range(i + 1))
            o = layer.norm1(h + found @ attend.out.weight.T)
            h = layer.norm2(o + layer.feed_forward(o))
        return h, torch.stack(kept)

    return ours, theirs, (1 + torch.randn(2, 3, 6, dtype=torch.float64), 2 * torch.randn(2, 2, 4, 6).double() - 1)


def check_segments_equal_one_pass(make: Make = TransformerXL) -> None:
    """While the memory holds all that was read, reading in segments changes no output, at any depth."""
    model, text = _random(make, 8, 2, 8, 3, 20), torch.randn(2, 12, 8, dtype=torch.float64)
    outputs, memory = [], None
    for segment in text.split((4, 1, 5, 2), dim=1):
        out, memory = model(segment, memory)
        outputs.append(out)
    torch.testing.assert_close(torch.cat(outputs, dim=1), model(text)[0])


def check_each_layer_looks_one_memory_further(make: Make = TransformerXL) -> None:
    """Two layers with M = 3, token by token: a change at the first of ten shows 6 positions on, and not 7."""
    model, texts = _random(make, 8, 2, 8, 2, 3), torch.randn(1, 10, 8, dtype=torch.float64).repeat(2, 1, 1)
    texts[1, 0] += 1
    memory, changed = None, []
    for token in texts.split(1, dim=1):
        out, memory = model(token, memory)
        changed.append(not torch.allclose(out[0], out[1]))
    assert changed == 7 * [True] + 3 * [False], changed


class _GradientEntersMemory(RelativeAttention):
    def stop(self, memory: Tensor) -> Tensor:
        return memory


class _NotShifted(RelativeAttention):
    def by_distance(self, query: Tensor, place: Tensor) -> Tensor:
        return (query + self.v[:, None]) @ place.mT


class _OneBiasForBoth(RelativeAttention):
    def by_distance(self, query: Tensor, place: Tensor) -> Tensor:
        return shift((query + self.u[:, None]) @ place.mT)


class _SeesTheFuture(RelativeAttention):
    def future(self, scores: Tensor) -> Tensor:
        return super().future(scores).roll(1, dims=-1) & super().future(scores)


class _LayersSwapMemories(TransformerXL):
    def forward(self, h: Tensor, memory: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return super().forward(h, None if memory is None else memory.flip(0))


MUTANTS = {"gradient_enters_memory": partial(TransformerXL, attend=_GradientEntersMemory),
           "not_shifted": partial(TransformerXL, attend=_NotShifted),
           "one_bias_for_both": partial(TransformerXL, attend=_OneBiasForBoth),
           "sees_the_future": partial(TransformerXL, attend=_SeesTheFuture),
           "layers_swap_memories": _LayersSwapMemories}


# -- what the paper claims, small -------------------------------------------------------------------------------------
class _ByContent(RelativeAttention):
    """No distances: positions must be in the input."""

    def by_distance(self, query: Tensor, place: Tensor) -> Tensor:
        return query.new_zeros(())


def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Read 32 endless texts, eight new tokens of each a step: yield (step, accuracy of the last 150).

    Without memory, 20 of 32 answers are out of sight. With places in the segment, 12 of 32 stand at the same place as
    an older token that is also remembered, and nothing tells the two apart.
    """
    torch.manual_seed(seed)
    absolute = arm == "absolute_positions"
    model = TransformerXL(64, 4, 64, depth=1, remember=0 if arm == "no_memory" else 8,
                          attend=_ByContent if absolute else RelativeAttention)
    embedding, read = nn.Embedding(16, 64), nn.Linear(64, 4 * 16)
    optimizer = torch.optim.Adam(nn.ModuleList([model, embedding, read]).to(device).parameters(), lr)
    places = positions(8, 64).to(device, torch.float32) if absolute else 0
    tokens, memory, right = torch.randint(16, (32, 8), device=device), None, deque[float](maxlen=150)
    for step in range(1, 301):
        text = torch.cat([tokens, torch.randint(16, (32, 8), device=device)], dim=1)
        tokens = text[:, 8:]
        out, memory = model(embedding(tokens) + places, memory)
        logits = read(out).view(32, 8, 4, 16)
        answer = torch.stack([text[:, 8 - back:16 - back] for back in (2, 4, 6, 8)], dim=-1)        # (32, 8, 4)
        optimizer.zero_grad()
        F.cross_entropy(logits.flatten(0, 2), answer.flatten()).backward()
        optimizer.step()
        right.append((logits.argmax(dim=-1) == answer).float().mean().item())
        if step % 50 == 0:
            yield step, sum(right) / len(right)


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """The matrix products of one attention; least traffic: segment, memory and weights in, output out."""
    b, t, m, d = (case.sizes[k] for k in "BTMD")
    s = m + t
    return Work(flop=2 * b * (2 * t + 2 * s) * d * d + 2 * s * d * d + 6 * b * t * s * d,
                min_bytes=(2 * b * t * d + b * m * d + 5 * d * d) * itemsize)


class _Kernel(RelativeAttention):
    def look(self, query: Tensor, key: Tensor, value: Tensor, place: Tensor) -> Tensor:
        bias = self.by_distance(query, place) / sqrt(query.shape[-1])
        mask = bias.masked_fill(self.future(bias), -inf)
        return F.scaled_dot_product_attention(query + self.u[:, None], key, value, mask)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """One attention over a segment (B, T, D) and a memory (B, M, D); torch's kernel gets (b) and (d) as its mask."""
    b, t, m, d, h = (case.sizes[k] for k in "BTMDH")
    u, v = (nn.Parameter(torch.zeros(h, d // h)) for _ in range(2))
    variants = {"torch scaled_dot_product_attention": _Kernel(d, u, v), "reference": RelativeAttention(d, u, v)}
    return ({name: layer.to(device, dtype) for name, layer in variants.items()},
            tuple(torch.randn(b, length, d, device=device, dtype=dtype) for length in (t, m)))
