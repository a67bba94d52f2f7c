"""A name that a curated thing shares with a note of the reader's: one is shown, and the other is not hidden."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run, make_vault, run_command


@pytest.fixture
def run(tmp_path: Path) -> Run:
    notes = {"Mine/Attention's.md": "# Attention\n", "LoRA.md": "Ranks.\n", "other.md": "---\nkind: paper\n---\n"}
    root = make_vault(tmp_path / "vault", notes)
    return lambda *arguments, **more: run_command(arguments, root, tmp_path, **more)


@pytest.mark.parametrize(("name", "shown", "note", "quoted"), [
    ("attention", "pattern:attention, curated", "Mine/Attention's.md", "'Mine/Attention'\"'\"'s.md'"),
    ("LoRA", "paper:lora, curated", "LoRA.md", "LoRA.md"),
])  # fmt: skip
def test_a_note_that_is_called_like_a_curated_thing_is_named(
    run: Run, name: str, shown: str, note: str, quoted: str
) -> None:
    found = run("show", name)
    assert (found.code, found.out.split("\n")[1]) == (0, shown)
    assert found.err == f"paperkb: your note {note} has this name, too - `paperkb show {quoted}`\n"
    assert run("show", note).out.split("\n")[1] == f"document:{note}, own"


@pytest.mark.parametrize("name", ["other", "adam", "LoRA.md"])
def test_nothing_is_said_of_other_names(run: Run, name: str) -> None:
    assert run("show", name).err == ""


def test_json_is_said_alone(run: Run) -> None:
    assert run("show", "LoRA", "--json").out.startswith("{")
