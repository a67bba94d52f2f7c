"""The benchmark refuses cheats, and its figures mean what they say. No test looks at how long anything took."""
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from platform import libc_ver
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from reference_impls.__main__ import main
from reference_impls.harness import check, registry, tasks
from reference_impls.harness.bench.ceilings import stated
from reference_impls.harness.bench.clocks import CPU_BUDGET, Call, CpuClock, interleave, time_graph_replay
from reference_impls.harness.bench.guards import refuse_cheats
from reference_impls.harness.bench.memory import saved_bytes
from reference_impls.harness.bench.modes import MODES, Timed, Variant, first_call, prepare
from reference_impls.harness.bench.pinned import pinned
from reference_impls.harness.bench.protocol import bench
from reference_impls.harness.bench.rotation import Inputs
from reference_impls.harness.bench.schema import SCHEMA, violations
from reference_impls.harness.bench.statistics import interval, paired_ratio, spread
from reference_impls.harness.card import Role
from reference_impls.harness.places import shipped_records
from reference_impls.harness.recording import bench_records
from tests.reference_impls.conftest import REFERENCE, TWO_CASES, MakeToy

CHEATS = {
    "it changes its inputs": "lambda x: x.mul_(2) * 1",
    "it returns the same object": "(lambda kept: lambda x: kept.copy_(x))(torch.empty(case.sizes['N'], 5))",
    "it returns a result kept": "(lambda kept: lambda x: kept.setdefault(id(x), x * 2))({})",
    "do not follow its inputs": "lambda x: torch.ones(case.sizes['N'], 5)",
}


@pytest.mark.parametrize(("reason", "cheat"), CHEATS.items())
def test_a_cheat_gets_no_times(make_toy: MakeToy, reason: str, cheat: str) -> None:
    cheating = make_toy((REFERENCE, f'"reference": {cheat}'))
    result = bench(cheating, quick=True)
    reference = [each for each in result.measurements if each.variant == "reference"]
    assert [(each.status, each.timing) for each in reference] == [("unverified", None)]
    assert reason in reference[0].reason


def test_what_remembers_after_many_calls_is_refused_afterwards(make_toy: MakeToy) -> None:
    late = '''
class Late(Scale):
    calls = 0

    def forward(self, x):
        self.calls += 1
        if self.calls == 20:
            self.kept = x * 2
        return super().forward(x) if self.calls < 20 else self.kept.clone()


def bench_inputs('''
    result = bench(make_toy(("def bench_inputs(", late.lstrip()), (REFERENCE, '"reference": Late()')), quick=True)
    assert {(each.variant, each.status) for each in result.measurements} == {
        ("torch.mul", "ok"), ("reference", "unverified")}


def test_honest_functions_pass_the_guards() -> None:
    sets = [(torch.randn(8, 4),) for _ in range(3)]
    before = [x.clone() for x, in sets]
    for honest in (nn.Linear(4, 4), torch.relu, torch.nn.Dropout(0.5), lambda x: (x.sum(), x.argmax())):
        refuse_cheats(honest, sets)
    assert all(torch.equal(x, copy) for (x,), copy in zip(sets, before, strict=True))
    few_bits = [(torch.tensor(values, dtype=torch.bfloat16),) for values in ([1.0, 5.0], [2.0, 4.0])]
    refuse_cheats(torch.mean, few_bits)         # other inputs, the same mean


def test_nothing_is_timed_that_is_not_verified(make_toy: MakeToy) -> None:
    wrong = make_toy(("weight * x\n\n\ndef oracle", "weight + x\n\n\ndef oracle"))
    (record,) = bench_records(wrong, bench(wrong, quick=True))
    assert (record["status"], record["time_ms"], record["ratio"]) == ("unverified", None, None)


def test_a_reason_is_one_line_even_if_torch_tells_a_long_story(make_toy: MakeToy) -> None:
    talking = make_toy(("not make()(torch.zeros(2, 5)).any()", "False"),
                       ('"zero moved"', '"zero moved\\n" + 999 * "and so on\\n"'))
    (found,) = bench(talking, quick=True).measurements
    assert found.reason.startswith("verification: failed (zero_stays_zero: seed 11: ")
    assert "zero moved and so on" in found.reason
    assert len(found.reason) == 200


@pytest.mark.parametrize("error", ["ValueError('a value\\nout of range')", "RuntimeError('no such kernel')"])
def test_a_case_that_fails_costs_only_its_own_row(make_toy: MakeToy, error: str) -> None:
    fails = ("def work(", f"def fail(x):\n    raise {error}\n\n\ndef work(")
    where = ('"torch.mul": Scale()', '"torch.mul": fail if case.sizes["N"] == 31 else Scale()')
    found = bench(make_toy(TWO_CASES, fails, where), quick=True).measurements
    assert {(each.case.name, each.status) for each in found} == {("tiny", "skipped"), ("small", "ok")}
    assert found[0].reason in ("a value out of range", "no such kernel")


def test_a_device_that_is_lost_ends_the_run_with_one_line(make_toy: MakeToy, monkeypatch: pytest.MonkeyPatch,
                                                          capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """After an illegal memory access everything else would fail too, and would replace earlier records."""
    def lost(device: str) -> None:
        raise RuntimeError("CUDA error: an illegal memory access\nCompile with ...")

    toy = make_toy((REFERENCE, '"reference": lambda x: x.view(-1, 7)'))
    monkeypatch.setattr(check, "wait", lost)
    monkeypatch.setattr(registry, "find", lambda name: toy)
    monkeypatch.setattr(tasks, "own_records", lambda: str(tmp_path / "records"))
    assert main(["bench", "toy-scale", "--quick"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("cpu is no longer usable by this process (CUDA error: an illegal memory access Compile")
    assert said.count("\n") == 1
    assert not (tmp_path / "records").exists()


def test_a_card_whose_driver_is_too_old_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert check.absent("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert not check.absent("cuda")
    assert check.absent("cuda:1")


def test_a_record_has_every_field_in_order(make_toy: MakeToy) -> None:
    toy = make_toy()
    records = bench_records(toy, bench(toy, quick=True))
    assert [(record["variant"], record["mode"]) for record in records] == [
        ("torch.mul", "fwd"), ("reference", "fwd"), ("torch.mul", "fwdbwd"), ("reference", "fwdbwd")]
    record = records[1]
    schema = json.loads(SCHEMA.read_text())["properties"]
    assert list(record) == list(schema)
    for part in ("time_ms", "ratio", "work", "derived", "memory", "verify", "env", "code"):
        assert list(record[part]) == list(schema[part]["properties"]), part
    assert [violations(record) for record in records] == [[], [], [], []]
    assert record["quick"] is True
    assert record["time_ms"]["ci95"][0] <= record["time_ms"]["p50"] <= record["time_ms"]["ci95"][1]
    assert record["ratio"]["baseline"] == "torch.mul"
    assert record["ratio"]["ci95"][0] <= record["ratio"]["p50"] <= record["ratio"]["ci95"][1]
    assert record["verify"]["levels"] == ["L0", "L1", "L2", "L3"]
    assert record["work"] == {"flop": 160, "min_bytes": 1280, "flop_source": "analytic"}
    assert record["env"]["threads"] == 1
    assert records[3]["memory"]["saved_bytes"] == 32 * 5 * 4        # the input, kept for the gradient of the weight


def test_committed_records_are_valid() -> None:
    found = [(path, record) for path in sorted(Path(shipped_records()).glob("*/*.json"))
             for record in json.loads(path.read_text())["records"] if record["kind"] == "bench"]
    assert found
    assert {str(path): wrong for path, record in found if (wrong := violations(record))} == {}


def test_gpu_cases_wait_for_a_gpu(make_toy: MakeToy) -> None:
    assert bench(make_toy(('Case("small"', 'Case("small-gpu"')), quick=True).measurements == []


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_an_absent_device_is_skipped(make_toy: MakeToy) -> None:
    measurements = bench(make_toy(), "cuda").measurements
    assert {each.status for each in measurements} == {"skipped"}
    assert "no such CUDA device" in measurements[0].reason


def test_settings_are_pinned_said_and_put_back() -> None:
    before = (torch.get_num_threads(), torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32)
    with pinned() as settings:
        told = settings.pop("freed_memory")
        assert settings == {"threads": 1, "tf32": False, "deterministic": False, "cudnn_benchmark": False}
        assert told == ("kept" if libc_ver()[0] == "glibc" else "returned")
        assert torch.get_num_threads() == 1
        assert not torch.backends.cudnn.allow_tf32
    assert before == (torch.get_num_threads(), torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32)


@pytest.mark.skipif(libc_ver()[0] != "glibc", reason="only glibc lets a process keep what it freed")
def test_no_call_pays_for_new_pages() -> None:
    """Which memory glibc returns to the system and requests again depends on all earlier allocations."""
    faults = """
import resource, torch
from reference_impls.harness.bench.pinned import pinned

with pinned():
    for size in (20, 24):                               # 4 and 64 MiB
        x = torch.ones(2**size)
        for number in range(20):
            if number == 10:                            # once the heap has settled
                before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            y = (x + 1) * x
            del y
        print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    done = subprocess.run([sys.executable, "-c", faults], capture_output=True, text=True, check=True)
    assert max(map(int, done.stdout.split())) < 100     # of 1,024 for the smallest tensor, each time


@pytest.mark.parametrize(("milliseconds", "rounds"), [
    ([1.0, 1.0], 300),          # 300 ms each
    ([0.01, 0.02], 30_000),     # also for the fast ones
    ([1.0, 5.0], 300),          # the fastest counts
    ([1.0, 99.0], 30),          # until all together take too long; never fewer than 30
    ([500.0, 500.0], 30),
])
def test_repetitions_on_a_cpu(milliseconds: list[float], rounds: int) -> None:
    assert CPU_BUDGET.rounds(milliseconds) == rounds


def test_every_variant_is_timed_forward_then_backward() -> None:
    """ABBA: drift affects all alike; an observer is called before and after each call."""
    seen: list[str] = []

    class Observer:
        def before(self, name: str, number: int) -> None:
            seen.append(f"{name}{number}")

        def after(self, name: str, number: int, result: object) -> None:
            seen.append(str(result))

    calls: dict[str, Call] = {name: lambda number, name=name: name.upper() for name in "ab"}    # type: ignore[misc]
    times = interleave(calls, CpuClock(), 2, Observer())
    assert {name: len(found) for name, found in times.items()} == {"a": 2, "b": 2}
    assert seen == ["a0", "A", "b0", "B", "b1", "B", "a1", "A"]


def test_the_makers_figures_stand_beside_the_measured_ones() -> None:
    assert stated("NVIDIA H200", torch.bfloat16) == (989e12, 4.8e12)
    assert stated("NVIDIA H100 80GB HBM3", torch.float32) == (67e12, 3.35e12)
    for other in ("Some other device", "NVIDIA GH200 480GB", "NVIDIA H200 NVL", "NVIDIA H200 MIG 1g.18gb"):
        assert stated(other, torch.bfloat16) == (None, None)


def test_figures() -> None:
    assert spread([5.0, 1.0, 3.0, 2.0, 4.0]).p50 == 3.0
    baseline = [1.0, 2.0, 4.0, 8.0] * 10
    twice = paired_ratio([2 * time for time in baseline], baseline)      # drift cancels, because rounds are paired
    assert (twice.p50, twice.low, twice.high, twice.reach) == (2.0, 2.0, 2.0, 1.0)
    noisy = paired_ratio([1.0, 1.2] * 20, [1.1] * 40)
    assert noisy.low < 1 < noisy.high
    assert noisy.is_tie(0)


@pytest.mark.parametrize("count", [7, 30, 101, 400])
def test_the_interval_is_that_of_a_bootstrap(count: int) -> None:
    draw = torch.Generator().manual_seed(count)
    values = torch.rand(count, generator=draw, dtype=torch.float64)
    low, high = interval(values.tolist())
    medians = values[torch.randint(count, (4000, count), generator=draw)].quantile(0.5, dim=1)
    inside = ((medians >= low) & (medians <= high)).double().mean().item()
    assert inside > 0.94
    assert inside < 0.995 or count < 30         # with few values no narrower interval covers 95 %
    assert low in values
    assert high in values


def test_saved_bytes_count_each_storage_once() -> None:
    x = torch.randn(100, requires_grad=True)
    assert saved_bytes(lambda x: x * x, (x,)) == 400                     # both factors are one storage
    assert saved_bytes(lambda x: x.exp().exp(), (x,)) == 800             # both results
    linear = nn.Linear(100, 50)
    assert saved_bytes(linear, (x,)) == 400                              # the weight is resident anyway
    assert saved_bytes(lambda x: linear(x), (x,)) == 400                 # also where a function holds the layer
    dropped = saved_bytes(lambda x: x.detach() + torch.zeros_like(x, requires_grad=True).exp().detach() + x * x, (x,))
    assert dropped == 400                                                # not what a dropped graph has saved


def modes(role: Role, variants: dict[str, Variant], sets: Sequence[Inputs]) -> list[Timed]:
    return [timed for mode in MODES if (timed := prepare(mode, role, variants, sets))]


def test_modes_are_those_that_mean_something() -> None:
    sets = [(torch.randn(2, 3),)] * 3
    linear = {"a": nn.Linear(3, 3)}
    assert [timed.mode for timed in modes("layer", linear, sets)] == ["fwd", "fwdbwd"]
    assert [timed.mode for timed in modes("model", linear, sets)] == ["fwd", "fwdbwd", "step"]
    assert [timed.mode for timed in modes("sampler", {"a": lambda x: x.sign().bool()}, sets)] == ["fwd"]
    optimizer = torch.optim.SGD(linear["a"].parameters(), lr=0.1)
    assert [timed.mode for timed in modes("optimizer", {"a": optimizer.step}, [()] * 3)] == ["step"]


def test_nested_outputs_are_timed_as_torch_gives_them() -> None:
    lstm = nn.LSTM(4, 5)                                                 # gives (outputs, (h, c))
    _, backward = modes("layer", {"torch.nn.LSTM": lstm}, [(torch.randn(2, 3, 4),)] * 3)
    gradients = backward.calls["torch.nn.LSTM"](0)
    assert isinstance(gradients, tuple)
    assert len(gradients) == 1 + len(list(lstm.parameters()))


def test_a_function_around_a_network_has_all_gradients_of_the_network_to_find() -> None:
    """Otherwise a function as baseline would have less to do than the module it is compared with."""
    net, inputs = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)), (torch.randn(5, 4),)
    around = partial(lambda model, x: model(x), net)
    found = [sorted(first_call("fwdbwd", variant, inputs), key=torch.numel) for variant in (net, around)]
    assert len(found[0]) == 1 + 4
    torch.testing.assert_close(*found)
    compared = modes("model", {"around": around, "net": net}, [inputs])
    assert [timed.mode for timed in compared] == ["fwd", "fwdbwd", "step"]


def test_what_has_no_parameters_is_not_trained() -> None:
    variants = {"baseline": torch.nn.ReLU(), "reference": torch.nn.ReLU()}
    assert [timed.mode for timed in modes("model", variants, [(torch.randn(3, 4),)])] == ["fwd", "fwdbwd"]


class FakeStreams:
    """What `torch.cuda` does around a capture: which stream is current, and what remains after a failed one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.current: Any = SimpleNamespace(name="main", wait_stream=lambda other: None)
        self.waiting, self.captures = "default", 0
        for name, there in {"current_stream": lambda: self.current, "set_stream": partial(setattr, self, "current"),
                            "Stream": lambda: SimpleNamespace(name="side", wait_stream=lambda other: None),
                            "stream": self.stream, "CUDAGraph": lambda: SimpleNamespace(replay=lambda: None),
                            "graph": self.graph, "set_sync_debug_mode": partial(setattr, self, "waiting")}.items():
            monkeypatch.setattr(torch.cuda, name, there)

    @contextmanager
    def stream(self, new: object) -> Iterator[None]:
        before, self.current = self.current, new
        try:
            yield
        finally:
            self.current = before

    @contextmanager
    def graph(self, graph: object) -> Iterator[None]:
        before, self.current = self.current, SimpleNamespace(name="capture")
        self.captures += 1
        yield                       # as in torch, the stream of a failed capture remains the current one
        self.current = before

    def wait(self) -> None:
        if self.waiting == "error":
            raise RuntimeError("called a synchronizing CUDA operation")


def test_a_call_is_replayed_or_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Works without a GPU: a stand-in for streams and captures shows what a failure leaves behind."""
    cuda = FakeStreams(monkeypatch)

    def breaks(number: int) -> None:
        if cuda.current.name == "capture":
            raise RuntimeError("operation not permitted when stream is capturing")

    assert len(time_graph_replay(lambda number: None, CpuClock(), 4)) == 4
    assert time_graph_replay(lambda number: cuda.wait(), CpuClock(), 4) == []       # nothing was captured
    assert cuda.captures == 1
    assert time_graph_replay(breaks, CpuClock(), 4) == []
    assert (cuda.captures, cuda.current.name, cuda.waiting) == (2, "main", "default")
