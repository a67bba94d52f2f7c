"""A variant that runs out of memory, or fails otherwise, loses its own row; the others are timed without it."""
import re
from pathlib import Path
from types import ModuleType

import pytest

from reference_impls.__main__ import main
from reference_impls.harness import files, registry, tasks
from reference_impls.harness.bench import protocol
from reference_impls.harness.bench.clocks import Budget
from reference_impls.harness.bench.measurement import Measurement
from reference_impls.harness.bench.protocol import bench
from reference_impls.harness.registry import Implementation, load
from tests.reference_impls.conftest import REFERENCE, TWO_CASES, MakeToy

FAULTY = '''
import weakref

LEFT, SEEN = [], []


class Backward(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        return x * 2

    @staticmethod
    def backward(context, gradient):
        {fault}


class Faulty(Scale):
    calls = 0

    def forward(self, x):
        {body}


class Watching(Scale):
    def forward(self, x):
        SEEN.append([each() is not None for each in LEFT])
        return super().forward(x)


def bench_inputs('''

NO_ROOM = 'raise torch.OutOfMemoryError("CUDA out of memory.\\n Tried to allocate 64 GiB")'
SAID = "CUDA out of memory. Tried to allocate 64 GiB"


@pytest.fixture(autouse=True)
def few_repetitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "QUICK_BUDGET", Budget(warmup_ms=1, measure_ms=1, fewest=6, most=6))


def faulty(make_toy: MakeToy, body: str, fault: str = NO_ROOM, instead: str = REFERENCE) -> Implementation:
    """The toy with a third variant, and one that fails in place of another."""
    code = FAULTY.format(body=body, fault=fault).lstrip()
    name = instead.partition(":")[0]
    return make_toy(("def bench_inputs(", code), (instead, f'{name}: Faulty(), "third": Watching()'))


def rows(found: list[Measurement]) -> set[tuple[str, str, str, str]]:
    return {(each.variant, each.mode, each.status, each.reason) for each in found}


def timed(*names: str, modes: tuple[str, ...] = ("fwd", "fwdbwd")) -> set[tuple[str, str, str, str]]:
    return {(name, mode, "ok", "") for name in names for mode in modes}


@pytest.mark.parametrize(("body", "said"), [
    (NO_ROOM, SAID),
    ("return torch.empty(2**52) * x", "can't allocate memory"),         # a real failure on this machine
], ids=["on a GPU", "on a CPU"])
def test_the_others_are_timed(make_toy: MakeToy, body: str, said: str) -> None:
    found = bench(faulty(make_toy, body), quick=True).measurements
    lost = [each for each in found if each.variant == "reference"]
    assert [(each.mode, each.status) for each in lost] == [("fwd", "oom")]
    assert said in lost[0].reason
    assert rows(found) - rows(lost) == timed("torch.mul", "third")


@pytest.mark.parametrize(("fault", "status", "said"), [
    (NO_ROOM, "oom", SAID),
    ("return gradient.to(torch.float8_e4m3fn).exp()", "skipped", "not implemented for 'Float8_e4m3fn'"),   # by torch
])
def test_what_fails_only_backward_keeps_its_forward_time(make_toy: MakeToy, fault: str, status: str, said: str) -> None:
    found = bench(faulty(make_toy, "return Backward.apply(self.weight * x)", fault), quick=True).measurements
    (lost,) = [each for each in found if each.status != "ok"]
    assert (lost.variant, lost.mode, lost.status) == ("reference", "fwdbwd", status)
    assert said in lost.reason
    assert rows(found) - rows([lost]) == timed("torch.mul", "third") | timed("reference", modes=("fwd",))


def test_what_fails_only_after_many_calls_is_left_out_of_the_rounds(make_toy: MakeToy) -> None:
    """Checks and warm-up take seven calls, then six rounds follow: it fails in the middle of these."""
    late = f"self.calls += 1\n        if self.calls == 10: {NO_ROOM}\n        return super().forward(x)"
    found = bench(faulty(make_toy, late), quick=True).measurements
    assert rows(found) == timed("torch.mul", "third") | {("reference", "fwd", "oom", SAID)}
    assert all(each.timing.times.n == 6 for each in found if each.timing)


def test_without_a_baseline_there_is_nothing_to_compare_with(make_toy: MakeToy) -> None:
    baseline = '"torch.mul": Scale().to(device, dtype)'
    found = bench(faulty(make_toy, "return Backward.apply(self.weight * x)", instead=baseline), quick=True).measurements
    assert rows(found) == timed("torch.mul", "third", "reference", modes=("fwd",)) | {
        ("torch.mul", "fwdbwd", "oom", SAID),
        ("third", "fwdbwd", "skipped", "torch.mul has no time to compare with"),
        ("reference", "fwdbwd", "skipped", "torch.mul has no time to compare with")}


def test_what_failed_leaves_nothing_behind(make_toy: MakeToy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its exception keeps the frames alive, and these keep everything allocated before."""
    modules: list[ModuleType] = []
    monkeypatch.setattr(protocol, "load", lambda found: modules.append(load(found)) or modules[-1])
    body = f"much = torch.ones(1000)\n        LEFT.append(weakref.ref(much))\n        {NO_ROOM}"
    bench(faulty(make_toy, body), quick=True)
    (module,) = modules
    assert module.LEFT
    assert not any(module.SEEN[-1])


def test_inputs_that_have_no_room_cost_their_case(make_toy: MakeToy) -> None:
    no_room = ('    variants = {"torch.mul"', f'    if case.sizes["N"] == 31: {NO_ROOM}\n    variants = {{"torch.mul"')
    found = bench(make_toy(TWO_CASES, no_room), quick=True).measurements
    assert [(each.status, each.reason) for each in found if each.case.name == "tiny"] == [("oom", SAID)]
    assert {each.status for each in found if each.case.name == "small"} == {"ok"}


def test_the_command_says_who_had_no_room(make_toy: MakeToy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
                                          capsys: pytest.CaptureFixture[str]) -> None:
    toy = faulty(make_toy, NO_ROOM)
    monkeypatch.setattr(registry, "find", lambda name: toy)
    monkeypatch.setattr(tasks, "own_records", lambda: str(tmp_path / "records"))
    assert main(["bench", "toy-scale", "--quick"]) == 1
    said = capsys.readouterr()
    (line,) = [line for line in said.out.splitlines() if "reference" in line]
    assert line.endswith(f"oom: {SAID}")
    assert said.err == ""


def test_a_file_whose_replacing_is_interrupted_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    files.replace(tmp_path / "kept.json", b"old")
    monkeypatch.setattr(files.os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.replace(tmp_path / "kept.json", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"kept.json": b"old"}


def test_where_the_disk_is_full_the_message_says_of_which_file(tmp_path: Path) -> None:
    """A disk that is almost full: no file may grow beyond 4 kB."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    path = tmp_path / "kept.json"
    files.replace(path, b"old")
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(OSError, match=re.escape(repr(str(path)))):
            files.replace(path, b"new" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"kept.json": b"old"}
