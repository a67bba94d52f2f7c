"""ALiBi: take from each score a penalty that grows with the distance, so that texts may be longer than in training.

    softmax(q_i K^T / sqrt(K) + m [-(i - 1), .., -2, -1, 0])            Press, Smith & Lewis 2021, section 3, figure 3
    m = 2^(-8/H), 2^(-16/H), .., 2^(-8) for H heads, that is 1/2, 1/4, .., 1/256 for 8                      section 3

Query i sees keys 1 .. i. Nothing is added to the input, and nothing is learned: every head has its slope m, from steep
ones, which see little but the last few tokens, to flat ones, which see hundreds. The bias is not divided by sqrt(K)
(footnote 10). Values know no places. The softmax does not see a constant that is added to all scores of a query: the
bias m j, by the place of the key alone, gives the same weights as -m (i - j), but is too coarse in half precision.
Convention: where H is not a power of two, the slopes of the next lower power come first and then every second one of
those of twice that power, steepest first. This is the rule of the authors' code, not the paper's.
Shapes: B texts, H heads, S positions (keys and values), T queries, which belong to the last T positions, K head width.
"""
from collections.abc import Callable, Iterator
from functools import partial
from math import floor, inf, log2, sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.rope import look_rotated
from reference_impls.attention.transformer import EncoderLayer, attention, positions
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="alibi", papers=["arxiv:2108.12409"], role="layer", symbols=["slopes", "linear_biases", "look_back"],
    patterns=["positional-encoding", "attention", "inductive-bias"],
    oracle="torch.nn.functional:scaled_dot_product_attention",
    properties=["slopes_are_the_papers", "place_of_the_key_is_enough", "only_distance_counts",
                "one_position_at_a_time"],
    mutants=["first_slope_is_one", "never_a_power", "bias_divided_by_root", "queries_from_the_start",
             "sees_the_future"],
    claim=Claim(
        text="Trained on texts of 32 tokens, one layer with linear biases predicts texts of 256 nearly as well as "
             "their source; with added sinusoids or rotated queries and keys it cannot, whatever the learning rate",
        metric="perplexity_over_ideal", better="lower", grade="A", budget_s=3,
        grid={"lr": [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]},
        arms={"sinusoidal": Arm(expect=">1.349", settings={"lr": 0.0003}),
              "rope": Arm(expect=">1.349", settings={"lr": 0.0003}),
              "alibi": Arm(expect="<1.349", settings={"lr": 0.01})},
    ),
    bench=[Case("b2h4t128k64", {"B": 2, "H": 4, "T": 128, "K": 64}),
           Case("b4h16t2048k128-gpu", {"B": 4, "H": 16, "T": 2048, "K": 128})],
    deviations=["biases are computed anew in every call; the paper's code keeps them in the mask"],
)
Attend = Callable[..., Tensor]


def slopes(heads: int) -> Tensor:
    """One slope m for each head (H,), in float64."""
    power = 2 ** floor(log2(heads))
    own = [2 ** (-8 * h / power) for h in range(1, power + 1)]
    between = [2 ** (-4 * h / power) for h in range(1, 2 * (heads - power), 2)]         # none for a power of two
    return torch.tensor(own + between, dtype=torch.float64)


def linear_biases(query: Tensor, key: Tensor, choose: Callable[[int], Tensor] = slopes) -> Tensor:
    """What is added to the scores of queries (.., H, T, K) and keys (.., H, S, K): (H, T, S), -inf in the future."""
    (heads, queries, _), keys = query.shape[-3:], key.shape[-2]
    steps = torch.arange(keys - queries, keys, device=query.device)[:, None] - torch.arange(keys, device=query.device)
    m = choose(heads).to(query.device, torch.promote_types(query.dtype, torch.float32))
    return (-m[:, None, None] * steps).masked_fill(steps < 0, -inf).to(query)           # -m (i - j)


def look_back(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None,
              biases: Callable[[Tensor, Tensor], Tensor] = linear_biases) -> Tensor:
    """`attention` to the past, nearer keys first. A mask (.., T, S) that is False hides a key from a query."""
    scores = query @ key.mT / sqrt(query.shape[-1]) + biases(query, key)                # (.., H, T, S)
    visible = scores if mask is None else scores.masked_fill(~mask, -inf)
    return visible.softmax(dim=-1) @ value


# -- how we know that it is right: every check takes the function, so that the mutants can be shown to fail -----------
Function = Callable[..., Tensor]


def inputs(heads: int, queries: int, keys: int) -> list[Tensor]:
    """Queries (2, heads, queries, 3), keys and values (2, heads, keys, 3), far from standard."""
    return [1 + 2 * torch.randn(2, heads, length, 3, dtype=torch.float64) for length in (queries, keys, keys)]


def oracle(make: Attend = look_back) -> tuple[Function, Function, list[Tensor]]:
    """Six heads and the last four of five positions; torch's attention with a bias written down pair by pair."""
    def theirs(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        m = (1 / 4, 1 / 16, 1 / 64, 1 / 256, 1 / 2, 1 / 8)                  # those of 4 heads, then two of those of 8
        bias = torch.tensor([[[m[h] * (j - i) if j <= i else -inf for j in range(5)] for i in range(1, 5)]
                             for h in range(6)], dtype=query.dtype)
        return F.scaled_dot_product_attention(query, key, value, bias)

    return make, theirs, inputs(6, 4, 5)


def check_slopes_are_the_papers(make: Attend = look_back) -> None:
    """Read from the weights of two keys where all scores are 0; 8 and 16 heads of section 3, 12 by the rule above."""
    eight, sixteen = [2.0 ** -h for h in range(1, 9)], [2 ** (-h / 2) for h in range(1, 17)]
    for expected in (eight, sixteen, [*eight, *sixteen[:8:2]]):
        zeros = torch.zeros(len(expected), 2, 1, dtype=torch.float64)
        weights = make(zeros, zeros, torch.eye(2, dtype=torch.float64))[:, 1]           # (H, 2): of the last query
        torch.testing.assert_close((weights[:, 1] / weights[:, 0]).log(), weights.new_tensor(expected))


def check_place_of_the_key_is_enough(make: Attend = look_back) -> None:
    query, key, value = inputs(4, 7, 7)
    places = slopes(4).to(query)[:, None, None] * torch.arange(7)                       # m j: (H, 1, S)
    bias = places.masked_fill(torch.ones(7, 7).triu(1).bool(), -inf)
    torch.testing.assert_close(make(query, key, value), F.scaled_dot_product_attention(query, key, value, bias))


def check_only_distance_counts(make: Attend = look_back) -> None:
    """With the first three tokens hidden, the others see what they would see in a text without them."""
    whole, hidden = inputs(4, 9, 9), torch.arange(9) < 3
    torch.testing.assert_close(make(*whole, ~hidden)[..., 3:, :], make(*(x[..., 3:, :] for x in whole)))


def check_one_position_at_a_time(make: Attend = look_back) -> None:
    """What generation with a cache needs: the last query alone, with all keys so far."""
    query, key, value = inputs(4, 9, 9)
    single = [make(query[..., i:i + 1, :], key[..., :i + 1, :], value[..., :i + 1, :]) for i in range(9)]
    torch.testing.assert_close(torch.cat(single, dim=-2), make(query, key, value))


def _geometric(heads: int, first: int) -> Tensor:
    return 2 ** (-8 * torch.arange(first, first + heads, dtype=torch.float64) / heads)


def _mutant(biases: Callable[[Tensor, Tensor], Tensor]) -> Attend:
    return partial(look_back, biases=biases)


MUTANTS: dict[str, Attend] = {
    "first_slope_is_one": _mutant(partial(linear_biases, choose=partial(_geometric, first=0))),
    "never_a_power": _mutant(partial(linear_biases, choose=partial(_geometric, first=1))),
    "bias_divided_by_root": _mutant(lambda query, key: linear_biases(query, key) / sqrt(query.shape[-1])),
    "queries_from_the_start": _mutant(lambda query, key: linear_biases(key, key)[..., :query.shape[-2], :]),
    "sees_the_future": _mutant(lambda query, key: linear_biases(query, key).nan_to_num(neginf=0.0))}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Train on texts of 32 tokens; yield (length, perplexity on texts of that length over the source's own)."""
    torch.manual_seed(seed)
    fixed = torch.Generator().manual_seed(0)                # the source is one for all seeds
    last, before = (6 ** 0.5 * torch.randn(2, 8, 8, generator=fixed, device="cpu")).to(device)
    attend = {"sinusoidal": attention, "rope": look_rotated, "alibi": look_back}[arm]

    def look(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
        return attend(query, key, value, torch.ones(query.shape[-2], key.shape[-2], device=device).tril().bool())

    layer, embedding, read = EncoderLayer(64, 4, hidden=64, attend=look), nn.Embedding(8, 64), nn.Linear(64, 8)
    optimizer = torch.optim.Adam(nn.ModuleList([embedding, layer, read]).to(device).parameters(), lr)

    def source(tokens: Tensor) -> Tensor:
        """Probabilities (texts, length - 1, 8) of what follows each two tokens; a tenth is blind, against cycles."""
        return 0.9 * (last[tokens[:, 1:]] + before[tokens[:, :-1]]).softmax(dim=-1) + 0.1 / 8

    def write(count: int, length: int) -> Tensor:
        tokens = torch.randint(8, (count, 2), device=device)
        while tokens.shape[1] <= length:
            tokens = torch.cat([tokens, source(tokens[:, -2:])[:, 0].multinomial(1)], dim=1)
        return tokens

    def surprise(tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors that enter the layer; mean of -log p over that of the source, for all tokens but the first two."""
        x = embedding(tokens[:, :-1])
        if arm == "sinusoidal":
            x = x + positions(x.shape[1], 64).to(x)
        logits, ideal = read(layer(x))[:, 1:], source(tokens[:, :-1]).log()             # both (texts, length - 1, 8)
        nats = [F.cross_entropy(each.flatten(0, 1), tokens[:, 2:].flatten()) for each in (logits, ideal)]
        return x, nats[0] - nats[1]

    for texts in write(100 * 32, length=32).split(32):
        optimizer.zero_grad()
        surprise(texts)[1].backward()
        optimizer.step()
    with torch.no_grad():
        texts = write(50, length=256)
        for length in (32, 64, 128, 256):
            x, excess = surprise(texts[:, :length + 1])
            yield length, excess.exp().item()
        query, key, _ = layer.self_attn.project(x[:1], x[:1])
        looks = look(query, key, torch.eye(256, device=device))[0, :, -24:, -24:]       # V = identity: the weights
    yield Picture("where the last 24 of 256 tokens look, by head: a row per query", looks.cpu(), "images")


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """The two products of attention, for all pairs; three reads, one write."""
    b, h, t, k = (case.sizes[s] for s in "BHTK")
    return Work(flop=4 * b * h * t * t * k, min_bytes=4 * b * h * t * k * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Attend], tuple[Tensor, ...]]:
    """Queries, keys and values (B, H, T, K); the baseline is torch's attention with the same biases as its mask."""
    def masked(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(query, key, value, linear_biases(query, key))

    return ({"torch.scaled_dot_product_attention": masked, "reference": look_back},
            tuple(torch.randn(3, *(case.sizes[s] for s in "BHTK"), device=device, dtype=dtype).unbind()))
