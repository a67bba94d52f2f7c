"""Were the results correct while the clock ran? Some timed calls are recorded, and repeated with a fresh copy.

A fresh copy of the module has no memory: what its first call returns for the same inputs, in another gradient mode than
the timed one, is what the timed call should have returned. This catches work that is skipped once the shapes are known,
done only in the first call, or left for a thread to finish later, right where it counts: while timing.
"""
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor

from reference_impls.harness.bench.clocks import settle
from reference_impls.harness.bench.guards import flatten
from reference_impls.harness.bench.modes import Mode, Variant, first_call
from reference_impls.harness.bench.rotation import Inputs, Rotation
from reference_impls.harness.registry import execute

WITNESSED = 3           # calls for each variant and mode
SAME = {torch.float32: 1e-4, torch.bfloat16: 1e-2}          # relative to the norm: the same code, reordered sums
COMPILED = {torch.float32: 2e-2, torch.bfloat16: 1e-1}      # different code: rounding passes, skipped work does not
_numbers = count()

Build = Callable[[], dict[str, Variant]]


@dataclass(frozen=True)
class Witnessed:
    """One timed call: the values it received, the seed it drew from, and its outputs at the moment it returned."""

    variant: str
    inputs: Inputs
    seed: int
    outputs: list[Tensor]


class Witness:
    """Give every call its own values, and record some calls; an `Observer` of `interleave`."""

    def __init__(self, names: Iterable[str], rotation: Rotation, rounds: int) -> None:
        draw = random.Random(rounds)
        self._rounds = {name: {rounds - 1, *draw.sample(range(rounds), min(WITNESSED - 1, rounds))} for name in names}
        self._rotation = rotation
        self._given: Inputs = ()
        self.calling = ""       # the variant being called
        self.seen: list[Witnessed] = []
        self.mutating: set[str] = set()

    def before(self, name: str, number: int) -> None:
        """Set new values for the call."""
        self.calling = name
        given = self._rotation.advance(number)
        if number in self._rounds.get(name, ()):
            self._given = tuple(x.clone() for x in given)
            torch.manual_seed(number)

    def after(self, name: str, number: int, result: object) -> None:
        """Copy the outputs now, so that a thread that finishes them later is too late."""
        if number in self._rounds.get(name, ()):
            outputs = [output.detach().clone() for output in flatten(result)]
            self.seen.append(Witnessed(name, self._given, number, outputs))
            if not all(map(torch.equal, self._given, self._rotation.sets[number % len(self._rotation.sets)])):
                self.mutating.add(name)


def disagreement(witnessed: Witnessed, build: Build, mode: Mode, like: str, dtype: torch.dtype) -> str:
    """How the timed result differs from the first call of a fresh copy; empty if it does not.

    Args:
        build: builds the variants again, with the same weights.
        like: the variant whose result is correct: itself, or the one that a compiler made it from.
    """
    tolerance = (SAME if like == witnessed.variant else COMPILED)[dtype]
    right = _repeated(witnessed, build, mode, like, witnessed.seed)
    if like != witnessed.variant and relative_error(
            _repeated(witnessed, build, mode, like, witnessed.seed + 1), right) > tolerance:
        return ""       # it is random, and a compiler may draw differently
    error = relative_error(witnessed.outputs, right)
    return "" if error <= tolerance else (f"while timed it returned something other than a fresh copy for the same "
                                          f"inputs (off by {error:.2g} of the norm)")


def _repeated(witnessed: Witnessed, build: Build, mode: Mode, like: str, seed: int) -> list[Tensor]:
    variant = build()[like]
    torch.manual_seed(seed)
    outputs = first_call(mode, variant, witnessed.inputs)
    settle(str(witnessed.inputs[0].device))         # here threads may take all the time they want
    return outputs


def relative_error(found: Sequence[Tensor], right: Sequence[Tensor]) -> float:
    """The largest ||a - b|| / ||b|| over pairs of floating-point tensors; infinite if shapes or finiteness differ."""
    if [x.shape for x in found] != [x.shape for x in right]:
        return float("inf")
    worst = 0.0
    for a, b in zip(found, right, strict=True):
        if b.is_floating_point() and not torch.equal(a, b):
            error = ((a.double() - b.double()).norm() / b.double().norm().clamp_min(1e-30)).item()
            worst = max(worst, error if error == error else float("inf"))
    return worst


def fresh_copy(path: Path) -> ModuleType:
    """Execute the module again under a new name, with no state from earlier calls."""
    name = f"{path.stem}_fresh_{next(_numbers)}"
    try:
        return execute(path, name)
    finally:
        del sys.modules[name]
