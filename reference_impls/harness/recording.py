"""Turn results into records: plain dictionaries with their keys in a fixed order."""
from math import isfinite
from typing import Any

from reference_impls.harness.answer import answered
from reference_impls.harness.bench.measurement import Benchmark, Measurement, Timing
from reference_impls.harness.bench.protocol import SEED
from reference_impls.harness.check import Verification
from reference_impls.harness.claim import Judgement
from reference_impls.harness.experiment import ExperimentRun
from reference_impls.harness.provenance import code, environment, now
from reference_impls.harness.records import Record
from reference_impls.harness.registry import Implementation, TrainedModel
from reference_impls.harness.train import TrainingRun


def verify_record(implementation: Implementation, result: Verification) -> Record:
    """Every check with its outcome."""
    checks = [{"level": each.level, "name": each.name, "outcome": each.outcome, "max_err": each.max_error,
               "detail": each.detail} for each in result.checks]
    return {"kind": "verify", "impl": result.id, "status": result.status, "dtype": "fp64", "seeds": list(result.seeds),
            "verify": _summary(result), "checks": checks, **_head(implementation, result.device)}


def claim_record(implementation: Implementation, result: Judgement) -> Record:
    """Every value of every arm, in the order of the seeds; null for a diverged run."""
    claim = result.claim
    arms = {name: {"expect": arm.expect, "settings": arm.settings,
                   "values": [_finite(value) for value in result.values[name]]}
            for name, arm in claim.arms.items()}
    return {"kind": "claim", "impl": result.id, "verdict": result.verdict, "grade": claim.grade, "text": claim.text,
            "metric": claim.metric, "better": claim.better, "seeds": list(result.seeds), "arms": arms,
            "outcome": claim.outcome, **_head(implementation, result.device)}


def training_record(model: TrainedModel, run: TrainingRun) -> Record:
    """The metric and the training loss by step; null for a value that is not finite."""
    training = model.training
    curve = [[step, _finite(value), _finite(loss)] for step, value, loss in run.curve]
    return {"kind": "training", "id": training.id, "impl": training.implementation, "metric": training.metric,
            "better": training.better, "goal": training.goal, "value": _finite(run.value), "reached": run.reached,
            "steps": training.steps, "seed": run.seed, "curve": curve, **_head(model, run.device)}


def experiment_record(implementation: Implementation, run: ExperimentRun) -> Record:
    """Every measure of every trial, in the order of the seeds; null for what diverged."""
    experiment = run.experiment
    arms = {arm: {"settings": settings,
                  "trials": [{"seed": trial.seed, "step": trial.curve[-1][0],
                              "measures": {name: _finite(value) for name, value in trial.measures.items()}}
                             for trial in run.trials if trial.arm == arm]}
            for arm, settings in experiment.arms.items()}
    record = {"kind": "experiment", "impl": run.id, "question": experiment.question, "metric": experiment.metric,
              "better": experiment.better, "measures": experiment.measures, "seeds": list(run.seeds), "arms": arms}
    return {**record, "answer": answered(experiment.answer, record), **_head(implementation, run.device)}


def bench_records(implementation: Implementation, result: Benchmark) -> list[Record]:
    """One record of schema rb1 (`bench/rb1.schema.json`) for each case, variant, mode and precision."""
    head = _head(implementation, result.device)
    return [_bench_record(result, each, head) for each in result.measurements]


def _bench_record(result: Benchmark, measured: Measurement, head: dict[str, Any]) -> Record:
    """Milliseconds, bytes, TFLOP/s and GB/s; `ratio` is time over the baseline's time."""
    timing, work = measured.timing, measured.work
    return {
        "kind": "bench", "schema": "rb1", "impl": result.id, "case": measured.case.name, "variant": measured.variant,
        "mode": measured.mode, "dtype": measured.dtype, "status": measured.status, "reason": measured.reason,
        "shape": measured.case.sizes, "seed": SEED, "quick": result.quick,
        "time_ms": timing and _times(timing, measured.compile_s),
        "ratio": timing and {"baseline": measured.baseline, "p50": timing.ratio.p50,
                             "ci95": [timing.ratio.low, timing.ratio.high], "tie": timing.tie},
        "work": work and {"flop": work.flop, "min_bytes": work.min_bytes, "flop_source": "analytic"},
        "derived": _derived(result.role, measured),
        "memory": timing and {"peak_bytes": timing.peak_bytes, "saved_bytes": timing.saved_bytes},
        "verify": _summary(result.verification),
        **(head | {"env": head["env"] | result.settings | _conditions(measured)}),
    }


def _times(timing: Timing, compile_s: float | None) -> Record:
    times = timing.times
    return {"p50": times.p50, "ci95": [times.low, times.high], "p20": times.p20, "p80": times.p80, "min": times.least,
            "n": times.n, "clock": timing.clock, "cold_l2": timing.cold_l2, "launch_bound": timing.launch_bound,
            "graph_p50": timing.graph_p50, "compile_s": compile_s}


def _conditions(measured: Measurement) -> Record:
    """What the session measured of the device: its ceilings, and how far the same code differs from itself."""
    timing = measured.timing
    roof = timing.ceilings if timing else None
    return {"attention": measured.attention,
            "compile_mode": "default" if measured.compile_s is not None else None,
            "peak_tflops_measured": roof and roof.flop_per_s / 1e12,
            "bw_gbps_measured": roof and roof.bytes_per_s / 1e9,
            "peak_tflops_stated": roof and roof.stated_flop_per_s and roof.stated_flop_per_s / 1e12,
            "bw_gbps_stated": roof and roof.stated_bytes_per_s and roof.stated_bytes_per_s / 1e9,
            "aa_spread": timing and timing.aa_spread}


def _derived(role: str, measured: Measurement) -> Record | None:
    """Rates for what `work` describes: a forward pass, or the step of an optimizer.

    MFU is for a whole training step of a model; its backward pass counts as two forward passes.
    """
    timing, work = measured.timing, measured.work
    if timing is None or work is None:
        return None
    seconds = timing.times.p50 / 1e3
    if measured.mode == "fwd" or role == "optimizer":
        return {"tflops": work.flop / seconds / 1e12, "gbps": work.min_bytes / seconds / 1e9,
                "roofline": timing.ceilings.roofline(work, timing.times.p50), "mfu": None}
    if measured.mode == "step":
        return {"tflops": None, "gbps": None, "roofline": None,
                "mfu": 3 * work.flop / seconds / timing.ceilings.flop_per_s}
    return None


def _summary(result: Verification) -> dict[str, Any]:
    return {"levels": result.levels, "max_err": result.max_error, "oracle": result.oracle}


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _head(found: Implementation | TrainedModel, device: str) -> dict[str, Any]:
    return {"env": environment(device), "code": code(found), "time_utc": now()}
