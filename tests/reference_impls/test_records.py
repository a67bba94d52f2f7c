"""Records survive a round trip and become stale when the code changes; broken ones do no harm."""
import json
import subprocess
from pathlib import Path

import pytest

from reference_impls.harness import places, provenance, records, tasks
from reference_impls.harness.records import Record
from tests.reference_impls.conftest import TWO_CASES, MakeToy


def test_verify_and_bench_replace_only_their_own(make_toy: MakeToy, tmp_path: Path) -> None:
    toy = make_toy()
    tasks.bench(toy, quick=True, folder=tmp_path)
    verified = tasks.verify(toy, folder=tmp_path)
    (path,) = tmp_path.glob("*/toy-scale.json")
    first = records.load_records("toy-scale", [tmp_path])
    assert [record["kind"] for record in first.records] == ["verify", "claim"] + ["bench"] * 4
    assert first.records[:2] == verified.records
    assert list(json.loads(path.read_text())) == ["schema", "impl", "records"]

    tasks.verify(toy, claims=False, folder=tmp_path)
    again = records.load_records("toy-scale", [tmp_path]).records
    assert [record["kind"] for record in again] == ["verify", "claim"] + ["bench"] * 4      # the claim is unchanged
    assert again[1:] == first.records[1:]
    assert list(path.parent.iterdir()) == [path]        # nothing temporary is left


def test_a_quick_benchmark_replaces_no_full_one_of_the_same_code(make_toy: MakeToy, tmp_path: Path) -> None:
    toy = make_toy()
    quick = tasks.bench(toy, quick=True, folder=tmp_path).records
    full = [{**record, "quick": False} for record in quick]
    (path,) = tmp_path.glob("*/toy-scale.json")
    records.save(tmp_path, path.parent.name, "toy-scale", full)
    records.save(tmp_path, path.parent.name, "toy-scale", quick)
    assert records.load_records("toy-scale", [tmp_path]).records == full
    changed = tasks.bench(make_toy(("self.weight * x + 1", "1 + self.weight * x")), quick=True, folder=tmp_path).records
    assert records.load_records("toy-scale", [tmp_path]).records == changed


def test_status_follows_code_and_verdict(make_toy: MakeToy, tmp_path: Path) -> None:
    toy = make_toy()
    assert records.status(toy, []) == "none"
    found = tasks.verify(toy, folder=tmp_path).records
    assert records.status(toy, found) == "claim-held"
    assert records.status(toy, found[:1]) == "verified"
    assert records.status(toy, found[1:]) == "unverified"
    assert records.status(make_toy(("+ 0.01 * seed", "+ 0.02 * seed")), found) == "stale"

    changed = make_toy(("self.weight * x + 1", "1 + self.weight * x"))
    timed = [*found, *tasks.bench(changed, quick=True, folder=tmp_path / "timed").records]
    assert records.status(changed, timed) == "stale"        # its verdict is from other code, however recent its timings
    checked = tasks.verify(changed, claims=False, folder=tmp_path / "checked").records
    assert records.status(changed, [*found[1:], *checked]) == "stale"

    lost = make_toy(('">0.5"', '">5.0"'))
    assert records.status(lost, tasks.verify(lost, folder=tmp_path).records) == "claim-not-reproduced"
    broken = make_toy(("self.weight * x + 1", "self.weight * x"))
    assert records.status(broken, tasks.verify(broken, folder=tmp_path).records) == "unverified"


@pytest.mark.parametrize(("content", "words"), [
    ("{", "cannot be read"),
    ("[1]", "schema is not"),
    ('{"schema": "paperkb.records/1", "impl": "other", "records": []}', "is about 'other'"),
    ('{"schema": "paperkb.records/1", "impl": "toy-scale", "records": {}}', "no list of records"),
    ('{"schema": "paperkb.records/1", "impl": "toy-scale", "records": [7]}', "record 0 is not"),
    ('{"schema": "paperkb.records/1", "impl": "toy-scale", "records": [{"kind": "verify", "status": "verified"}]}',
     "which code"),
    ('{"schema": "paperkb.records/1", "impl": "toy-scale", "records": [{"kind": ["verify"]}]}', "record 0 is not"),
    ('{"schema": "paperkb.records/1", "impl": "toy-scale", "records": [{"kind": "training", "metric": "m", '
     '"goal": ">1", "value": null, "code": {"impl_sha256": "0"}}]}',
     "record 0 is not a complete training record (reached)"),
    ('{"schema": "paperkb.records/1", "impl": "toy-scale", "records": [{"kind": "bench", "status": "ok", "case": "a", '
     '"mode": "fwd", "dtype": "fp32", "time_ms": 1.5}]}', "record 0 is not a complete bench record (time_ms, ratio)"),
])
def test_a_broken_file_is_one_warning_and_is_replaced(make_toy: MakeToy, tmp_path: Path, content: str,
                                                      words: str) -> None:
    toy = make_toy()
    path = tasks.verify(toy, claims=False, folder=tmp_path) and next(tmp_path.glob("*/toy-scale.json"))
    path.write_text(content)
    found = records.load_records("toy-scale", [tmp_path])
    assert found.records == []
    assert [words in warning and str(path) in warning for warning in found.warnings] == [True]
    tasks.verify(toy, claims=False, folder=tmp_path)
    assert records.load_records("toy-scale", [tmp_path]).warnings == []


def test_own_records_hide_the_shipped_ones_of_the_same_device_and_kind(tmp_path: Path) -> None:
    def record(kind: str, origin: str) -> Record:
        timed = {"case": "small", "mode": "fwd", "dtype": "fp32", "time_ms": None, "ratio": None}
        return {"kind": kind, "status": origin, "verdict": origin, **timed, "code": {"impl_sha256": "0"}}

    own, shipped = tmp_path / "own", tmp_path / "shipped"
    records.save(own, "cpu", "toy", [record("verify", "own")])
    records.save(shipped, "cpu", "toy", [record("verify", "shipped"), record("claim", "shipped")])
    records.save(shipped, "cpu", "toy", [record("bench", "shipped")])
    records.save(shipped, "gpu", "toy", [record("verify", "shipped")])
    found = records.load_records("toy", [own, shipped]).records
    assert [(each["kind"], each["status"]) for each in found] == [
        ("verify", "own"), ("claim", "shipped"), ("bench", "shipped"), ("verify", "shipped")]


def test_who_timed_one_case_still_sees_the_others(make_toy: MakeToy, tmp_path: Path) -> None:
    toy = make_toy(TWO_CASES)
    timed = tasks.bench(toy, quick=True, folder=tmp_path / "made").records
    code = timed[0]["code"]["impl_sha256"]
    own, shipped = tmp_path / "own", tmp_path / "shipped"

    def keep(folder: Path, cases: str, day: str, code: str = code) -> None:
        records.save(folder, "cpu", "toy-scale", [
            each | {"time_utc": day, "code": {"impl_sha256": code}} for each in timed if each["case"] in cases])

    def figures() -> list[str]:
        found = records.load_records("toy-scale", [own, shipped], code).records
        assert len(found) == len(timed)         # each variant and mode once
        return list(dict.fromkeys(f"{each['case']} {each['time_utc']}" for each in found))

    keep(shipped, "tiny small", "Friday")
    assert figures() == ["tiny Friday", "small Friday"]
    keep(own, "small", "Sunday")
    assert figures() == ["small Sunday", "tiny Friday"]
    keep(own, "small", "Monday", code="that of another day")
    assert figures() == ["tiny Friday", "small Friday"]         # of the current code only


def test_a_quick_benchmark_of_ones_own_hides_no_full_one_of_the_same_code(tmp_path: Path) -> None:
    def record(origin: str, case: str, quick: bool, code: str = "now") -> Record:
        return {"kind": "bench", "status": origin, "case": case, "mode": "fwd", "dtype": "fp32", "time_ms": None,
                "ratio": None, "quick": quick, "code": {"impl_sha256": code}}

    own, shipped = tmp_path / "own", tmp_path / "shipped"

    def figures() -> list[str]:
        found = records.load_records("toy", [own, shipped], "now").records
        return [f"{each['case']} {each['status']}" for each in found]

    records.save(shipped, "cpu", "toy", [record("shipped", case, quick=False) for case in ("small", "large")])
    records.save(shipped, "cpu", "toy", [record("shipped", "tiny", quick=True)])
    records.save(own, "cpu", "toy", [record("own", case, quick=True) for case in ("small", "tiny")])
    assert figures() == ["tiny own", "small shipped", "large shipped"]
    records.save(own, "cpu", "toy", [record("own", "small", quick=False)])
    assert figures() == ["tiny own", "small own", "large shipped"]
    records.save(shipped, "cpu", "toy", [record("shipped", "tiny", quick=False, code="that of another day")])
    assert figures() == ["tiny own", "small own"], "a full one of other code comes second"


def test_without_a_home_folder_none_is_made(make_toy: MakeToy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toy = make_toy()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(places, "ROOT", str(tmp_path / "installed" / "reference_impls"))
    monkeypatch.setattr(places.os.path, "expanduser", str)      # as if the user were unknown
    for work in (tasks.verify, tasks.bench):
        with pytest.raises(OSError, match="no home folder is known for the records - set XDG_DATA_HOME"):
            work(toy)
    assert places.record_folders() == [str(tmp_path / "installed" / "benchmarks" / "records")]
    assert not (tmp_path / "~").exists()


def test_what_was_measured_before_an_update_hides_nothing_that_came_with_it(tmp_path: Path) -> None:
    def record(origin: str, code: str) -> Record:
        return {"kind": "verify", "status": origin, "code": {"impl_sha256": code}}

    own, shipped = tmp_path / "own", tmp_path / "shipped"
    records.save(own, "cpu", "toy", [record("own", "before")])
    records.save(shipped, "cpu", "toy", [record("shipped", "now")])

    def status(code: str) -> str:
        return str(records.load_records("toy", [own, shipped], code).records[0]["status"])

    assert (status("now"), status("before"), status("changed since")) == ("shipped", "own", "own")


def test_what_is_installed_has_no_commit_of_the_repository_that_it_lies_in(
        make_toy: MakeToy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*words: str) -> str:
        who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
        return subprocess.run(["git", "-C", tmp_path, *who, *words], check=True, capture_output=True, text=True).stdout

    def commit() -> tuple[str, bool]:
        found = provenance.code(toy)
        return found["git"], found["dirty"]

    toy, source = make_toy(), tmp_path / ".venv" / "reference_impls" / "harness" / "check.py"
    source.parent.mkdir(parents=True)
    source.write_text("")
    monkeypatch.setattr(provenance, "ROOT", str(source.parents[1]))
    git("init")
    git("commit", "--allow-empty", "-m", "Theirs")
    assert commit() == ("", False)
    git("add", ".venv")
    git("commit", "-m", "Ours")
    assert commit() == (git("rev-parse", "HEAD").strip(), False)
    source.write_text("# changed\n")
    assert commit() == (git("rev-parse", "HEAD").strip(), True)


def test_a_diverged_value_is_null(make_toy: MakeToy, tmp_path: Path) -> None:
    toy = make_toy(("+ 0.01 * seed", '* float("nan")'))
    assert tasks.verify(toy, folder=tmp_path).records[1]["arms"]["plain"]["values"] == [None, None, None]
    assert "NaN" not in next(tmp_path.glob("*/toy-scale.json")).read_text()
