"""What this device can do at most, measured in the same session: the roof that timings are compared with."""
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch

from reference_impls.harness.bench.clocks import clock_for
from reference_impls.harness.card import Work

DATASHEET: dict[str, tuple[dict[torch.dtype, float], float]] = {
    "H200": ({torch.bfloat16: 989e12, torch.float32: 67e12}, 4.8e12),
    "H100 80GB HBM3": ({torch.bfloat16: 989e12, torch.float32: 67e12}, 3.35e12),
    "A100-SXM4-80GB": ({torch.bfloat16: 312e12, torch.float32: 19.5e12}, 2.039e12),
    "A100-SXM4-40GB": ({torch.bfloat16: 312e12, torch.float32: 19.5e12}, 1.555e12),
}
"""The maker's FLOP/s (dense, float32 without TF32) and bytes/s, by the device's name.

Only the full name counts: a GH200 480GB, an H200 NVL or a MIG slice is another device.
"""


@dataclass(frozen=True)
class Ceilings:
    """Peak of a large square matrix product, in FLOP/s, and of a large copy, in bytes/s (read and written).

    Args:
        stated_flop_per_s: from the maker's datasheet, if known.
        stated_bytes_per_s: likewise.
    """

    flop_per_s: float
    bytes_per_s: float
    stated_flop_per_s: float | None = None
    stated_bytes_per_s: float | None = None

    def roofline(self, work: Work, milliseconds: float) -> float:
        """The least time that the work could take on this device, as a fraction of the time it took."""
        return max(work.flop / self.flop_per_s, work.min_bytes / self.bytes_per_s) / (milliseconds / 1e3)


@cache
def measure_ceilings(device: str, dtype: torch.dtype) -> Ceilings:
    """Measure once per device and precision; a few tenths of a second."""
    on_gpu = torch.device(device).type == "cuda"
    side, length = (8192, 2**28) if on_gpu else (1024, 2**24)
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    product = torch.empty_like(a)
    source = torch.ones(length, device=device)
    target = torch.empty_like(source)
    return Ceilings(2 * side**3 / _fastest(lambda: torch.mm(a, b, out=product), device),
                    2 * source.nbytes / _fastest(lambda: target.copy_(source), device),
                    *(stated(torch.cuda.get_device_name(device), dtype) if on_gpu else (None, None)))


def stated(name: str, dtype: torch.dtype) -> tuple[float | None, float | None]:
    """The datasheet's FLOP/s and bytes/s for the device with this name; None where unknown."""
    flops, bandwidth = DATASHEET.get(name.removeprefix("NVIDIA "), ({}, None))
    return flops.get(dtype), bandwidth


def _fastest(call: Callable[[], object], device: str) -> float:
    """Seconds of the fastest call, by the same clock as the timings: launching is not included."""
    clock = clock_for(device)
    return min(clock.milliseconds([clock.mark(call)[0] for _ in range(8)])) / 1e3
