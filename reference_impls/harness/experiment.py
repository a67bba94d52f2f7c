"""Run the arms of an experiment on fresh seeds. Finished trials are kept and not run again."""
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isfinite, nan
from pathlib import Path
from typing import Any

import torch

from reference_impls.harness import files
from reference_impls.harness.bench.heap import keep_freed_memory
from reference_impls.harness.card import Experiment, Setting
from reference_impls.harness.check import explain, one_thread
from reference_impls.harness.claim import DemoError, Paused
from reference_impls.harness.registry import Implementation, load, source_hash
from reference_impls.harness.trial import Measures, Series, Trial

OnMeasures = Callable[[int, Measures], None]


@dataclass(frozen=True)
class Reported:
    """What a running experiment reports: one measurement of trial `number` of `total`."""

    arm: str
    seed: int
    number: int
    total: int
    step: int
    value: float | None


OnReport = Callable[[Reported], None]


@dataclass(frozen=True)
class ExperimentRun:
    """Every arm on every seed, in the order of the card, with the seeds of each arm together."""

    id: str
    experiment: Experiment
    seeds: tuple[int, ...]
    device: str
    trials: list[Trial] = field(repr=False)


def run_experiment(implementation: Implementation, seeds: Sequence[int], device: str, kept: Path,
                   on_report: OnReport) -> ExperimentRun:
    """Run every arm with the settings of the card on every seed, except for trials that are already in `kept`.

    Raises:
        Paused: Ctrl-C; the finished trials are kept.
        DemoError: a trial fails, or does not measure what the card names.
        OSError: the folder cannot be written.
    """
    experiment = implementation.card.experiment
    assert experiment is not None, "the registry rejects other cards of this role"
    code, trials = source_hash(implementation.path), []
    todo = [(index, arm, seed) for index, arm in enumerate(experiment.arms, 1) for seed in seeds]
    for number, (index, arm, seed) in enumerate(todo, 1):
        settings = experiment.arms[arm]
        about = {"code": code, "arm": arm, "seed": seed, "device": device, "settings": settings,
                 "torch": str(torch.__version__)}
        path = kept / f"{index:02}-{files.slug(arm)}-seed-{seed}.json"

        def report(step: int, measures: Measures, arm: str = arm, seed: int = seed, number: int = number) -> None:
            on_report(Reported(arm, seed, number, len(todo), step, measures.get(experiment.metric)))

        found = _read(path, about)
        if found is None:
            try:
                trial = run_trial(implementation, arm, seed, settings, device, report)
            except KeyboardInterrupt:
                raise Paused(f"interrupted after {number - 1} of {len(todo)} trials; "
                             "the same command resumes from there") from None
            content = json.dumps(_nulled({"about": about, "curve": trial.curve, "series": trial.series}))
            files.replace(path, content.encode())
            found = _decoded(json.loads(content))       # as a rerun will read it, so that both give the same result
        trials.append(found)
    return ExperimentRun(implementation.card.id, experiment, tuple(seeds), device, trials)


def run_trial(implementation: Implementation, arm: str, seed: int, settings: dict[str, Setting], device: str = "cpu",
              on_measures: OnMeasures = lambda step, measures: None) -> Trial:
    """Run one arm on one seed, on one CPU thread, so that the same seed gives the same measures.

    Raises:
        DemoError: the trial fails, or its last measurement lacks a measure of the card.
    """
    experiment = implementation.card.experiment
    assert experiment is not None, "the registry rejects other cards of this role"
    trial = Trial(arm, seed, [])
    keep_freed_memory()         # some trials measure time
    try:
        with one_thread():
            for event in load(implementation).trial(arm, seed, device=device, **settings):
                if isinstance(event, Series):
                    trial.series[event.name] = [(float(x), float(y)) for x, y in event.points]
                else:
                    step, measures = event
                    trial.curve.append((int(step), {name: float(value) for name, value in measures.items()}))
                    on_measures(*trial.curve[-1])
    except Exception as error:
        raise DemoError(f"trial({arm!r}, seed {seed}) failed: {explain(error, implementation.path)}") from error
    lacking = set(experiment.measures) - set(trial.measures if trial.curve else ())
    if lacking:
        raise DemoError(f"{implementation.path}:1:1: trial({arm!r}) ends without {', '.join(sorted(lacking))}")
    return trial


def _nulled(value: Any) -> Any:
    """The value with null for numbers that are not finite, which JSON lacks."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {key: _nulled(item) for key, item in value.items()}
    return [_nulled(item) for item in value] if isinstance(value, list | tuple) else value


def _read(path: Path, about: dict[str, Any]) -> Trial | None:
    """A kept trial; None if there is none, or if it is broken or about something else."""
    try:
        content = json.loads(path.read_bytes())
        return _decoded(content) if content["about"] == about else None
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _decoded(content: dict[str, Any]) -> Trial:
    about = content["about"]
    curve = [(step, {name: nan if value is None else value for name, value in measures.items()})
             for step, measures in content["curve"]]
    series = {name: [(x, nan if y is None else y) for x, y in points] for name, points in content["series"].items()}
    return Trial(about["arm"], about["seed"], curve, series)
