"""A measured figure is shown with device, day and commit, and says if its code has changed since."""
import json
import os
import time
from pathlib import Path
from typing import Any, get_args

import pytest

from cli.implementations import Installed
from cli.render.code import COSTS, STANDS, VERDICTS, code_rows
from reference_impls.harness import claim, growth_records, places, records
from reference_impls.harness.registry import Sources
from tests.cli.conftest import ROOT


def rows(implementation: str = "layernorm") -> list[tuple[str, str]]:
    (known,) = [each for each in Installed().read() if each.id == implementation]
    return [(head, text.plain) for head, text in code_rows(known._asdict())]


def test_all_that_records_may_say_has_its_words() -> None:
    assert set(STANDS) == set(get_args(records.Status))
    assert set(VERDICTS) == set(get_args(claim.Verdict))
    assert set(COSTS) == set(growth_records.MEASURES)


def test_a_figure_of_several_processes_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = records.load_records("layernorm")
    kept.records[:] = [{**each, "env": {**each["env"], "world": 2}} for each in kept.records]
    monkeypatch.setattr(records, "load_records", lambda name, code: kept)
    assert all(", 2 processes, " in text for head, text in rows() if head == "bench")


@pytest.mark.parametrize("changed", [False, True])
def test_a_figure_says_where_it_is_from_and_whether_it_is_stale(changed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if changed:
        monkeypatch.setattr(Sources, "hash", lambda sources, path: "another")
    measured = [text for head, text in rows() if head in ("bench", "verdict")]
    (record, *_) = [each for each in records.load_records("layernorm").records if each["kind"] == "bench"]
    place = f"{record['env']['device']}, {record['time_utc'][:10]}, {record['code']['git'][:8]}"
    assert len(measured) >= 3
    assert [place in text for text in measured if " ms" in text] == [True] * (len(measured) - 1)
    assert ["on earlier code" in text for text in measured] == [changed] * len(measured)


def test_other_forms_stand_beside_the_reference_that_they_were_timed_with(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = records.load_records("layernorm")
    (plain, *_) = [each for each in kept.records if each.get("variant") == "reference"]

    def form(variant: str, p50: float, *, tie: bool = False, device: str = plain["env"]["device"]) -> dict[str, Any]:
        ratio = {**plain["ratio"], "p50": p50, "tie": tie}
        return {**plain, "variant": variant, "ratio": ratio, "env": {**plain["env"], "device": device}}

    kept.records[:] = [plain, form("fast", 1.01, tie=True), form("reference compiled", 0.5), form("fast", 9, device="")]
    monkeypatch.setattr(records, "load_records", lambda name, code: kept)
    [shown] = [text for head, text in rows() if head == "bench"]
    assert f" times {plain['ratio']['baseline']} (fast tie, compiled 0.50)  " in shown


def test_figures_of_ones_own_stand_beside_shipped_ones_of_other_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timed = [each for each in records.load_records("layernorm").records if each["kind"] == "bench"]
    wide = [{**each, "case": "wide"} for each in timed]
    own = [{**each, "env": {**each["env"], "device": "Mine"}, "time_utc": "2030-01-02T03:04:05Z"} for each in timed]
    records.save(tmp_path / "shipped", "cpu", "layernorm", [*timed, *wide])
    records.save(tmp_path / "own", "cpu", "layernorm", own)
    monkeypatch.setattr(records, "record_folders", lambda: [str(tmp_path / "own"), str(tmp_path / "shipped")])
    said = [text for head, text in rows() if head == "bench"]
    theirs = f"{timed[0]['env']['device']}, {timed[0]['time_utc'][:10]}, "
    assert [(text.split()[0], "Mine, 2030-01-02, " in text, theirs in text) for text in said] == [
        *[("bert-base", True, False)] * 2,
        *[("wide", False, True)] * 2,
    ]


def test_another_record_of_equal_size_and_time_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "record_folders", lambda: [str(tmp_path)])
    (tmp_path / "layernorm").mkdir()
    seen = set()
    for verdict in ("held", "lost"):
        (tmp_path / "layernorm" / "one.json").write_text(verdict)
        os.utime(tmp_path / "layernorm" / "one.json", (0, 0))
        seen.add(Installed().signature())
        time.sleep(0.03)  # the clocks of many file systems tick every 10 ms
    assert len(seen) == 2


def growths() -> list[str]:
    return [text for head, text in rows("lora") if head == "growth"]


def test_a_paper_shows_how_its_costs_grow_and_what_it_states() -> None:
    adapter, whole = growths()
    assert adapter.startswith("LoRA: bytes held as (rank)^1.00, stated ^1: section 4.1: A and B have r rows or columns")
    assert whole.startswith("the whole weight: bytes held as (rank)^0.00, stated ^0: ")
    assert not any(head == "growth" for head, _ in rows("attention-window"))  # it asks about papers, and is of none


@pytest.fixture
def own_growth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a record of the user's own about LoRA's rank is read from, before the shipped ones."""
    folders = [str(tmp_path / "records"), *places.record_folders()]
    monkeypatch.setattr(places, "record_folders", lambda: folders)
    (path := tmp_path / "scaling" / "cpu-x86-64" / "lora-rank.json").parent.mkdir(parents=True)
    return path


def test_a_growth_that_is_not_as_stated_says_so(own_growth: Path) -> None:
    (record,) = [
        each for each in growth_records.load_growth(ROOT / "benchmarks" / "scaling") if each["study"] == "lora-rank"
    ]
    for curve in record["curves"]:
        curve |= {"shown": False, "fit": {**curve["fit"], "exponent": 2.5, "ci95": [2.4, 2.6]}}
    own_growth.write_text(json.dumps(record | {"code": {**record["code"], "impl_sha256": "of other code"}}))
    adapter, _ = growths()
    assert "(rank)^2.50 (2.40 to 2.60), NOT the stated ^1: " in adapter
    assert ", on earlier code  " in adapter


def test_a_broken_record_of_growth_is_named_and_hides_no_other(own_growth: Path) -> None:
    own_growth.write_text('{"schema": "rb1-scaling"}')
    (known,) = [each for each in Installed().read() if each.id == "lora"]
    assert known.unread == (f"{own_growth}: kind, study, question, axis, clock, time_utc must be text; measure again",)
    assert [text.split(":")[0] for text in growths()] == ["LoRA", "the whole weight"]
