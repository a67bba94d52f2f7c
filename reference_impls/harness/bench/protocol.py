"""Protocol rb1: what is timed, and after which checks.

1. Verification must have passed in this process, on this device; else the status is `unverified`, without times.
2. Three input sets rotate, and every call sees values that no call saw before. A variant that changes its inputs, or
   answers from memory, is refused before and after; some timed results are compared with those of a fresh copy.
3. Warm-up: three calls at least. What `torch.compile` takes for its first call is recorded apart.
4. On CUDA: event pairs, the L2 cache flushed between calls, a graph replay where launching dominates. On a CPU: one
   thread, freed memory kept, at least 30 repetitions and 300 ms. What the clock sees is held against all that the
   device does.
5. All variants run interleaved (ABBA) with the baseline a second time among them (A/A): ratios are paired, and a
   ratio whose interval holds one, or that is no further from one than the A/A interval, is a tie.
6. Attention is pinned to one backend for all variants of a case; TF32 is off.
"""
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any, Literal

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from reference_impls.harness.bench.baselines import (
    COMPILED,
    FLEX,
    WithFlexAttention,
    can_flex,
    compile_variant,
    pin_attention,
)
from reference_impls.harness.bench.clocks import CPU_BUDGET, CUDA_BUDGET, QUICK_BUDGET, chosen
from reference_impls.harness.bench.guards import RefusedError, refuse_cheats
from reference_impls.harness.bench.measurement import Benchmark, Measurement
from reference_impls.harness.bench.modes import Mode, Variant, first_call, is_differentiable, modes, needs_graph
from reference_impls.harness.bench.pinned import pinned
from reference_impls.harness.bench.rotation import Inputs
from reference_impls.harness.bench.session import Setup, time_mode
from reference_impls.harness.bench.witness import fresh_copy
from reference_impls.harness.card import Case
from reference_impls.harness.check import Verification, refuse_lost, sound_in, verify
from reference_impls.harness.registry import Implementation, load

DTYPE_NAMES = {torch.float32: "fp32", torch.bfloat16: "bf16"}
SEED = 0
FLEX_ON_CPU = "timed on CUDA only, where it is compiled to one fused kernel"


def bench(implementation: Implementation, device: str = "cpu", quick: bool = False,
          on_case: Callable[[str], None] = lambda line: None) -> Benchmark:
    """Time every case of the card; cases whose name ends in `-gpu` only on CUDA.

    Args:
        quick: fewer repetitions, and nothing compiled: a compiler takes longer than all the rest.
        on_case: told each case before it is timed.

    Raises:
        DeviceLostError: an error has left the GPU unusable for this process.
    """
    card = implementation.card
    verification = verify(implementation, device)
    on_gpu = torch.device(device).type == "cuda"
    found: list[Measurement] = []
    with pinned() as settings, chosen(device):
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
                    found.extend(_Case(implementation, case, dtype, device, quick).measure())
                except torch.OutOfMemoryError as error:
                    found.append(Measurement(case, "reference", "fwd", name, "oom", reason=_line(error)))
                except Exception as error:      # an operation that this device lacks in this precision, a value that
                    refuse_lost(device)         # has no place in it: what comes after is timed all the same
                    found.append(Measurement(case, "reference", "fwd", name, "skipped", reason=_line(error)))
    return Benchmark(card.id, card.role, device, quick, settings, verification, found)


def _not_verified(implementation: Implementation, verification: Verification, dtype: torch.dtype, device: str) -> str:
    """Why this implementation must not be timed in this precision; empty when it may."""
    if verification.status != "verified":
        failed = next((check for check in verification.checks if check.outcome in ("failed", "skipped")), None)
        return f"verification: {verification.status}" + (f" ({failed.name}: {failed.detail})" if failed else "")
    if dtype == torch.float32:
        return ""       # level L0 covers it
    check = sound_in(implementation, dtype, device)
    return "" if check.outcome == "passed" else f"{check.name}: {check.detail}"


class _Case:
    """One case in one precision: its variants, ours and those added, and what is found of them."""

    def __init__(self, implementation: Implementation, case: Case, dtype: torch.dtype, device: str,
                 quick: bool) -> None:
        self.module, self.role, self.path = load(implementation), implementation.card.role, implementation.path
        self.case, self.dtype, self.device, self.quick = case, dtype, device, quick
        self.on_gpu = torch.device(device).type == "cuda"
        torch.manual_seed(SEED)
        self.variants, first = self.module.bench_inputs(case, device, dtype)
        self.sets: list[Inputs] = [first, *(self.module.bench_inputs(case, device, dtype)[1] for _ in range(2))]
        self.baseline = next(iter(self.variants))
        self.work = self.module.work(case, dtype.itemsize)
        self.backend: SDPBackend | None = None
        self.compile_s: dict[str, dict[Mode, float]] = {}
        self.like: dict[str, str] = {}

    def measure(self) -> Iterator[Measurement]:
        """Rows of all modes, then of the variants that have none."""
        refused, skipped = self._refused(), {}
        rows: list[Measurement] = []
        for name in refused:
            del self.variants[name]
        if self.baseline in self.variants:
            self.backend = pin_attention(self.variants.values(), self.sets[0]) if self.sets[0] else None
            with sdpa_kernel(self.backend) if self.backend else nullcontext():
                skipped = self._add_baselines()
                refused |= self._time(rows)
                refused |= self._refused()      # once more: an answer may be remembered only after many calls
        if self.baseline in refused:            # without a baseline nothing can be compared
            refused |= {name: f"{self.baseline} is refused" for name in self.variants if name not in refused}
        yield from (row for row in rows if row.variant not in refused)
        yield from (self._row(name, "fwd", "unverified", reason=why) for name, why in refused.items())
        yield from (self._row(name, "fwd", "skipped", reason=why) for name, why in skipped.items())

    def _time(self, rows: list[Measurement]) -> dict[str, str]:
        """Append what every mode gives; why other variants have no rows."""
        refused: dict[str, str] = {}
        budget = QUICK_BUDGET if self.quick else CUDA_BUDGET if self.on_gpu else CPU_BUDGET
        setup = Setup(self.variants, self.sets, self.baseline, self.like, self._build, self.dtype, self.device, budget)
        for timed in modes(self.role, self.variants, self.sets):
            timings, cheats = time_mode(timed, setup)
            refused |= cheats
            rows += [self._row(name, timed.mode, "ok", timing=timing,
                               compile_s=self.compile_s.get(name, {}).get(timed.mode))
                     for name, timing in timings.items()]
        return refused

    def _row(self, variant: str, mode: Mode, status: Literal["ok", "unverified", "skipped"],
             **rest: Any) -> Measurement:
        return Measurement(self.case, variant, mode, DTYPE_NAMES[self.dtype], status, self.baseline, self.work,
                           attention=self.backend and self.backend.name.lower(), **rest)

    def _build(self) -> dict[str, Variant]:
        """The module's variants anew, from a copy of the module that remembers nothing, with the same weights."""
        torch.manual_seed(SEED)
        built: dict[str, Variant] = fresh_copy(self.path).bench_inputs(self.case, self.device, self.dtype)[0]
        return built

    def _add_baselines(self) -> dict[str, str]:
        """Add what can be added; why the rest cannot."""
        skipped, first = {}, self.sets[0]
        attending = next((name for name, variant in self.variants.items() if self.backend and can_flex(variant, first)),
                         None)
        gradients = all(is_differentiable(variant, first) for variant in self.variants.values()) if first else False
        if first and not self.quick and "reference" in self.variants:       # torch fuses optimizers' steps itself
            try:
                compiled, self.compile_s[COMPILED] = compile_variant(self.variants["reference"], first, self.device,
                                                                     gradients)
            except Exception as error:      # the compiler may fail in any way; eager results stand without it
                skipped[COMPILED] = _line(error)
            else:
                self.variants[COMPILED], self.like[COMPILED] = compiled, "reference"
        if attending and not self.on_gpu:
            skipped[FLEX] = FLEX_ON_CPU
        elif attending and not self.quick:      # after the other, for which all is forgotten that was compiled before
            flexed = WithFlexAttention(self.variants[attending])
            try:
                first_call("fwdbwd" if gradients else "fwd", flexed, first)
            except Exception as error:      # compiled too
                skipped[FLEX] = _line(error)
            else:
                self.variants[FLEX], self.like[FLEX] = flexed, attending
        return skipped

    def _refused(self) -> dict[str, str]:
        refused = {}
        for name, variant in self.variants.items():
            try:
                refuse_cheats(variant, self.sets, bool(self.sets[0]) and needs_graph(variant, self.sets[0]))
            except RefusedError as error:
                refused[name] = str(error)
        return refused


def _line(error: Exception) -> str:
    """What went wrong, in one line that is not too long for a record."""
    return " ".join(str(error).split())[:200] or type(error).__name__
