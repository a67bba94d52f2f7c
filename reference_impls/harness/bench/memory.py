"""How much memory a call takes: what it keeps for the backward pass, and its peak on a GPU."""
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from reference_impls.harness.bench.guards import flatten
from reference_impls.harness.bench.parameters import parameters_of


class _Saved:
    """What autograd keeps, each storage once: a part of the graph may be dropped on the way, and its memory reused."""

    def __init__(self) -> None:
        self.storages: weakref.WeakSet[torch.UntypedStorage] = weakref.WeakSet()
        self.now = self.most = 0

    def pack(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage not in self.storages:
            self.storages.add(storage)
            self.now += storage.nbytes()
            self.most = max(self.most, self.now)
            weakref.finalize(storage, self._gone, storage.nbytes())
        return tensor.detach()      # an operation that saves its own result would hold it, and be held by it, forever

    def _gone(self, size: int) -> None:
        self.now -= size


def saved_bytes(variant: Callable[..., Any], inputs: tuple[Tensor, ...]) -> int:
    """Bytes that autograd keeps between forward and backward: each storage once, parameters not counted.

    The same in every run; on every device but for what a fused kernel (attention, a recurrent layer) keeps of its own.
    """
    saved = _Saved()
    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(saved.pack, lambda tensor: tensor):
        outputs = flatten(variant(*inputs))
    resident = {parameter.untyped_storage().data_ptr() for parameter in parameters_of(variant, outputs)}
    return sum(storage.nbytes() for storage in saved.storages if storage.data_ptr() not in resident)


def most_saved_bytes(call: Callable[[], object]) -> int:
    """The most that autograd keeps at once during a call that goes forward and backward."""
    saved = _Saved()
    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(saved.pack, lambda tensor: tensor):
        call()
    return saved.most


def peak_bytes(call: Callable[[int], object], device: str) -> int | None:
    """Peak of the CUDA allocator during one call, over what was resident before; None on other devices."""
    if torch.device(device).type != "cuda":
        return None
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    resident = torch.cuda.memory_allocated(device)
    call(0)
    torch.cuda.synchronize(device)
    return int(torch.cuda.max_memory_allocated(device) - resident)
