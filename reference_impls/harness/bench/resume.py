"""A run of many benchmarks that was cut off, as by the end of a lent hour, goes on where it stopped."""
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import torch

from reference_impls.harness import records
from reference_impls.harness.bench.protocol import DTYPE_NAMES, Part, parts
from reference_impls.harness.bench.schema import violations
from reference_impls.harness.check import absent
from reference_impls.harness.parallel import world
from reference_impls.harness.provenance import device_name, device_slug
from reference_impls.harness.registry import Implementation, Sources


def not_measured(implementation: Implementation, device: str, quick: bool, folder: Path, sources: Sources
                 ) -> list[Part]:
    """The cases without a record of this code on this device with this torch; a full record serves a quick run too."""
    nothing_kept = absent(device)
    wanted = parts(implementation.card, device)
    if nothing_kept:
        return wanted
    kept = records.load_of_device(folder, device_slug(device), implementation.card.id)
    done = {(record["case"], record["dtype"]) for record in records.current(implementation, kept, sources)
            if record["kind"] == "bench" and not violations(record) and (quick or not record["quick"])
            and (record["env"]["device"], record["env"]["torch"]) == (device_name(device), torch.__version__)}
    return [(case, dtype) for case, dtype in wanted if (case.name, DTYPE_NAMES[dtype]) not in done]


@contextmanager
def ended_as_by_ctrl_c() -> Iterator[None]:
    """While it lasts, SIGTERM, by which `timeout` and schedulers end a process, raises KeyboardInterrupt.

    Several processes have a way of their own to end together. Signals reach the main thread alone.
    """
    if world() > 1 or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)       # `timeout` says it twice
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
