"""Time a training step that several processes make together: forward, backward with all-reduce, plain SGD.

Otherwise this is protocol rb1, for models only, since those are what is trained. Every process has the whole batch of
the case, with different inputs, so that a step of W processes learns from W batches. A round takes as long as its
slowest process. The first process writes the records.
"""
import time
from collections.abc import Callable, Sequence
from math import ceil

import torch
import torch.distributed as dist
from torch import nn

from reference_impls.harness import parallel
from reference_impls.harness.bench.ceilings import measure_ceilings
from reference_impls.harness.bench.clocks import Budget, Call, clock_for, interleave, wait
from reference_impls.harness.bench.faults import line
from reference_impls.harness.bench.guards import flatten
from reference_impls.harness.bench.measurement import Benchmark, Measurement, Timing
from reference_impls.harness.bench.pinned import pinned
from reference_impls.harness.bench.protocol import DTYPE_NAMES, SEED, budget_for, parts
from reference_impls.harness.bench.rotation import Inputs
from reference_impls.harness.bench.session import AGAIN
from reference_impls.harness.bench.statistics import paired_ratio, spread
from reference_impls.harness.card import Case
from reference_impls.harness.check import verify
from reference_impls.harness.registry import Implementation, load

NAME = DTYPE_NAMES[torch.float32]


def bench_together(implementation: Implementation, device: str, quick: bool,
                   on_case: Callable[[str], None]) -> Benchmark:
    """Time the step of every case; a case without one is skipped, with the reason in its row."""
    card = implementation.card
    verification = verify(implementation, device)
    unverified = parallel.slowest([float(verification.status != "verified")])[0]
    budget = budget_for(device, quick)
    found: list[Measurement] = []
    with pinned() as settings:
        for case in [case for case, dtype in parts(card, device) if dtype == torch.float32]:
            on_case(f"{card.id} {case.name} {parallel.world()} processes")
            if unverified:
                reason = f"verification: {verification.status}"
                found.append(Measurement(case, "reference", "step", NAME, "unverified", reason=reason))
                continue
            try:
                found.extend(_bench_case(implementation, case, device, budget))
            except parallel.ParallelError as error:
                found.append(Measurement(case, "reference", "step", NAME, "skipped", reason=str(error.args[0])))
            except RuntimeError as error:       # out of memory: the other processes cannot finish this step without us
                raise ValueError(f"{card.id} {case.name}: {line(error)}") from error
    return Benchmark(card.id, card.role, device, quick, settings, verification, found)


def _bench_case(implementation: Implementation, case: Case, device: str, budget: Budget) -> list[Measurement]:
    if implementation.card.role != "model":
        raise parallel.ParallelError(f"only models are trained directly; the role here is {implementation.card.role}")
    module = load(implementation)
    torch.manual_seed(SEED)
    variants, _ = module.bench_inputs(case, device, torch.float32)
    if not all(isinstance(net, nn.Module) and any(each.requires_grad for each in net.parameters())
               for net in variants.values()):
        raise parallel.ParallelError("a variant has no parameters to train")
    torch.manual_seed(SEED + dist.get_rank())       # the same parameters, different inputs
    sets: list[Inputs] = [module.bench_inputs(case, device, torch.float32)[1] for _ in range(3)]
    calls = {name: training_step(net, sets) for name, net in variants.items()}
    torch.manual_seed(SEED)
    times, baseline = time_together(calls, device, budget), next(iter(variants))
    parallel.check_equal({name: net.state_dict() for name, net in variants.items()})    # so gradients were averaged
    again = paired_ratio(times[AGAIN], times[baseline])
    clock, work = clock_for(device), module.work(case, torch.float32.itemsize)
    ceilings = measure_ceilings(device, torch.float32)
    timings = {name: Timing(
        times=spread(times[name]), clock=clock.name, cold_l2=clock.cold_l2,
        ratio=again if name == baseline else paired_ratio(times[name], times[baseline]), aa_spread=again.reach,
        launch_bound=False, graph_p50=None, peak_bytes=None, saved_bytes=None, ceilings=ceilings)
        for name in variants}
    return [Measurement(case, name, "step", NAME, "ok", baseline, work, timing) for name, timing in timings.items()]


def training_step(net: nn.Module, sets: Sequence[Inputs]) -> Call:
    """One step from random gradients of the outputs; the parameters stay equal in all processes."""
    learner = parallel.replicated(net)
    optimizer = torch.optim.SGD([each for each in net.parameters() if each.requires_grad], lr=1e-6)
    with torch.no_grad():
        cotangents = [[torch.randn(output.shape, device=output.device) for output in flatten(net(*inputs))]
                      for inputs in sets]

    def call(number: int) -> None:
        outputs = flatten(learner(*sets[number % len(sets)]))
        learned = [index for index, output in enumerate(outputs) if output.requires_grad]
        torch.autograd.backward([outputs[index] for index in learned],
                                [cotangents[number % len(sets)][index] for index in learned])
        optimizer.step()
        optimizer.zero_grad()

    return call


def time_together(calls: dict[str, Call], device: str, budget: Budget) -> dict[str, list[float]]:
    """Milliseconds of every round in the slowest process; all processes make the same calls in the same order."""
    clock, calls = clock_for(device), {**calls, AGAIN: next(iter(calls.values()))}
    estimates = [_warm_up(call, device, 3) for call in calls.values()]
    for call, estimate in zip(calls.values(), estimates, strict=True):
        _warm_up(call, device, ceil(budget.warmup_ms / estimate))
    times = interleave(calls, clock, budget.rounds(estimates), _NoObserver())
    return {name: parallel.slowest(found) for name, found in times.items()}


class _NoObserver:
    def before(self, name: str, number: int) -> None: ...

    def after(self, name: str, number: int, result: object) -> None: ...


def _warm_up(call: Call, device: str, count: int) -> float:
    """Milliseconds of the fastest call in the slowest process."""
    fastest = float("inf")
    for number in range(count):
        begin = time.perf_counter()
        call(number)
        wait(device)
        fastest = min(fastest, (time.perf_counter() - begin) * 1e3)
    return parallel.slowest([fastest])[0]
