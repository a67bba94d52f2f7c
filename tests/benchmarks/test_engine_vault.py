"""The generated vault is the same everywhere, and the index finds in it exactly what the generator put there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.engine.truth import Truth, truth
from benchmarks.engine.vault import notes, write_vault
from cli.api import Vault
from cli.api import open as open_vault
from linker.counts import counts

COUNT, SEED = 300, 7


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    root = tmp_path_factory.mktemp("generated") / "vault"
    write_vault(root, COUNT, SEED)
    return root, truth(notes(COUNT, SEED), SEED)


@pytest.fixture(scope="module")
def vault(written: tuple[Path, Truth]) -> Vault:
    root, _ = written
    return open_vault(root, own=True, index=root.parent / "index.sqlite")


def test_equal_arguments_write_equal_bytes(written: tuple[Path, Truth], tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from benchmarks.engine.vault import write_vault; "
        f"write_vault(Path(sys.argv[1]), {COUNT}, {SEED})"
    )
    again = tmp_path / "again"
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", program, str(again)], env=environment, check=True)
    first, second = (
        {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.md")} for root in (written[0], again)
    )
    assert len(first) == COUNT
    assert first == second
    assert next(notes(COUNT, SEED + 1)).text != next(notes(COUNT, SEED)).text


def test_every_true_link_is_resolved_and_no_other(written: tuple[Path, Truth], vault: Vault) -> None:
    root, known = written
    found = counts(vault._vault.store)
    assert found["documents"] == found["papers"] == known.notes == COUNT
    assert found["links"] == {"resolved": known.links, "ambiguous": 0, "missing": 0, "external": 0}
    looks_like_links = sum(len(re.findall(r"\[\[", path.read_text())) for path in root.rglob("*.md"))
    assert looks_like_links >= known.links + 4 * COUNT, "no decoys"


def test_nothing_is_wrong_with_it(vault: Vault) -> None:
    assert vault.check() == []


def test_notes_are_of_about_five_kilobytes(written: tuple[Path, Truth]) -> None:
    assert 4_000 < written[1].bytes / COUNT < 6_000


@pytest.mark.parametrize("question", ["tag_and_year", "words_too", "ancestors", "descendants"])
def test_questions_have_the_answers_that_the_generator_knows(
    written: tuple[Path, Truth], vault: Vault, question: str
) -> None:
    asked = getattr(written[1], question)
    assert len(asked.keys) > 3
    assert {paper.key for paper in vault.query(asked.text).papers} == asked.keys
