"""Refuses to time what cheats: results kept from an earlier call, inputs changed, work hidden from the clock."""
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from reference_impls.harness.bench.clocks import Call, busy_ms
from reference_impls.harness.bench.rotation import Inputs


class RefusedError(Exception):
    """A variant must not be timed; the message says why."""


def refuse_cheats(variant: Callable[..., Any], sets: Sequence[Inputs], builds_graph: bool = False) -> None:
    """Call a variant on fresh values in the same tensors, and on another input set.

    Args:
        builds_graph: it computes gradients, and must be called in that mode.

    Raises:
        RefusedError: it changes its inputs, or its results do not follow them.
    """
    if not sets[0]:
        return     # an optimizer's step: no inputs, and changing parameters is its work
    first, second = sets[0], sets[1]
    if not any(x.is_floating_point() for x in first):
        return     # other integers may well give equal results
    originals = [x.clone() for x in first]
    with torch.set_grad_enabled(builds_graph):
        before = flatten(variant(*first))        # stays alive, so that its addresses are not used again
        kept = [output.clone() for output in before]
        if not all(map(torch.equal, originals, first)):
            raise RefusedError("it changes its inputs")
        other = flatten(variant(*second))
        refuse_aliases(before, other, first, second)
        try:
            for x, y in zip(first, second, strict=True):
                x.copy_(y)          # the same tensors with other values: a memory keyed by object does not notice
            after = flatten(variant(*first))
        finally:
            for x, original in zip(first, originals, strict=True):
                x.copy_(original)
    results = [each for each in zip(kept, after, other, strict=True) if each[0].is_floating_point()]
    if any(torch.equal(old, new) and not torch.equal(old, elsewhere) for old, new, elsewhere in results):
        raise RefusedError("it returns a result kept from an earlier call")
    if results and all(torch.equal(old, elsewhere) for old, _, elsewhere in results):
        with torch.set_grad_enabled(builds_graph):      # two means may be equal by chance, in bf16 often
            halved = flatten(variant(*(x / 2 if x.is_floating_point() else x for x in first)))
        if all(torch.equal(old, half) for old, half in zip(kept, halved, strict=True) if old.is_floating_point()):
            raise RefusedError("its results do not follow its inputs")


def refuse_aliases(before: Sequence[Tensor], other: Sequence[Tensor], first: Inputs, second: Inputs) -> None:
    """Look where the results of two calls lie, both still alive.

    Raises:
        RefusedError: the later result lies in an input of the earlier call, or both lie in the same memory.
    """
    if storages(other) & storages(first) - storages(second):
        raise RefusedError("it returns an input kept from an earlier call")
    if storages(before) & storages(other) - storages(first):
        raise RefusedError("it returns the same object for different inputs")


def refuse_hidden_work(call: Call, timed_ms: float, device: str, tries: int = 5,
                       busy: Callable[[Call, str], float] = busy_ms) -> None:
    """Compare what the clock saw with all that the device does: other streams, other threads, work still queued.

    Raises:
        RefusedError: the device works more than twice as long, and more than a millisecond longer.
    """
    works = float("inf")
    for _ in range(tries):          # one quiet try is enough to clear it
        works = min(works, busy(call, device))
        if works <= 2 * timed_ms + 1:
            return
    raise RefusedError(f"the clock sees {timed_ms:.3f} ms, the device works {works:.3f} ms: does it work in another "
                       "stream or thread, or does the clock not wait?")


def flatten(outputs: Any) -> list[Tensor]:
    """The tensors in what a variant returns, however nested: torch's LSTM gives (outputs, (h, c))."""
    if isinstance(outputs, Tensor):
        return [outputs]
    return [tensor for part in outputs for tensor in flatten(part)] if isinstance(outputs, tuple | list) else []


def storages(tensors: Sequence[Tensor]) -> set[int]:
    """The addresses of the memory under them."""
    return {tensor.untyped_storage().data_ptr() for tensor in tensors}
