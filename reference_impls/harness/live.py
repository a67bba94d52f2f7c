"""Count the bytes of tensors that a call holds at once, storage by storage: exact, and the same on every device."""
import gc
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from reference_impls.harness.bench.guards import flatten


class _Live(TorchDispatchMode):
    """Count every storage that an operation creates until its last tensor is gone, in backward passes too."""

    def __init__(self) -> None:
        super().__init__()      # type: ignore[no-untyped-call]
        self.now = self.peak = 0
        self.seen: weakref.WeakSet[torch.UntypedStorage] = weakref.WeakSet()

    def __torch_dispatch__(self, operation: Any, types: Any, arguments: Any = (),
                           named: dict[str, Any] | None = None) -> Any:
        for storage in _storages([*arguments, *(named or {}).values()]):
            self.seen.add(storage)              # it existed before the operation
        result = operation(*arguments, **(named or {}))
        for storage in _storages([result]):
            if storage not in self.seen:
                self.seen.add(storage)
                self.now += storage.nbytes()
                self.peak = max(self.peak, self.now)
                weakref.finalize(storage, self._gone, storage.nbytes())
        return result

    def _gone(self, size: int) -> None:
        self.now -= size


def _storages(values: Any) -> list[torch.UntypedStorage]:
    return [tensor.untyped_storage() for tensor in flatten(values)]


def peak_live_bytes(call: Callable[[], object]) -> int:
    """The peak bytes that the call holds, not counting tensors that existed before it."""
    gc.collect()
    with _Live() as live:
        kept = call()
    del kept
    return live.peak
