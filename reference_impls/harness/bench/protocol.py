"""Protocol rb1: what is timed, and after which checks.

1. Verification must have passed in this process, on this device; else the status is `unverified`, without times.
2. Three input sets rotate. A variant that changes its inputs, or answers from memory, is refused before and after.
3. All variants run interleaved (ABBA) with the baseline a second time among them (A/A): ratios are paired, and a
   ratio no further from one than the A/A interval is a tie.
4. One CPU thread. On CUDA: event pairs, the L2 cache flushed between calls, a graph replay where launching dominates.
"""
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Literal

import torch

from reference_impls.harness.bench.ceilings import Ceilings, measure_ceilings
from reference_impls.harness.bench.clocks import (
    CPU_BUDGET,
    CUDA_BUDGET,
    QUICK_BUDGET,
    Budget,
    Call,
    clock_for,
    interleave,
    time_graph_replay,
    wait,
    warm_up,
)
from reference_impls.harness.bench.guards import RefusedError, refuse_cheats, refuse_hidden_work
from reference_impls.harness.bench.memory import peak_bytes, saved_bytes
from reference_impls.harness.bench.modes import Inputs, Mode, Timed, Variant, as_leaves, modes
from reference_impls.harness.bench.statistics import Ratio, Spread, paired_ratio, spread
from reference_impls.harness.card import Card, Case, Work
from reference_impls.harness.check import Verification, one_thread, sound_in, verify
from reference_impls.harness.registry import Implementation, load

DTYPE_NAMES = {torch.float32: "fp32", torch.bfloat16: "bf16"}
COMPILED = "reference compiled"
AGAIN = "A/A"               # the baseline a second time
SEED = 0
LAUNCH_BOUND_MS = 0.05      # below this median a GPU mostly waits for launches


@dataclass(frozen=True)
class Timing:
    """What was measured of one variant in one mode; `ratio` is against the baseline, for itself against its twin."""

    times: Spread
    clock: str
    cold_l2: bool
    ratio: Ratio
    aa_spread: float
    graph_p50: float | None
    peak_bytes: int | None
    saved_bytes: int | None
    ceilings: Ceilings

    @property
    def tie(self) -> bool:
        """The ratio cannot be told from one: it lies inside what the baseline differs from itself."""
        return abs(self.ratio.p50 - 1) <= self.aa_spread


@dataclass(frozen=True)
class Measurement:
    """One case, variant, mode and precision. Only status `ok` has a timing; `reason` says why the others have none."""

    case: Case
    variant: str
    mode: Mode
    dtype: str
    status: Literal["ok", "unverified", "oom", "skipped"]
    baseline: str | None = None
    work: Work | None = None
    timing: Timing | None = None
    compile_s: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Benchmark:
    """Everything measured of one implementation on one device."""

    id: str
    role: str
    device: str
    verification: Verification
    measurements: list[Measurement]


def bench(implementation: Implementation, device: str = "cpu", quick: bool = False,
          on_case: Callable[[str], None] = lambda line: None) -> Benchmark:
    """Time every case of the card; cases whose name ends in `-gpu` only on CUDA. Quick takes fewer repetitions."""
    card = implementation.card
    verification = verify(implementation, device)
    on_gpu = torch.device(device).type == "cuda"
    budget = QUICK_BUDGET if quick else CUDA_BUDGET if on_gpu else CPU_BUDGET
    found: list[Measurement] = []
    with one_thread():
        for case in card.bench:
            if case.name.endswith("-gpu") and not on_gpu:
                continue
            for dtype in (torch.float32, torch.bfloat16) if on_gpu else (torch.float32,):
                name = DTYPE_NAMES[dtype]
                on_case(f"{card.id} {case.name} {name}")
                if why := _not_verified(implementation, verification, dtype, device):
                    status: Literal["skipped", "unverified"] = (
                        "skipped" if verification.status == "skipped" else "unverified")
                    found.append(Measurement(case, "reference", "fwd", name, status, reason=why))
                    continue
                try:
                    found.extend(_bench_case(load(implementation), card, case, dtype, device, budget))
                except torch.OutOfMemoryError as error:
                    found.append(Measurement(case, "reference", "fwd", name, "oom", reason=str(error)))
                except RefusedError as error:
                    found.append(Measurement(case, "reference", "fwd", name, "unverified", reason=str(error)))
                except RuntimeError as error:       # an operation that this device lacks in this precision
                    found.append(Measurement(case, "reference", "fwd", name, "skipped", reason=str(error)))
    return Benchmark(card.id, card.role, device, verification, found)


def _not_verified(implementation: Implementation, verification: Verification, dtype: torch.dtype, device: str) -> str:
    """Why this implementation must not be timed in this precision; empty when it may."""
    if verification.status != "verified":
        failed = next((check for check in verification.checks if check.outcome in ("failed", "skipped")), None)
        return f"verification: {verification.status}" + (f" ({failed.name}: {failed.detail})" if failed else "")
    if dtype == torch.float32:
        return ""       # level L0 covers it
    check = sound_in(implementation, dtype, device)
    return "" if check.outcome == "passed" else f"{check.name}: {check.detail}"


@dataclass(frozen=True)
class Setup:
    """One case ready to be timed: its variants, the first of them the baseline, and the rotating input sets."""

    variants: dict[str, Variant]
    sets: list[Inputs]
    baseline: str
    dtype: torch.dtype
    device: str
    budget: Budget


def _bench_case(module: ModuleType, card: Card, case: Case, dtype: torch.dtype, device: str,
                budget: Budget) -> Iterator[Measurement]:
    torch.manual_seed(SEED)
    variants, first = module.bench_inputs(case, device, dtype)
    sets: list[Inputs] = [first, *(module.bench_inputs(case, device, dtype)[1] for _ in range(2))]
    baseline, name, work = next(iter(variants)), DTYPE_NAMES[dtype], module.work(case, dtype.itemsize)
    compile_s: dict[str, float] = {}
    if torch.device(device).type == "cuda" and card.role != "optimizer":
        try:
            variants[COMPILED], compile_s[COMPILED] = _compiled(variants["reference"], first, device)
        except Exception as error:      # the compiler may fail in any way; eager results stand without it
            reason = " ".join(str(error).split())[:200]
            yield Measurement(case, COMPILED, "fwd", name, "skipped", baseline, work, reason=reason)
    refused = _refused(variants, sets)
    if baseline in refused:             # without a baseline nothing can be compared
        refused = {variant: refused.get(variant, f"{baseline} is refused") for variant in variants}
    usable = {variant: call for variant, call in variants.items() if variant not in refused}
    setup = Setup(usable, sets, baseline, dtype, device, budget)
    rows = [Measurement(case, variant, timed.mode, name, "ok", baseline, work, timing, compile_s.get(variant))
            for timed in (modes(card.role, usable, sets) if usable else [])
            for variant, timing in _time(timed, setup).items()]
    refused |= _refused(usable, sets)   # once more: an answer may be remembered only after many calls
    yield from (row for row in rows if row.variant not in refused)
    for variant, reason in refused.items():
        yield Measurement(case, variant, "fwd", name, "unverified", baseline, work, reason=reason)


def _refused(variants: dict[str, Variant], sets: list[Inputs]) -> dict[str, str]:
    refused = {}
    for variant, call in variants.items():
        try:
            refuse_cheats(call, sets)
        except RefusedError as error:
            refused[variant] = str(error)
    return refused


def _compiled(variant: Variant, inputs: Inputs, device: str) -> tuple[Variant, float]:
    """The compiled variant, and the seconds that its first call took."""
    compiled = torch.compile(variant)
    start = time.perf_counter()
    with torch.no_grad():
        compiled(*inputs)
    wait(device)
    return compiled, time.perf_counter() - start


def _time(timed: Timed, setup: Setup) -> dict[str, Timing]:
    """Times of all variants in one mode, interleaved."""
    clock, device = clock_for(setup.device), setup.device
    calls: dict[str, Call] = {**timed.calls, AGAIN: timed.calls[setup.baseline]}
    with timed.context():
        rounds = setup.budget.rounds(max([warm_up(call, setup.budget, device) for call in calls.values()]))
        times = interleave(calls, clock, rounds)
        again = paired_ratio(times[AGAIN], times[setup.baseline])
        found = {}
        for name, call in timed.calls.items():
            figures = spread(times[name])
            replays = []
            if clock.cold_l2:
                refuse_hidden_work(call, figures.p50, device)
                if timed.mode == "fwd" and figures.p50 < LAUNCH_BOUND_MS:
                    replays = time_graph_replay(call, clock, rounds)
            found[name] = Timing(
                times=figures,
                clock=clock.name,
                cold_l2=clock.cold_l2,
                ratio=again if name == setup.baseline else paired_ratio(times[name], times[setup.baseline]),
                aa_spread=again.reach,
                graph_p50=spread(replays).p50 if replays else None,
                peak_bytes=peak_bytes(call, device),
                # the hooks that count would change what the compiler makes of its variant
                saved_bytes=saved_bytes(setup.variants[name], as_leaves(setup.sets[0]))
                if timed.mode == "fwdbwd" and name != COMPILED else None,
                ceilings=measure_ceilings(device, setup.dtype),
            )
    return found
