"""Clocks for one call, and the order in which competing calls are timed."""
import gc
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

Call = Callable[[int], object]      # the argument counts calls and picks one of the rotating input sets


@dataclass(frozen=True)
class Budget:
    """How long to measure.

    Args:
        warmup_ms: warm up with at least three calls, and until this has passed.
        measure_ms: aim at this much time for each variant, also for the fastest.
        fewest: repetitions whatever they cost.
        most: repetitions at most.
    """

    warmup_ms: float
    measure_ms: float
    fewest: int
    most: int

    def rounds(self, milliseconds: Sequence[float]) -> int:
        """Repetitions of calls that take so long each: one round calls each once.

        Where one is far slower than another, all together get ten times the aim: the fastest may then miss it.
        """
        wanted = self.measure_ms / max(min(milliseconds), sum(milliseconds) / 10, 1e-4)
        return max(self.fewest, min(self.most, int(wanted)))


CPU_BUDGET = Budget(warmup_ms=25, measure_ms=300, fewest=30, most=100_000)
CUDA_BUDGET = Budget(warmup_ms=25, measure_ms=500, fewest=20, most=1000)
QUICK_BUDGET = Budget(warmup_ms=5, measure_ms=60, fewest=15, most=1000)


class Clock(Protocol):
    """Marks calls without waiting for them, then turns all marks into milliseconds."""

    name: str
    cold_l2: bool

    def mark(self, call: Callable[[], object]) -> tuple[Any, object]:
        """The mark, and what the call returned: freeing it is not timed."""

    def milliseconds(self, marks: Iterable[Any]) -> list[float]: ...


class CpuClock:
    """Wall time around each call."""

    name = "perf_counter"
    cold_l2 = False

    def mark(self, call: Callable[[], object]) -> tuple[float, object]:
        start = time.perf_counter_ns()
        result = call()
        return (time.perf_counter_ns() - start) / 1e6, result

    def milliseconds(self, marks: Iterable[float]) -> list[float]:
        return list(marks)


class CudaClock:
    """A pair of events around each call on the current stream, after a write that empties the L2 cache."""

    name = "cuda_event"
    cold_l2 = True

    def __init__(self, device: str) -> None:
        cache = torch.cuda.get_device_properties(device).L2_cache_size
        self.flush = torch.empty(max(256 * 2**20, 4 * cache), dtype=torch.int8, device=device)

    def mark(self, call: Callable[[], object]) -> tuple[tuple[torch.cuda.Event, torch.cuda.Event], object]:
        start = torch.cuda.Event(enable_timing=True)
        end = torch.cuda.Event(enable_timing=True)
        self.flush.zero_()
        start.record()
        result = call()
        end.record()
        return (start, end), result

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


def chosen(device: str) -> AbstractContextManager[object]:
    """While it lasts, events and streams are those of this device; without it `cuda:1` would be timed on `cuda:0`."""
    found = torch.device(device)
    there = found.type == "cuda" and (found.index or 0) < torch.cuda.device_count()
    return torch.cuda.device(found) if there else nullcontext()


def busy_ms(call: Call, device: str) -> float:
    """Milliseconds that the device works for one call, however it hides the work.

    On CUDA the wall until every stream is done. On a CPU the processor time of all threads of this process until none
    of them computes any more: another process cannot disturb it.
    """
    wait(device)
    if torch.device(device).type == "cuda":
        start = time.perf_counter()
        call(0)
        wait(device)
        return (time.perf_counter() - start) * 1e3
    start = time.process_time()
    call(0)
    returned, own = time.process_time(), time.thread_time()
    settle(device)
    others = time.process_time() - returned - (time.thread_time() - own)        # to look for them takes time itself
    return (returned - start + others) * 1e3


def settle(device: str) -> None:
    """Until the device has finished, on a CPU until no other thread of this process computes any more."""
    wait(device)
    quiet = 3 if torch.device(device).type == "cuda" else 0
    while quiet < 3:
        before = time.process_time()
        time.sleep(2e-3)
        quiet = quiet + 1 if time.process_time() - before < 5e-4 and not _others_run() else 0


def _others_run() -> bool:
    """Whether another thread runs or wants to: on a busy machine it may get no time for a while. Only Linux tells."""
    own = str(threading.get_native_id())
    for thread in Path("/proc/self/task").glob("*"):
        with suppress(OSError):         # it has ended meanwhile
            if thread.name != own and (thread / "stat").read_text().rpartition(")")[2].split()[0] == "R":
                return True
    return False


def warm_up(call: Call, budget: Budget, device: str) -> float:
    """Call until warm; wall milliseconds of the fastest call, the estimate that sets the number of repetitions."""
    fastest, number, start = float("inf"), 0, time.perf_counter()
    while number < 3 or (time.perf_counter() - start) * 1e3 < budget.warmup_ms:
        begin = time.perf_counter()
        call(number)
        wait(device)
        fastest, number = min(fastest, (time.perf_counter() - begin) * 1e3), number + 1
    return fastest


class Observer(Protocol):
    """Stands before and after each call, outside of the time that is measured."""

    def before(self, name: str, number: int) -> None: ...

    def after(self, name: str, number: int, result: object) -> None: ...


def interleave(calls: dict[str, Call], clock: Clock, rounds: int, observer: Observer) -> dict[str, list[float]]:
    """Time every call once a round, forward in even rounds and backward in odd ones (ABBA): drift hits all alike."""
    marks: dict[str, list[Any]] = {name: [] for name in calls}
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds):
            for name in calls if number % 2 == 0 else reversed(calls):
                observer.before(name, number)
                mark, result = clock.mark(lambda call=calls[name]: call(number))   # type: ignore[misc]  # noqa: B023
                marks[name].append(mark)
                observer.after(name, number, result)
                del result
    finally:
        gc.enable()
    return {name: clock.milliseconds(found) for name, found in marks.items()}


def time_graph_replay(call: Call, clock: Clock, rounds: int) -> list[float]:
    """Milliseconds of replaying the call as a CUDA graph, without launch overhead; empty when it cannot be captured.

    A call that waits for the device is found out before: after a capture that failed, torch's allocator and its current
    stream are no longer what they were, for all that comes later in this process.
    """
    here, side = torch.cuda.current_stream(), torch.cuda.Stream()
    side.wait_stream(here)
    try:
        with _refusing_to_wait(), torch.cuda.stream(side):
            for number in range(3):
                call(number)
        here.wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            call(0)
    except RuntimeError:
        torch.cuda.set_stream(here)     # the context of a capture that fails leaves its own
        return []
    return clock.milliseconds([clock.mark(graph.replay)[0] for _ in range(rounds)])


@contextmanager
def _refusing_to_wait() -> Iterator[None]:
    """While it lasts, an operation that waits for the device raises RuntimeError instead."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")         # torch calls this a prototype
        torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")
