"""Linear transformer: with a product of features as score, attention needs sums over the past, not the past itself.

    V'_i = phi(Q_i) S_i / phi(Q_i) Z_i,   phi(x) = elu(x) + 1               Katharopoulos et al. 2020, eq. (12), (7)
    S_i = sum_(j <= i) phi(K_j)^T V_j = S_(i-1) + phi(K_i)^T V_i                                 eq. (10), (18)
    Z_i = sum_(j <= i) phi(K_j)^T     = Z_(i-1) + phi(K_i)^T                                     eq. (11), (19)

Softmax attention compares every query with every key. Here (phi(Q) phi(K)^T) V = phi(Q) (phi(K)^T V), eq. (6), so sums
are taken first and cost grows as N. The same function has two forms: `LinearAttention` reads a text in chunks, with
scores inside a chunk and S from one to the next; `Memory` reads position after position, as a recurrent network whose
state S, Z does not grow. `past` keeps its inputs but no S: its gradients, eq. (13) to (15), are sums of the same kind.

Shapes: B texts, H heads, N positions, K width of queries, keys and features, M width of values. Vectors are rows.
"""
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from reference_impls.attention.transformer import MultiHeadAttention, attention
from reference_impls.harness.bench.memory import saved_bytes
from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="linear-transformer", papers=["arxiv:2006.16236"], role="layer",
    symbols=["phi", "past", "LinearAttention", "Memory"],
    patterns=["attention", "decomposition", "recurrence", "recomputation"],
    oracle="closed form: all N x N similarities, masked and normalized, eq. (8) and (3)",
    equations=["3", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"],
    properties=["recurrent_is_parallel", "kept_memory_is_linear", "far_negative_is_not_zero"],
    mutants=["sees_the_next", "forgets_other_chunks", "without_one", "rounds_to_zero", "features_not_learned"],
    claim=Claim(
        text="The 1,024th token costs as many operations as the 16th in a layer of linear attention, and eight times "
             "as many with softmax and a cache of keys and values",
        metric="growth", better="lower", grade="A", budget_s=3,
        arms={"softmax": Arm(expect=">4.5"), "linear": Arm(expect="<4.5")}),
    bench=[Case("b2h4n512k64", {"B": 2, "H": 4, "N": 512, "K": 64}),
           Case("b1h16n8192k64-gpu", {"B": 1, "H": 16, "N": 8192, "K": 64})],
    deviations=["algorithm 1 runs in chunks, not position by position", "of eq. (20), only the attention"],
)
CHUNK = 64


def phi(x: Tensor) -> Tensor:
    """The feature map elu(x) + 1, in a form that keeps small values when rounded; its slope at 0 is 1. Eq. (7)."""
    return x.relu() + (x - x.relu()).exp()


class _Past(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, query: Tensor, key: Tensor, value: Tensor, chunk: int) -> Tensor:
        context.save_for_backward(query, key, value)
        context.chunk = chunk
        s, seen = key[..., :0, :].mT @ value[..., :0, :], []                                # S_0 = 0: (..., K, M)
        for q, k, v in zip(*(x.split(chunk, dim=-2) for x in (query, key, value)), strict=True):
            seen.append(q @ s + (q @ k.mT).tril() @ v)                                      # earlier chunks; this one
            s = s + k.mT @ v                                                                # eq. (10)
        return torch.cat(seen, dim=-2)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        query, key, value = context.saved_tensors

        def future(a: Tensor, b: Tensor, c: Tensor) -> Tensor:                              # sums over j >= i
            return past(a.flip(-2), b.flip(-2), c.flip(-2), context.chunk).flip(-2)

        return (past(gradient, value, key, context.chunk),                                  # eq. (13)
                future(value, gradient, query), future(key, query, gradient), None)         # eq. (14), (15)


def past(query: Tensor, key: Tensor, value: Tensor, chunk: int = CHUNK) -> Tensor:
    """query_i sum_(j <= i) key_j^T value_j for (..., N, K), (..., N, K) and (..., N, M): the numerator of eq. (9)."""
    return _Past.apply(query, key, value, chunk)                   # type: ignore[no-untyped-call]


class LinearAttention(nn.Module):
    """Called like `attention`, so that it fits the same models; causal or not, and ValueError for any other mask."""

    def __init__(self, causal: bool = True, chunk: int = CHUNK, features: Callable[[Tensor], Tensor] = phi) -> None:
        super().__init__()
        self.causal, self.chunk, self.features = causal, chunk, features

    def forward(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
        if mask is not None:
            raise ValueError("linear attention has no scores to mask: leave the mask out and choose causal or not")
        q, k = (self.features(x).to(value) for x in (query, key))
        if self.causal:
            return past(q, k, value, self.chunk) / (q * k.cumsum(dim=-2)).sum(dim=-1, keepdim=True)     # eq. (9)
        return q @ (k.mT @ value) / (q * k.sum(dim=-2, keepdim=True)).sum(dim=-1, keepdim=True)         # eq. (5), (6)


class Memory:
    """Causal attention for one position (..., 1, K) after another, with a state s (..., K, M) and z (..., 1, K)."""

    def __init__(self) -> None:
        self.s: Tensor | float = 0.0                                                        # eq. (16)
        self.z: Tensor | float = 0.0                                                        # eq. (17)

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
        if query.shape[-2] != 1:
            raise ValueError(f"a memory reads one position at a time, not {query.shape[-2]}")
        q, k = phi(query), phi(key)
        self.s = self.s + k.mT @ value                                                      # eq. (18)
        self.z = self.z + k                                                                 # eq. (19)
        return q @ self.s / (q * self.z).sum(dim=-1, keepdim=True)                          # eq. (20)


# -- how we know that it is right: every check takes the layer, so that the mutants can be shown to fail --------------
Make = Callable[..., Any]


def inputs(length: int) -> list[Tensor]:
    """Queries and keys (2, 3, length, 4) and values (2, 3, length, 5), far from standard; the first numbers are 0."""
    return [F.pad(1 + 2 * torch.randn(2, 3, length, width, dtype=torch.float64), (1, 0)) for width in (3, 3, 4)]


def oracle(make: Make = LinearAttention) -> tuple[Callable[..., object], Callable[..., object], list[Tensor]]:
    """What seven positions see of their past and of all; the same from similarities, one pair at a time."""
    def ours(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        return make(chunk=3)(query, key, value), make(causal=False)(query, key, value)

    def theirs(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, ...]:
        similar = torch.stack([((F.elu(query[..., i, :]) + 1) * (F.elu(key[..., j, :]) + 1)).sum(dim=-1)
                               for i in range(7) for j in range(7)], dim=-1).unflatten(-1, (7, 7))
        return tuple(each / each.sum(dim=-1, keepdim=True) @ value for each in (similar.tril(), similar))   # (8), (3)

    return ours, theirs, inputs(7)


def check_recurrent_is_parallel(make: Make = LinearAttention) -> None:
    whole, single = (MultiHeadAttention(12, 3, attend).double() for attend in (make(chunk=4), Memory()))
    single.load_state_dict(whole.state_dict())
    x = torch.randn(2, 9, 12, dtype=torch.float64)
    torch.testing.assert_close(torch.cat([single(each, each) for each in x.split(1, dim=1)], dim=1), whole(x, x))


def check_kept_memory_is_linear(make: Make = LinearAttention) -> None:
    """Twice the positions, twice the bytes kept for the backward pass, and no S among them (section 3.3.1)."""
    few, many = (tuple(x.requires_grad_() for x in inputs(length)) for length in (100, 200))
    assert saved_bytes(make(), many) == 2 * saved_bytes(make(), few)
    assert saved_bytes(past, few) == sum(x.nbytes for x in few)


def check_far_negative_is_not_zero(make: Make = LinearAttention) -> None:
    """In float32, elu(x) + 1 rounds to 0 for x below -18; if all keys are of that kind, it would be 0 / 0."""
    query, key, value = (x - 30 for x in inputs(9))
    torch.testing.assert_close(make()(query.float(), key.float(), value.float()), make()(query, key, value).float())


class _ForgetsOtherChunks(LinearAttention):
    def forward(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
        chunks = zip(*(x.split(self.chunk, dim=-2) for x in (query, key, value)), strict=True)
        return torch.cat([super(_ForgetsOtherChunks, self).forward(*chunk) for chunk in chunks], dim=-2)


MUTANTS = {"forgets_other_chunks": _ForgetsOtherChunks, "without_one": partial(LinearAttention, features=F.elu),
           "rounds_to_zero": partial(LinearAttention, features=lambda x: F.elu(x) + 1),
           "features_not_learned": partial(LinearAttention, features=lambda x: phi(x).detach()),
           "sees_the_next": lambda **settings: lambda query, key, value, mask=None: LinearAttention(**settings)(
               query, key.roll(-1, dims=-2), value.roll(-1, dims=-2))}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Read 1,024 tokens one by one: yield (token, operations that torch counts for it, relative to the 16th)."""
    torch.manual_seed(seed)
    kept = torch.empty(2, 1, 4, 0, 16, device=device)          # keys and values, as in section 8.1

    def softmax(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
        nonlocal kept
        kept = torch.cat([kept, torch.stack([key, value])], dim=-2)
        return attention(query, *kept)

    layer, total = MultiHeadAttention(64, 4, Memory() if arm == "linear" else softmax).to(device), [0]
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        for x in torch.randn(1024, 1, 1, 64, device=device):
            layer(x, x)
            total.append(counter.get_total_flops())         # of all tokens so far
    for token in (16, 32, 64, 128, 256, 512, 1024):
        yield token, (total[token] - total[token - 1]) / (total[16] - total[15])


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Per position, two products with S and two with the rows of its chunk; three reads, one write."""
    b, h, n, k = (case.sizes[s] for s in "BHNK")
    return Work(flop=4 * b * h * n * k * (k + CHUNK), min_bytes=4 * b * h * n * k * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Make], tuple[Tensor, ...]]:
    """Queries, keys and values (B, H, N, K); the baseline computes the similarity of every pair of positions."""
    def every_pair(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        similar = (phi(query) @ phi(key).mT).tril()
        return similar @ value / similar.sum(dim=-1, keepdim=True)

    return ({"torch.matmul, every pair": every_pair, "reference": LinearAttention()},
            tuple(torch.randn(3, *(case.sizes[s] for s in "BHNK"), device=device, dtype=dtype).unbind()))
