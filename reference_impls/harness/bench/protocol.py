"""Protocol rb1: what is timed, and after which checks.

1. Verification must have passed in this process, on this device; otherwise the status is `unverified`, without times.
2. Three input sets rotate, and every call gets values that no earlier call has seen. A variant that changes its inputs,
   or answers from memory, is refused before and after timing; some timed results are compared with a fresh copy's.
3. Warm-up: at least three calls. The time `torch.compile` takes for its first call is recorded separately.
4. On CUDA: event pairs, the L2 cache flushed between calls, a graph replay where launching dominates. On a CPU: one
   thread, freed memory kept, at least 30 repetitions and 300 ms. The clock's time is compared with all the work that
   the device does.
5. All variants run interleaved (ABBA), with the baseline among them a second time (A/A). Ratios are paired; a ratio
   whose interval contains one, or that is no further from one than the A/A interval, is a tie.
6. Attention is pinned to one backend for all variants of a case; TF32 is off.
"""
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, TypeVar

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
from reference_impls.harness.bench.clocks import CPU_BUDGET, CUDA_BUDGET, QUICK_BUDGET, Budget, chosen
from reference_impls.harness.bench.faults import VariantError, blamed, line, release, short, status_of
from reference_impls.harness.bench.guards import RefusedError, refuse_cheats
from reference_impls.harness.bench.measurement import Benchmark, Measurement, Status, Timing
from reference_impls.harness.bench.modes import (
    MODES,
    Mode,
    Variant,
    first_call,
    is_differentiable,
    needs_graph,
    prepare,
)
from reference_impls.harness.bench.pinned import pinned
from reference_impls.harness.bench.rotation import Inputs
from reference_impls.harness.bench.session import Setup, time_mode
from reference_impls.harness.bench.witness import fresh_copy
from reference_impls.harness.card import Card, Case
from reference_impls.harness.check import DeviceLostError, Verification, refuse_lost, sound_in, verify
from reference_impls.harness.registry import Implementation, load

DTYPE_NAMES = {torch.float32: "fp32", torch.bfloat16: "bf16"}
Part = tuple[Case, torch.dtype]
Made = TypeVar("Made")
SEED = 0
FLEX_ON_CPU = "timed on CUDA only, where it is compiled to one fused kernel"


def parts(card: Card, device: str) -> list[Part]:
    """What is timed on this device: every case in every precision; cases with names ending in `-gpu` only on CUDA."""
    on_gpu = torch.device(device).type == "cuda"
    return [(case, dtype) for case in card.bench if on_gpu or not case.name.endswith("-gpu")
            for dtype in ((torch.float32, torch.bfloat16) if on_gpu else (torch.float32,))]


def budget_for(device: str, quick: bool) -> Budget:
    """How long to measure on this device."""
    return QUICK_BUDGET if quick else CUDA_BUDGET if torch.device(device).type == "cuda" else CPU_BUDGET


def bench(implementation: Implementation, device: str = "cpu", quick: bool = False,
          on_case: Callable[[str], None] = lambda line: None, todo: Sequence[Part] | None = None,
          keep: Callable[[Benchmark], None] = lambda part: None) -> Benchmark:
    """Time every case of the card in every precision.

    Args:
        quick: use fewer repetitions, and skip compiled variants: compiling takes longer than everything else.
        on_case: called with each case before it is timed.
        todo: only these cases.
        keep: called with the measurements of each case as soon as it is done.

    Raises:
        DeviceLostError: an error has left the GPU unusable for this process.
    """
    card = implementation.card
    verification = verify(implementation, device)
    found: list[Measurement] = []
    with pinned() as settings, chosen(device):
        for case, dtype in parts(card, device) if todo is None else todo:
            on_case(f"{card.id} {case.name} {DTYPE_NAMES[dtype]}")
            rows = _measure(implementation, verification, case, dtype, device, quick)
            keep(Benchmark(card.id, card.role, device, quick, settings, verification, rows))
            found += rows
    return Benchmark(card.id, card.role, device, quick, settings, verification, found)


def _measure(implementation: Implementation, verification: Verification, case: Case, dtype: torch.dtype, device: str,
             quick: bool) -> list[Measurement]:
    name = DTYPE_NAMES[dtype]
    if why := _not_verified(implementation, verification, dtype, device):
        status: Status = "skipped" if verification.status == "skipped" else "unverified"
        return [Measurement(case, "reference", "fwd", name, status, reason=why)]
    try:
        return list(_Case(implementation, case, dtype, device, quick).measure())
    except DeviceLostError:
        raise
    except Exception as error:      # no variant's fault: the inputs do not work in this precision, or do not fit
        refuse_lost(device)
        failed = Measurement(case, "reference", "fwd", name, status_of(error), reason=line(error))
    release(device)
    return [failed]


def _not_verified(implementation: Implementation, verification: Verification, dtype: torch.dtype, device: str) -> str:
    """Why this implementation must not be timed in this precision; empty if it may."""
    if verification.status != "verified":
        failed = next((check for check in verification.checks if check.outcome in ("failed", "skipped")), None)
        return short(f"verification: {verification.status}" + (f" ({failed.name}: {failed.detail})" if failed else ""))
    if dtype == torch.float32:
        return ""       # level L0 covers it
    check = sound_in(implementation, dtype, device)
    return "" if check.outcome == "passed" else short(f"{check.name}: {check.detail}")


class _Case:
    """One case in one precision: its own variants, the added ones, and their results."""

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
        self.lost: list[Measurement] = []

    def measure(self) -> Iterator[Measurement]:
        """Rows of all modes, then rows for the variants without times."""
        refused, rows = self._refused(), []
        if self.baseline in self.variants:
            self.backend = pin_attention(self.variants.values(), self.sets[0]) if self.sets[0] else None
            with sdpa_kernel(self.backend) if self.backend else nullcontext():
                self._add_baselines()
                for mode in MODES:
                    timed, cheats = self._time(mode)
                    rows += timed
                    refused |= cheats
                refused |= self._refused()      # again: a variant may start to cache answers only after many calls
        if self.baseline in refused:            # without a baseline nothing can be compared
            refused |= {name: f"{self.baseline} is refused" for name in self.variants if name not in refused}
        for lost in [row for row in self.lost if row.variant == self.baseline]:
            self.lost += [self._row(name, lost.mode, "skipped", reason=f"{self.baseline} has no time to compare with")
                          for name in self.variants if name not in refused]
        yield from (row for row in rows if row.variant not in refused)
        yield from (self._row(name, "fwd", "unverified", reason=why) for name, why in refused.items())
        yield from (row for row in self.lost if row.variant not in refused)

    def _time(self, mode: Mode) -> tuple[list[Measurement], dict[str, str]]:
        """Rows of one mode for all variants that do not fail in it, and the reasons why others must have no rows."""
        def attempt() -> tuple[dict[str, Timing], dict[str, str]]:
            timed = prepare(mode, self.role, self.variants, self.sets)
            setup = Setup(self.variants, self.sets, self.baseline, self.like, self._build, self.dtype, self.device,
                          budget_for(self.device, self.quick))
            return time_mode(timed, setup) if timed else ({}, {})

        found = None
        while found is None and self.baseline in self.variants:
            found = self._without_who_fails(mode, attempt)
        timings, refused = found or ({}, {})
        return [self._row(name, mode, "ok", timing=timing, compile_s=self.compile_s.get(name, {}).get(mode))
                for name, timing in timings.items()], refused

    def _without_who_fails(self, mode: Mode, attempt: Callable[[], Made]) -> Made | None:
        """The result of an attempt; None if a variant fails, which then gets a row saying so and no longer competes."""
        try:
            return attempt()
        except VariantError as failed:
            refuse_lost(self.device)
            self.variants.pop(failed.variant, None)
            self.lost.append(self._row(failed.variant, mode, failed.status, reason=failed.reason))
        release(self.device)
        return None

    def _row(self, variant: str, mode: Mode, status: Status, **rest: Any) -> Measurement:
        return Measurement(self.case, variant, mode, DTYPE_NAMES[self.dtype], status, self.baseline, self.work,
                           attention=self.backend and self.backend.name.lower(), **rest)

    def _build(self) -> dict[str, Variant]:
        """Build the module's variants again with the same weights, from a fresh copy of the module without state."""
        torch.manual_seed(SEED)
        built: dict[str, Variant] = fresh_copy(self.path).bench_inputs(self.case, self.device, self.dtype)[0]
        return built

    def _add_baselines(self) -> None:
        """Add the extra baselines that can be added, and rows that say why the rest cannot."""
        first = self.sets[0]
        attending = next((name for name, variant in self.variants.items() if self.backend and can_flex(variant, first)),
                         None)
        gradients = all(is_differentiable(variant, first) for variant in self.variants.values()) if first else False

        def compiled() -> Variant:
            added, self.compile_s[COMPILED] = compile_variant(self.variants["reference"], first, self.device, gradients)
            return added

        def flexed(variant: Variant) -> Variant:
            added = WithFlexAttention(variant)
            first_call("fwdbwd" if gradients else "fwd", added, first)
            return added

        if first and not self.quick and "reference" in self.variants:       # torch fuses optimizer steps itself
            self._add(COMPILED, "reference", compiled)
        if attending and not self.on_gpu:
            self.lost.append(self._row(FLEX, "fwd", "skipped", reason=FLEX_ON_CPU))
        elif attending and not self.quick:      # after COMPILED, which resets everything compiled before
            self._add(FLEX, attending, partial(flexed, self.variants[attending]))

    def _add(self, name: str, like: str, make: Callable[[], Variant]) -> None:
        """Add a variant. The compiler can fail in any way; eager results are kept without it."""
        def attempt() -> None:
            with blamed(name):
                self.variants[name], self.like[name] = make(), like

        self._without_who_fails("fwd", attempt)

    def _refused(self) -> dict[str, str]:
        """Remove the variants that must not be timed, and return why."""
        refused = {}

        def check(name: str, variant: Variant) -> None:
            with blamed(name):
                try:
                    refuse_cheats(variant, self.sets, bool(self.sets[0]) and needs_graph(variant, self.sets[0]))
                except RefusedError as error:
                    refused[name] = str(error)

        for name, variant in list(self.variants.items()):
            self._without_who_fails("fwd", partial(check, name, variant))
        for name in refused:
            del self.variants[name]
        return refused
