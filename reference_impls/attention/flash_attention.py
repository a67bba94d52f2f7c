"""FlashAttention: exact attention in tiles small enough for fast memory, so that the score matrix is never stored.

    S = tau q k^T,   P = softmax(S),   O = P v;   tau = 1 / sqrt(K)                  Dao et al. 2022, appendix B.3
    m' = max(m, m~),   l' = e^(m - m') l + e^(m~ - m') l~                            algorithm 1, line 11
    O' = (e^(m - m') l O + e^(m~ - m') P~ v) / l'                                    algorithm 1, line 12
    D  = rowsum(dO * O),   dS = P * (dO v^T - D)                                     algorithm 4, eq. (4)

Forward, each row of O carries the maximum m and the sum of exponentials l of the scores it has met; m~, l~ and
P~ = exp(S - m~) belong to the next tile. Backward, every tile of P = exp(S - m) / l is computed a second time.
M values of fast memory allow tiles of C = ceil(M / 4K) columns and R = min(C, K) rows: a block of q, k, v, O or S takes
a quarter of it at most. How many blocks live at once (about ten in the backward pass) is not counted, as in the paper.
Longer than most: two passes, each a nest of loops, and a counter of the memory traffic that the paper is about.

Shapes: ... any batch (B sequences, H heads), T queries, S keys, K width; a tile of scores is (..., R, C).
"""
import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from reference_impls.attention.transformer import Attend
from reference_impls.harness.bench.memory import saved_bytes
from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="flash-attention", papers=["arxiv:2205.14135"], role="algorithm", symbols=["flash_attention"],
    patterns=["self-attention", "recomputation", "decomposition"], equations=["3", "4", "5", "6"],
    oracle="torch.nn.functional:scaled_dot_product_attention",
    properties=["tiles_do_not_matter", "large_scores_do_not_overflow", "memory_is_linear_in_length"],
    mutants=["output_not_rescaled", "no_maximum", "row_term_forgotten", "sum_of_one_tile", "scores_are_kept"],
    claim=Claim(
        text="Forward and backward, a head of 1,024 positions and width 64 moves less than a third as many values to "
             "and from slow memory as standard attention does, if fast memory holds 51,200 (100 kB at half precision)",
        metric="values_moved_per_score", better="lower", grade="A", budget_s=2,
        arms={"standard": Arm(expect=">7.94"), "flash": Arm(expect="<7.94")},
    ),
    bench=[Case("h2-t512", {"B": 1, "H": 2, "T": 512, "K": 64, "M": 51200}),
           Case("h16-t2048-gpu", {"B": 1, "H": 16, "T": 2048, "K": 64, "M": 262144})],
    deviations=["no mask and no dropout, which algorithms 2 and 4 have", "torch calls instead of one kernel",
                "statistics and sums have the precision of the inputs"],
)
Parts = tuple[Tensor, ...]
Rule = Callable[..., Parts]


def fold(score: Tensor, value: Tensor, output: Tensor, total: Tensor, top: Tensor) -> Parts:
    """O, l and m of R rows, after they have met one more tile of scores (..., R, C) and its values (..., C, K)."""
    tile_top = score.amax(dim=-1, keepdim=True)                                      # m~, line 10
    weight = (score - tile_top).exp()                                                # P~
    new_top = torch.maximum(top, tile_top)                                           # line 11
    before, now = (top - new_top).exp(), (tile_top - new_top).exp()
    new_total = before * total + now * weight.sum(dim=-1, keepdim=True)
    return (before * total * output + now * (weight @ value)) / new_total, new_total, new_top      # line 12


def unfold(score: Tensor, d_weight: Tensor, dot: Tensor, total: Tensor, top: Tensor) -> Parts:
    """P and dS of a tile of scores (..., R, C), from dP and from D, l and m of its rows: algorithm 4."""
    weight = (score - top).exp() / total
    return weight, weight * (d_weight - dot)


def blocks(size: int, *tensors: Tensor) -> Iterator[Parts]:
    """The same rows of all tensors, `size` at a time, as views: what is written to a block reaches its tensor."""
    return zip(*(tensor.split(size, dim=-2) for tensor in tensors), strict=True)


class _Tiled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, memory: int, fold: Rule, unfold: Rule) -> Tensor:
        """Algorithm 1, and the saving of algorithm 2."""
        ctx.columns = math.ceil(memory / (4 * query.shape[-1]))                      # line 1
        ctx.rows, ctx.tau, ctx.unfold = min(ctx.columns, query.shape[-1]), query.shape[-1] ** -0.5, unfold
        output, total = torch.zeros_like(query), torch.zeros_like(query[..., :1])    # O and l, line 2
        top = torch.full_like(total, -math.inf)                                      # m
        for k, v in blocks(ctx.columns, key, value):                                 # line 5
            k, v = k.clone(), v.clone()                                              # line 6: load into fast memory
            for q, *old in blocks(ctx.rows, query, output, total, top):              # line 7
                new = fold(ctx.tau * q @ k.mT, v, *old)                              # lines 8 to 11
                for slow, fast in zip(old, new, strict=True):
                    slow.copy_(fast)                                                 # lines 12, 13
        ctx.save_for_backward(query, key, value, output, total, top)
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_output: Tensor) -> tuple[Tensor | None, ...]:
        """Algorithm 4."""
        query, key, value, output, total, top = ctx.saved_tensors
        d_query, d_key, d_value = (torch.zeros_like(x) for x in (query, key, value))
        for k, v, d_k, d_v in blocks(ctx.columns, key, value, d_key, d_value):
            k, v = k.clone(), v.clone()
            sum_k, sum_v = torch.zeros_like(k), torch.zeros_like(v)                  # in fast memory, too
            for q, o, d_o, d_q, *sums in blocks(ctx.rows, query, output, d_output, d_query, total, top):
                q, d_o = ctx.tau * q, d_o.clone()
                dot = (d_o * o).sum(dim=-1, keepdim=True)                            # D, eq. (4)
                weight, d_score = ctx.unfold(q @ k.mT, d_o @ v.mT, dot, *sums)       # P, a second time, and dS
                sum_v += weight.mT @ d_o                                             # eq. (3)
                d_q += ctx.tau * d_score @ k                                         # eq. (5)
                sum_k += d_score.mT @ q                                              # eq. (6)
            d_k.copy_(sum_k)
            d_v.copy_(sum_v)
        return d_query, d_key, d_value, None, None, None


def flash_attention(query: Tensor, key: Tensor, value: Tensor, memory: int = 51200, fold: Rule = fold,
                    unfold: Rule = unfold) -> Tensor:
    """Queries (..., T, K), keys and values (..., S, K) to (..., T, K); fast memory holds `memory` values per head."""
    return _Tiled.apply(query, key, value, memory, fold, unfold)      # type: ignore[no-untyped-call]


# -- how we know that it is right: every check takes the function, so that the mutants can be shown to fail -----------

def standard(query: Tensor, key: Tensor, value: Tensor, memory: int = 0) -> Tensor:
    """All scores at once: torch's own attention, without its fused kernels."""
    with sdpa_kernel(SDPBackend.MATH):
        return F.scaled_dot_product_attention(query, key, value)


def _inputs(queries: int, keys: int) -> list[Tensor]:
    query, key, value = (torch.randn(2, 3, length, 5, dtype=torch.float64) for length in (queries, keys, keys))
    return [(2 * query + 0.5).requires_grad_(), (1.5 * key - 0.5).requires_grad_(), (3 * value + 4).requires_grad_()]


def oracle(make: Attend = flash_attention) -> tuple[Attend, Attend, list[Tensor]]:
    """Ours in tiles of 5 by 6, torch's, and inputs whose lengths are multiples of neither."""
    return partial(make, memory=120), standard, _inputs(13, 17)


def check_tiles_do_not_matter(make: Attend = flash_attention) -> None:
    inputs, results = _inputs(13, 17), []
    for memory in (1, 37, 300, 10_000):                                     # tiles of 1 x 1, 2 x 2, 5 x 15, 5 x all
        output = make(*inputs, memory=memory)
        results.append([output, *torch.autograd.grad(output.sin().sum(), inputs)])
    for result in results[1:]:
        torch.testing.assert_close(result, results[0])


def check_large_scores_do_not_overflow(make: Attend = flash_attention) -> None:
    """Scores of 1e4 and more, where exp(710) is infinite."""
    query, key, value = _inputs(13, 17)
    torch.testing.assert_close(make(1e4 * query, key, value, memory=120), standard(1e4 * query, key, value))


def check_memory_is_linear_in_length(make: Attend = flash_attention) -> None:
    """Theorem 1: beyond inputs and output, two numbers for each query are kept."""
    for length in (32, 128):
        kept = saved_bytes(partial(make, memory=120), tuple(_inputs(length, length)))
        assert kept == 8 * 6 * length * (4 * 5 + 2), f"{kept} bytes are kept for {length} positions"


def _output_not_rescaled(score: Tensor, value: Tensor, output: Tensor, total: Tensor, top: Tensor) -> Parts:
    new, new_total, new_top = fold(score, value, torch.zeros_like(output), total, top)
    return new + total * output / new_total, new_total, new_top


def _no_maximum(score: Tensor, value: Tensor, output: Tensor, total: Tensor, top: Tensor) -> Parts:
    new_total = total + score.exp().sum(dim=-1, keepdim=True)
    return (total * output + score.exp() @ value) / new_total, new_total, torch.zeros_like(top)


MUTANTS = {
    "output_not_rescaled": partial(flash_attention, fold=_output_not_rescaled),
    "no_maximum": partial(flash_attention, fold=_no_maximum),
    "row_term_forgotten": partial(flash_attention, unfold=lambda score, d_weight, dot, *sums: unfold(
        score, d_weight, 0 * dot, *sums)),
    "sum_of_one_tile": partial(flash_attention, unfold=lambda score, d_weight, dot, total, top: unfold(
        score, d_weight, dot, (score - top).exp().sum(dim=-1, keepdim=True), top)),
    "scores_are_kept": standard,
}


# -- what the paper claims, small -------------------------------------------------------------------------------------

class _SlowMemory(TorchDispatchMode):
    """Count the values that operations read or write in tensors too large for fast memory; a view moves nothing."""

    def __init__(self, fast: int) -> None:
        super().__init__()      # type: ignore[no-untyped-call]
        self.fast, self.moved = fast, 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        only_writes = func in (torch.ops.aten.copy_.default, torch.ops.aten.zeros_like.default)
        read = args[1:] if only_writes else args
        if not func.is_view:
            self.moved += sum(x.numel() for x in tree_leaves((read, kwargs, result)) if isinstance(x, Tensor)
                              and x.untyped_storage().nbytes() > self.fast * x.element_size())
        return result


def demo(arm: str, seed: int, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """One head, forward and backward, with ever more fast memory: yield (its size, values moved per score).

    The statistics l and m count as fast, because they would fit; they are 2 of the 130 values for each row and tile.
    """
    torch.manual_seed(seed)
    attend = {"standard": standard, "flash": flash_attention}[arm]
    for memory in (12800, 25600, 51200):
        query, key, value, d_output = torch.randn(4, 1024, 64, device=device).requires_grad_()
        with _SlowMemory(memory) as slow:
            torch.autograd.grad(attend(query, key, value, memory=memory), (query, key, value), d_output)
        yield memory, slow.moved / 1024 ** 2


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Both matrix products; least traffic: queries, keys and values in, output out."""
    b, h, t, k = (case.sizes[s] for s in "BHTK")
    return Work(flop=4 * b * h * t * t * k, min_bytes=4 * b * h * t * k * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Attend], Parts]:
    """Torch's attention, which has the kernel, against the loops."""
    b, h, t, k, m = (case.sizes[s] for s in "BHTKM")
    return ({"torch.scaled_dot_product_attention": F.scaled_dot_product_attention,
             "reference": partial(flash_attention, memory=m)},
            tuple(torch.randn(b, h, t, k, device=device, dtype=dtype) for _ in range(3)))
