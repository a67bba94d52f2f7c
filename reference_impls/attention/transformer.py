"""Transformer: positions exchange information by attention alone, so any two are one step apart.

    Attention(Q, K, V) = softmax(Q K^T / sqrt(d_k)) V                                      Vaswani et al. 2017, eq. (1)
    MultiHead(Q, K, V) = Concat(head_1 .. head_h) W^O, head_i = Attention(Q W_i^Q, K W_i^K, V W_i^V)       section 3.2.2
    FFN(x) = max(0, x W_1 + b_1) W_2 + b_2                                                                       eq. (2)
    PE(pos, 2i) = sin(pos / 10000^(2i/D)), PE(pos, 2i + 1) = cos(same angle)                                 section 3.5

Post-norm: LayerNorm(x + Sublayer(x)). A mask is True where a query may attend (as in torch's
scaled_dot_product_attention; nn.MultiheadAttention means the opposite). A query that may attend to nothing gets NaN;
torch's kernels return 0. Parameters are laid out as in torch.nn.
Shapes: B sequences, T target and S source positions, D model width, H heads, K = D/H, F hidden width.
"""
import math
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="transformer", papers=["arxiv:1706.03762"], role="model",
    symbols=["attention", "MultiHeadAttention", "EncoderLayer", "DecoderLayer", "positions", "Transformer"],
    patterns=["attention", "multi-x", "residual", "normalization", "higher-order", "positional-encoding",
              "encode-decode"], oracle="torch.nn:Transformer", equations=["1", "2"],
    properties=["future_is_invisible"], mutants=["unscaled_scores", "mask_off_by_one", "sines_then_cosines"],
    claim=Claim(
        text="With equally many parameters and steps, four heads recall the last four tokens more often than one head",
        metric="accuracy", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.003, 0.006, 0.01, 0.02, 0.03]},
        arms={"one_head": Arm(expect="<0.83", settings={"lr": 0.01}),
              "four_heads": Arm(expect=">0.83", settings={"lr": 0.01})},
    ),
    bench=[Case("encoder-layer", {"B": 2, "T": 128, "D": 256, "H": 4, "F": 1024}),
           Case("base-encoder-layer-gpu", {"B": 1, "T": 512, "D": 512, "H": 8, "F": 2048})],
    deviations=["vectors in, vectors out: token embedding and output layer are the caller's", "no dropout",
                "the projections W^Q, W^K, W^V and W^O have biases, as in torch; the paper writes none"],
)
Attend = Callable[..., Tensor]


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    """Mix values (..., S, K) by how well keys (..., S, K) match queries (..., T, K); mask broadcasts to (..., T, S)."""
    scores = query @ key.mT / math.sqrt(query.shape[-1])                      # variance 1 for any K
    visible = scores if mask is None else scores.masked_fill(~mask, -math.inf)
    return visible.softmax(dim=-1) @ value                                    # eq. (1)


class MultiHeadAttention(nn.Module):
    """H parallel heads, each applying `attend` to its own projections; ValueError unless heads divide the width."""

    def __init__(self, width: int, heads: int, attend: Attend = attention) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"width ({width}) must be a multiple of heads ({heads})")
        self.heads, self.attend = heads, attend
        self.in_proj, self.out_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)  # W^Q W^K W^V stacked; W^O

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        """Let x (B, T, D) attend to memory (B, S, D); with memory = x this is self-attention."""
        return self.out_proj(self.attend(*self.project(x, memory), mask).transpose(1, 2).flatten(2))

    def project(self, x: Tensor, memory: Tensor) -> list[Tensor]:
        """Queries from x, keys and values from memory, split by head: (B, H, T or S, K)."""
        maps = zip((x, memory, memory), self.in_proj.weight.chunk(3), self.in_proj.bias.chunk(3), strict=True)
        return [F.linear(z, w, b).unflatten(-1, (self.heads, -1)).transpose(1, 2) for z, w, b in maps]


class EncoderLayer(nn.Module):
    """Self-attention, then a feed-forward net at every position, each followed by a residual connection and a norm."""

    def __init__(self, width: int, heads: int, hidden: int, attend: Attend = attention) -> None:
        super().__init__()
        self.self_attn = MultiHeadAttention(width, heads, attend)
        self.linear1, self.linear2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm1(x + self.self_attn(x, x))
        return self.norm2(x + self.linear2(self.linear1(x).relu()))           # eq. (2)


class DecoderLayer(nn.Module):
    """Masked self-attention, then attention to the encoder's output, then the feed-forward net."""

    def __init__(self, width: int, heads: int, hidden: int, attend: Attend = attention) -> None:
        super().__init__()
        self.self_attn, self.multihead_attn = (MultiHeadAttention(width, heads, attend) for _ in range(2))
        self.linear1, self.linear2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))

    def forward(self, y: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        y = self.norm1(y + self.self_attn(y, y, mask))
        y = self.norm2(y + self.multihead_attn(y, memory))
        return self.norm3(y + self.linear2(self.linear1(y).relu()))


def positions(length: int, width: int) -> Tensor:
    """Sinusoids (length, width) in float64: wavelengths from 2 pi to 10000 * 2 pi, sine and cosine alternating."""
    angle = torch.arange(length).double()[:, None] / 10000 ** (torch.arange(0, width, 2).double() / width)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


class Transformer(nn.Module):
    """Source (B, S, D) and target (B, T, D) vectors to (B, T, D); `place` gives the encodings (length, width)."""

    def __init__(self, width: int, heads: int, hidden: int, depth: int, attend: Attend = attention,
                 place: Callable[[int, int], Tensor] = positions) -> None:
        super().__init__()
        self.encoder = nn.ModuleList(EncoderLayer(width, heads, hidden, attend) for _ in range(depth))
        self.decoder = nn.ModuleList(DecoderLayer(width, heads, hidden, attend) for _ in range(depth))
        self.place = place

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        memory, y = (x + self.place(*x.shape[1:]).to(x) for x in (source, target))
        past = target.new_ones(y.shape[1], y.shape[1], dtype=torch.bool).tril()       # position t may attend to 0..t
        for layer in self.encoder:
            memory = layer(memory)
        for layer in self.decoder:
            y = layer(y, memory, past)
        return y


# -- how we know that it is right: every check takes the model, so that the mutants can be shown to fail --------------

def oracle(make: Callable[..., nn.Module] = Transformer) -> tuple[nn.Module, Callable[..., Tensor], tuple[Tensor, ...]]:
    """Ours with random parameters; torch's with the same, positions from the formula; source and target vectors."""
    ours = make(12, 4, 10, 2).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.5)
    torchs = nn.Transformer(12, 4, 2, 2, 10, dropout=0, batch_first=True).double()
    torchs.encoder.norm = torchs.decoder.norm = None          # torch adds a final norm that the paper does not have

    def theirs(source: Tensor, target: Tensor) -> Tensor:
        table = torch.tensor([[(math.sin, math.cos)[d % 2](place / 10000 ** (d // 2 / 6)) for d in range(12)]
                              for place in range(7)], dtype=torch.float64)
        named: dict[str, Tensor] = {name.replace("coder.", "coder.layers.").replace("in_proj.", "in_proj_"): parameter
                                    for name, parameter in ours.named_parameters()}
        return torch.func.functional_call(torchs, named, (source + table, target + table[:5]),
                                          {"tgt_mask": torch.ones(5, 5).triu(1).bool()})

    return ours, theirs, (1 + torch.randn(3, 7, 12, dtype=torch.float64), torch.randn(3, 5, 12, dtype=torch.float64))


def check_future_is_invisible(make: Callable[..., nn.Module] = Transformer) -> None:
    ours, _, (source, target) = oracle(make)
    changed = torch.cat([target[:, :3], 2 * target[:, 3:] + 1], dim=1)
    torch.testing.assert_close(ours(source, changed)[:, :3], ours(source, target)[:, :3])


MUTANTS = {
    "unscaled_scores": partial(Transformer, attend=partial(F.scaled_dot_product_attention, scale=1.0)),
    "mask_off_by_one": partial(Transformer, attend=lambda query, key, value, mask=None: attention(
        query, key, value, mask if mask is None else mask | mask.roll(1, dims=1))),
    "sines_then_cosines": partial(Transformer, place=lambda n, width: positions(n, width).view(n, -1, 2).mT.flatten(1)),
}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """One encoder layer recalls the last four tokens at every position: yield (step, accuracy on a fresh batch)."""
    torch.manual_seed(seed)
    layer = EncoderLayer(64, {"one_head": 1, "four_heads": 4}[arm], hidden=64)
    embedding, read = nn.Embedding(16, 64), nn.Linear(64, 4 * 16)
    optimizer = torch.optim.Adam(nn.ModuleList([embedding, layer, read]).to(device).parameters(), lr)
    for step in range(1, 401):
        tokens = torch.randint(16, (32, 16), device=device)
        x = embedding(tokens) + positions(16, 64).to(device, torch.float32)
        logits = read(layer(x)[:, 4:]).view(32, 12, 4, 16)
        answer = torch.stack([tokens[:, 4 - back:16 - back] for back in (1, 2, 3, 4)], dim=-1)        # (32, 12, 4)
        optimizer.zero_grad()
        F.cross_entropy(logits.flatten(0, 2), answer.flatten()).backward()
        optimizer.step()
        if step % 50 == 0:
            yield step, (logits.argmax(dim=-1) == answer).float().mean().item()
    query, key, _ = layer.self_attn.project(x[:1], x[:1])
    looks = attention(query, key, torch.eye(16, device=device))[0]            # V = identity: the weights themselves
    yield Picture("where each head looks: a row per query", looks.detach().cpu(), "images")


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """One encoder layer's matrix products; least traffic: input and weights in, output out."""
    b, t, d, f = (case.sizes[k] for k in "BTDF")
    weights = 4 * d * d + 2 * d * f
    return Work(flop=2 * b * t * weights + 4 * b * t * t * d, min_bytes=(2 * b * t * d + weights) * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """One encoder layer over (B, T, D)."""
    b, t, d, h, f = (case.sizes[k] for k in "BTDHF")
    variants = {"torch.nn.TransformerEncoderLayer": nn.TransformerEncoderLayer(d, h, f, dropout=0.0, batch_first=True),
                "reference": EncoderLayer(d, h, f)}
    return ({name: layer.to(device, dtype) for name, layer in variants.items()},
            (torch.randn(b, t, d, device=device, dtype=dtype),))
