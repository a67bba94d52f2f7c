"""Measure how costs grow with size, and save the results: one file of schema rb1-scaling for each study and device.

FLOPs and bytes are counted once and are the same in every run. Times are medians of interleaved repetitions: all sizes
of all curves once per round, in order in even rounds and reversed in odd ones; processor time on a CPU, event pairs on
CUDA; freed memory is kept. Nothing is measured before the checks of the study have passed in the same process.
"""
import gc
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from reference_impls.harness import files, records
from reference_impls.harness.bench.clocks import chosen, clock_for, wait
from reference_impls.harness.bench.guards import flatten
from reference_impls.harness.bench.heap import keep_freed_memory
from reference_impls.harness.bench.memory import most_saved_bytes
from reference_impls.harness.card import Curve
from reference_impls.harness.check import absent, explain, one_thread
from reference_impls.harness.growth_records import SCHEMA
from reference_impls.harness.live import peak_live_bytes
from reference_impls.harness.places import growth_folder, own_records
from reference_impls.harness.provenance import code, device_slug, environment, now
from reference_impls.harness.registry import Study, load
from reference_impls.harness.scaling_fit import Fit, fit

SEED = 0
ROUNDS, LONG_MS = 15, 400       # repetitions; calls that take longer than this are repeated only five times
Call = Callable[[], Any]


@dataclass(frozen=True)
class Grown:
    """One curve: the values at every size (for times, all repetitions), and the fitted exponent."""

    curve: Curve
    samples: list[list[float]]
    fit: Fit

    @property
    def values(self) -> list[float]:
        """The medians, by size."""
        return [median(each) for each in self.samples]

    @property
    def shown(self) -> bool:
        """Whether these sizes show the paper's exponent."""
        return self.fit.agrees_with(self.curve.exponent)


@dataclass(frozen=True)
class Growth:
    """A study as measured on a device."""

    study: Study
    device: str
    grown: list[Grown] = field(repr=False)


class CheckError(ValueError):
    """A mechanism that fails its checks, so that its cost is meaningless."""


def measure(study: Study, device: str = "cpu", on_case: Callable[[str], None] = lambda line: None) -> Growth:
    """Check the mechanisms, then measure every curve at every size.

    Raises:
        LookupError: the device is absent.
        CheckError: a check fails.
    """
    if why := absent(device):
        raise LookupError(f"{device}: {why}")
    module, header = load(study), study.scaling
    with one_thread(), chosen(device):
        check(study, module)
        samples = {curve: [[float(count(module, curve, size, device))] for size in header.sizes]
                   for curve in header.curves if curve.measure != "ms"}
        keep_freed_memory()
        samples |= _times(module, study, device, on_case)
    return Growth(study, device, [Grown(curve, samples[curve], fit(header.sizes, samples[curve]))
                                  for curve in header.curves])


def check(study: Study, module: ModuleType) -> None:
    """Run the checks that the header names.

    Raises:
        CheckError: a check fails.
    """
    for name in study.scaling.checks:
        torch.manual_seed(SEED)
        try:
            getattr(module, f"check_{name}")()
        except Exception as error:
            raise CheckError(f"{study.scaling.id}: {name.replace('_', ' ')}: {explain(error, study.path)}") from error


def count(module: ModuleType, curve: Curve, size: int, device: str = "cpu") -> int:
    """The FLOPs or bytes of one curve at one size; the same in every run."""
    torch.manual_seed(SEED)
    with torch.device(device):
        call: Call = module.case(curve.name, size)
        if curve.measure == "flop":
            counter = FlopCounterMode(display=False)
            with sdpa_kernel(SDPBackend.MATH), counter:
                call()
            return int(counter.get_total_flops())
        if curve.measure == "saved_bytes":
            return most_saved_bytes(call)
        if curve.measure == "peak_bytes":
            call()                  # from now on the gradients of the parameters exist
            return peak_live_bytes(call)
        return held_bytes(flatten(call()))


def held_bytes(tensors: Iterable[Tensor]) -> int:
    """The bytes behind tensors, each storage counted once."""
    return sum({each.untyped_storage().data_ptr(): each.untyped_storage().nbytes() for each in tensors}.values())


def _times(module: ModuleType, study: Study, device: str,
           on_case: Callable[[str], None]) -> dict[Curve, list[list[float]]]:
    """Milliseconds for every timed curve at every size, round by round."""
    header = study.scaling
    timed = [curve for curve in header.curves if curve.measure == "ms"]
    torch.manual_seed(SEED)
    with torch.device(device):
        calls: dict[tuple[Curve, int], Call] = {
            (curve, size): module.case(curve.name, size) for curve in timed for size in header.sizes}
        samples: dict[tuple[Curve, int], list[float]] = {key: [] for key in calls}
        first = {key: [_time(call, device) for _ in range(2)][-1] for key, call in calls.items()}
        gc.collect()
        gc.disable()
        try:
            for number in range(ROUNDS):
                on_case(f"{header.id} round {number + 1} of {ROUNDS}")
                for key in calls if number % 2 == 0 else reversed(calls):
                    if number < 5 or first[key] < LONG_MS:
                        samples[key].append(_time(calls[key], device))
        finally:
            gc.enable()
    return {curve: [samples[curve, size] for size in header.sizes] for curve in timed}


def _time(call: Call, device: str) -> float:
    if torch.device(device).type == "cuda":
        clock = clock_for(device)
        return clock.milliseconds([clock.mark(call)[0]])[0]
    start = time.process_time_ns()      # of this process alone, without whatever else runs on the machine
    call()
    wait(device)
    return (time.process_time_ns() - start) / 1e6


def growth_record(growth: Growth) -> dict[str, Any]:
    """Every value with the fit and the paper's exponent, plus the head that all records have."""
    header = growth.study.scaling
    curves = [{
        "name": each.curve.name, "measure": each.curve.measure,
        "values": [float(f"{value:.6g}") for value in each.values], "n": [len(found) for found in each.samples],
        "spread": [[float(f"{min(found):.6g}"), float(f"{max(found):.6g}")] for found in each.samples]
        if each.curve.measure == "ms" else None,
        "fit": {"exponent": round(each.fit.exponent, 4), "ci95": [round(each.fit.low, 4), round(each.fit.high, 4)],
                "factor": float(f"{each.fit.factor:.6g}"), "sizes": each.fit.sizes},
        "paper": {"exponent": each.curve.exponent, "id": each.curve.paper, "place": each.curve.place},
        "shown": each.shown,
    } for each in growth.grown]
    clock = "process_time" if growth.device == "cpu" else "cuda_event"
    return {"kind": "scaling", "schema": SCHEMA, "study": header.id, "question": header.question, "axis": header.axis,
            "sizes": header.sizes, "seed": SEED, "clock": clock, "curves": curves,
            "env": environment(growth.device), "code": code(growth.study), "time_utc": now()}


def scaling_folder() -> Path:
    """The folder of growth records, one subfolder per device, next to the other records.

    Raises:
        FileNotFoundError: this user has no data folder.
    """
    return Path(growth_folder(own_records()))


def save(growth: Growth, record: dict[str, Any], folder: Path) -> Path:
    """Write the record of the study on this device, replacing an earlier one.

    Raises:
        OSError: the folder cannot be written.
    """
    path = folder / device_slug(growth.device) / f"{growth.study.scaling.id}.json"
    files.replace(path, records.dump(record).encode())
    return path
