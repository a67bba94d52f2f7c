"""The page follows the notes."""

import http.client
import json
import re
import shutil
import time
from contextlib import closing
from pathlib import Path

import pytest

from cli.implementations import Installed
from cli.serve.live import Drawn, Live
from cli.serve.positions import load_positions
from linker.vault import Vault, open_vault
from tests.cli.conftest import make_vault, run_command
from tests.cli.serve.conftest import Served, note, served


def keys(data: bytes) -> list[str]:
    return sorted(json.loads(data)["papers"]["key"])


def test_notes_that_come_change_and_go_are_on_the_page(moving: Served) -> None:
    moving.write("p9.md", note("Newcomer", "p3"))
    assert keys(moving.until(lambda data: b"Newcomer" in data)) == ["p0", "p1", "p2", "p3", "p9"]
    moving.write("p9.md", note("Another name", "p3"))
    moving.until(lambda data: b"Another name" in data and b"Newcomer" not in data)
    assert b"Another name" in moving.ask("/papers/p9.html")[2]
    (moving.vault / "p9.md").unlink()
    moving.until(lambda data: b"Another name" not in data)
    assert moving.ask("/papers/p9.html")[0] == 404


def test_news_are_told_at_once(moving: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", moving.port, timeout=20)
    connection.request("GET", "/events")
    stream = connection.getresponse()
    assert stream.headers["Content-Type"].startswith("text/event-stream")
    first, _ = stream.readline(), stream.readline()
    assert first.decode().strip() == f"data: {moving.ask('/data.json')[1]['etag'][1:-1]}"
    moving.write("p9.md", note("Newcomer"))
    second = stream.readline()
    assert second.startswith(b"data: ")
    assert second != first
    assert b"Newcomer" in moving.ask("/data.json")[2]
    connection.close()


def test_a_half_written_note_is_a_finding_and_nothing_falls(moving: Served) -> None:
    whole = note("Written in steps", "p3", "Words. " * 50).encode()
    for end in range(0, len(whole), 7):
        moving.write("steps.md", whole[:end])
        moving.ask("/")
    moving.write("steps.md", b"---\ntitle: [\xff\xfe broken\n---\n\n[[nowhere]]")
    data = moving.until(lambda data: b"nowhere" in data)
    assert any(finding["path"] == "steps.md" for finding in json.loads(data)["findings"])
    moving.write("steps.md", whole)
    moving.until(lambda data: b"Written in steps" in data)
    assert moving.process.poll() is None


def test_stored_positions_that_make_no_sense_are_ignored(tmp_path: Path) -> None:
    kept = tmp_path / "index.sqlite-positions.json"
    for written in ("", "[1]", "{}", '{"lanes": [], "rows": {"a": Infinity}}', "[" * 100_000):
        kept.write_text(written)
        assert load_positions(tmp_path / "index.sqlite") is None, written[:50]
    kept.write_text('{"lanes": ["sea"], "rows": {"a": 0, "b": -1}}')
    places = load_positions(tmp_path / "index.sqlite")
    assert places
    assert (places.lanes, places.rows) == (("sea",), {"a": 0})


def test_settings_that_cannot_be_read_are_a_finding(moving: Served) -> None:
    moving.write("paperkb.toml", "exclude = [")
    data = moving.until(lambda data: b"paperkb.toml" in data)
    assert keys(data) == ["p0", "p1", "p2", "p3"]
    moving.write("paperkb.toml", 'exclude = ["p3.md"]')
    moving.until(lambda data: keys(data) == ["p0", "p1", "p2"])


def test_a_vault_that_goes_away_and_comes_back(moving: Served) -> None:
    shutil.move(moving.vault, moving.vault.with_name("moved"))
    moving.until(lambda data: b"no such folder" in data)
    shutil.move(moving.vault.with_name("moved"), moving.vault)
    moving.until(lambda data: b"no such folder" not in data)


def test_an_index_that_is_removed_is_built_again(moving: Served) -> None:
    for file in (moving.vault.parent / "cache").rglob("own.sqlite*"):
        file.unlink()
    moving.write("p9.md", note("Newcomer"))
    moving.until(lambda data: b"Newcomer" in data)
    assert moving.ask("/papers/p0.html")[0] == 200


def test_an_index_that_cannot_be_read_is_reported_and_recovers(moving: Served) -> None:
    [index] = (moving.vault.parent / "cache").rglob("own.sqlite")
    for file in index.parent.glob("own.sqlite*"):
        file.unlink()
    index.mkdir()
    assert moving.ask("/papers/p0.html")[0] == 503
    index.rmdir()
    moving.write("p9.md", note("Newcomer"))
    moving.until(lambda data: b"Newcomer" in data)
    assert moving.ask("/papers/p0.html")[0] == 200


class Faulty(Live):
    """Fails to draw while `is_broken` is set."""

    is_broken = False

    def _draw(self) -> Drawn:
        if self.is_broken:
            raise KeyError("a bug")
        return super()._draw()


def test_a_fault_is_told_until_it_is_gone(tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "vault", {"a.md": note("Paper")})

    def reopen() -> Vault:
        return open_vault(vault, Installed(), base=False, index=tmp_path / "i.sqlite")

    with closing(Faulty(reopen, base=False)) as live:
        live.is_broken = True
        (vault / "b.md").write_text(note("Newcomer"))
        for _ in range(3):
            live.look()
            assert b"KeyError" in live.snapshot.data
        live.is_broken = False
        live.look()
        assert b"KeyError" not in live.snapshot.data
        assert keys(live.snapshot.data) == ["a", "b"]


def test_what_another_process_reads_first_is_shown_as_well(moving: Served) -> None:
    moving.write("p9.md", note("Newcomer"))
    run_command(("--own", "index"), moving.vault, moving.vault.parent)
    moving.until(lambda data: b"Newcomer" in data)


@pytest.mark.parametrize("query", ["", "is:own,paper", "year:2020 -second", "is:ghost"])
def test_what_is_served_is_what_timeline_draws_also_after_an_edit(tmp_path: Path, query: str) -> None:
    mine = note("My paper", "transformer, second", "[[no note]]")
    vault = make_vault(tmp_path / "vault", {"mine.md": mine, "second.md": note("Second paper")})

    def timeline() -> tuple[str, list[str]]:
        written = tmp_path / "page.html"
        assert run_command(("timeline", query, "-o", str(written)), vault, tmp_path).code == 0
        return shown(re.findall(b'id="data">(.*?)</script>', written.read_bytes())[0])

    def shown(data: bytes) -> tuple[str, list[str]]:
        told = json.loads(data)
        return told["command"], sorted(told["papers"]["key"])

    with served(vault, tmp_path, query, own=False) as found:
        assert shown(found.ask("/data.json")[2]) == timeline()
        found.write("third.md", note("Third paper", "second, nowhere"))
        data = found.until(lambda data: b"Third paper" in data or b"third.md" in data)
        assert shown(data) == timeline()
        urls = json.loads(data)["papers"]["url"].values()
        assert all(found.ask(f"/{url.partition('#')[0]}")[0] == 200 for url in urls)


def test_an_invalid_query_is_an_error_and_one_that_becomes_invalid_is_a_finding(tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "vault", {"a.md": note("Alpha"), "b.md": note("Beta", "a")})
    failed = run_command(("--own", "serve", "tag:("), vault, tmp_path)
    assert (failed.code, failed.out) == (1, "")
    assert failed.err.startswith("paperkb: expected a value after `tag:`")
    with served(vault, tmp_path, "builds-on:alpha") as found:
        assert keys(found.ask("/data.json")[2]) == ["b"]
        (vault / "a.md").unlink()
        told = json.loads(found.until(lambda data: bool(json.loads(data)["findings"])))
        [finding] = told["findings"]
        assert finding["message"] == "nothing is named `alpha` - `paperkb query` lists every paper"
        assert told["papers"]["key"] == ["b"], "the last drawing stays"
        found.write("a.md", note("Alpha"))
        found.until(lambda data: not json.loads(data)["findings"])


def test_papers_stay_where_they_stand(tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "vault", {
        f"p{n}.md": note(f"Paper {n}", f"p{n // 2}" if n else "").replace("2020-05", f"{2000 + n % 20}")
        for n in range(30)
    })  # fmt: skip
    with served(vault, tmp_path) as first:
        before = _rows(first.ask("/data.json")[2])
        first.write("new.md", note("Newcomer", "p3, p20"))
        after = _rows(first.until(lambda data: b"Newcomer" in data))
    with served(vault, tmp_path) as second:
        again = _rows(second.ask("/data.json")[2])
    assert {key: after[key] for key in before} == before
    assert again == after
    assert run_command(("--own", "forget"), vault, tmp_path).code == 0
    assert not list((tmp_path / "cache").rglob("*.json"))


def test_ctrl_c_ends_it_without_a_word(moving: Served) -> None:
    http.client.HTTPConnection("127.0.0.1", moving.port).request("GET", "/events")
    time.sleep(0.2)
    assert moving.stop() == (0, "")


def _rows(data: bytes) -> dict[str, float]:
    papers = json.loads(data)["papers"]
    return dict(zip(papers["key"], papers["y"]))
