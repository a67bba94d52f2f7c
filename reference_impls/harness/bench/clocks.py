"""Clocks for one call, and the order in which competing calls are timed."""
import gc
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import torch

Call = Callable[[int], object]      # the argument counts calls and picks one of the rotating input sets


@dataclass(frozen=True)
class Budget:
    """How long to measure.

    Args:
        warmup_ms: warm up with at least three calls, and until this has passed.
        measure_ms: aim at this much time per variant.
        fewest: repetitions whatever they cost.
        most: repetitions at most.
    """

    warmup_ms: float
    measure_ms: float
    fewest: int
    most: int

    def rounds(self, milliseconds: float) -> int:
        """Repetitions for calls that take so long."""
        return max(self.fewest, min(self.most, int(self.measure_ms / max(milliseconds, 1e-4))))


CPU_BUDGET = Budget(warmup_ms=25, measure_ms=300, fewest=30, most=1000)
CUDA_BUDGET = Budget(warmup_ms=25, measure_ms=500, fewest=20, most=1000)
QUICK_BUDGET = Budget(warmup_ms=5, measure_ms=60, fewest=7, most=100)


class Clock(Protocol):
    """Marks calls without waiting for them, then turns all marks into milliseconds."""

    name: str
    cold_l2: bool

    def mark(self, call: Callable[[], object]) -> Any: ...

    def milliseconds(self, marks: Iterable[Any]) -> list[float]: ...


class CpuClock:
    """Wall time around each call."""

    name = "perf_counter"
    cold_l2 = False

    def mark(self, call: Callable[[], object]) -> float:
        start = time.perf_counter_ns()
        call()
        return (time.perf_counter_ns() - start) / 1e6

    def milliseconds(self, marks: Iterable[float]) -> list[float]:
        return list(marks)


class CudaClock:
    """A pair of events around each call on the current stream, after a write that empties the L2 cache."""

    name = "cuda_event"
    cold_l2 = True

    def __init__(self, device: str) -> None:
        cache = torch.cuda.get_device_properties(device).L2_cache_size
        self.flush = torch.empty(max(256 * 2**20, 4 * cache), dtype=torch.int8, device=device)

    def mark(self, call: Callable[[], object]) -> tuple[torch.cuda.Event, torch.cuda.Event]:
        start = torch.cuda.Event(enable_timing=True)
        end = torch.cuda.Event(enable_timing=True)
        self.flush.zero_()
        start.record()
        call()
        end.record()
        return start, end

    def milliseconds(self, marks: Iterable[tuple[torch.cuda.Event, torch.cuda.Event]]) -> list[float]:
        torch.cuda.synchronize()
        return [start.elapsed_time(end) for start, end in marks]


def clock_for(device: str) -> Clock:
    """Events on CUDA, wall time elsewhere."""
    return CudaClock(device) if torch.device(device).type == "cuda" else CpuClock()


def wait(device: str) -> None:
    """Until the device has finished all its work, on every stream."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)


def warm_up(call: Call, budget: Budget, device: str) -> float:
    """Call until warm; wall milliseconds of the fastest call, the estimate that sets the number of repetitions."""
    fastest, number, start = float("inf"), 0, time.perf_counter()
    while number < 3 or (time.perf_counter() - start) * 1e3 < budget.warmup_ms:
        begin = time.perf_counter()
        call(number)
        wait(device)
        fastest, number = min(fastest, (time.perf_counter() - begin) * 1e3), number + 1
    return fastest


def interleave(calls: dict[str, Call], clock: Clock, rounds: int) -> dict[str, list[float]]:
    """Time every call once a round, forward in even rounds and backward in odd ones (ABBA): drift hits all alike."""
    marks: dict[str, list[Any]] = {name: [] for name in calls}
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds):
            for name in calls if number % 2 == 0 else reversed(calls):
                marks[name].append(clock.mark(lambda call=calls[name]: call(number)))   # type: ignore[misc]  # noqa: B023
    finally:
        gc.enable()
    return {name: clock.milliseconds(found) for name, found in marks.items()}


def time_graph_replay(call: Call, clock: Clock, rounds: int) -> list[float]:
    """Milliseconds of replaying the call as a CUDA graph, without launch overhead; empty when it cannot be captured."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with suppress(RuntimeError):
        with torch.cuda.stream(side):
            for number in range(3):
                call(number)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            call(0)
        return clock.milliseconds([clock.mark(graph.replay) for _ in range(rounds)])
    return []
