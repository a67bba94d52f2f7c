"""Is the implementation correct? Levels of evidence, each harder to fool than the last.

    L0  outputs are finite and keep their shapes in float64 and float32, inputs are not modified,
        every parameter gets a finite gradient
    L1  the properties of the card hold
    L2  outputs equal the oracle's in float64
    L3  gradients of a random projection of the outputs equal the oracle's, for inputs and parameters
    mutants: each declared wrong version fails at least one check of L1 to L3; otherwise those checks prove nothing

An optimizer has no outputs: its parameters after every step are compared instead, and L3 does not apply.
"""
import importlib.util
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import torch

from reference_impls.harness.bench.clocks import wait
from reference_impls.harness.bench.faults import is_out_of_memory, line
from reference_impls.harness.card import Card, Case
from reference_impls.harness.pairs import Pair, check_sound, compare_gradients, compare_outputs, compare_steps
from reference_impls.harness.registry import Implementation, load
from reference_impls.harness.work import compare_work

SEEDS = (11, 12, 13)     # fixed, so that runs are repeatable; no claim uses these seeds
MORE_SEEDS = tuple(range(14, 32))       # for mutants that these let through: a GPU draws other numbers from a seed

Outcome = Literal["passed", "failed", "skipped", "noted"]
Body = Callable[[int], float | None]


@dataclass(frozen=True)
class Check:
    """The outcome of one check over all seeds.

    Args:
        outcome: `skipped` could not run here, `noted` is not a failure but worth knowing.
        max_error: the largest absolute difference, where the check compares numbers.
    """

    level: str
    name: str
    outcome: Outcome
    detail: str = ""
    max_error: float | None = None


@dataclass(frozen=True)
class Verification:
    """All checks of one implementation on one device.

    Args:
        status: `verified` only when nothing failed and nothing was skipped; `oom` when memory ran out.
        checks: in order of level.
        oracle: as named by the card.
    """

    id: str
    device: str
    status: Literal["verified", "failed", "skipped", "oom"]
    checks: list[Check]
    oracle: str
    seeds: tuple[int, ...] = SEEDS

    @property
    def levels(self) -> list[str]:
        """The levels at which something passed and nothing failed or was skipped."""
        outcomes: dict[str, set[str]] = {}
        for check in self.checks:
            outcomes.setdefault(check.level, set()).add(check.outcome)
        return [level for level, found in sorted(outcomes.items())
                if level[0] == "L" and "passed" in found and not found & {"failed", "skipped"}]

    @property
    def max_error(self) -> float | None:
        """The largest absolute difference from the oracle, in float64; None if nothing was compared."""
        return max((check.max_error for check in self.checks if check.max_error is not None), default=None)


class DeviceLostError(ValueError):
    """A device that this process can no longer use; the message says why."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Fix the order of summation: on one CPU thread a run is repeatable to the last bit."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def absent(device: str) -> str:
    """Why nothing can run on this device here; empty if it can.

    Raises:
        ValueError: this is not the name of a device.
    """
    if not re.fullmatch(r"cpu|cuda(:\d+)?", device):
        raise ValueError(f"device {device!r} is unknown; use cpu, cuda or cuda:N")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0      # it counts even without a driver
    if device != "cpu" and int(device.partition(":")[2] or 0) >= count:
        return "no such CUDA device, torch built without CUDA, or a driver that is too old for it"
    return ""


def refuse_lost(device: str) -> None:
    """Stop if the device is lost: after some errors, such as an illegal memory access, a GPU refuses further work.

    Raises:
        DeviceLostError: the device is lost, so that anything run next would fail through no fault of its own.
    """
    try:
        wait(device)
    except RuntimeError as error:
        raise DeviceLostError(f"{device} is no longer usable by this process ({line(error)}); "
                              "finished work is kept, run again for the rest") from error


def verify(implementation: Implementation, device: str = "cpu") -> Verification:
    """Run every check. A faulty implementation never raises here, as long as the device survives it.

    Raises:
        DeviceLostError: the device did not survive.
    """
    card = implementation.card
    if why := absent(device):
        return Verification(card.id, device, "skipped", [Check("L0", "device", "skipped", why)], card.oracle)
    try:
        with one_thread(), torch.device(device):
            checks = _run_all(implementation, device)
    except torch.OutOfMemoryError as error:
        return Verification(card.id, device, "oom", [Check("L0", "memory", "failed", str(error))], card.oracle)
    outcomes = {check.outcome for check in checks}
    if "failed" in outcomes:
        refuse_lost(device)
    status: Literal["verified", "failed", "skipped"] = (
        "failed" if "failed" in outcomes else "skipped" if "skipped" in outcomes else "verified")
    return Verification(card.id, device, status, checks, card.oracle)


def sound_in(implementation: Implementation, dtype: torch.dtype, device: str) -> Check:
    """Level L0 in a precision other than the usual two."""
    module = load(implementation)
    with one_thread(), torch.device(device):
        prepared = Prepared("L0", _name(dtype), lambda seed: check_sound(Pair(*module.oracle()), dtype, seed))
        return prepared.run(implementation.path)


def _run_all(implementation: Implementation, device: str) -> list[Check]:
    card = implementation.card
    try:
        module = load(implementation)
    except Exception as error:
        return [Check("L0", "import", "failed", explain(error, implementation.path))]
    work = (_check_work(module, case, device) for case in card.bench)
    return [*run_checks(module, card), *run_mutants(module, card), *work]


def _check_work(module: ModuleType, case: Case, device: str) -> Check:
    """Compare the declared FLOPs of a bench case with the counted ones; a difference is noted, not failed."""
    try:
        note = compare_work(module, case, device)
    except Exception as error:
        if is_out_of_memory(error):     # counting makes attention keep all its scores: when timed it may still fit
            return Check("work", case.name, "noted", "memory ran out before its FLOPs were counted")
        return Check("work", case.name, "failed", explain(error, Path(module.__file__ or "")))
    return Check("work", case.name, "noted" if note else "passed", note)


def run_checks(module: ModuleType, card: Card) -> list[Check]:
    """Levels L0 to L3 on the implementation itself."""
    missing = _missing_package(card.oracle)
    checks = []
    for check in list_checks(module, card):
        if missing and check.level in ("L0", "L2", "L3"):
            why = f"{missing} is not installed, and the oracle needs it"
            checks.append(Check(check.level, check.name, "skipped", why))
        else:
            checks.append(check.run(Path(module.__file__ or "")))
    return checks


def run_mutants(module: ModuleType, card: Card) -> list[Check]:
    """Each declared mutant must be rejected by an AssertionError; any other failure proves nothing about the checks."""
    declared, found = set(card.mutants), set(getattr(module, "MUTANTS", {}))
    if declared != found:
        difference = ", ".join(sorted(declared ^ found))
        return [Check("mutants", "declared", "failed", f"card and MUTANTS differ in: {difference}")]
    return [_reject_mutant(module, card, name) for name in card.mutants]


@dataclass(frozen=True)
class Prepared:
    """A check that takes a seed: `body` returns the largest error (None if nothing is compared) or raises."""

    level: str
    name: str
    body: Body

    def run(self, source: Path) -> Check:
        """Run the check on every seed; an exception becomes the detail of a failed check."""
        errors = []
        for seed in SEEDS:
            torch.manual_seed(seed)
            try:
                errors.append(self.body(seed))
            except torch.OutOfMemoryError:
                raise
            except Exception as error:
                return Check(self.level, self.name, "failed", f"seed {seed}: {explain(error, source)}")
        return Check(self.level, self.name, "passed",
                     max_error=max((error for error in errors if error is not None), default=None))


def list_checks(module: ModuleType, card: Card, make: object = None) -> list[Prepared]:
    """Every check of a card, for the implementation or, with `make`, for something else in its place."""
    chosen: dict[str, Any] = {} if make is None else {"make": make}

    def pair() -> Pair:
        return Pair(*module.oracle(**chosen))

    def holds(name: str) -> Body:
        return lambda seed: getattr(module, f"check_{name}")(**chosen)

    def soundness(dtype: torch.dtype) -> Prepared:
        return Prepared("L0", _name(dtype), lambda seed: check_sound(pair(), dtype, seed))

    properties = [Prepared("L1", name, holds(name)) for name in card.properties]
    if card.role == "experiment":       # machinery around parts that are checked where they are implemented
        return properties
    checks = [soundness(torch.float64), soundness(torch.float32), *properties]
    if card.role == "optimizer":
        return [*checks, Prepared("L2", "steps equal the oracle's", lambda seed: compare_steps(pair()))]
    equal = Prepared("L2", "outputs equal the oracle's", lambda seed: compare_outputs(pair(), seed))
    gradients = Prepared("L3", "gradients equal the oracle's", lambda seed: compare_gradients(pair(), seed))
    return [*checks, equal, gradients]


def _reject_mutant(module: ModuleType, card: Card, name: str) -> Check:
    missing = _missing_package(card.oracle)
    levels = ("L1",) if missing else ("L2", "L3", "L1")      # the oracle judges first
    prepared = sorted((each for each in list_checks(module, card, module.MUTANTS[name]) if each.level in levels),
                      key=lambda each: levels.index(each.level))
    died = ""
    for check, seed in [*product(prepared, SEEDS), *product(prepared, MORE_SEEDS)]:
        torch.manual_seed(seed)
        try:
            check.body(seed)
        except torch.OutOfMemoryError:
            raise
        except AssertionError:
            return Check("mutants", name, "passed", f"rejected by {check.level} {check.name.replace('_', ' ')}")
        except Exception as error:
            died = f"; {check.name} crashed: {explain(error, Path(module.__file__ or ''))}"
    return Check("mutants", name, "failed", f"no check rejects it with an assertion{died}")


def _missing_package(oracle: str) -> str:
    """The oracle's package if it is not installed, else empty; a closed form, or no oracle, needs no package."""
    package = oracle.partition(":")[0].partition(".")[0]
    if not package or " " in package or importlib.util.find_spec(package):
        return ""
    return package


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def explain(error: Exception, source: Path) -> str:
    """What went wrong, in one line, with the last line of the implementation that was involved."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == source]
    where = f"{source.name}:{frames[-1].lineno}: " if frames else ""
    kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
    message = " ".join(str(error).split()) or "assertion without a message"
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == "sklearn":
        message += " - install it with `pip install scikit-learn`"
    return f"{where}{kind}{message}"
