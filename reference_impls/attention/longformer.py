"""Longformer: every place sees a window on both sides, and a few chosen places see, and are seen by, the whole text.

    Attention(Q, K, V) = softmax(Q K^T / sqrt(d_k)) V                                      Beltagy et al. 2020, eq. (1)
    place i             keys {j: |i - j| <= w/2} and the chosen ones, by Q_s, K_s, V_s                      section 3.1
    a chosen place      keys of the whole text,                       by Q_g, K_g, V_g                      section 3.1

The places are chosen for the task: [CLS] in classification, the question in question answering. Q_g, K_g, V_g start as
copies of Q_s, K_s, V_s. T x (w + G) scores instead of T x T: a layer of this takes the place of self-attention.
Windows are computed in chunks of w/2 queries, which meet their own chunk and its neighbors; a third of these scores is
masked. A chosen key inside a window counts once, and places that are not chosen see it by K_s and V_s.
Longer than most: two kinds of attention meet in one layer, and each can go wrong in its own ways.

Shapes: B texts, T places (a multiple of w/2), D model width, H heads, K = D/H, W window w, C = 2T/W chunks, G chosen.
"""
from collections.abc import Callable, Iterator, Sequence
from itertools import product

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.sparse_transformer import neighborhoods
from reference_impls.attention.transformer import EncoderLayer, MultiHeadAttention, attention, positions
from reference_impls.harness.bench.memory import saved_bytes
from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="longformer", papers=["arxiv:2004.05150"], role="layer", symbols=["look_around", "LongformerAttention"],
    patterns=["self-attention", "sparsity", "inductive-bias"],
    oracle="closed form: the softmax of each place over the keys of its set, one place at a time", equations=["1"],
    properties=["window_and_chosen_are_masked_full", "choosing_all_is_full_attention", "projections_start_as_copies",
                "memory_grows_linearly"],
    mutants=["window_on_each_side", "chosen_are_not_seen", "chosen_counts_twice", "masked_full",
             "one_set_of_projections", "projections_start_apart"],
    claim=Claim(
        text="A question at one end of a text is answered if its place sees, and is seen by, the whole text; windows "
             "alone do little better than chance (0.25), though their receptive field over three layers is the text",
        metric="accuracy", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.001, 0.003, 0.01, 0.03]},
        arms={"window": Arm(expect="<0.66", settings={"lr": 0.003}),
              "global": Arm(expect=">0.66", settings={"lr": 0.01})},
    ),
    bench=[Case("window-64", {"B": 1, "T": 1024, "D": 256, "H": 4, "W": 64, "G": 1}),
           Case("base-gpu", {"B": 1, "T": 4096, "D": 768, "H": 12, "W": 512, "G": 1})],
    deviations=["no dilated windows, which the paper uses for language models only", "no mask for padding",
                "the same places are chosen in all texts of a batch"],
)


def look_around(query: Tensor, key: Tensor, value: Tensor, window: int, chosen: Tensor) -> Tensor:
    """Place t of (..., T, K) sees t - window/2 .. t + window/2 and the chosen places (G,); window/2 divides T."""
    reach = window // 2
    place = torch.arange(1, query.shape[-2] + 1, device=query.device)                  # from 1: 0 is outside the text
    near = neighborhoods(place.index_fill(0, chosen, 0)[:, None], reach, after=1).mT   # (C, 1, 3W/2), 0 if chosen
    seen = (near > 0) & ((place.view(-1, reach, 1) - near).abs() <= reach)             # (C, W/2, 3W/2)
    mixed = attention(query.unflatten(-2, (-1, reach)), _near_and_chosen(key, reach, chosen),
                      _near_and_chosen(value, reach, chosen), F.pad(seen, (0, len(chosen)), value=True))
    return mixed.flatten(-3, -2)


def _near_and_chosen(x: Tensor, reach: int, chosen: Tensor) -> Tensor:
    """Of (..., T, K), what each chunk can see: its neighborhood, then the chosen places (..., C, 3W/2 + G, K)."""
    near = neighborhoods(x, reach, after=1)
    return torch.cat([near, x[..., None, chosen, :].expand(*near.shape[:-2], -1, -1)], dim=-2)


class LongformerAttention(MultiHeadAttention):
    """Self-attention (B, T, D) in windows, but for `chosen` places, which see everything and are seen by all."""

    chosen: Tensor

    def __init__(self, width: int, heads: int, window: int, chosen: Sequence[int]) -> None:
        super().__init__(width, heads)                                                 # Q_s, K_s, V_s and the output
        self.window, self.whole = window, self.start_alike(MultiHeadAttention(width, heads))
        self.whole.out_proj = self.out_proj                                            # one for both
        self.register_buffer("chosen", torch.tensor(chosen, dtype=torch.long))

    def start_alike(self, whole: MultiHeadAttention) -> MultiHeadAttention:
        """Give Q_g, K_g, V_g the values of Q_s, K_s, V_s."""
        whole.in_proj.load_state_dict(self.in_proj.state_dict())
        return whole

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        """As in any encoder, memory is x; ValueError if there is a mask: window and choice decide what is seen."""
        if mask is not None:
            raise ValueError("attention in windows takes no mask")
        near = self.look(*self.project(x, memory))                                     # (B, H, T, K)
        far = attention(*self.whole.project(x[:, self.chosen], memory))                # (B, H, G, K)
        return self.out_proj(near.index_copy(2, self.chosen, far).transpose(1, 2).flatten(2))

    def look(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return look_around(query, key, value, self.window, self.chosen)


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = Callable[..., LongformerAttention]


def oracle(make: Make = LongformerAttention) -> tuple[LongformerAttention, Callable[..., Tensor],
                                                      tuple[Tensor, Tensor]]:
    """Ours with random parameters, places 0 and 7 chosen, w = 6; each place in turn with its set of keys; x, memory."""
    ours = make(8, 2, 6, [0, 7]).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.5)

    def theirs(x: Tensor, memory: Tensor) -> Tensor:
        def project(maps: nn.Linear) -> Tensor:                                        # (3, B, T, H, K)
            return torch.stack([(z @ maps.weight[part:part + 8].T + maps.bias[part:part + 8]).unflatten(-1, (2, 4))
                                for z, part in ((x, 0), (memory, 8), (memory, 16))])

        local, whole, rows = project(ours.in_proj), project(ours.whole.in_proj), []
        for place in range(12):
            window = [j for j in range(12) if abs(place - j) <= 3 or j in (0, 7)]
            (query, key, value), keys = (whole, list(range(12))) if place in (0, 7) else (local, window)
            weights = (torch.einsum("bhk,bshk->bhs", query[:, place], key[:, keys]) / 2).softmax(dim=-1)     # K = 4
            rows.append(torch.einsum("bhs,bshk->bhk", weights, value[:, keys]).flatten(1))
        return F.linear(torch.stack(rows, dim=1), ours.out_proj.weight, ours.out_proj.bias)

    return ours, theirs, (1 + torch.randn(3, 12, 8, dtype=torch.float64), torch.randn(3, 12, 8, dtype=torch.float64))


def seen_places(length: int, window: int, chosen: Tensor) -> Tensor:
    """The mask (T, T) of `look_around`: True where place i (row) sees place j."""
    place = torch.arange(length, device=chosen.device)
    return ((place[:, None] - place).abs() <= window // 2) | torch.isin(place, chosen)


def check_window_and_chosen_are_masked_full(make: Make = LongformerAttention) -> None:
    query, key, value = 1 + torch.randn(3, 2, 4, 12, 3, dtype=torch.float64)
    for window, chosen in product((2, 6, 8, 24), ([], [5], [11, 0])):
        layer = make(12, 4, window, chosen)
        expected = attention(query, key, value, seen_places(12, window, layer.chosen))
        torch.testing.assert_close(layer.look(query, key, value), expected)


def check_choosing_all_is_full_attention(make: Make = LongformerAttention) -> None:
    ours, x = make(8, 2, 4, range(6)), torch.randn(2, 6, 8)
    nn.init.normal_(ours.whole.in_proj.weight)                                         # as if trained
    torch.testing.assert_close(ours(x, x), ours.whole(x, x))


def check_projections_start_as_copies(make: Make = LongformerAttention) -> None:
    """Before any training, windows of twice the length give full attention, whatever is chosen."""
    ours, x = make(8, 2, 12, [2]), torch.randn(2, 6, 8)
    torch.testing.assert_close(ours(x, x), MultiHeadAttention.forward(ours, x, x))


def check_memory_grows_linearly(make: Make = LongformerAttention) -> None:
    layer = make(8, 2, 16, [0])
    few, many = (saved_bytes(layer, (torch.randn(1, length, 8),) * 2) for length in (256, 1024))
    assert many < 4.5 * few, f"four times the length keeps {many / few:.1f} times the bytes"


class _WindowOnEachSide(LongformerAttention):
    def look(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return look_around(query, key, value, 2 * self.window, self.chosen)


class _ChosenAreNotSeen(LongformerAttention):
    def look(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return look_around(query, key, value, self.window, self.chosen[:0])


class _ChosenCountsTwice(LongformerAttention):
    def look(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        seen = F.pad(seen_places(query.shape[-2], self.window, self.chosen[:0]), (0, len(self.chosen)), value=True)
        key, value = (torch.cat([x, x[..., self.chosen, :]], dim=-2) for x in (key, value))
        return attention(query, key, value, seen)


class _MaskedFull(LongformerAttention):
    def look(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        seen = seen_places(query.shape[-2], self.window, self.chosen)
        return F.scaled_dot_product_attention(query, key, value, attn_mask=seen)


class _OneSetOfProjections(LongformerAttention):
    def forward(self, x: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        near, far = self.look(*self.project(x, memory)), attention(*self.project(x[:, self.chosen], memory))
        return self.out_proj(near.index_copy(2, self.chosen, far).transpose(1, 2).flatten(2))


class _ProjectionsStartApart(LongformerAttention):
    def start_alike(self, whole: MultiHeadAttention) -> MultiHeadAttention:
        return whole


MUTANTS = {"window_on_each_side": _WindowOnEachSide, "chosen_are_not_seen": _ChosenAreNotSeen,
           "chosen_counts_twice": _ChosenCountsTwice, "masked_full": _MaskedFull,
           "one_set_of_projections": _OneSetOfProjections, "projections_start_apart": _ProjectionsStartApart}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def questions(count: int) -> tuple[Tensor, Tensor]:
    """Texts (B, 18, 2) of 17 keys in random order, each with a value, behind a key that asks; answers (B,), 0 to 3."""
    keys, values, text = torch.rand(count, 17).argsort(dim=1), torch.randint(4, (count, 17)), torch.arange(count)
    place = torch.randint(17, (count,))
    question = torch.stack([keys[text, place], torch.full((count,), 4)], dim=-1)      # 4: the value is asked for
    return torch.cat([question[:, None], torch.stack([keys, values], dim=-1)], dim=1), values[text, place]


class Answerer(nn.Module):
    """Texts (B, 18, 2) to logits of the answer (B, 4), read at place 0 after three layers with w = 12."""

    def __init__(self, chosen: Sequence[int]) -> None:
        super().__init__()
        self.key, self.value, self.read = nn.Embedding(17, 32), nn.Embedding(5, 32), nn.Linear(32, 4)
        self.layers = nn.Sequential(*(EncoderLayer(32, 2, 64) for _ in range(3)))
        for layer in self.layers:
            layer.self_attn = LongformerAttention(32, 2, 12, chosen)

    def forward(self, text: Tensor) -> Tensor:
        x = self.key(text[..., 0]) + self.value(text[..., 1]) + positions(18, 32).to(self.read.weight)
        return self.read(self.layers(x)[:, 0])


def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Train with warm-up and decay on new texts at every step: yield (step, accuracy on 500 others)."""
    torch.manual_seed(seed)
    model = Answerer({"window": [], "global": [0]}[arm]).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr, fused=True)
    unseen, right = (x.to(device) for x in questions(500))
    for step in range(1, 181):
        text, answer = (x.to(device) for x in questions(24))
        optimizer.param_groups[0]["lr"] = lr * min(1, step / 20) * (1 - (step - 1) / 180)
        optimizer.zero_grad()
        F.cross_entropy(model(text), answer).backward()
        optimizer.step()
        if step % 60 == 0:
            with torch.no_grad():
                yield step, (model(unseen).argmax(dim=-1) == right).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Both projections and the output, scores and mixtures of windows and of chosen places; weights, x in, y out."""
    b, t, d, w, g = (case.sizes[k] for k in "BTDWG")
    products = 6 * t * d * d + 2 * g * d * d + 2 * t * d * (3 * w // 2 + g) + 2 * g * t * d
    return Work(flop=2 * b * products, min_bytes=(7 * d * d + 2 * b * t * d) * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[[Tensor], Tensor]],
                                                                       tuple[Tensor, ...]]:
    """Self-attention over x (B, T, D), its first G places chosen; the baseline masks all T x T scores in torch."""
    b, t, d, h, w, g = (case.sizes[k] for k in "BTDHWG")
    ours, masked = (kind(d, h, w, range(g)).to(device, dtype) for kind in (LongformerAttention, _MaskedFull))
    masked.load_state_dict(ours.state_dict())
    return ({"torch.nn.functional.scaled_dot_product_attention": lambda x: masked(x, x),
             "reference": lambda x: ours(x, x)}, (torch.randn(b, t, d, device=device, dtype=dtype),))
