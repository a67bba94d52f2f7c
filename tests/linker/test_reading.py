"""Whatever goes wrong between listing files and reading one costs no other note and never leads outside the vault."""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kb.config import Config
from kb.dialects import markdown_note
from kb.inside import read_inside
from kb.model import Record
from kb.store import Store
from kb.walk import walk
from linker.changes import Changes, Source, silent
from linker.check import findings
from linker.reading import read_changed
from linker.update import Update
from linker.vault import open_vault
from tests.linker.conftest import Cards, write


def test_a_note_that_breaks_the_reader_is_kept_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "fine.md").write_text("[[odd]]")
    (notes / "odd.md").write_text("whatever it is that we got wrong")
    read = markdown_note.read

    def stumbling(path: str, text: str) -> Record:
        if path == "odd.md":
            raise RecursionError("too deep")
        return read(path, text)

    monkeypatch.setattr(markdown_note, "read", stumbling)
    with open_vault(notes, Cards(), base=False, index=tmp_path / "index.sqlite") as vault:
        assert vault.store.rows("SELECT path FROM document ORDER BY path") == [("fine.md",), ("odd.md",)]
        assert vault.store.rows("SELECT how, status FROM link") == [("name", "ok")]
        [problem] = [finding for finding in findings(vault.store) if finding.severity == "error"]
    assert (problem.path, problem.code) == ("odd.md", "unreadable")
    assert "RecursionError: too deep" in problem.message


def _the_folder(vault: Path, outside: Path) -> None:
    (vault / "sub").rename(vault.parent / "moved")
    (vault / "sub").symlink_to(outside / "sub")


def _a_folder_above(vault: Path, outside: Path) -> None:
    (vault / "deep").rename(vault.parent / "moved")
    (vault / "deep").symlink_to(outside / "deep")


def _the_file(vault: Path, outside: Path) -> None:
    for name in ("sub/a.md", "deep/x/a.md"):
        (vault / name).unlink()
        (vault / name).symlink_to(outside / name)


@pytest.mark.parametrize(
    ("swap", "path"), [(_the_folder, "sub/a.md"), (_a_folder_above, "deep/x/a.md"), (_the_file, "sub/a.md")]
)
def test_what_becomes_a_link_out_of_the_vault_is_not_followed(
    tmp_path: Path, swap: Callable[[Path, Path], None], path: str
) -> None:
    vault = write(tmp_path / "vault", {"a.md": "", "sub/a.md": "mine", "deep/x/a.md": "mine"})
    outside = write(tmp_path / "outside", {"sub/a.md": "# Secret", "deep/x/a.md": "# Secret"})
    listed = walk(vault, Config())
    swap(vault, outside)
    with closing(Store(tmp_path / "index.sqlite")) as store, store.transaction():
        changes = Changes()
        read_changed(Update(store), Source("own", vault), set(), set(listed.stamps), changes, silent)
        assert changes.added == ["a.md", "deep/x/a.md", "sub/a.md"]
        [(title, problem)] = store.rows("SELECT title, diagnostics FROM document WHERE path = ?", (path,))
        assert title == "a"
        assert "its path contains a symbolic link" in problem
        assert not store.rows("SELECT 1 FROM text WHERE body LIKE '%Secret%'")


def test_a_vault_that_is_itself_a_link_is_read(tmp_path: Path) -> None:
    write(tmp_path / "vault", {"sub/a.md": "mine and more"})
    (tmp_path / "link").symlink_to(tmp_path / "vault")
    assert read_inside(tmp_path / "link", "sub/a.md", 4) == b"mine"


def test_a_pipe_and_a_folder_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    for name in ("pipe.md", "folder.md"):
        with pytest.raises(OSError, match="not a file"):
            read_inside(tmp_path, name, 4)
