"""Links where people are listed: a person is not a paper awaiting its note."""

from collections.abc import Callable

import pytest

from kb.query.answer import ask
from kb.query.names import find
from linker.card import document
from linker.check import findings
from linker.counts import counts
from linker.vault import Vault
from tests.linker.conftest import ghosts

Opened = Callable[..., Vault]

PAPER = "---\ntitle: Nets of Ends\narxiv: '1706.03762'\n{}---\n# Nets of Ends\n\n{}\n"
READWISE = """\
# Nets of Ends

![rw-book-cover](https://readwise-assets.s3.amazonaws.com/cover.png)

## Metadata
- Author: {}
- Full Title: Nets of Ends
- Category: #articles
- URL: https://arxiv.org/abs/1706.03762

## Highlights
- Ends are all that nets need, as [[Dropout]] shows.
"""


def told(vault: Vault, path: str = "n.md") -> list[tuple[str, str, str | None]]:
    """Every link of a note: as written, how its target was found or else its status, and the target."""
    return [
        (link["raw"], link["how"] or link["status"], link["target"])
        for link in document(vault.store, "own", path)["links"]
    ]


@pytest.mark.parametrize("text", [
    READWISE.format("[[Ada Lovelace]]").replace("[[Dropout]]", "it"),
    READWISE.format("[[@ada on Twitter]]").replace("[[Dropout]]", "it"),
    READWISE.format("[[Ada Lovelace]], [[Alan Turing]], and [[Kurt Gödel]]").replace("[[Dropout]]", "it"),
    PAPER.format("author: '[[Ada Lovelace]]'\n", ""),
    PAPER.format("authors:\n  - '[[Ada Lovelace]]'\n  - '[[people/alan|Alan Turing]]'\n", ""),
    PAPER.format("editors: ['[[Ada Lovelace]]']\n", ""),
    PAPER.format("", "> Authors: [[Ada Lovelace]] [[Alan Turing]],"),
    PAPER.format("", "**作者**：[[Ada Lovelace]]、Alan Turing 等"),
    PAPER.format("", "author:: [[Ada Lovelace]], [[Alan Turing]]"),
    PAPER.format("", "Author(s):: [[Ada Lovelace]], [[Alan Turing]]"),
    PAPER.format("", "- Authored by:: [[Ada Lovelace]] [[Alan Turing]]"),
    PAPER.format("", "- Author(s): [[Ada Lovelace]], [[Alan Turing]]"),
    PAPER.format("", "## Sources\n\n- Author: [[Ada Lovelace]]"),
])  # fmt: skip
def test_no_person_is_a_ghost_or_missing(text: str, opened: Opened) -> None:
    with opened({"n.md": text}) as vault:
        assert ghosts(vault) == []
        assert [finding.code for finding in findings(vault.store) if "link" in finding.code] == []
        assert {(how, target) for raw, how, target in told(vault) if raw.startswith("[[")} == {("person", None)}
        assert counts(vault.store)["links"]["missing"] == 0


def test_what_else_is_linked_still_waits_for_its_note(opened: Opened) -> None:
    files = {
        "n.md": READWISE.format("[[Ada Lovelace]]"),
        "m.md": PAPER.format("author: '[[Ada Lovelace]]'\n", "Author: the idea in [[Batch Norm]] is hers.\n\n[[Ada]]"),
    }
    with opened(files) as vault:
        assert ghosts(vault) == ["ada", "batch-norm", "dropout"]


def test_a_person_s_note_is_led_to_by_its_name_or_alias(opened: Opened) -> None:
    files = {
        "n.md": PAPER.format("authors: ['[[Ada Lovelace]]', '[[A. Turing]]', '[[Adam]]']\n", ""),
        "people/Ada Lovelace.md": "She wrote the first one.\n",
        "people/turing.md": "---\naliases: [A. Turing]\n---\n",
        "adam.md": "---\ntitle: 'Adam: A Method'\narxiv: '1412.6980'\n---\n",
        "m.md": "---\narxiv: '1706.03763'\n---\nSee [[Ada Lovelace]].\n",
    }
    with opened(files) as vault:
        assert told(vault) == [
            ("[[Ada Lovelace]]", "name", "people/Ada Lovelace.md"),
            ("[[A. Turing]]", "alias", "people/turing.md"),
            ("[[Adam]]", "name", "adam.md"),
        ]
        by = ask(vault.store, 'mentions:"people/Ada Lovelace.md"').papers
        assert [paper.key for paper in by] == ["m", "n"]


def test_no_paper_is_a_person_by_its_title(opened: Opened) -> None:
    adam = "---\ntitle: 'Adam: A Method'\narxiv: '1412.6980'\naliases: [Diederik]\n---\n"
    lora = {"lora.md": "---\nkind: paper\ntitle: LoRA\narxiv: '2106.09685'\n---\n"}
    files = {"n.md": PAPER.format("authors: ['[[Adam]]', '[[Diederik]]', '[[lora]]']\n", ""), "a/1412.6980.md": adam}
    with opened(files, base=lora) as vault:
        assert {(how, target) for _, how, target in told(vault)} == {("person", None)}
        assert find(vault.store, "lora").kind == "paper"
        assert vault.store.rows("SELECT type FROM edge") == []


def test_a_person_gets_a_note_and_loses_it(opened: Opened) -> None:
    files = {"n.md": PAPER.format("authors: ['[[Ada Lovelace]]']\n", "")}
    with opened(files) as vault:
        assert told(vault) == [("[[Ada Lovelace]]", "person", None)]
    with opened(files | {"Ada Lovelace.md": "She."}) as vault:
        assert told(vault) == [("[[Ada Lovelace]]", "name", "Ada Lovelace.md")]
        (vault.root / "Ada Lovelace.md").unlink()
    with opened(files) as vault:
        assert told(vault) == [("[[Ada Lovelace]]", "person", None)]
        assert ghosts(vault) == []
