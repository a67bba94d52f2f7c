"""Resume a run of many benchmarks that was cut off, for example when a machine was available only for an hour."""
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
    """The cases without a record of this code on this device with this torch; full records count for quick runs too."""
    wanted = parts(implementation.card, device)
    if absent(device):
        return wanted
    kept = records.load_of_device(folder, device_slug(device), implementation.card.id)
    done = {(record["case"], record["dtype"]) for record in records.current(implementation, kept, sources)
            if record["kind"] == "bench" and not violations(record) and (quick or not record["quick"])
            and (record["env"]["device"], record["env"]["torch"]) == (device_name(device), torch.__version__)}
    return [(case, dtype) for case, dtype in wanted if (case.name, DTYPE_NAMES[dtype]) not in done]


@contextmanager
def ended_as_by_ctrl_c() -> Iterator[None]:
    """While active, SIGTERM, which `timeout` and schedulers send to end a process, raises KeyboardInterrupt.

    Several processes have their own way to end together. Signals reach only the main thread.
    """
    if world() > 1 or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)       # `timeout` sends it twice
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
