"""Settings that must not vary between runs: threads, TF32, kernel search, freed memory. Set for a run, and recorded."""
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from reference_impls.harness.bench.heap import keep_freed_memory
from reference_impls.harness.check import one_thread

Settings = dict[str, int | bool | str]


@contextmanager
def pinned() -> Iterator[Settings]:
    """One CPU thread, float32 products in float32, no kernel search; yields the settings that torch then reports.

    Freed memory is still kept afterwards. Algorithms may be nondeterministic, because people use the fast ones. Clocks
    and power limits are left alone.
    """
    tf32 = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    try:
        with one_thread(), torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=False,
                                                      allow_tf32=False):
            yield {
                "threads": torch.get_num_threads(),
                "tf32": torch.backends.cuda.matmul.allow_tf32 or torch.backends.cudnn.allow_tf32,
                "deterministic": torch.are_deterministic_algorithms_enabled(),
                "cudnn_benchmark": torch.backends.cudnn.benchmark,
                "freed_memory": keep_freed_memory(),
            }
    finally:
        torch.backends.cuda.matmul.allow_tf32 = tf32
