"""Attention over length: all pairs, all pairs in a fused kernel, a window, windows with strides, and sums.

Forward and backward are timed; `saved_bytes` is what autograd keeps in between. The window reaches 8 places to each
side; the other forms look back only. The factorized form gives half of the heads a window of sqrt(T), as its paper
proposes, and the others a stride of sqrt(T); so the lengths are squares. Linear attention takes sums over the past.
Shapes: (B, H, T, K) with B = 1, H = 2, K = 32.
"""
from collections.abc import Callable
from functools import partial
from math import isqrt

import torch
from torch import Tensor

from reference_impls.attention.linear_transformer import LinearAttention, check_recurrent_is_parallel
from reference_impls.attention.longformer import check_window_and_chosen_are_masked_full, look_around
from reference_impls.attention.sparse_transformer import attend_by, check_each_form_is_masked_full, look_factorized
from reference_impls.attention.transformer import Attend
from reference_impls.experiments.attention_window import check_fused_is_full, form
from reference_impls.harness.card import Curve, Scaling

__all__ = ["SCALING", "case", "check_each_form_is_masked_full", "check_fused_is_full", "check_recurrent_is_parallel",
           "check_window_and_chosen_are_masked_full"]

SCALING = Scaling(
    id="attention-length",
    question="What does a text of twice the length cost?",
    axis="length in tokens",
    sizes=[256, 576, 1024, 2304, 4096],
    checks=["each_form_is_masked_full", "window_and_chosen_are_masked_full", "fused_is_full", "recurrent_is_parallel"],
    curves=[
        Curve("full", "saved_bytes", 2, "arxiv:1706.03762", "table 1: every pair of positions has a score"),
        Curve("fused", "saved_bytes", 1, "arxiv:2205.14135", "theorem 1: O(N) memory beyond inputs and output"),
        Curve("window of 16", "saved_bytes", 1, "arxiv:2004.05150", "section 3.1: O(n w)"),
        Curve("factorized", "saved_bytes", 1.5, "arxiv:1904.10509", "abstract: O(n sqrt n)"),
        Curve("linear", "saved_bytes", 1, "arxiv:2006.16236", "abstract: O(N)"),
        Curve("full", "flop", 2, "arxiv:1706.03762", "table 1: O(n² d)"),
        Curve("fused", "flop", 2, "arxiv:2205.14135", "theorem 1: O(N² d) operations"),
        Curve("window of 16", "flop", 1, "arxiv:2004.05150", "section 3.1: O(n w)"),
        Curve("factorized", "flop", 1.5, "arxiv:1904.10509", "abstract: O(n sqrt n)"),
        Curve("linear", "flop", 1, "arxiv:2006.16236", "abstract: O(N)"),
        Curve("full", "ms", 2, "arxiv:1706.03762", "table 1: O(n² d)"),
        Curve("fused", "ms", 2, "arxiv:2205.14135", "theorem 1: O(N² d) operations"),
        Curve("window of 16", "ms", 1, "arxiv:2004.05150", "section 3.1: O(n w)"),
        Curve("factorized", "ms", 1.5, "arxiv:1904.10509", "abstract: O(n sqrt n)"),
        Curve("linear", "ms", 1, "arxiv:2006.16236", "abstract: O(N)"),
    ],
    outcome="Operations grow exactly as stated. So do the bytes kept, except for the factorized form: its chunks hold "
            "all keys and values twice, which is linear in the length and still outweighs its n sqrt n scores. "
            "The time of full attention grows as its operations do if the allocator reuses freed memory; if each "
            "T x T matrix, 134 MB at 4,096 tokens, is allocated anew, it takes twice as long there. That of "
            "linear attention grows as stated. The times of the others grow more slowly: at these lengths the linear "
            "part of their work and the overhead of calls are not yet negligible.",
)


def case(name: str, size: int) -> Callable[[], object]:
    """One form of attention over `size` tokens, and its gradients."""
    query, key, value = (torch.randn(1, 2, size, 32, requires_grad=True) for _ in range(3))
    forms: dict[str, Attend] = {
        "full": form("full"), "fused": form("fused"), "factorized": attend_by(look_factorized, isqrt(size)),
        "window of 16": partial(look_around, window=16, chosen=torch.arange(0)),       # 8 to each side, none chosen
        "linear": LinearAttention().forward}         # torch's counter fails on a module whose inputs are leaves

    def call() -> tuple[Tensor, ...]:
        mixed = forms[name](query, key, value)
        return torch.autograd.grad(mixed, (query, key, value), torch.ones_like(mixed))

    return call
