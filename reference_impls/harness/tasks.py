"""The tasks behind the commands: run, verify, calibrate, bench. Each returns its result and saves records as stated."""
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from reference_impls.harness import files, parallel, records, text
from reference_impls.harness.bench.measurement import Benchmark
from reference_impls.harness.bench.protocol import Part, parts
from reference_impls.harness.bench.protocol import bench as measure
from reference_impls.harness.bench.resume import ended_as_by_ctrl_c, not_measured
from reference_impls.harness.calibrate import Calibration, calibrate_experiment
from reference_impls.harness.calibrate import calibrate as tune
from reference_impls.harness.check import Verification, absent
from reference_impls.harness.check import verify as check
from reference_impls.harness.claim import FRESH_SEEDS, Judgement, OnEvent, Paused, judge, silent
from reference_impls.harness.drawings import claim_drawings, experiment_drawings, training_drawings
from reference_impls.harness.experiment import run_experiment
from reference_impls.harness.parallel_bench import bench_together
from reference_impls.harness.places import own_records
from reference_impls.harness.provenance import device_slug
from reference_impls.harness.recording import (
    bench_records,
    claim_record,
    experiment_record,
    training_record,
    verify_record,
)
from reference_impls.harness.records import Record
from reference_impls.harness.registry import Implementation, Sources, TrainedModel, load, scan
from reference_impls.harness.train import DEFAULT_SEED, train


@dataclass(frozen=True)
class Run:
    """The outcome of a run, and the files that show it.

    Args:
        report: plain text.
        as_declared: whether the verdict is the one that the card promises, or the goal of the training is reached.
    """

    report: str
    files: list[Path]
    record: Record
    as_declared: bool


@dataclass(frozen=True)
class Verified:
    """The checks, the claim on fresh seeds if it was requested and can run, and what was recorded."""

    verification: Verification
    judgement: Judgement | None
    records: list[Record]

    @property
    def as_declared(self) -> bool:
        """Whether the verdict is the one that the card promises."""
        return self.judgement is None or self.judgement.as_declared


@dataclass(frozen=True)
class Benched:
    """The measurements, and what was recorded."""

    benchmark: Benchmark
    records: list[Record]


def run(found: Implementation | TrainedModel, seed: int | None = None, device: str = "cpu",
        folder: Path = Path("runs"), stream: TextIO | None = None, kept: Path | None = None) -> Run:
    """Train, run an experiment's arms, or run a claim's arms; write drawings and `record.json` to `<folder>/<id>/`.

    Only a training can run in several processes; the first one writes.

    Args:
        seed: default: 3 for a claim, 3, 4 and 5 for an experiment, 0 for a training.
        stream: where progress is shown, if it is a terminal, and one line when a run is resumed.
        kept: where the record of a training or of a whole experiment is saved, by default with the user's or
            checkout's records. Records of claims are saved by `verify`.

    Raises:
        LookupError: the card makes no claim, the device is absent, or several processes cannot run this.
        DemoError: the code that runs fails.
        Paused: Ctrl-C; finished work is kept.
        OSError: a folder cannot be written.
    """
    _present(device)
    with text.Screen(stream) as screen:
        if isinstance(found, TrainedModel):
            return _run_training(found, DEFAULT_SEED if seed is None else seed, device, folder, screen, kept)
        if parallel.world() > 1:
            raise parallel.ParallelError(f"{found.card.id} does not train on shared batches: run it in one process")
        if found.card.experiment:
            return _run_experiment(found, FRESH_SEEDS if seed is None else (seed,), device, folder, screen, kept)
        return _run_claim(found, FRESH_SEEDS[0] if seed is None else seed, device, folder, screen)


def _run_claim(implementation: Implementation, seed: int, device: str, folder: Path, screen: text.Screen) -> Run:
    place = _made(folder / implementation.card.id)
    judgement = judge(implementation, device, [seed], screen.on_event)
    record = claim_record(implementation, judgement)
    drawings = claim_drawings(judgement)
    return _left(place, drawings, record, text.judgement(judgement), judgement.as_declared)


def _run_training(model: TrainedModel, seed: int, device: str, folder: Path, screen: text.Screen,
                  kept: Path | None) -> Run:
    kept = kept or Path(own_records())
    place = _made(folder / model.training.id)
    checkpoint = place / "checkpoint.pt"
    result = train(model, seed, device, checkpoint, screen.on_step(model.training), screen.say)
    record, report = training_record(model, result), text.training(result)
    if not parallel.is_first():
        return Run(report, [], record, result.reached)
    records.save(kept, device_slug(device), model.training.id, [record])
    contents = {**training_drawings(result), "model.pt": result.model}
    if _has_claim(model):
        report += f"\n`verify {model.training.id}` judges the claim of the paper"
    left = _left(place, contents, record, report, result.reached)
    checkpoint.unlink(missing_ok=True)      # the same training may be running twice
    return left


def _has_claim(model: TrainedModel) -> bool:
    """Whether the implementation of the same name makes a claim, which `run` cannot reach."""
    namesake = scan(model.path.parents[1]).implementations.get(model.training.id)
    return namesake is not None and namesake.card.claim is not None


def _run_experiment(implementation: Implementation, seeds: Sequence[int], device: str, folder: Path,
                    screen: text.Screen, kept: Path | None) -> Run:
    is_whole = set(seeds) == set(FRESH_SEEDS)       # one seed is a preview, not a result
    kept = kept or (Path(own_records()) if is_whole else None)
    place = _made(folder / implementation.card.id)
    result = run_experiment(implementation, seeds, device, place / "trials", screen.on_report)
    record = experiment_record(implementation, result)
    if is_whole and kept:
        records.save(kept, device_slug(device), implementation.card.id, [record])
    drawings = experiment_drawings(result, load(implementation))
    return _left(place, drawings, record, text.experiment(record), as_declared=True)


def _made(place: Path) -> Path:
    """Create the folder now, so that an unwritable place fails before the work, not after."""
    place.mkdir(parents=True, exist_ok=True)
    return place


def _left(place: Path, contents: dict[str, str | bytes], record: Record, report: str, as_declared: bool) -> Run:
    written = files.save_all(place, {**contents, "record.json": records.dump(record)})
    return Run(report, written, record, as_declared)


def verify(implementation: Implementation, device: str = "cpu", claims: bool = True, on_event: OnEvent = silent,
           folder: Path | None = None) -> Verified:
    """Run the checks, then the claim on fresh seeds; records go to `folder`, by default to the user's or checkout's.

    An absent device gives a record of status `skipped`, which is returned but not saved.

    Raises:
        DemoError: the demonstration fails.
        OSError: the records cannot be written.
    """
    folder = folder or Path(own_records())      # fails before the work starts if there is none
    verification = check(implementation, device)
    found = [verify_record(implementation, verification)]
    _keep(implementation, device, found, folder)        # right away, so that a failing demonstration does not lose it
    judgement = None
    if claims and implementation.card.claim and verification.status != "oom" and not absent(device):
        judgement = judge(implementation, device, on_event=on_event)
        found.append(claim_record(implementation, judgement))
        _keep(implementation, device, found, folder)
    return Verified(verification, judgement, found)


def can_calibrate(implementation: Implementation) -> bool:
    """Whether there are arms to tune."""
    return bool(implementation.card.claim or implementation.card.experiment)


def calibrate(implementation: Implementation, device: str, screen: text.Screen) -> Calibration:
    """Tune every arm of the claim or experiment over its grid on the calibration seeds.

    Raises:
        LookupError: the device is absent.
        DemoError: the demonstration fails.
    """
    if implementation.card.experiment:
        return calibrate_experiment(implementation, _present(device), screen.on_report)
    return tune(implementation, _present(device), screen.on_event)


def bench(implementation: Implementation, device: str = "cpu", quick: bool = False,
          on_case: Callable[[str], None] = lambda line: None, folder: Path | None = None,
          todo: Sequence[Part] | None = None) -> Benched:
    """Time every case by protocol rb1; records go where those of `verify` go, for each case as soon as it is done.

    Several processes time the steps of models that they train together; the first one writes the records at the end.

    Args:
        todo: only these cases; for a single process.

    Raises:
        OSError: the records cannot be written.
    """
    folder, found = folder or Path(own_records()), list[Record]()

    def keep(part: Benchmark) -> None:
        added = bench_records(implementation, part)
        found.extend(added)
        _keep(implementation, device, added, folder)

    if parallel.world() == 1:
        return Benched(measure(implementation, device, quick, on_case, todo, keep), found)
    benchmark = bench_together(implementation, device, quick, on_case)
    found = bench_records(implementation, benchmark)
    if any(each.status == "ok" for each in benchmark.measurements):
        _keep(implementation, device, found, folder)
    return Benched(benchmark, found)


def bench_all(chosen: Sequence[Implementation], device: str = "cpu", quick: bool = False, resume: bool = False,
              stream: TextIO | None = None) -> Iterator[Benched]:
    """Run `bench` on one implementation after the other, yielding each result as soon as it is ready.

    Args:
        resume: skip every case that has already been measured, and print a line with their number.
        stream: where that line is printed, and progress is shown if it is a terminal.

    Raises:
        ParallelError: several processes cannot resume.
        Paused: Ctrl-C or SIGTERM; every finished case is kept.
        OSError: the records cannot be written.
    """
    folder, sources = Path(own_records()), Sources()
    todo: dict[str, list[Part]] = {}
    with text.Screen(stream) as screen:
        if resume:
            if parallel.world() > 1:
                raise parallel.ParallelError("--resume continues the benchmarks of one process, not of several")
            todo = {each.card.id: not_measured(each, device, quick, folder, sources) for each in chosen}
            known = sum(len(parts(each.card, device)) for each in chosen)
            screen.say(f"{known - sum(map(len, todo.values()))} of {known} cases are already measured; "
                       "omit --resume to measure all of them again")
        try:
            with ended_as_by_ctrl_c():
                for each in chosen:
                    if not resume or todo[each.card.id]:
                        result = bench(each, device, quick, screen.show, folder, todo.get(each.card.id))
                        screen.clear()
                        yield result
        except KeyboardInterrupt:
            raise Paused("interrupted; finished cases are kept, and --resume continues with the rest") from None


def _present(device: str) -> str:
    if why := absent(device):
        raise LookupError(f"{device}: {why}")
    return device


def _keep(implementation: Implementation, device: str, found: list[Record], folder: Path) -> None:
    if found and not absent(device) and parallel.is_first():
        records.save(folder, device_slug(device), implementation.card.id, found)
