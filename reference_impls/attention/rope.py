"""RoPE: turn queries and keys by angles that grow with their place, so that a score knows only how far apart they are.

    R_m x = (x_1, x_2, x_3, ..) * cos(m theta) + (-x_2, x_1, -x_4, ..) * sin(m theta)         Su et al. 2021, eq. (34)
    theta_j = 10000^(-2(j - 1)/K) for j = 1 .. K/2, the same for both coordinates of a pair                   eq. (15)
    (R_m q) . (R_n k) = q . (R_(n-m) k) = Re sum_j q_j k_j* e^(i (m - n) theta_j)                       eq. (16), (35)

R_m turns each pair of coordinates, read as one complex number q_j, by the angle m theta_j. Values are not turned, and
nothing is added to the input. Places m count from 0.
Convention: a pair is two neighbors, (x_1, x_2), (x_3, x_4), as in the paper. The Llama of Hugging Face pairs x_j with
x_(j + K/2), as `rotate_halves` does: the same rotation of permuted coordinates. Scores do not see a permutation that
queries and keys share, but weights trained in one convention need the rows of each head permuted for the other.

Shapes: B texts, H heads, T positions (S for keys), K width of a head, even.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.transformer import EncoderLayer, attention, positions
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="rope", papers=["arxiv:2104.09864"], role="layer",
    symbols=["waves", "rotate", "rotate_halves", "to_halves", "look_rotated"],
    patterns=["positional-encoding", "attention"], equations=["15", "16", "34", "35", "37"],
    oracle="closed form: eq. (12) and (35) in complex numbers, one pair of positions at a time",
    properties=["score_depends_on_distance_only", "norm_is_kept", "one_position_at_a_time", "halves_are_permuted_pairs",
                "bound_on_scores_decays"],
    mutants=["pairs_in_halves", "places_from_one", "sign_forgotten", "start_forgotten", "one_speed"],
    claim=Claim(
        text="One layer trained to name the last four of 24 tokens still names most of them at the end of 96 if "
             "queries and keys are rotated, and hardly any if sinusoids are added to the input",
        metric="accuracy", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.001, 0.003, 0.01, 0.03]},
        arms={"sinusoidal": Arm(expect="<0.51", settings={"lr": 0.01}),
              "rope": Arm(expect=">0.51", settings={"lr": 0.01})},
    ),
    bench=[Case("b2h4t128k64", {"B": 2, "H": 4, "T": 128, "K": 64}),
           Case("b4h16t2048k128-gpu", {"B": 4, "H": 16, "T": 2048, "K": 128})],
    deviations=["sines and cosines are computed anew in every call", "not combined with linear attention, eq. (19)"],
)
Turn = Callable[..., Tensor]


def waves(x: Tensor, start: int = 0) -> tuple[Tensor, Tensor]:
    """Cosine and sine of m theta (T, K/2) for x (..., T, K) at places m = start, start + 1, ..; computed in float64."""
    length, width = x.shape[-2:]
    if width % 2:
        raise ValueError(f"width ({width}) must be even: coordinates are turned in pairs")
    theta = 10000 ** -(torch.arange(0, width, 2, device=x.device).double() / width)                 # eq. (15)
    angle = torch.arange(start, start + length, device=x.device)[:, None] * theta
    return angle.cos().to(x), angle.sin().to(x)


def rotate(x: Tensor, start: int = 0) -> Tensor:
    """R_m x for queries or keys x (..., T, K), the first of them at place `start`; ValueError if K is odd."""
    cos, sin = (wave.repeat_interleave(2, dim=-1) for wave in waves(x, start))                      # (T, K)
    crossed = torch.stack([-x[..., 1::2], x[..., ::2]], dim=-1).flatten(-2)                         # -x_2, x_1, ..
    return x * cos + crossed * sin                                                                  # eq. (34)


def rotate_halves(x: Tensor, start: int = 0) -> Tensor:
    """The other convention: `rotate_halves(to_halves(x))` is `to_halves(rotate(x))`."""
    cos, sin = waves(x, start)
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


def to_halves(x: Tensor) -> Tensor:
    """Permute the last axis: the first coordinates of all pairs, then the second ones."""
    return torch.cat([x[..., ::2], x[..., 1::2]], dim=-1)


def look_rotated(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, turn: Turn = rotate) -> Tensor:
    """`attention` whose queries (..., T, K) and keys (..., S, K) know their places, both counted from 0. Eq. (16)."""
    return attention(turn(query), turn(key), value, mask)


# -- how we know that it is right: every check takes the rotation, so that the mutants can be shown to fail -----------
Function = Callable[..., tuple[Tensor, Tensor]]


def oracle(make: Turn = rotate) -> tuple[Function, Function, tuple[Tensor, ...]]:
    """Turned queries and what they see; the same by complex numbers; queries, keys and values far from standard."""
    def ours(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        return make(query), look_rotated(query, key, value, turn=make)

    def theirs(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        theta = torch.tensor([1, 10000 ** (-1 / 3), 10000 ** (-2 / 3)], dtype=torch.float64)
        q, k = (torch.complex(x[..., ::2], x[..., 1::2]) for x in (query, key))                     # (2, 3, T or S, 3)
        turned = [torch.view_as_real(q[..., m, :] * torch.exp(1j * m * theta)).flatten(-2) for m in range(4)]
        score = [(q[..., m, :] * k[..., n, :].conj() * torch.exp(1j * (m - n) * theta)).sum(dim=-1).real
                 for m in range(4) for n in range(5)]
        weights = torch.softmax(torch.stack(score, dim=-1).unflatten(-1, (4, 5)) / 6 ** 0.5, dim=-1)
        return torch.stack(turned, dim=-2), weights @ value

    query, key, value = (1 + 2 * torch.randn(2, 3, length, 6, dtype=torch.float64) for length in (4, 5, 5))
    return ours, theirs, (query, key, value)


def check_score_depends_on_distance_only(make: Turn = rotate) -> None:
    """Moving queries and keys along together changes no score; moving one of them does."""
    query, key = torch.randn(2, 3, 7, 8, dtype=torch.float64)
    scores, shifted, apart = (make(query, m) @ make(key, n).mT for m, n in ((0, 0), (1000, 1000), (1000, 1001)))
    torch.testing.assert_close(shifted, scores)
    assert not torch.allclose(apart, scores)


def check_norm_is_kept(make: Turn = rotate) -> None:
    x = torch.randn(3, 50, 8, dtype=torch.float64)
    torch.testing.assert_close(make(x).norm(dim=-1), x.norm(dim=-1))


def check_one_position_at_a_time(make: Turn = rotate) -> None:
    """What generation with a cache needs: each position alone, at its place, is turned as in the whole text."""
    x = torch.randn(3, 9, 8, dtype=torch.float64)
    torch.testing.assert_close(torch.cat([make(x[:, m:m + 1], m) for m in range(9)], dim=1), make(x))


def check_halves_are_permuted_pairs(make: Turn = rotate) -> None:
    x = torch.randn(3, 9, 8, dtype=torch.float64)
    torch.testing.assert_close(rotate_halves(to_halves(x), 5), to_halves(make(x, 5)))


def check_bound_on_scores_decays(make: Turn = rotate) -> None:
    """Eq. (37). Only the bound, not every score, is lower at larger distances, compared by octaves of the distance."""
    query, key = torch.randn(2, 64, dtype=torch.float64)
    ones = torch.tensor([1.0, 0.0], dtype=torch.float64).repeat(512, 32)
    sums = torch.view_as_complex(make(ones).unflatten(-1, (32, 2))).cumsum(dim=-1).abs()            # |S_1| .. |S_(K/2)|
    q, k = (torch.view_as_complex(x.view(32, 2)) for x in (query, key))
    changes = torch.cat([q * k.conj(), torch.zeros(1)]).diff().abs()                                # h_(j+1) - h_j
    assert (make(key.expand(512, 64)) @ query <= changes.max() * sums.sum(dim=-1)).all(), "a score exceeds eq. (37)"
    octaves = torch.stack([sums[2 ** n:2 ** (n + 1)].mean() for n in range(9)])                     # m = 1, 2-3, ..
    assert (octaves.diff() < 0).all(), f"mean |S_j| by octave of the distance: {octaves.tolist()}"


def _sign_forgotten(x: Tensor, start: int = 0) -> Tensor:
    cos, sin = (wave.repeat_interleave(2, dim=-1) for wave in waves(x, start))
    return x * cos + x.unflatten(-1, (-1, 2)).flip(-1).flatten(-2) * sin


def _one_speed(x: Tensor, start: int = 0) -> Tensor:
    return torch.cat([rotate(pair, start) for pair in x.split(2, dim=-1)], dim=-1)


MUTANTS = {"pairs_in_halves": rotate_halves, "places_from_one": lambda x, start=0: rotate(x, start + 1),
           "sign_forgotten": _sign_forgotten, "start_forgotten": lambda x, start=0: rotate(x), "one_speed": _one_speed}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Train on texts of 24 tokens; yield (length, accuracy on the last 20 positions of texts of that length)."""
    torch.manual_seed(seed)
    layer = EncoderLayer(64, 4, hidden=64, attend={"sinusoidal": attention, "rope": look_rotated}[arm])
    embedding, read = nn.Embedding(16, 64), nn.Linear(64, 4 * 16)
    optimizer = torch.optim.Adam(nn.ModuleList([embedding, layer, read]).to(device).parameters(), lr)

    def name_last_four(count: int, length: int) -> tuple[Tensor, Tensor, Tensor]:
        """Vectors (count, length, 64); logits (count, 20, 4, 16) of the tokens 1, 2, 3 and 4 back, and these tokens."""
        tokens = torch.randint(16, (count, length), device=device)
        x = embedding(tokens) + (positions(length, 64).to(device, torch.float32) if arm == "sinusoidal" else 0)
        answer = torch.stack([tokens[:, length - 20 - back:length - back] for back in (1, 2, 3, 4)], dim=-1)
        return x, read(layer(x)[:, -20:]).view(count, 20, 4, 16), answer

    for _ in range(300):
        _, logits, answer = name_last_four(32, length=24)
        optimizer.zero_grad()
        F.cross_entropy(logits.flatten(0, 2), answer.flatten()).backward()
        optimizer.step()
    with torch.no_grad():
        for length in (24, 48, 96):
            x, logits, answer = name_last_four(200, length)
            yield length, (logits.argmax(dim=-1) == answer).float().mean().item()
        query, key, _ = layer.self_attn.project(x[:1], x[:1])
        looks = layer.self_attn.attend(query, key, torch.eye(96, device=device))[0]         # V = identity: the weights
    yield Picture("where the last 24 of 96 tokens look, by head: a row per query", looks[:, -24:, -24:].cpu(), "images")


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Three operations per value (two products, one sum); one read, one write."""
    b, h, t, k = (case.sizes[s] for s in "BHTK")
    return Work(flop=3 * b * h * t * k, min_bytes=2 * b * h * t * k * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Turn], tuple[Tensor, ...]]:
    """Queries (B, H, T, K); the baseline multiplies complex numbers, in float32, by the same waves."""
    def multiply(x: Tensor) -> Tensor:
        pairs = torch.view_as_complex(x.float().unflatten(-1, (-1, 2)))
        return torch.view_as_real(pairs * torch.complex(*waves(x.float()))).flatten(-2).to(x)

    b, h, t, k = (case.sizes[s] for s in "BHTK")
    return ({"torch.view_as_complex": multiply, "reference": rotate},
            (torch.randn(b, h, t, k, device=device, dtype=dtype),))
