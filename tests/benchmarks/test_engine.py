"""The benchmark measures what it claims, rejects wrong answers, and reports missed targets."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.engine.__main__ import main
from benchmarks.engine.measure import quantile
from benchmarks.engine.operations import NoSuchCommand, Operation, WrongAnswer, verify, what_people_do
from benchmarks.engine.report import into_page, report
from benchmarks.engine.stage import HERE, PROJECT, Stage
from benchmarks.engine.targets import targets

MEGA = 1_000_000


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, 40)


def operation(stage: Stage, name: str) -> Operation:
    return next(one for one in what_people_do(stage) if one.name == name)


def test_memory_is_that_of_the_command_and_all_that_it_starts(stage: Stage) -> None:
    ours = b"x" * 100 * MEGA
    hold = "import time; held = b'x' * 60_000_000; time.sleep(0.5)"
    starts_two = f"import subprocess, sys; two = [subprocess.Popen([sys.executable, '-c', {hold!r}]) for _ in 'ab']; " \
                 "[one.wait() for one in two]"
    nothing, both = stage.run((sys.executable, "-c", "pass")), stage.run((sys.executable, "-c", starts_two), watch=True)
    assert len(ours) == 100 * MEGA
    assert nothing.peak < 60 * MEGA
    assert both.peak > (110 if Path("/proc/self/smaps_rollup").exists() else 60) * MEGA


def test_time_of_processes_that_a_command_starts_is_counted(stage: Stage) -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    starts = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    found = stage.run((sys.executable, "-c", starts))
    assert found.cpu >= 0.3
    assert found.wall >= 0.3


def test_a_link_that_is_lost_is_no_fast_index(stage: Stage) -> None:
    path = next(path for path in stage.vault.rglob("*.md") if "\n- [[" in path.read_text())
    path.write_text(path.read_text().replace("\n- [[", "\n- [", 1))
    with pytest.raises(WrongAnswer, match="links"):
        operation(stage, "cold").run(stage)


def test_an_answer_that_lacks_a_paper_is_no_fast_query(stage: Stage) -> None:
    tag = stage.truth.tag_and_year.text.split()[0].partition(":")[2]
    for path in stage.vault.rglob("*.md"):
        path.write_text(path.read_text().replace(tag, "topic-399"))
    with pytest.raises(WrongAnswer, match="0 papers"):
        verify(stage)


def test_a_change_is_seen_once_and_taken_back(stage: Stage) -> None:
    verify(stage)
    operation(stage, "noop").run(stage)
    operation(stage, "changed").run(stage)
    operation(stage, "noop").run(stage)
    stage.restore_the_note()
    assert (stage.vault / stage.truth.last.path).read_text() == stage.truth.last.text


def test_what_the_command_cannot_do_is_no_wrong_answer(stage: Stage) -> None:
    with pytest.raises(NoSuchCommand, match="No such command"):
        Operation("x", "x", stage.paperkb("become-faster")).run(stage)


def test_quantiles_lie_between_the_two_nearest() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2
    assert quantile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.5
    assert quantile([5.0], 0.8) == 5


def row(name: str, median: float, **more: Any) -> dict[str, Any]:
    return {"name": name, "label": name, "floor": "python", "median": median, "p20": median, "p80": median,
            "cpu": median, "peak": 50 * MEGA, "runs": 1, **more}


def size(notes: int, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"notes": notes, "links": 1, "bytes": 1, "files": notes, "index_bytes": 1, "dropped": "", "commit": "c",
            "load": 0.0, "seconds": 1, "operations": list(rows), **more}


def test_targets_tell_what_holds_what_does_not_and_what_is_not_known() -> None:
    peer = {"tool": "obsidiantools", "does": "all", "version": "1", "wall": 16.0, "cpu": 1.0, "peak": 1}
    sizes = {
        1_000: size(1_000, row("cold", 0.2), row("cold-own", 0.2), row("stat", 0.02), row("query", 0.061),
                    row("query-refresh", 0.07), row("noop", 0.03, ratio=1.5), peers=[peer]),
        10_000: size(10_000, row("cold", 3.0), row("query", 0.059)),
    }
    found = {target.name: target for target in targets(sizes)}
    assert found["cold index"].verdict(10_000) == "does not hold"
    assert found["cold index"].verdict(1_000) == "", "nothing is promised for 1,000 notes"
    assert found["obsidiantools, as a multiple of our cold index, same notes"].values == {1_000: pytest.approx(80)}
    assert found["obsidiantools, as a multiple of our cold index, same notes"].verdict(1_000) == "holds"
    assert [found["query"].verdict(notes) for notes in sizes] == ["does not hold", "holds"]
    assert found["query-refresh: above listing and stat"].values == {1_000: pytest.approx(50), 10_000: None}
    assert found["query-refresh: above listing and stat"].verdict(10_000) == "not measured"
    assert found["CPU of the cold index per file, as a multiple of the next smaller size"].values == {
        10_000: pytest.approx(1.5)
    }


MACHINE = {"processor": "p", "cores": 2, "memory_gib": 1, "system": "s", "python": "p", "sqlite": "3", "packages": {}}


def test_the_page_takes_the_tables_between_its_marks(tmp_path: Path) -> None:
    record = {"machine": MACHINE, "sizes": {"10000": size(10_000, row("cold", 3.0), row("query", 0.059))}}
    page = tmp_path / "engine.md"
    page.write_text("before\n<!-- measured: begin -->\nof yesterday\n<!-- measured: end -->\nafter\n")
    for _ in "twice":
        into_page(page, report(record))
    text = page.read_text()
    assert text.startswith("before\n<!-- measured: begin -->\n")
    assert text.endswith("<!-- measured: end -->\nafter\n")
    assert "yesterday" not in text
    assert "| cold | 3.00 s |" in text
    assert "| cold index | <= 1.5 s | **3 s** |" in text


def test_the_page_shows_the_record() -> None:
    records = [json.loads(path.read_text("utf-8")) for path in (HERE / "results").glob("*.json")]
    page = (PROJECT / "docs" / "engine.md").read_text("utf-8")
    assert any(report(record) in page for record in records), "python -m benchmarks.engine --notes --docs"


@pytest.mark.slow
def test_the_whole_run_leaves_a_record_and_says_which_targets_fail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stage, "drop_cache", lambda stage: "not in a test")
    output = tmp_path / "record.json"
    code = main(["--notes", "60", "--rounds", "1", "--folder", str(tmp_path), "-o", str(output)])
    record = json.loads(output.read_text())
    assert code == 0, capsys.readouterr().err
    operations = {row["name"]: row for row in record["sizes"]["60"]["operations"]}
    assert not [row["label"] for row in operations.values() if "median" not in row and "unknown" not in row]
    in_floors = operations["cold"]["median"] / operations["read"]["median"]
    assert operations["cold"]["ratio"] == pytest.approx(in_floors, rel=0.01)
    assert record["machine"]["cores"] > 0
    shown = capsys.readouterr().out
    assert "### Targets" in shown
    assert "| cold index |" in shown
    assert not list(tmp_path.glob("paperkb-bench-*")), "the vault is left behind"
