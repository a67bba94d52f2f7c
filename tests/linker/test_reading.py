"""A fault of our own in one note must not cost its author all the others."""

from pathlib import Path

import pytest

from kb.dialects import markdown_note
from kb.model import Record
from linker.check import findings
from linker.vault import open_vault
from tests.linker.conftest import Cards


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
