"""Attacks on the benchmark: each guard alone refuses its attacks, which succeed without guards."""
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from textwrap import indent
from typing import Any

import pytest

from reference_impls.harness.bench import guards, protocol, rotation, session, witness
from reference_impls.harness.bench.clocks import CpuClock, interleave
from reference_impls.harness.bench.measurement import Measurement
from reference_impls.harness.bench.protocol import bench
from reference_impls.harness.check import Verification
from reference_impls.harness.registry import Implementation, load
from tests.reference_impls.conftest import REFERENCE, MakeToy

CHEAT = '''
from concurrent.futures import ThreadPoolExecutor

MEMORY, POOL, HITS, BIG = {{}}, ThreadPoolExecutor(1), [], torch.ones(1500, 1500)


def remember(key, result):
    HITS.append(key in MEMORY)
    return MEMORY.setdefault(key, result)


class Cheat(Scale):
    @torch.no_grad()
    def compute(self, x):
        return self.weight * x

    def forward(self, x):
{body}


def bench_inputs('''

GUARDS = {      # what replaces a guard that is disabled
    "other values in the same tensors": (protocol, "refuse_cheats", lambda *_: None),
    "where results lie": (guards, "refuse_aliases", lambda *_: None),
    "values never seen": (rotation.Rotation, "advance", lambda self, number: self.sets[number % len(self.sets)]),
    "a fresh copy": (session, "disagreement", lambda *_: ""),
    "inputs around a call": (witness.Witness, "mutating", property(lambda self: set(), lambda self, found: None)),
    "inputs after all calls": (rotation.Rotation, "restore", lambda self: True),
    "all that the device does": (session, "refuse_hidden_work", lambda *_: None),
    "verification": (protocol, "_not_verified", lambda *_: ""),
}


@dataclass(frozen=True)
class Attack:
    """The body of a cheating forward pass, and each guard that must catch it with the others disabled."""

    body: str
    guards: tuple[str, ...]


ATTACKS = {
    "a result cached by object": Attack(
        "return remember(id(x), self.compute(x)).clone()", ("other values in the same tensors", "a fresh copy")),
    "a result cached by the address of the input": Attack(
        "return remember(x.data_ptr(), self.compute(x)).clone()", ("other values in the same tensors", "a fresh copy")),
    "a result cached by the sum of the input": Attack(
        "return remember(round(x.double().sum().item(), 6), self.compute(x)).clone()", ("a fresh copy",)),
    "one object returned for all inputs": Attack(
        "return MEMORY.setdefault(0, torch.empty_like(x)).copy_(self.compute(x))", ("where results lie",)),
    "inputs changed": Attack(
        "return self.compute(x.detach().mul_(2))",
        ("other values in the same tensors", "inputs around a call", "inputs after all calls")),
    "inputs changed now and then, while timed": Attack(
        "HITS.append(0)\nreturn self.compute(x.detach().add_(1) if len(HITS) % 20 == 0 else x)",
        ("inputs after all calls",)),
    "a result written into an input of an earlier call": Attack(
        "kept, MEMORY[0] = MEMORY.get(0, torch.empty_like(x)), x.detach()\nreturn kept.copy_(self.compute(x))",
        ("where results lie", "inputs after all calls")),
    "an input of an earlier call returned": Attack(
        "kept, MEMORY[0] = MEMORY.get(0, x), x\nreturn kept.detach()",
        ("other values in the same tensors", "a fresh copy")),
    "right on the first call only": Attack(
        "HITS.append(0)\nreturn self.compute(x) if len(HITS) == 1 else x * 0.5", ("a fresh copy",)),
    "work skipped where the shapes are known": Attack(
        "known = x.shape in HITS\nHITS.append(x.shape)\nreturn x * 0.5 if known else self.compute(x)",
        ("a fresh copy",)),
    "wrong where no gradients are wanted": Attack(
        "return self.compute(x) if torch.is_grad_enabled() else x * 0.5", ("a fresh copy",)),
    "work handed to a thread": Attack(
        "out = torch.zeros_like(x)\n"
        "if 0 not in MEMORY or MEMORY[0].done():\n"
        "    MEMORY[0] = POOL.submit(lambda: (torch.ones(1500, 1500) @ BIG, out.copy_(self.compute(x))))\n"
        "return out", ("a fresh copy", "all that the device does")),
}


def cheating(make_toy: MakeToy, body: str, size: int = 2000) -> Implementation:
    code = CHEAT.format(body=indent(body, " " * 8)).lstrip()
    return make_toy(("def bench_inputs(", code), (REFERENCE, '"reference": Cheat()'), ('{"N": 32}', f'{{"N": {size}}}'))


def take_out(monkeypatch: pytest.MonkeyPatch, names: Iterable[str]) -> None:
    for name in names:
        owner, attribute, instead = GUARDS[name]
        monkeypatch.setattr(owner, attribute, instead, raising=False)


def timed(implementation: Implementation, monkeypatch: pytest.MonkeyPatch) -> list[Measurement]:
    """The reference's rows; the toy's own checks, which the cheats do not affect, are not repeated every time."""
    monkeypatch.setattr(protocol, "verify", lambda *_: Verification("toy-scale", "cpu", "verified", [], "einsum"))
    found = [each for each in bench(implementation, quick=True).measurements if each.variant == "reference"]
    assert found
    return found


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(make_toy: MakeToy, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = timed(cheating(make_toy, ATTACKS[name].body), monkeypatch)
    assert (found.status, found.timing) == ("unverified", None), found


@pytest.mark.parametrize(("name", "guard"), [(name, guard) for name, each in ATTACKS.items() for guard in each.guards])
def test_each_guard_finds_it_alone(make_toy: MakeToy, name: str, guard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    others = set(GUARDS) - {guard, "values never seen"}
    if guard == "where results lie":        # which the first guard calls
        others -= {"other values in the same tensors"}
    take_out(monkeypatch, others)
    assert [each.status for each in timed(cheating(make_toy, ATTACKS[name].body), monkeypatch)] == ["unverified"]


@pytest.mark.parametrize("name", ATTACKS)
def test_without_guards_it_would_be_timed(make_toy: MakeToy, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    take_out(monkeypatch, GUARDS)
    found = timed(cheating(make_toy, ATTACKS[name].body), monkeypatch)
    assert {each.status for each in found} == {"ok"}


@pytest.mark.parametrize("guarded", [True, False])
def test_a_result_cached_by_value_is_never_found(make_toy: MakeToy, guarded: bool,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    """It is indistinguishable from honest work, but must not gain anything."""
    modules, hits = [], []

    def watched(*arguments: Any) -> dict[str, list[float]]:
        modules[0].HITS.clear()
        times = interleave(*arguments)
        hits.extend(modules[0].HITS)
        return times

    monkeypatch.setattr(protocol, "load", lambda found: modules.append(load(found)) or modules[0])
    monkeypatch.setattr(session, "interleave", watched)
    if not guarded:
        take_out(monkeypatch, ["values never seen"])
    cheat = cheating(make_toy, "return remember(tuple(x.flatten().tolist()), self.compute(x)).clone()")
    assert {each.status for each in timed(cheat, monkeypatch)} == {"ok"}
    assert len(hits) >= 12
    assert any(hits) != guarded


class _Impatient(CpuClock):
    """Mark when work was handed over, not when it was done."""

    def mark(self, call: Callable[[], object]) -> tuple[float, object]:
        return 1e-3, call()


@pytest.mark.parametrize("guarded", [True, False])
def test_a_clock_that_does_not_wait_is_found_out(make_toy: MakeToy, guarded: bool,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "clock_for", lambda device: _Impatient())
    if not guarded:
        take_out(monkeypatch, ["all that the device does"])
    statuses = {each.status for each in timed(cheating(make_toy, "return self.compute(x)", 1_000_000), monkeypatch)}
    assert statuses == {"unverified" if guarded else "ok"}


def test_what_is_wrong_would_be_timed_without_its_verification(make_toy: MakeToy,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    take_out(monkeypatch, ["verification"])
    wrong = make_toy(("weight * x\n\n\ndef oracle", "weight + x\n\n\ndef oracle"))
    assert {each.status for each in bench(wrong, quick=True).measurements} == {"ok"}


@pytest.mark.parametrize("body", ["return self.compute(x)", "return F.dropout(self.compute(x), 0.5)",
                                  "return self.weight * x + torch.randn(5)"])
def test_honest_work_is_timed(make_toy: MakeToy, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = cheating(make_toy, body.replace("F.", "torch.nn.functional."))
    assert {each.status for each in timed(honest, monkeypatch)} == {"ok"}
