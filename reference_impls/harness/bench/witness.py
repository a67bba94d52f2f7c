"""Were the results right while the clock ran? Some timed calls are witnessed, and repeated by a fresh copy.

A fresh copy of the module remembers nothing: what its first call returns for the same inputs, in another gradient mode
than the timed one, is what the timed call should have returned. So work that is skipped once the shapes are known, that
is done only in the first call, or that a thread would finish later is found out where it counts: while timing.
"""
import importlib.util
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

WITNESSED = 3           # calls of each variant and mode
SAME = {torch.float32: 1e-4, torch.bfloat16: 1e-2}          # of the norm: the same code, sums in another order
COMPILED = {torch.float32: 2e-2, torch.bfloat16: 1e-1}      # other code: rounding passes, work left out does not
_numbers = count()

Build = Callable[[], dict[str, Variant]]


@dataclass(frozen=True)
class Witnessed:
    """One timed call: the values that it got, the seed that it drew from, what it had returned when it returned."""

    variant: str
    inputs: Inputs
    seed: int
    outputs: list[Tensor]


class Witness:
    """Gives every call values of its own, and remembers some calls; an `Observer` of `interleave`."""

    def __init__(self, names: Iterable[str], rotation: Rotation, rounds: int) -> None:
        draw = random.Random(rounds)
        self._rounds = {name: {rounds - 1, *draw.sample(range(rounds), min(WITNESSED - 1, rounds))} for name in names}
        self._rotation = rotation
        self._given: Inputs = ()
        self.calling = ""       # whose call it stands beside
        self.seen: list[Witnessed] = []
        self.mutating: set[str] = set()

    def before(self, name: str, number: int) -> None:
        """New values for the call."""
        self.calling = name
        given = self._rotation.advance(number)
        if number in self._rounds.get(name, ()):
            self._given = tuple(x.clone() for x in given)
            torch.manual_seed(number)

    def after(self, name: str, number: int, result: object) -> None:
        """Copy what is there now: a thread that comes later is too late."""
        if number in self._rounds.get(name, ()):
            outputs = [output.detach().clone() for output in flatten(result)]
            self.seen.append(Witnessed(name, self._given, number, outputs))
            if not all(map(torch.equal, self._given, self._rotation.sets[number % len(self._rotation.sets)])):
                self.mutating.add(name)


def disagreement(witnessed: Witnessed, build: Build, mode: Mode, like: str, dtype: torch.dtype) -> str:
    """How what was timed differs from the first call of a fresh copy; empty if it does not.

    Args:
        build: makes the variants anew, with the same weights.
        like: the variant that says what is right: itself, or the one that a compiler made it from.
    """
    tolerance = (SAME if like == witnessed.variant else COMPILED)[dtype]
    right = _repeated(witnessed, build, mode, like, witnessed.seed)
    if like != witnessed.variant and relative_error(
            _repeated(witnessed, build, mode, like, witnessed.seed + 1), right) > tolerance:
        return ""       # it draws at random, and a compiler may draw otherwise
    error = relative_error(witnessed.outputs, right)
    return "" if error <= tolerance else (f"while timed it returned something else than a fresh copy does for the same "
                                          f"inputs (off by {error:.2g} of the norm)")


def _repeated(witnessed: Witnessed, build: Build, mode: Mode, like: str, seed: int) -> list[Tensor]:
    variant = build()[like]
    torch.manual_seed(seed)
    outputs = first_call(mode, variant, witnessed.inputs)
    settle(str(witnessed.inputs[0].device))         # here a thread has all the time that it wants
    return outputs


def relative_error(found: Sequence[Tensor], right: Sequence[Tensor]) -> float:
    """The largest ||a - b|| / ||b|| over pairs of floating tensors; infinite where shapes or finiteness differ."""
    if [x.shape for x in found] != [x.shape for x in right]:
        return float("inf")
    worst = 0.0
    for a, b in zip(found, right, strict=True):
        if b.is_floating_point() and not torch.equal(a, b):
            error = ((a.double() - b.double()).norm() / b.double().norm().clamp_min(1e-30)).item()
            worst = max(worst, error if error == error else float("inf"))
    return worst


def fresh_copy(path: Path) -> ModuleType:
    """The module executed anew, under a name of its own, with nothing remembered from earlier calls."""
    name = f"{path.stem}_fresh_{next(_numbers)}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)      # dataclasses look their module up there
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return module
