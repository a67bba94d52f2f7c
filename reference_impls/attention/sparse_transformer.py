"""Sparse Transformer: a head sees about sqrt(n) earlier places, chosen so that two steps connect every pair of places.

    Attend(X, S) = (a(x_i, S_i))_i                                                     Child et al. 2019, eq. (2)
    a(x_i, S_i) = softmax((W_q x_i) K_S^T / sqrt(d)) V_S,   K_S, V_S: W_k x_j, W_v x_j for j in S_i   eq. (3), (4)
    strided   A1_i = {i - l + 1 .. i},               A2_i = {j <= i: (i - j) mod l = 0}                section 4.3
    fixed     A1_i = {j <= i: j // l = i // l},      A2_i = {j <= i: j mod l >= l - c}                 section 4.3

The sets are used in turn, one per residual block (eq. 6), united (7), or each in some of the heads (8). Here the
strided pattern, for data with a period such as images of width l, has separate heads (`look_factorized`), and the fixed
one, for text, is united (`look_fixed`). Nothing builds a T x T matrix: in a window, each chunk of l queries meets its
own and the previous chunk (T x 2l scores); a stride of l makes l sequences of T/l places; summaries, the last c places
of every block, are gathered (T x cT/l scores).
Longer than most: the two patterns have three forms, which the experiment and the curve about long texts use as well.

Shapes: B texts, T places (a multiple of L), H heads, K width of a head, L window, stride or block (the l above),
C = T/L chunks, D model width, V words.
"""
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.transformer import Attend, attention
from reference_impls.attention.vit import PreNormLayer
from reference_impls.harness.bench.memory import saved_bytes
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.language.gpt2 import look_back

CARD = Card(
    id="sparse-transformer", papers=["arxiv:1904.10509"], role="model",
    symbols=["look_in_window", "look_in_strides", "look_factorized", "look_fixed", "SparseTransformer"],
    patterns=["self-attention", "sparsity", "decomposition", "autoregressive", "inductive-bias"],
    oracle="torch.nn:TransformerEncoderLayer",
    equations=["2", "3", "4", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"],
    properties=["each_form_is_masked_full", "two_steps_reach_everything", "no_square_is_kept"],
    mutants=["window_one_wider", "first_chunk_sees_padding", "masked_full", "strides_come_first",
             "first_places_summarize", "without_summaries"],
    claim=Claim(
        text="On images read row by row, in which letters recur down a column, a window and strides of one row predict "
             "the last rows nearly as well as full attention; windows of one row, with as many scores, do not",
        metric="loss", better="lower", grade="A", budget_s=3,
        grid={"lr": [0.005, 0.01, 0.02, 0.04, 0.08]},
        arms={"full": Arm(expect="<1.4", settings={"lr": 0.02}),
              "factorized": Arm(expect="<1.4", settings={"lr": 0.02}),
              "window": Arm(expect=">1.4", settings={"lr": 0.02})},
    ),
    bench=[Case("strided", {"B": 1, "T": 1024, "H": 4, "K": 32, "L": 32}),
           Case("strided-gpu", {"B": 1, "T": 4096, "H": 8, "K": 64, "L": 64})],
    deviations=["a window of l places, as in the released code; the paper has one more, which strides see too",
                "the heads of the fixed pattern share their summaries; the paper prefers distinct ones for each head",
                "embeddings start at deviation 1: at the paper's 0.125 / sqrt(D), learning starts later than 100 steps",
                "exact GELU, no dropout", "attention is not recomputed in the backward pass (section 5.4)"],
)
Form = Callable[[Tensor, Tensor, Tensor, int], Tensor]


def look_in_window(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    """Place t sees t - window + 1 .. t: (..., T, K) in chunks of `window`; T must be a multiple of it."""
    place = torch.arange(1, query.shape[-2] + 1, device=query.device)[:, None]          # from 1: 0 is before the text
    seen = neighborhoods(place, window).mT                                              # (C, 1, 2L)
    back = place.unflatten(0, (-1, window)) - seen                                      # (C, L, 2L)
    mixed = attention(query.unflatten(-2, (-1, window)), neighborhoods(key, window), neighborhoods(value, window),
                      (seen > 0) & (back >= 0) & (back < window))
    return mixed.flatten(-3, -2)


def neighborhoods(x: Tensor, size: int, after: int = 0) -> Tensor:
    """Chunks of (..., T, K), each with the one before it and `after` behind it: (..., C, (2 + after) size, K).

    Beyond the ends of the text there are zeros.
    """
    padded, chunks = F.pad(x, (0, 0, size, after * size)).unflatten(-2, (-1, size)), x.shape[-2] // size
    return torch.cat([padded.narrow(-3, first, chunks) for first in range(2 + after)], dim=-2)


def look_in_strides(query: Tensor, key: Tensor, value: Tensor, stride: int) -> Tensor:
    """Place t sees t, t - stride, t - 2 stride, ...: (..., T, K); T must be a multiple of the stride."""
    q, k, v = (x.unflatten(-2, (-1, stride)).transpose(-3, -2) for x in (query, key, value))            # (..., L, C, K)
    return look_back(q, k, v).transpose(-3, -2).flatten(-3, -2)


def look_factorized(query: Tensor, key: Tensor, value: Tensor, size: int) -> Tensor:
    """The strided pattern: half of the heads of (B, H, T, K) use a window, the others strides of the same size."""
    (q_near, q_far), (k_near, k_far), (v_near, v_far) = (x.chunk(2, dim=1) for x in (query, key, value))    # eq. (8)
    return torch.cat([look_in_window(q_near, k_near, v_near, size), look_in_strides(q_far, k_far, v_far, size)], dim=1)


def look_fixed(query: Tensor, key: Tensor, value: Tensor, block: int, summaries: int = 1) -> Tensor:
    """The fixed pattern: place t sees its block up to t, and the last `summaries` places of every block before."""
    q, k, v = (x.unflatten(-2, (-1, block)) for x in (query, key, value))                               # (..., C, L, K)
    chunks = torch.arange(q.shape[-3], device=q.device)
    own = torch.ones(len(chunks), block, block, dtype=torch.bool, device=q.device).tril()               # A1
    earlier = (chunks[:, None] > chunks.repeat_interleave(summaries))[:, None].expand(-1, block, -1)    # A2 less A1
    return attention(q, _and_summaries(k, summaries), _and_summaries(v, summaries),
                     torch.cat([own, earlier], dim=-1)).flatten(-3, -2)                                 # eq. (7)


def _and_summaries(x: Tensor, count: int) -> Tensor:
    """To every block of (..., C, L, K) append the last places of all blocks: (..., C, L + C count, K)."""
    last = x[..., -count:, :].flatten(-3, -2)
    return torch.cat([x, last.unsqueeze(-3).expand(*x.shape[:-2], -1, -1)], dim=-2)


def attend_by(form: Form, size: int) -> Attend:
    """The form with windows, strides or blocks of this size, as layers call it."""
    return lambda query, key, value, mask=None: form(query, key, value, size)


class SparseTransformer(nn.Module):
    """Words (B, T) to logits of the next word (B, T, V); block r attends by `attends[r mod len(attends)]`."""

    def __init__(self, words: int, length: int, stride: int, width: int, heads: int, depth: int,
                 attends: Sequence[Attend]) -> None:
        super().__init__()
        self.stride, self.words = stride, nn.Embedding(words, width)
        self.rows, self.columns = nn.Embedding(length // stride, width), nn.Embedding(stride, width)
        layers = [PreNormLayer(width, heads, 4 * width) for _ in range(depth)]
        for block, layer in enumerate(layers):
            layer.self_attn.attend = attends[block % len(attends)]                                      # eq. (6)
        self.layers, self.norm = nn.ModuleList(layers), nn.LayerNorm(width)
        self.read = nn.Linear(width, words, bias=False)
        self.start(depth)

    def start(self, depth: int) -> None:
        """Weights of deviation 0.125 / sqrt(fan-in), over sqrt(2 depth) if they write into the sum h; zero logits."""
        for name, weight in self.layers.named_parameters():
            if weight.dim() == 2:
                nn.init.normal_(weight, std=0.125 * weight.shape[1] ** -0.5)
                if name.endswith(("out_proj.weight", "linear2.weight")):                                # W_p, W_2
                    weight.data /= (2 * depth) ** 0.5
            elif name.endswith("bias"):
                nn.init.zeros_(weight)
        nn.init.zeros_(self.read.weight)

    def forward(self, text: Tensor) -> Tensor:
        place = torch.arange(text.shape[1], device=text.device)
        h = self.words(text) + self.rows(place // self.stride) + self.columns(place % self.stride)      # eq. (9), (15)
        for layer in self.layers:
            h = layer(h)                                                                        # eq. (10), (12) to (14)
        return self.read(self.norm(h))                                                                  # eq. (11)


# -- how we know that it is right: every check takes the forms, so that the mutants can be shown to fail --------------
Make = Callable[[], tuple[Form, Form, Form]]
_two_summaries = partial(look_fixed, summaries=2)


def _forms() -> tuple[Form, Form, Form]:
    return look_in_window, look_factorized, _two_summaries


def visible(length: int, size: int) -> list[Tensor]:
    """The sets of the three forms in four heads, c = 2, as masks (4, T, T): True where place i (row) sees place j."""
    j = torch.arange(length)
    i = j[:, None]
    near, far, fixed = i - size < j, (i - j) % size == 0, (j // size == i // size) | (j % size >= size - 2)
    return [torch.stack(heads) & (j <= i) for heads in ([near] * 4, [near, near, far, far], [fixed] * 4)]


def oracle(make: Make = _forms) -> tuple[SparseTransformer, Callable[[Tensor], Tensor], Tensor]:
    """Ours with random parameters, a block for each form; torch's layers with the same and the sets as masks; words."""
    ours = SparseTransformer(11, 12, 4, 8, 4, 3, [attend_by(form, 4) for form in make()]).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.5)
    torchs = nn.TransformerEncoderLayer(8, 4, 32, 0.0, F.gelu, batch_first=True, norm_first=True).double()

    def theirs(text: Tensor) -> Tensor:
        p: dict[str, Tensor] = {name.replace("in_proj.", "in_proj_"): tensor
                                for name, tensor in ours.named_parameters()}
        h = torch.stack([p["words.weight"][text[:, t]] + p["rows.weight"][t // 4] + p["columns.weight"][t % 4]
                         for t in range(12)], dim=1)
        for block, seen in enumerate(visible(12, 4)):
            layer = {name.removeprefix(f"layers.{block}."): tensor for name, tensor in p.items()
                     if name.startswith(f"layers.{block}.")}
            h = torch.func.functional_call(torchs, layer, (h,), {"src_mask": ~seen.repeat(3, 1, 1)})
        return F.layer_norm(h, (8,), p["norm.weight"], p["norm.bias"]) @ p["read.weight"].T

    return ours, theirs, torch.randint(11, (3, 12))


def check_each_form_is_masked_full(make: Make = _forms) -> None:
    query, key, value = 1 + torch.randn(3, 2, 4, 12, 3, dtype=torch.float64)
    for size in (2, 3, 4, 12):
        for form, seen in zip(make(), visible(12, size), strict=True):
            torch.testing.assert_close(form(query, key, value, size), attention(query, key, value, seen))


def check_two_steps_reach_everything(make: Make = _forms) -> None:
    """Section 4.2: through one place between, i sees all j <= i, though no head sees more than 3 sqrt(n) places."""
    query, key = torch.randn(2, 1, 2, 64, 3)
    for form in make()[1:]:
        seen = form(query, key, torch.eye(64).expand(1, 2, 64, 64), 8)[0] > 0           # V = identity: the weights
        step = seen.any(dim=0).float()
        assert torch.equal(step @ step > 0, torch.ones(64, 64).tril() > 0), "some place is out of reach"
        assert seen.sum(dim=-1).max() <= 3 * 8, "a head sees too much"


def check_no_square_is_kept(make: Make = _forms) -> None:
    """At four times the length a window keeps four times the bytes; the others, fewer than one T x T score matrix."""
    windowed, *others = make()
    short, long = (torch.randn(1, 4, length, 8, requires_grad=True) for length in (256, 1024))
    few, many = (saved_bytes(lambda x: windowed(x, x, x, 16), (x,)) for x in (short, long))
    assert many < 4.5 * few, f"four times the length keeps {many / few:.1f} times the bytes"
    for form in others:
        assert saved_bytes(lambda x, form=form: form(x, x, x, 32), (long,)) < 4 * 1024 ** 2 * 4     # heads, T^2, bytes


def _by_mask(sees: Callable[[Tensor, Tensor, int], Tensor]) -> Form:
    def look(query: Tensor, key: Tensor, value: Tensor, size: int) -> Tensor:
        j = torch.arange(query.shape[-2])
        return attention(query, key, value, sees(j[:, None], j, size) & (j <= j[:, None]))
    return look


def _sees_padding(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    query, key, value = (F.pad(x, (0, 0, window, 0)) for x in (query, key, value))      # zeros that no mask hides
    return look_in_window(query, key, value, window)[..., window:, :]


def _strides_first(query: Tensor, key: Tensor, value: Tensor, size: int) -> Tensor:
    return look_factorized(query.flip(1), key.flip(1), value.flip(1), size).flip(1)


_first_summarize = _by_mask(lambda i, j, block: (j // block == i // block) | (j % block < 2))
_without_summaries = _by_mask(lambda i, j, block: j // block == i // block)
MUTANTS: dict[str, Make] = {
    "window_one_wider": lambda: (_by_mask(lambda i, j, window: i - window <= j), look_factorized, _two_summaries),
    "first_chunk_sees_padding": lambda: (_sees_padding, look_factorized, _two_summaries),
    "masked_full": lambda: (_by_mask(lambda i, j, window: i - window < j), look_factorized, _two_summaries),
    "strides_come_first": lambda: (look_in_window, _strides_first, _two_summaries),
    "first_places_summarize": lambda: (look_in_window, look_factorized, _first_summarize),
    "without_summaries": lambda: (look_in_window, look_factorized, _without_summaries),
}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def images(count: int) -> Tensor:
    """Images (count, 64) of 8 x 8 letters: each is the letter of its column or, with probability 0.3, any of the 8."""
    columns, noise = torch.randint(8, (count, 1, 8)), torch.randint(8, (count, 8, 8))
    return torch.where(torch.rand(count, 8, 8) < 0.7, columns, noise).flatten(1)


def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Predict images letter by letter: yield (step, cross-entropy over the last two rows of 500 others)."""
    torch.manual_seed(seed)
    forms: dict[str, Form] = {"full": lambda query, key, value, size: look_back(query, key, value),
                              "factorized": look_factorized, "window": look_in_window}
    model = SparseTransformer(8, 64, 8, 32, 2, 2, [attend_by(forms[arm], 8)]).to(device)
    optimizer, unseen = torch.optim.Adam(model.parameters(), lr, fused=True), images(500).to(device)
    for step in range(1, 101):
        image = images(16).to(device)
        optimizer.param_groups[0]["lr"] = lr * (1 - (step - 1) / 100)
        optimizer.zero_grad()
        F.cross_entropy(model(image)[:, :-1].flatten(0, 1), image[:, 1:].flatten()).backward()
        optimizer.step()
        if step % 25 == 0:
            with torch.no_grad():
                yield step, F.cross_entropy(model(unseen)[:, 47:63].flatten(0, 1), unseen[:, 48:].flatten()).item()


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Scores and mixtures of half the heads in windows, of the others in strides; queries, keys, values in, one out."""
    b, t, h, k, size = (case.sizes[name] for name in "BTHKL")
    return Work(flop=4 * b * k * t * (2 * size + t // size) * h // 2, min_bytes=4 * b * h * t * k * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]],
                                                                       tuple[Tensor, ...]]:
    """Queries, keys and values (B, H, T, K); the baseline computes all T x T scores and masks them."""
    b, t, h, k, size = (case.sizes[name] for name in "BTHKL")
    seen = visible(t, size)[1].repeat_interleave(h // 4, dim=0).to(device)
    masked = partial(F.scaled_dot_product_attention, attn_mask=seen)
    return ({"torch.nn.functional.scaled_dot_product_attention": masked, "reference": attend_by(look_factorized, size)},
            tuple(torch.randn(3, b, h, t, k, device=device, dtype=dtype)))
