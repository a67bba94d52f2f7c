"""Compare the work that an implementation declares for a bench case with what torch actually does."""
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from reference_impls.harness.card import Case

TOLERANCE = 0.05            # the counter sees matrix products and convolutions; element-wise work may add this much
BY_ELEMENT = (0.1, 2.0)     # operations per value read or written, where there are no products


def compare_work(module: ModuleType, case: Case, device: str) -> str:
    """What is wrong with the declared FLOPs and least bytes of the reference; empty if nothing.

    FLOPs must match those that torch counts. Its counter sees only matrix products and convolutions, attention only
    under the MATH backend, and recurrent layers only outside oneDNN's kernel, so these settings are used for counting.
    Norms and activations are invisible to it; there the FLOPs must be of the order of the values that eager torch
    moves. The least bytes must cover inputs and outputs, and cannot exceed what eager torch moves.
    """
    torch.manual_seed(0)
    variants, inputs = module.bench_inputs(case, device, torch.float32)
    reference, declared = variants["reference"], module.work(case, itemsize=4)
    counter, traffic = FlopCounterMode(display=False), _Traffic()
    with torch.no_grad(), countable():
        with counter:
            reference(*inputs)
        with traffic:
            outputs = reference(*inputs)
    ends = sum({x.untyped_storage()._cdata: x.nbytes for x in tree_leaves((inputs, outputs))    # not the address,
                if isinstance(x, Tensor)}.values())                                             # 0 on the meta device
    counted, moved = counter.get_total_flops(), traffic.bytes // 4
    if counted and abs(declared.flop / counted - 1) > TOLERANCE:
        return (f"declares {declared.flop:,} FLOP, torch counts {counted:,}: "
                f"{declared.flop / counted:.2f} times as much")
    if not counted and not BY_ELEMENT[0] <= declared.flop / moved <= BY_ELEMENT[1]:
        return f"declares {declared.flop:,} FLOP, eager torch moves {moved:,} values in element-wise operations"
    if not ends * (1 - TOLERANCE) <= declared.min_bytes <= traffic.bytes:
        return (f"declares at least {declared.min_bytes:,} bytes; inputs and outputs have {ends:,}, eager torch moves "
                f"{traffic.bytes:,}")
    return ""


@contextmanager
def countable() -> Iterator[None]:
    """Run attention and recurrent layers with operations that torch's counter knows."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*TF32.*")       # an announcement that oneDNN's switches will move
        with (sdpa_kernel(SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False),
              torch.backends.cudnn.flags(enabled=False)):
            yield


class _Traffic(TorchDispatchMode):
    """Add up the bytes that every operation reads and writes; a view moves nothing."""

    def __init__(self) -> None:
        super().__init__()      # type: ignore[no-untyped-call]
        self.bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if not getattr(func, "is_view", False):       # compiled regions have no is_view, and are not views
            self.bytes += sum(x.nbytes for x in tree_leaves((args, kwargs, result)) if isinstance(x, Tensor))
        return result
