"""The cost of a query depends on what it finds, not on the size of the vault: the same hits in four times the notes."""

from collections.abc import Iterator

import pytest

from kb.query.answer import ask
from kb.query.names import find
from linker.card import card
from linker.vault import Vault, open_vault
from tests.linker.conftest import Cards, write

FEW, MANY = 150, 600
HITS = 7
QUESTIONS = [
    "tag:rare",
    "tag:rare year:1990..2030",
    "year:1999",
    "date:1999-03",
    "zebra",
    "zebra tag:rare year:1990..2030",
    "zebra year:1999",
    "builds-on:root",
    "builds-on:root*",
    "cites:root",
    "has:code",
]


def notes(count: int) -> Iterator[tuple[str, str]]:
    """`count` notes and their root; the first `HITS` are those that the questions look for."""
    yield "root.md", "---\ntitle: The Root\ndate: 1980\narxiv: 1412.6980\n---\n"
    for n in range(count):
        rare = n < HITS
        day = f"1999-03-{n + 1:02}" if rare else f"20{n % 20 + 1:02}-{n % 12 + 1:02}-{n % 28 + 1:02}"
        name = "root" if n == 0 else f"note {n - 1}"
        links = f"## Builds on\n\n- [[{name}]]\n\n## Cites\n\n- [[root]]\n" if rare else f"[[note {n // 2}]]\n"
        yield (
            f"{n % 5}/note {n}.md",
            f"---\ntitle: Paper {n}\ndate: {day}\ntags: [common{', rare' * rare}]\nauthors: [Ann Author{n}]\n---\n"
            f"{'A zebra. ' * rare}Plain words.\n\n{links}",
        )


@pytest.fixture(scope="module")
def vaults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Vault, Vault]]:
    """Two vaults that differ only in the number of other notes."""
    home = tmp_path_factory.mktemp("growth")
    opened = []
    for count in (FEW, MANY):
        root = write(home / str(count), dict(notes(count)))
        opened.append(open_vault(root, Cards(), base=False, index=home / f"{count}.sqlite"))
    few, many = opened
    yield few, many
    few.close()
    many.close()


def steps(vault: Vault, question: str) -> tuple[int, int]:
    """The number of papers found, and of steps that SQLite's virtual machine took."""
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    vault.store.db.set_progress_handler(step, 1)
    try:
        if question.startswith("show "):
            card(vault.store, find(vault.store, question.removeprefix("show ")))
            return 1, taken
        return ask(vault.store, question, limit=5).total, taken
    finally:
        vault.store.db.set_progress_handler(None, 0)


@pytest.mark.parametrize("question", [*QUESTIONS, "show note-3", "show Paper 3", "show 3/note 3.md"])
def test_a_query_costs_what_it_finds(vaults: tuple[Vault, Vault], question: str) -> None:
    (few, cost), (many, cost_of_many) = (steps(vault, question) for vault in vaults)
    assert few == many
    assert cost_of_many <= 1.2 * cost + 20, "it looks at notes that are not answers"


def test_words_that_all_notes_hold_are_ranked_once(vaults: tuple[Vault, Vault]) -> None:
    (few, cost), (many, cost_of_many) = (steps(vault, "plain") for vault in vaults)
    assert (few, many) == (FEW, MANY)
    assert cost_of_many <= 1.3 * MANY / FEW * cost
