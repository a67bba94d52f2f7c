"""T5: every task turns text into text, and the first words of the input say which task it is.

    A(Q, K, V) = softmax(Q K^T + b) V       b[i, j] = table[bucket(j - i)], one number a head    Raffel et al. 2019, 2.1
    norm(x) = g x / sqrt(mean(x^2) + eps)                       no mean subtracted, no bias
    z' = z + A(norm(z)),  z'' = z' + W_2 max(0, W_1 norm(z')),  logits = E norm(y) / sqrt(D)

Buckets: near offsets have one each, far ones share buckets on a logarithmic scale up to `far` = 128, and the last one,
which begins earlier (at 91 both ways, at 113 looking back), takes all beyond. Scores are not divided by sqrt(K): query
weights start smaller, with deviation 1 / sqrt(D K). One table serves all layers of the encoder, another those of the
decoder; attention from decoder to encoder has none. A mask is True where a query may attend. Span corruption (3.1.4):
each run of chosen tokens becomes one sentinel, and the target spells the runs out.
Longer than most: encoder, decoder, relative positions and span corruption are all T5's own, and each has its oracle.

Shapes: B texts, S source and T target tokens, V words, D width, H heads, K = D/H, F hidden width, L layers per side.
"""
import math
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.norms.rmsnorm import RMSNorm

CARD = Card(
    id="t5", papers=["arxiv:1910.10683"], role="model", symbols=["bucket", "T5", "corrupt_spans"],
    patterns=["self-supervision", "denoising", "pretrain-finetune", "encode-decode", "scaling"],
    oracle="torch.nn.functional:multi_head_attention_forward",
    properties=["buckets_equal_integer_arithmetic", "spans_restore_the_text", "first_weights_make_up_for_the_scale",
                "fast_equals_reference"],
    mutants=["scaled_scores", "subtracts_the_mean", "offsets_reversed", "future_visible", "sees_128_as_near",
             "queries_start_large"],
    claim=Claim(
        text="One model that a prefix tells to copy, reverse or sort learns all three better than one without a "
             "prefix, and better than three models, each with one task and a third of the steps",
        metric="accuracy", better="higher", grade="A", budget_s=11,
        grid={"lr": [0.001, 0.003, 0.01]},
        arms={"no_prefix": Arm(expect="<0.628", settings={"lr": 0.003}),
              "three_models": Arm(expect="<0.628", settings={"lr": 0.003}),
              "prefix": Arm(expect=">0.628", settings={"lr": 0.003})},
    ),
    bench=[Case("mini", {"B": 2, "S": 64, "T": 64, "V": 1000, "D": 128, "H": 4, "F": 512, "L": 2}),
           Case("base-layer-gpu", {"B": 1, "S": 128, "T": 64, "V": 4000, "D": 768, "H": 12, "F": 3072, "L": 1})],
    deviations=["no dropout; Adam in place of Adafactor", "spans are given, not drawn", "no pretraining"],
)
Attend = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
Bucket = Callable[..., Tensor]


def bucket(offset: Tensor, both_ways: bool, buckets: int = 32, far: int = 128) -> Tensor:
    """Bucket number of each offset, key position minus query position; one-way, a later key counts as offset 0."""
    half = buckets // 2 if both_ways else buckets
    distance = offset.abs() if both_ways else (-offset).clamp(min=0)
    near = half // 2
    scaled = (distance.clamp(min=1).double() / near).log() / math.log(far / near) * (half - near)
    shared = near + (scaled + 1e-9).long()                       # 1e-9: whole logarithms must not be rounded down
    return torch.where(distance < near, distance, shared.clamp(max=half - 1)) + half * (both_ways & (offset > 0))


def attention(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """Queries (B, H, T, K), keys and values (B, H, S, K), bias (H, T, S), -inf where masked: (B, H, T, K)."""
    return (query @ key.mT + bias).softmax(dim=-1) @ value


class Attention(nn.Module):
    """H heads without bias vectors, each applying `attend` to its own projections; adds the result to x."""

    def __init__(self, width: int, heads: int, attend: Attend) -> None:
        super().__init__()
        self.heads, self.attend, self.norm = heads, attend, RMSNorm(width)
        self.query, self.key, self.value, self.out = (nn.Linear(width, width, bias=False) for _ in range(4))
        for linear in (self.query, self.key, self.value, self.out):
            nn.init.normal_(linear.weight, std=width ** -0.5)
        self.query.weight.data *= (width // heads) ** -0.5

    def forward(self, x: Tensor, memory: Tensor | None, bias: Tensor) -> Tensor:
        """Let x (B, T, D) attend to memory (B, S, D), or to itself without one."""
        seen = self.norm(x)
        memory = seen if memory is None else memory
        q, k, v = (linear(z).unflatten(-1, (self.heads, -1)).transpose(1, 2)
                   for linear, z in ((self.query, seen), (self.key, memory), (self.value, memory)))
        return x + self.out(self.attend(q, k, v, bias).transpose(1, 2).flatten(2))


class EncoderLayer(nn.Module):
    """Self-attention, then two linear maps with a ReLU between them, at every position of z (B, S, D)."""

    def __init__(self, width: int, heads: int, hidden: int, attend: Attend) -> None:
        super().__init__()
        self.look, self.norm = Attention(width, heads, attend), RMSNorm(width)
        self.linear1, self.linear2 = nn.Linear(width, hidden, bias=False), nn.Linear(hidden, width, bias=False)
        nn.init.normal_(self.linear1.weight, std=width ** -0.5)
        nn.init.normal_(self.linear2.weight, std=hidden ** -0.5)

    def forward(self, z: Tensor, bias: Tensor) -> Tensor:
        return self.net(self.look(z, None, bias))

    def net(self, z: Tensor) -> Tensor:
        return z + self.linear2(self.linear1(self.norm(z)).relu())


class DecoderLayer(EncoderLayer):
    """The same with attention to the encoder's output (B, S, D) in the middle."""

    def __init__(self, width: int, heads: int, hidden: int, attend: Attend) -> None:
        super().__init__(width, heads, hidden, attend)
        self.across = Attention(width, heads, attend)

    def forward(self, z: Tensor, memory: Tensor, bias: Tensor) -> Tensor:      # type: ignore[override]
        return self.net(self.across(self.look(z, None, bias), memory, z.new_zeros(1, 1)))


class T5(nn.Module):
    """Source tokens (B, S) and target tokens (B, T) to logits of the next target token (B, T, V)."""

    def __init__(self, words: int, width: int, heads: int, hidden: int, depth: int, attend: Attend = attention,
                 bucket: Bucket = bucket, norm: Callable[[int], nn.Module] = RMSNorm) -> None:
        super().__init__()
        self.bucket = bucket
        self.embedding = nn.Parameter(torch.randn(words, width))
        self.encoder_bias, self.decoder_bias = (nn.Parameter(torch.randn(32, heads) * width ** -0.5) for _ in range(2))
        self.encoder = nn.ModuleList(EncoderLayer(width, heads, hidden, attend) for _ in range(depth))
        self.decoder = nn.ModuleList(DecoderLayer(width, heads, hidden, attend) for _ in range(depth))
        self.encoder_norm, self.decoder_norm = norm(width), norm(width)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        memory, y = F.embedding(source, self.embedding), F.embedding(target, self.embedding)
        everywhere = self.bias(self.encoder_bias, source.shape[1], both_ways=True)
        past = self.bias(self.decoder_bias, target.shape[1], both_ways=False)
        for layer in self.encoder:
            memory = layer(memory, everywhere)
        memory = self.encoder_norm(memory)
        for layer in self.decoder:
            y = layer(y, memory, past)
        return self.decoder_norm(y) @ self.embedding.T * y.shape[-1] ** -0.5

    def bias(self, table: Tensor, length: int, both_ways: bool) -> Tensor:
        """What each head adds to its scores, by offset (H, length, length); one-way, -inf for the future."""
        place = torch.arange(length, device=table.device)
        offset = place - place[:, None]
        bias = table[self.bucket(offset, both_ways)].movedim(-1, 0)
        return bias if both_ways else bias.masked_fill(offset > 0, -math.inf)


def corrupt_spans(text: list[int], chosen: list[bool], sentinel: int) -> tuple[list[int], list[int]]:
    """Source and target of one text; sentinels count down from `sentinel`, and the last one ends the target."""
    source, target, before = list[int](), list[int](), False
    for token, hidden in zip(text, chosen, strict=True):
        if hidden and not before:
            source.append(sentinel)
            target.append(sentinel)
            sentinel -= 1
        (target if hidden else source).append(token)
        before = hidden
    return source, [*target, sentinel]


# -- how we know that it is right: every check takes the model, so that the mutants can be shown to fail --------------
def slow_bucket(offset: int, both_ways: bool) -> int:
    """In integers only: distance d reaches step s of m = half - near when (d / near)^m >= (128 / near)^s."""
    half = 16 if both_ways else 32
    near = steps = half // 2
    distance, side = (abs(offset), half * (offset > 0)) if both_ways else (max(-offset, 0), 0)
    if distance < near:
        return side + distance
    return side + near + max(s for s in range(steps) if distance ** steps * near ** s >= 128 ** s * near ** steps)


def oracle(make: Callable[..., T5] = T5) -> tuple[T5, Callable[[Tensor, Tensor], Tensor], tuple[Tensor, Tensor]]:
    """Ours with random parameters; torch's attention, which scales, with the same; source and target tokens."""
    ours = make(11, 8, 2, 10, 2).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.5)

    def theirs(source: Tensor, target: Tensor) -> Tensor:
        p = dict(ours.named_parameters())

        def bias(side: str, n: int) -> Tensor:
            rows = [[p[f"{side}_bias"][slow_bucket(j - i, side == "encoder")] if side == "encoder" or j <= i
                     else p["embedding"].new_full((2,), -math.inf) for j in range(n)] for i in range(n)]
            return torch.stack([torch.stack(row) for row in rows]).permute(2, 0, 1).repeat(3, 1, 1)

        def look(at: str, x: Tensor, memory: Tensor | None, mask: Tensor | None) -> Tensor:
            q = F.rms_norm(x, (8,), p[f"{at}.norm.weight"], 1e-6)
            kv = q if memory is None else memory
            weights = torch.cat([2 * p[f"{at}.query.weight"], p[f"{at}.key.weight"], p[f"{at}.value.weight"]])
            found, _ = F.multi_head_attention_forward(
                q.transpose(0, 1), kv.transpose(0, 1), kv.transpose(0, 1), 8, 2, weights, None, None, None, False, 0.0,
                p[f"{at}.out.weight"], None, attn_mask=mask, need_weights=False)      # 2 = sqrt(K) undoes its scaling
            return x + found.transpose(0, 1)

        def net(at: str, x: Tensor) -> Tensor:
            hidden = F.linear(F.rms_norm(x, (8,), p[f"{at}.norm.weight"], 1e-6), p[f"{at}.linear1.weight"])
            return x + F.linear(F.relu(hidden), p[f"{at}.linear2.weight"])

        memory, y = p["embedding"][source], p["embedding"][target]
        for layer in ("encoder.0", "encoder.1"):
            memory = net(layer, look(f"{layer}.look", memory, None, bias("encoder", source.shape[1])))
        memory = F.rms_norm(memory, (8,), p["encoder_norm.weight"], 1e-6)
        for layer in ("decoder.0", "decoder.1"):
            y = look(f"{layer}.look", y, None, bias("decoder", target.shape[1]))
            y = net(layer, look(f"{layer}.across", y, memory, None))
        return F.rms_norm(y, (8,), p["decoder_norm.weight"], 1e-6) @ p["embedding"].T / math.sqrt(8)

    return ours, theirs, (torch.randint(11, (3, 40)), torch.randint(11, (3, 9)))


def check_buckets_equal_integer_arithmetic(make: Callable[..., T5] = T5) -> None:
    model, offset = make(11, 8, 2, 10, 1), torch.arange(-300, 301)
    for both_ways in (True, False):
        slow = [slow_bucket(each, both_ways) for each in offset.tolist()]
        torch.testing.assert_close(model.bucket(offset, both_ways), torch.tensor(slow))


def check_spans_restore_the_text(make: Callable[..., T5] = T5) -> None:
    """Replacing each sentinel of the source by what follows it in the target restores the text."""
    text, chosen = torch.randint(100, (60,)).tolist(), [True, *(torch.rand(59) < 0.3).tolist()]
    source, target = corrupt_spans(text, chosen, 199)
    ends = [place for place, token in enumerate(target) if token >= 100]
    spans = {target[a]: target[a + 1:b] for a, b in pairwise(ends)}
    assert [each for token in source for each in spans.get(token, [token])] == text
    assert [token for token in source if token < 100] == [token for token, hidden in zip(text, chosen) if not hidden]
    assert [target[place] for place in ends] == [199 - number for number in range(len(spans) + 1)]
    assert len(source) + len(target) == 60 + 2 * len(spans) + 1, "one sentinel per run on either side, one at the end"


def check_first_weights_make_up_for_the_scale(make: Callable[..., T5] = T5) -> None:
    """Deviations: 1 / sqrt(inputs), for queries 1 / sqrt(K) of that; 1 for embeddings; 1 / sqrt(D) for offsets."""
    for name, weight in make(500, 64, 4, 128, 1).named_parameters():
        if weight.dim() == 2:
            deviation = {"embedding": 1.0, "encoder_bias": 1 / 8, "decoder_bias": 1 / 8}.get(
                name, weight.shape[1] ** -0.5 / (4 if "query" in name else 1))
            assert abs(weight.std() / deviation - 1) < 0.3, f"deviation {weight.std():.3g} of {name}"


def check_fast_equals_reference(make: Callable[..., T5] = T5) -> None:
    ours, _, (source, target) = oracle(make)
    fast = fused(11, 8, 2, 10, 2).double()
    fast.load_state_dict(ours.state_dict())
    torch.testing.assert_close(fast(source, target), ours(source, target))


def _sdpa(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    bias = bias.expand(query.shape[1], query.shape[2], key.shape[2]).contiguous()     # for fused kernels on GPUs
    return F.scaled_dot_product_attention(query, key, value, attn_mask=bias, scale=1.0)


fused = partial(T5, attend=_sdpa)


class _FutureVisible(T5):
    def bias(self, table: Tensor, length: int, both_ways: bool) -> Tensor:
        return super().bias(table, length, both_ways).nan_to_num(neginf=0.0)


class _SubtractsTheMean(RMSNorm):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x - x.mean(dim=-1, keepdim=True))


class _QueriesStartLarge(T5):
    def __init__(self, words: int, width: int, heads: int, hidden: int, depth: int) -> None:
        super().__init__(words, width, heads, hidden, depth)
        for layer in (module for module in self.modules() if isinstance(module, Attention)):
            nn.init.normal_(layer.query.weight, std=width ** -0.5)


MUTANTS = {"scaled_scores": partial(T5, attend=lambda query, key, value, bias: attention(query / 2, key, value, bias)),
           "subtracts_the_mean": partial(T5, norm=_SubtractsTheMean), "future_visible": _FutureVisible,
           "offsets_reversed": partial(T5, bucket=lambda offset, both_ways: bucket(-offset, both_ways)),
           "sees_128_as_near": partial(T5, bucket=partial(bucket, far=256)),
           "queries_start_large": _QueriesStartLarge}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Five letters to five letters: yield (step, share of unseen sources with all five target letters right)."""
    torch.manual_seed(seed)
    count = 3 if arm == "three_models" else 1
    models = [T5(12, 48, 4, 96, 1).to(device) for _ in range(count)]            # letters 0..7, prefixes 8..10, start 11
    optimizers = [torch.optim.Adam(model.parameters(), lr) for model in models]

    def sample(tasks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        letters = torch.randint(8, (len(tasks), 5))
        answers = torch.stack([letters, letters.flip(1), letters.sort(dim=1).values], dim=1)
        prefix = torch.full((len(tasks), 1), 11) if arm == "no_prefix" else 8 + tasks[:, None]
        source, target = torch.cat([prefix, letters], dim=1).to(device), answers[torch.arange(len(tasks)), tasks]
        return source, F.pad(target[:, :-1], (1, 0), value=11).to(device), target.to(device)

    tests = [sample(torch.full((200,), task)) for task in range(3)]
    for step in range(1, 401):
        which = step % count
        source, begun, target = sample(torch.randint(3, (64,)) if count == 1 else torch.full((64,), which))
        optimizers[which].zero_grad()
        F.cross_entropy(models[which](source, begun).flatten(0, 1), target.flatten()).backward()
        optimizers[which].step()
        if step % 50 == 0:
            with torch.no_grad():
                right = [(models[task % count](source, begun).argmax(dim=-1) == target).all(dim=1).float().mean()
                         for task, (source, begun, target) in enumerate(tests)]
            yield step, torch.stack(right).mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Matrix products, attention counted without its mask; least traffic: weights in, logits out."""
    b, s, t, v, d, f, layers = (case.sizes[k] for k in "BSTVDFL")
    look, net = 4 * d * d, 2 * d * f
    products = layers * (s * (look + net) + t * (look + 2 * d * d + net) + s * 2 * d * d) + t * v * d
    scores, weights = layers * 2 * d * (s * s + t * t + t * s), layers * (3 * look + 2 * net) + v * d
    return Work(flop=2 * b * (products + scores), min_bytes=(weights + b * t * v) * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """The whole model on source (B, S) and target (B, T); the baseline uses torch's fused attention."""
    b, s, t, v, d, h, f, layers = (case.sizes[k] for k in "BSTVDHFL")
    torchs, ours = fused(v, d, h, f, layers).to(device, dtype), T5(v, d, h, f, layers).to(device, dtype)
    return ({"torch.nn.functional.scaled_dot_product_attention": torchs, "reference": ours},
            (torch.randint(v, (b, s), device=device), torch.randint(v, (b, t), device=device)))
