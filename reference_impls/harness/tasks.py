"""What people ask for: run, verify, calibrate, bench. Each returns its result; verify and bench also keep records."""
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reference_impls.harness import records
from reference_impls.harness.bench.protocol import Benchmark
from reference_impls.harness.bench.protocol import bench as measure
from reference_impls.harness.calibrate import Calibration
from reference_impls.harness.calibrate import calibrate as tune
from reference_impls.harness.check import Verification, absent
from reference_impls.harness.check import verify as check
from reference_impls.harness.claim import FRESH_SEEDS, Judgement, OnEvent, judge, silent
from reference_impls.harness.draw import save_drawings
from reference_impls.harness.places import own_records
from reference_impls.harness.provenance import device_slug
from reference_impls.harness.recording import bench_records, claim_record, verify_record
from reference_impls.harness.records import Record
from reference_impls.harness.registry import Implementation


@dataclass(frozen=True)
class Run:
    """The claim's arms on one seed, and the files that show them."""

    judgement: Judgement
    files: list[Path]
    record: Record


@dataclass(frozen=True)
class Verified:
    """The checks, the claim on fresh seeds unless it was not asked for or cannot run, and what was recorded."""

    verification: Verification
    judgement: Judgement | None
    records: list[Record]

    @property
    def as_declared(self) -> bool:
        """The verdict is the one that the card promises."""
        return self.judgement is None or self.judgement.as_declared


@dataclass(frozen=True)
class Benched:
    """The measurements, and what was recorded."""

    benchmark: Benchmark
    records: list[Record]


def run(implementation: Implementation, seed: int = FRESH_SEEDS[0], device: str = "cpu", folder: Path = Path("runs"),
        on_event: OnEvent = silent) -> Run:
    """Run every arm once; write curves, pictures and `record.json` to `<folder>/<id>/`.

    Raises:
        LookupError: the card makes no claim.
        DemoError: the demonstration fails.
        OSError: the folder cannot be written.
    """
    judgement = judge(implementation, _present(device), [seed], on_event)
    record = claim_record(implementation, judgement)
    files = save_drawings(judgement, record, folder / implementation.card.id)
    return Run(judgement, files, record)


def verify(implementation: Implementation, device: str = "cpu", claims: bool = True, on_event: OnEvent = silent,
           folder: Path | None = None) -> Verified:
    """Run the checks, then the claim on fresh seeds; records go to `folder`, by default to the user's or checkout's.

    A device that is absent gives a record of status `skipped`, which is returned and not kept.

    Raises:
        DemoError: the demonstration fails.
        OSError: the records cannot be written.
    """
    verification = check(implementation, device)
    found = [verify_record(implementation, verification)]
    _keep(implementation, device, found, folder)        # now already: a demonstration that fails must not lose it
    judgement = None
    if claims and implementation.card.claim and verification.status != "oom" and not absent(device):
        judgement = judge(implementation, device, on_event=on_event)
        found.append(claim_record(implementation, judgement))
        _keep(implementation, device, found, folder)
    return Verified(verification, judgement, found)


def calibrate(implementation: Implementation, device: str = "cpu", on_event: OnEvent = silent) -> Calibration:
    """Tune every arm over the claim's grid on the calibration seeds.

    Raises:
        LookupError: the card makes no claim.
        DemoError: the demonstration fails.
    """
    return tune(implementation, _present(device), on_event)


def bench(implementation: Implementation, device: str = "cpu", quick: bool = False,
          on_case: Callable[[str], None] = lambda line: None, folder: Path | None = None) -> Benched:
    """Time every case by protocol rb1; records as for `verify`.

    Raises:
        OSError: the records cannot be written.
    """
    benchmark = measure(implementation, device, quick, on_case)
    found = bench_records(implementation, benchmark)
    _keep(implementation, device, found, folder)
    return Benched(benchmark, found)


def _present(device: str) -> str:
    if why := absent(device):
        raise LookupError(f"{device}: {why}")
    return device


def _keep(implementation: Implementation, device: str, found: list[Record], folder: Path | None) -> None:
    if found and not absent(device):
        records.save(folder or own_records(), device_slug(device), implementation.card.id, found)
