"""What a record is; two sets compared: ties are ties, changes are found, what cannot be compared is reported."""
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from reference_impls.__main__ import main
from reference_impls.harness import records, tasks
from reference_impls.harness.bench import overview, report, roofline
from reference_impls.harness.bench.schema import violations
from reference_impls.harness.bench.statistics import paired_ratio, spread
from reference_impls.harness.records import Record
from tests.reference_impls.conftest import MakeToy


def session(seed: int, cost: float = 1.5, rounds: int = 60, **head: Any) -> list[Record]:
    """A simulated session: a machine whose speed drifts, with rounds that are disturbed now and then.

    Args:
        cost: the time of our reference, as a multiple of its baseline's.
    """
    draw = random.Random(seed)
    speed = draw.uniform(0.7, 1.5)
    times: dict[str, list[float]] = {"torch.mul": [], "reference": [], "A/A": []}
    for number in range(rounds):
        drift = speed * (1 + 0.2 * number / rounds)
        for name, found in times.items():
            disturbed = draw.choice([1.0] * 9 + [3.0])
            found.append(drift * disturbed * draw.gauss(1, 0.03) * (cost if name == "reference" else 1.0))
    again = paired_ratio(times["A/A"], times["torch.mul"])
    return [_record(name, spread(times[name]), again if name == "torch.mul" else paired_ratio(
        times[name], times["torch.mul"]), again.reach, head) for name in ("torch.mul", "reference")]


def _record(variant: str, times: Any, ratio: Any, aa_spread: float, head: dict[str, Any]) -> Record:
    env = {"torch": "2.13.0", "cuda": "", "driver": "", "device": "cpu one", "sm": 0, "threads": 1, "tf32": False,
           "world": 1, "deterministic": False, "cudnn_benchmark": False, "freed_memory": "kept", "attention": None,
           "compile_mode": None, "peak_tflops_measured": 0.1, "bw_gbps_measured": 30.0, "peak_tflops_stated": None,
           "bw_gbps_stated": None, "aa_spread": aa_spread}
    return {
        "kind": "bench", "schema": "rb1", "impl": "toy", "case": "small", "variant": variant, "mode": "fwd",
        "dtype": "fp32", "status": "ok", "reason": "", "shape": {"N": 1}, "seed": 0, "quick": False,
        "time_ms": {"p50": times.p50, "ci95": [times.low, times.high], "p20": times.p20, "p80": times.p80,
                    "min": times.least, "n": times.n, "clock": "perf_counter", "cold_l2": False, "launch_bound": False,
                    "graph_p50": None, "compile_s": None},
        "ratio": {"baseline": "torch.mul", "p50": ratio.p50, "ci95": [ratio.low, ratio.high],
                  "tie": ratio.is_tie(aa_spread)},
        "work": {"flop": 10**6, "min_bytes": 10**6, "flop_source": "analytic"},
        "derived": {"tflops": 1e-9 / times.p50 * 1e6, "gbps": 1.0 / times.p50, "roofline": 0.1, "mfu": None},
        "memory": {"peak_bytes": None, "saved_bytes": None},
        "verify": {"levels": ["L0"], "max_err": 0.0, "oracle": "o"}, "env": env | head.get("env", {}),
        "code": {"git": "", "dirty": False, "impl_sha256": "0"}, "time_utc": "2026-01-01T00:00:00Z",
        **{name: value for name, value in head.items() if name != "env"}}


def changes(old: list[Record], new: list[Record]) -> dict[str, report.Change]:
    return {change.key[3]: change for change in report.compare(old, new, {}).changes}


@pytest.mark.parametrize(("change", "words"), [
    (lambda record: record.pop("code"), "record: has no code"),
    (lambda record: record.update(extra=1), "record: extra is unknown"),
    (lambda record: record.update(schema="rb2"), 'schema: "rb2" is not "rb1"'),
    (lambda record: record.update(mode="train"), "mode: \"train\" is not one of"),
    (lambda record: record.update(reason="who knows"), 'reason: "who knows" is not ""'),
    (lambda record: record.update(time_ms=None), "time_ms: null is not object"),
    (lambda record: record["time_ms"].update(p50=0), "time_ms.p50: 0 is not more than 0"),
    (lambda record: record["time_ms"].update(n=1.5), "time_ms.n: 1.5 is not integer"),
    (lambda record: record["time_ms"].update(ci95=[1.0]), "time_ms.ci95: has 1 items"),
    (lambda record: record["ratio"].update(ci95=[1, "2"]), 'ratio.ci95[1]: "2" is not number'),
    (lambda record: record["env"].update(threads=True), "env.threads: true is not integer"),
    (lambda record: record["env"].update(aa_spread=-1), "env.aa_spread: -1 is less than 0"),
    (lambda record: record["shape"].update(N="many"), 'shape.N: "many" is not integer'),
])
def test_what_is_no_record_of_the_protocol_is_told_apart(change: Callable[[Record], object], words: str) -> None:
    record = session(1)[1]
    assert violations(record) == []
    change(record)
    (wrong,) = violations(record)
    assert wrong.startswith(words)


def test_what_has_no_times_must_not_have_them() -> None:
    record = session(1)[1] | {"status": "skipped", "reason": "no such device"}
    assert {wrong.partition(":")[0] for wrong in violations(record)} == {"time_ms", "ratio", "derived", "memory"}


def test_the_same_code_in_two_sessions_is_a_tie() -> None:
    """At most one pair in twenty may look different by chance; the machines differ by up to a factor of two."""
    pairs = [changes(session(2 * seed), session(2 * seed + 1)) for seed in range(200)]
    assert sum(pair["reference"].verdict != "tie" for pair in pairs) <= 10
    assert sum(pair["torch.mul"].verdict != "tie" for pair in pairs) > 100         # which is why the ratio decides
    within = [session(seed, cost=1.0)[1]["ratio"]["tie"] for seed in range(200)]    # equal code inside one session
    assert sum(within) >= 190
    assert not any(session(seed, cost=1.1)[1]["ratio"]["tie"] for seed in range(50))


@pytest.mark.parametrize(("cost", "verdict"), [(1.5 * 1.15, "slower"), (1.5 / 1.15, "faster")])
def test_a_change_by_a_seventh_is_found(cost: float, verdict: str) -> None:
    found = [changes(session(2 * seed), session(2 * seed + 1, cost))["reference"] for seed in range(50)]
    assert sum(change.verdict == verdict for change in found) >= 48
    assert sum(change.low <= cost / 1.5 <= change.high for change in found) >= 45


def test_what_cannot_be_compared_is_said() -> None:
    old = session(1) + session(2, impl="gone") + session(3, impl="moved") + session(4, schema="rb0", impl="early")
    new = session(5, env={"torch": "2.14.0"}, quick=True) + session(6, impl="moved", env={"device": "cpu two"})
    new += [record | {"status": "skipped", "reason": "no such device", "time_ms": None, "ratio": None, "derived": None,
                      "memory": None} for record in session(7, impl="away")]
    new += [{name: value for name, value in record.items() if name != "work"} for record in session(8, impl="half")]
    found = report.compare(old, new, {"toy": "0", "moved": "1"})
    assert {change.key[1] for change in found.changes} == {"toy"}
    assert found.conditions == ["torch: 2.13.0 became 2.14.0", "quick: False became True"]
    assert found.stale == ["gone, moved: stale in the old set, their code has changed since",
                           "moved: stale in the new set, their code has changed since"]
    said = "\n".join(found.left_out)
    for words in ("gone small fwd fp32, reference on cpu one: missing in the new set",
                  "moved small fwd fp32, reference on cpu one: the new set has it from another device, cpu two",
                  "moved small fwd fp32, reference on cpu two: the old set has it from another device, cpu one",
                  "early small reference in the old set: another protocol, rb0",
                  "away small reference in the new set: skipped (no such device)",
                  "half small reference in the new set: not a valid record (record: has no work)"):
        assert words in said
    assert len(found.left_out) == 2 * 6


@pytest.mark.parametrize(("change", "words"), [
    ({"shape": {"N": 2}}, "the size changed: {'N': 1} became {'N': 2}"),
    ({"env": {"world": 2}}, "reference on cpu one: the new set has it from another device, cpu one x2"),
    ({"ratio": {"baseline": "torch.add", "p50": 1.0, "ci95": [1.0, 1.0], "tie": True}},
     "the baseline changed: torch.mul became torch.add"),
    ({"work": {"flop": 1, "min_bytes": float("nan"), "flop_source": "analytic"}},
     "not a valid record (work.min_bytes: NaN is not integer)"),
])
def test_what_is_not_the_same_thing_is_not_compared(change: dict[str, Any], words: str) -> None:
    found = report.compare(session(1), session(2, **change), {})
    assert found.changes == []
    assert words in "\n".join(found.left_out)


def test_records_of_one_and_of_several_processes_stand_beside_each_other() -> None:
    both = session(1) + session(2, env={"world": 2})
    assert [change.key[0] for change in report.compare(both, both, {}).changes] == ["cpu one"] * 2 + ["cpu one x2"] * 2
    twice = report.compare(session(1) + session(2), session(3), {})
    assert all("more than once in the old set" in line for line in twice.left_out)
    assert len(twice.left_out) == 2


def test_the_command_compares_files_and_folders(make_toy: MakeToy, tmp_path: Path,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    """Two sessions of the same code in one process."""
    for name in ("old", "new"):
        tasks.bench(make_toy(), quick=True, folder=tmp_path / name)
    (file,) = (tmp_path / "new").glob("*/toy-scale.json")
    assert main(["bench", "report", str(tmp_path / "old"), str(file)]) in (0, 2)       # depending on the machine
    printed = capsys.readouterr().out
    assert "2 compared: " in printed
    assert "2 baselines took" in printed
    assert "toy-scale: stale in the old set" in printed         # no such implementation is installed
    main(["bench", "report", str(tmp_path / "old"), str(tmp_path / "new"), "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert answer["schema"] == "paperkb.bench-report/1"
    assert {(each["variant"], each["mode"], each["baseline"]) for each in answer["changes"]} == {
        ("torch.mul", "fwd", True), ("torch.mul", "fwdbwd", True), ("reference", "fwd", False),
        ("reference", "fwdbwd", False)}


def test_slower_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, cost in (("old", 1.0), ("same", 1.0), ("slow", 2.0)):
        records.save(tmp_path / name, "cpu", "toy", session(len(name), cost))
    assert main(["bench", "report", str(tmp_path / "old"), str(tmp_path / "same")]) == 0
    assert "1 compared: 1 ties" in capsys.readouterr().out
    assert main(["bench", "report", str(tmp_path / "old"), str(tmp_path / "slow")]) == 2
    assert capsys.readouterr().out.startswith("  slower")
    assert main(["bench", "report", str(tmp_path / "slow"), str(tmp_path / "old")]) == 0


@pytest.mark.parametrize(("words", "message"), [
    (["report", "nowhere", "nowhere"], "nowhere: no such file or folder"),
    (["report", "nowhere"], "nowhere: no such file or folder"),
    (["report"], "bench takes NAME"),
    (["report", "one", "two", "--all"], "bench takes NAME"),
    (["adam", "--all"], "bench takes NAME"),
    ([], "bench takes NAME"),
    (["roofline", "nowhere", "x.svg"], "nowhere: no such file or folder"),
])
def test_a_mistake_is_one_line(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *words]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith(message)
    assert printed.count("\n") == 1


def test_a_file_of_something_else_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content, words in (("[1]", "is not a file of records"), ('{"records": []}', "has no bench records"),
                           ("[" * 100_000, "is not a file of records")):
        (tmp_path / "x.json").write_text(content)
        assert main(["bench", "report", str(tmp_path), str(tmp_path)]) == 1
        assert words in capsys.readouterr().err


def test_a_record_of_something_else_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = {"kind": "bench", "schema": "rb1", "impl": "\x1b[2J"}
    (tmp_path / "x.json").write_text(json.dumps({"records": [record]}))
    assert main(["bench", "report", str(tmp_path), str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "not a valid record (record: has no case)" in said
    assert "\x1b" not in said
    assert main(["bench", "report", str(tmp_path)]) == 1
    assert "has no valid bench record" in capsys.readouterr().err
    assert main(["bench", "roofline", str(tmp_path), str(tmp_path / "x.svg")]) == 1
    assert "nothing to draw" in capsys.readouterr().err
    assert not (tmp_path / "x.svg").exists()


def test_a_set_of_records_is_a_table() -> None:
    def timed(p50: float, **head: Any) -> Record:
        _, reference = session(1, **head)
        return {**reference, "ratio": {**reference["ratio"], "p50": p50, "tie": abs(p50 - 1) < 0.1}}

    found = [timed(1.5), timed(0.00152, variant="reference compiled"), timed(1.05, mode="fwdbwd"),
             timed(2, variant="fast"), timed(26.1, dtype="bf16"), timed(1.5, impl="adder"), *session(1)[:1],
             {**timed(9, mode="step"), "status": "oom", "ratio": None},
             {**timed(9, variant="FlexAttention compiled"), "status": "skipped", "ratio": None}]
    code = {"toy": found[0]["code"]["impl_sha256"], "adder": "another"}
    heads = ("| implementation | case | forward | forward compiled | with backward | with backward compiled | step "
             "| step compiled | compared with |\n| --- | --- | --: | --: | --: | --: | --: | --: | --- |\n")
    assert overview.as_text(reversed(found), code) == (
        f"cpu one, bf16, torch 2.13.0:\n\n{heads}"
        "| `toy` | small | 26.1 |  |  |  |  |  | torch.mul |\n"
        f"\ncpu one, fp32, torch 2.13.0:\n\n{heads}"
        "| `adder`, stale | small | 1.50 |  |  |  |  |  | torch.mul |\n"
        "| `toy` | small | 1.50 | 0.00152 | tie |  | oom |  | torch.mul |\n"
        "| `toy`, fast | small | 2.00 |  |  |  |  |  | torch.mul |")


def test_the_page_of_benchmarks_has_the_committed_records() -> None:
    """`python -m reference_impls bench report benchmarks/records` prints the table."""
    root = Path(__file__).parents[2]
    page = (root / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert overview.of_place(root / "benchmarks" / "records") in page


def test_the_roofline_shows_every_case_below_its_roof(tmp_path: Path) -> None:
    found = session(1) + session(2, impl="other", dtype="bf16")
    drawn = ElementTree.fromstring(roofline.draw(found))
    words = ["".join(each.itertext()) for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"toy", "other", "copy 30 GB/s", "matrix product 100 GFLOP/s"} <= set(words)
    assert [word for word in words if word.startswith("How close")] == [
        "How close to the limits of the device: cpu one, bf16", "How close to the limits of the device: cpu one, fp32"]
    assert len(list(drawn.iter("{http://www.w3.org/2000/svg}g"))) == len(found)
    assert roofline.draw(list(reversed(found))) == roofline.draw(found)
    records.save(tmp_path, "cpu", "toy", session(1))
    assert main(["bench", "roofline", str(tmp_path), str(tmp_path / "roof.svg")]) == 0
    assert (tmp_path / "roof.svg").read_text().startswith("<svg")
