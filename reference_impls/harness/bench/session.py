"""Time all variants of one mode of one case against each other, then check for results that must not count."""
from collections.abc import Iterable
from dataclasses import dataclass

import torch

from reference_impls.harness.bench.baselines import COMPILED, FLEX
from reference_impls.harness.bench.ceilings import measure_ceilings
from reference_impls.harness.bench.clocks import (
    Budget,
    Call,
    clock_for,
    interleave,
    time_graph_replay,
    warm_up,
)
from reference_impls.harness.bench.faults import VariantError, blamed, of_each
from reference_impls.harness.bench.guards import RefusedError, refuse_hidden_work
from reference_impls.harness.bench.measurement import Timing
from reference_impls.harness.bench.memory import peak_bytes, saved_bytes
from reference_impls.harness.bench.modes import Timed, Variant, as_leaves
from reference_impls.harness.bench.rotation import Inputs, Rotation
from reference_impls.harness.bench.statistics import paired_ratio, spread
from reference_impls.harness.bench.witness import Build, Witness, Witnessed, disagreement

AGAIN = "A/A"               # the baseline a second time
LAUNCH_BOUND_MS = 0.05      # with a lower median, a GPU mostly waits for launches


@dataclass(frozen=True)
class Setup:
    """One case, ready to be timed.

    Args:
        variants: the competing variants by name.
        sets: the rotating inputs.
        like: for each variant that is not the module's own, the module's variant whose results it must match.
        build: builds the module's variants again.
    """

    variants: dict[str, Variant]
    sets: list[Inputs]
    baseline: str
    like: dict[str, str]
    build: Build
    dtype: torch.dtype
    device: str
    budget: Budget


def time_mode(timed: Timed, setup: Setup) -> tuple[dict[str, Timing], dict[str, str]]:
    """The timings of the variants in one mode, and the reasons why others have none.

    Raises:
        VariantError: a variant fails.
    """
    clock, device = clock_for(setup.device), setup.device
    calls: dict[str, Call] = {**timed.calls, AGAIN: timed.calls[setup.baseline]}
    rotation = Rotation(setup.sets)
    with timed.context():
        estimates = of_each(timed.calls, lambda call: warm_up(call, setup.budget, device))
        rounds = setup.budget.rounds([*estimates.values(), estimates[setup.baseline]])
        witness = Witness(timed.calls, rotation, rounds)
        try:
            times = interleave(calls, clock, rounds, witness)
        except Exception as error:
            raise VariantError(setup.baseline if witness.calling == AGAIN else witness.calling, error) from error
    refused = dict.fromkeys(witness.mutating, "it changes its inputs while it is timed")
    if not rotation.restore() and not refused:
        refused = dict.fromkeys(timed.calls, "one of the variants changes its inputs while it is timed")
    if timed.mode != "step":        # a step changes the weights, so a fresh copy would have different ones
        refused |= _disagreements(witness.seen, timed, setup)
    again = paired_ratio(times[AGAIN], times[setup.baseline])

    def timing(name: str, call: Call) -> Timing:
        figures = spread(times[name])
        refuse_hidden_work(call, figures.p50, device)
        launch_bound = clock.cold_l2 and figures.p50 < LAUNCH_BOUND_MS
        replays = time_graph_replay(call, clock, rounds) if launch_bound and timed.mode == "fwd" else []
        return Timing(
            times=figures,
            clock=clock.name,
            cold_l2=clock.cold_l2,
            ratio=again if name == setup.baseline else paired_ratio(times[name], times[setup.baseline]),
            aa_spread=again.reach,
            launch_bound=launch_bound,
            graph_p50=spread(replays).p50 if replays else None,
            peak_bytes=peak_bytes(call, device),
            saved_bytes=_saved(name, setup) if timed.mode == "fwdbwd" else None,
            ceilings=measure_ceilings(device, setup.dtype),
        )

    found = {}
    with timed.context():
        for name, call in timed.calls.items():
            with blamed(name):
                try:
                    found[name] = timing(name, call)
                except RefusedError as error:
                    refused.setdefault(name, str(error))
    return {name: each for name, each in found.items() if name not in refused}, refused


def _saved(name: str, setup: Setup) -> int | None:
    """Bytes saved for the backward pass; None where hooks do not work or would change what is compiled."""
    if name in (COMPILED, FLEX):
        return None
    try:
        return saved_bytes(setup.variants[name], as_leaves(setup.sets[0]))
    except RuntimeError as error:
        if "saved tensor hooks" in str(error):      # inside a transform of torch.func
            return None
        raise


def _disagreements(seen: Iterable[Witnessed], timed: Timed, setup: Setup) -> dict[str, str]:
    refused = {}
    for witnessed in seen:
        name = witnessed.variant
        if name in refused:
            continue
        with blamed(name):
            why = disagreement(witnessed, setup.build, timed.mode, setup.like.get(name, name), setup.dtype)
        if why:
            refused[name] = why
    return refused
