"""Additional baselines for a reference: itself compiled, and FlexAttention where it uses attention."""
import re
import time
import warnings
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention
from torch.overrides import TorchFunctionMode

from reference_impls.harness.bench.clocks import wait
from reference_impls.harness.bench.faults import is_out_of_memory
from reference_impls.harness.bench.modes import Mode, Variant, as_leaves, first_call, is_differentiable
from reference_impls.harness.bench.rotation import Inputs

COMPILED = "reference compiled"
FLEX = "FlexAttention compiled"
BACKENDS = (SDPBackend.FLASH_ATTENTION, SDPBackend.CUDNN_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH)
"""A case is pinned to the first of these that runs all its variants; MATH runs everything."""


def compile_variant(variant: Variant, inputs: Inputs, device: str, has_gradients: bool) -> tuple[Variant,
                                                                                              dict[Mode, float]]:
    """The variant through `torch.compile`, and the seconds of its first call in each mode, which compiles it.

    Raises:
        Exception: the compiler can fail in any way.
    """
    torch.compiler.reset()
    compiled = torch.compile(variant)

    def seconds(call: Callable[[], object]) -> float:
        start = time.perf_counter()
        call()
        wait(device)
        return time.perf_counter() - start

    with torch.no_grad():
        spent: dict[Mode, float] = {"fwd": seconds(lambda: compiled(*inputs))}
    if has_gradients:
        spent["fwdbwd"] = spent["step"] = seconds(lambda: first_call("fwdbwd", compiled, inputs))
    return compiled, spent


def attends(variant: Variant, inputs: Inputs) -> bool:
    """Whether a forward pass calls scaled_dot_product_attention: if so, it fails when no backend is allowed."""
    try:
        with sdpa_kernel(SDPBackend.OVERRIDEABLE):      # the backend of out-of-tree devices
            variant(*as_leaves(inputs))
    except RuntimeError as error:
        if re.search("No (viable backend|available kernel)", str(error)):
            return True
        if not is_out_of_memory(error):     # if memory ran out, it got past its attention
            raise
    return False


def pin_attention(variants: Iterable[Variant], inputs: Inputs) -> SDPBackend | None:
    """The backend that all variants of a case run on, forward and backward; None if none of them uses attention."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")         # torch warns about each backend that it cannot use
        using = [variant for variant in variants if attends(variant, inputs)]
        return next(backend for backend in BACKENDS if _runs(using, inputs, backend)) if using else None


def _runs(variants: Iterable[Variant], inputs: Inputs, backend: SDPBackend) -> bool:
    try:
        with sdpa_kernel(backend):
            for variant in variants:
                first_call("fwdbwd" if is_differentiable(variant, inputs) else "fwd", variant, inputs)
    except RuntimeError as error:       # the backend lacks this mask, precision or device. MATH has them all: there, or
        return backend == SDPBackend.MATH or is_out_of_memory(error)        # out of memory, the fault is elsewhere
    return True


class WithFlexAttention(nn.Module):
    """A variant whose calls to F.scaled_dot_product_attention go to FlexAttention.

    Args:
        variant: must call it by that name; calls inside torch's own layers cannot be redirected.
        flex: `flex_attention`, by default compiled, because uncompiled it writes all scores to memory.
    """

    def __init__(self, variant: Variant, flex: Callable[..., Tensor] | None = None) -> None:
        super().__init__()
        self.variant, self.attend = variant, partial(_as_flex, flex or _compiled_flex())

    def forward(self, *inputs: Tensor) -> Any:
        with _Exchanged(self.attend):
            return self.variant(*inputs)


def can_flex(variant: Variant, inputs: Inputs) -> bool:
    """Whether a variant calls F.scaled_dot_product_attention where it can be replaced."""
    calls = []

    def look(*args: Any, **kwargs: Any) -> Tensor:
        calls.append(args)
        return F.scaled_dot_product_attention(*args, **kwargs)

    try:
        with _Exchanged(look):
            variant(*as_leaves(inputs))
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
    return bool(calls)


class _Exchanged(TorchFunctionMode):
    """While active, calls to F.scaled_dot_product_attention go to another function."""

    def __init__(self, attend: Callable[..., Tensor]) -> None:
        super().__init__()
        self.attend = attend

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return (self.attend if func is F.scaled_dot_product_attention else func)(*args, **(kwargs or {}))


def _as_flex(flex: Callable[..., Tensor], query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None,
             dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None,
             enable_gqa: bool = False) -> Tensor:
    """FlexAttention with the arguments of F.scaled_dot_product_attention; a float mask is added to the scores."""
    if dropout_p:
        raise RuntimeError("FlexAttention has no dropout")       # the row becomes `skipped`, with this reason
    score_mod = None
    if attn_mask is not None:
        mask = attn_mask.expand(*query.shape[:2], query.shape[-2], key.shape[-2])

        def score_mod(score: Tensor, b: Tensor, h: Tensor, q: Tensor, k: Tensor) -> Tensor:
            if mask.dtype == torch.bool:
                return torch.where(mask[b, h, q, k], score, -float("inf"))
            return score + mask[b, h, q, k]

    blocks = _causal(query.shape[-2], key.shape[-2], query.device) if is_causal else None
    return flex(query, key, value, score_mod, blocks, scale, enable_gqa)


@cache
def _causal(queries: int, keys: int, device: torch.device) -> BlockMask:
    return create_block_mask(lambda b, h, q, k: q >= k, None, None, queries, keys, device=device)


@cache
def _compiled_flex() -> Callable[..., Tensor]:
    return torch.compile(flex_attention)
