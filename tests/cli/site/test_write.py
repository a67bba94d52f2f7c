"""Writing into a folder: only its own files, never outside, and a check that writes nothing."""

import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from cli.site import write as writing
from cli.site.write import Difference, SiteError
from kb.conventions import SITE_MANIFEST
from tests.cli.conftest import VAULTS, Run, run_command

FILES = {"index.html": b"one", "papers/a.html": b"two", "papers/b.html": b"three"}


def compare(folder: Path, files: Mapping[str, bytes]) -> Difference:
    return writing.compare(folder, files.items())


def write(folder: Path, files: Mapping[str, bytes]) -> tuple[Difference, list[str]]:
    return writing.write(folder, files.items())


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_what_is_written_is_up_to_date_and_not_written_again(tmp_path: Path) -> None:
    assert compare(tmp_path / "site", FILES).missing == tuple(FILES)
    write(tmp_path / "site", FILES)
    before = snapshot(tmp_path / "site")
    assert {name for name in before if name != SITE_MANIFEST} == set(FILES)
    assert not compare(tmp_path / "site", FILES)
    write(tmp_path / "site", FILES)
    assert snapshot(tmp_path / "site") == before


def test_only_what_changed_is_written_and_what_is_gone_is_removed(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    before = snapshot(tmp_path)
    (tmp_path / "mine.txt").write_text("mine")
    found, kept = write(tmp_path, {"index.html": b"new", "papers/a.html": b"two"})
    assert (found.changed, found.stale, kept) == (("index.html",), ("papers/b.html",), [])
    after = snapshot(tmp_path)
    assert after["papers/a.html"] == before["papers/a.html"]
    assert set(after) == {"index.html", "papers/a.html", "mine.txt", SITE_MANIFEST}


def test_a_file_of_somebody_else_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers/a.html").write_text("mine")
    with pytest.raises(SiteError, match=r"papers/a\.html"):
        write(tmp_path, FILES)
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"a.html"}


def test_a_file_that_somebody_else_wrote_while_pages_were_made_is_not_overwritten(tmp_path: Path) -> None:
    def made() -> Iterator[tuple[str, bytes]]:
        yield from FILES.items()
        (tmp_path / "index.html").write_text("mine")

    with pytest.raises(SiteError, match=r"index\.html"):
        writing.write(tmp_path, made())
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("index.html", "mine")]


def test_a_file_changed_by_hand_is_neither_overwritten_nor_removed(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    (tmp_path / "papers/b.html").write_text("by hand")
    with pytest.raises(SiteError, match="changed since"):
        write(tmp_path, {**FILES, "papers/b.html": b"new"})
    _, kept = write(tmp_path, {"index.html": b"one"})
    assert kept == ["papers/b.html"]
    assert (tmp_path / "papers/b.html").read_text() == "by hand"
    assert not (tmp_path / "papers/a.html").exists()


def test_links_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    outside, site = tmp_path / "outside", tmp_path / "site"
    outside.mkdir()
    site.mkdir()
    (site / "papers").symlink_to(outside)
    with pytest.raises(SiteError, match="leads out"):
        write(site, FILES)
    (site / "papers").unlink()
    (outside / "target").write_text("precious")
    (site / "index.html").symlink_to(outside / "target")
    with pytest.raises(SiteError, match=r"index\.html"):
        write(site, FILES)
    assert [path.name for path in outside.iterdir()] == ["target"]
    assert (outside / "target").read_text() == "precious"


def test_a_forged_manifest_removes_nothing(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write(site, FILES)
    (tmp_path / "precious.html").write_bytes(b"two")
    known = json.loads((site / SITE_MANIFEST).read_text())
    digest = known["files"]["papers/a.html"]
    forged = ("../precious.html", str(tmp_path / "precious.html"), "papers/../../precious.html")
    known["files"] |= dict.fromkeys(forged, digest)
    (site / SITE_MANIFEST).write_text(json.dumps(known))
    write(site, {"index.html": b"one"})
    assert (tmp_path / "precious.html").read_bytes() == b"two"
    for nonsense in ("[]", "{", '{"files": 3}', '{"files": {"index.html": null}}', "[" * 100_000):
        (site / SITE_MANIFEST).write_text(nonsense)
        assert not compare(site, {"index.html": b"one"}).changed


def test_a_forged_manifest_removes_nothing_behind_a_link(tmp_path: Path) -> None:
    outside, site = tmp_path / "outside", tmp_path / "site"
    outside.mkdir()
    (outside / "a.html").write_text("precious")
    write(site, {"index.html": b"one"})
    (site / "notes").symlink_to(outside)
    known = json.loads((site / SITE_MANIFEST).read_text())
    known["files"]["notes/a.html"] = sha256(b"").hexdigest()
    (site / SITE_MANIFEST).write_text(json.dumps(known))
    write(site, {"index.html": b"one"})
    assert (outside / "a.html").read_text() == "precious"


def test_a_run_that_was_stopped_leaves_nothing_in_the_way_of_the_next(tmp_path: Path) -> None:
    (tmp_path / "papers").write_text("stands where a folder should")
    with pytest.raises(SiteError, match="papers"):
        write(tmp_path, FILES)
    (tmp_path / "papers").unlink()
    write(tmp_path, {**FILES, "index.html": b"changed meanwhile"})
    assert (tmp_path / "index.html").read_bytes() == b"changed meanwhile"


def test_nothing_is_touched_before_every_file_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if files that wait take more memory than they may, and nothing of those is left."""
    monkeypatch.setattr(writing, "_IN_MEMORY", 4)
    site = tmp_path / "site"

    def broken_off() -> Iterator[tuple[str, bytes]]:
        yield from {**FILES, "papers/a.html": b"changed"}.items()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        writing.write(site, broken_off())
    assert list(tmp_path.iterdir()) == []
    write(site, FILES)
    before = snapshot(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        writing.write(site, broken_off())
    assert snapshot(tmp_path) == before
    found, _ = write(site, {**FILES, "index.html": b"changed", "papers/c.html": b"new"})
    assert (found.missing, found.changed) == (("papers/c.html",), ("index.html",))
    assert [(site / name).read_bytes() for name in ("index.html", "papers/b.html", "papers/c.html")] == [
        b"changed",
        b"three",
        b"new",
    ]


def test_a_link_to_itself_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    done = run_command(("--own", "--vault", str(VAULTS / "tides"), "site", "loop"), tmp_path, tmp_path)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert done.err.endswith("choose another folder\n")


def test_the_command_writes_checks_and_tells(tmp_path: Path) -> None:
    vault, site = VAULTS / "tides", tmp_path / "public"

    def run(*arguments: str) -> tuple[int, str, str]:
        done = run_command(("--own", "--vault", str(vault), "site", str(site), *arguments), tmp_path, tmp_path)
        return done.code, done.out, done.err

    code, out, _ = run("--check")
    assert (code, site.exists()) == (2, False)
    assert "missing" in out
    assert "stale" in out
    assert out.endswith("the same command without --check writes it\n")  # whatever its options were
    code, out, _ = run()
    assert code == 0
    assert (site / "papers/harmonic.html").is_file()
    assert run("--check")[:2] == (0, f"{site}: up to date\n")
    (site / "papers/harmonic.html").write_text("changed")
    assert f"{site}/papers/harmonic.html: changed\n" in run("--check")[1]
    assert run("--check")[0] == 2
    code, _, error = run()
    assert (code, error.count("\n")) == (1, 1)
    (site / "papers/harmonic.html").unlink()
    assert run()[0] == 0
    answer = json.loads(run("--json")[1])
    assert (answer["schema"], answer["missing"], answer["changed"]) == ("paperkb.site/1", [], [])


def test_another_vault_is_no_place_for_a_site(tmp_path: Path) -> None:
    (tmp_path / "mine/.obsidian").mkdir(parents=True)
    done = run_command(("--own", "--vault", str(VAULTS / "tides"), "site", "mine"), tmp_path, tmp_path)
    assert (done.code, done.err) == (1, "paperkb: mine: contains notes - choose a separate folder\n")
    assert [each.name for each in (tmp_path / "mine").iterdir()] == [".obsidian"]


def test_a_folder_of_notes_is_no_place_for_a_site_that_would_hide_them(vault: Callable[..., Run]) -> None:
    paperkb = vault({"n.md": "---\narxiv: '1706.03762'\n---\n", "sub/deep/x.md": "[[n]]\n", "figures/f.png": ""})
    for folder in ("sub", "sub/deep"):
        assert paperkb("site", folder).err == f"paperkb: {folder}: contains notes - choose a separate folder\n"
    for _ in range(2):
        assert paperkb("site", "figures").code == 0, "figures are not notes"
    assert paperkb("index", "--json").json["documents"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("{vault}",), "contains notes - choose"),
        (("{vault}/..",), "contains notes - choose"),
        (("x", "--url", "ftp://a"), "not the URL of a site"),
        (("x", "--url", 'https://a/"><script>'), "not the URL of a site"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    words = [word.format(vault=VAULTS / "tides") for word in arguments]
    done = run_command(("--own", "--vault", str(VAULTS / "tides"), "site", *words), tmp_path, tmp_path)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert said in done.err
