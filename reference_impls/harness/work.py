"""Compares the work that an implementation declares for a bench case with what torch's counter sees."""
from types import ModuleType

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from reference_impls.harness.card import Case

TOLERANCE = 0.05      # the counter sees matrix products and convolutions; element-wise work may add this much


def compare_work(module: ModuleType, case: Case, device: str) -> str:
    """What differs by more than the tolerance between declared and counted FLOPs of the reference; empty if nothing.

    The counter sees attention only under the MATH backend, and nothing of LSTM kernels, norms and activations: where
    it counts zero there is nothing to compare.
    """
    torch.manual_seed(0)
    variants, inputs = module.bench_inputs(case, device, torch.float32)
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter:
        variants["reference"](*inputs)
    counted, declared = counter.get_total_flops(), module.work(case, itemsize=4).flop
    if not counted or abs(declared / counted - 1) <= TOLERANCE:
        return ""
    return f"declares {declared:,} FLOP, torch counts {counted:,}: {declared / counted:.2f} times as much"
