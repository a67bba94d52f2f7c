"""Links that file a note under a label or a day: such a link does not ask for a note of that name."""

from collections.abc import Callable

import pytest

from kb.query.answer import ask
from linker.card import document
from linker.check import findings
from linker.counts import counts
from linker.vault import Vault
from tests.linker.conftest import ghosts

Opened = Callable[..., Vault]

ZOTERO = """\
tags:: [[/unread]], [[Computer Science - Machine Learning]]
date:: [[Jun 12th, 2017]]
title:: @Nets of Ends
item-type:: [[journalArticle]]
original-title:: Nets of Ends
authors:: [[Ada Lovelace]], [[Alan Turing]]
url:: https://arxiv.org/abs/1706.03762

- [[Abstract]]
\t- Ends are all that nets need.
- [[Attachments]]
\t- [PDF](https://arxiv.org/pdf/1706.03762.pdf)
- [[Notes]]
\t- builds on [[Dropout]]
"""
"""A page that Logseq's import makes from a Zotero item."""


def becomes(vault: Vault, path: str = "n.md") -> dict[str, str]:
    """The status of each link in a note."""
    return {link["raw"]: link["status"] for link in document(vault.store, "own", path)["links"]}


def test_of_a_page_from_zotero_only_what_its_notes_link_is_wanted(opened: Opened) -> None:
    with opened({"pages/@Nets of Ends.md": ZOTERO}) as vault:
        assert ghosts(vault) == ["dropout"]
        [paper] = ask(vault.store, "is:paper").papers
        assert (paper.title, str(paper.date), paper.authors) == (
            "Nets of Ends", "2017-06-12", ["Ada Lovelace", "Alan Turing"]
        )  # fmt: skip
        missing = [finding.message for finding in findings(vault.store) if finding.code == "link-missing"]
        assert missing == ["[[Dropout]] has no note yet"]
        assert counts(vault.store)["by_reason"] == {
            "arxiv-id": 2, "label": 4, "missing": 1, "person": 2
        }  # fmt: skip


@pytest.mark.parametrize("text", [
    "---\ntags: ['[[Nets]]']\n---\n",
    "---\ntopics:\n  - '[[Nets]]'\n---\n",
    "Status:: [[Nets]]\n",
    "Type: [[Nets]]\n",
    "- **Topics:** #reading [[Nets]], [[Ends]]\n",
    "Year: [[2017]]\n",
    "---\ncollections: ['[[Nets]]']\npublication: '[[Nets]]'\nPublisher: '[[Nets]]'\n---\n",
    "Journal: [[Nets]]\n",
    "- Document Tags: [[Nets]] [[nets]]\n",
    "> **Subjects**:: [[Nets]]\n",
    "Keywords:: #[[Nets]]\n",
    "Ends are #[[Nets]] again.\n",
    "Read on [[2020-10-05]], [[Oct 5th, 2020]] and [[October 5th, 2020]].\n",
])  # fmt: skip
def test_a_label_or_day_is_no_ghost(text: str, opened: Opened) -> None:
    with opened({"n.md": text}) as vault:
        assert ghosts(vault) == []
        assert set(becomes(vault).values()) == {"label"}
        assert [finding.code for finding in findings(vault.store) if "link" in finding.code] == []


def test_names_that_only_look_like_labels_wait_for_their_note(opened: Opened) -> None:
    text = "Type: [[A Net]] of ends.\n\nTags: none. See [[GPT-3]], [[2017]], [[Layer 2020-10]] and [[Abstract]].\n\n"
    text += "related:: [[Nets]]\n"
    with opened({"n.md": text}) as vault:
        assert ghosts(vault) == ["2017", "a-net", "abstract", "gpt-3", "layer-2020-10", "nets"]


def test_the_note_of_a_label_or_day_is_led_to(opened: Opened) -> None:
    files = {
        "n.md": "---\ntags: ['[[Nets]]']\n---\nRead on [[Oct 5th, 2020]], #[[Ends]].\n",
        "Nets.md": "A topic.\n",
        "topics/e.md": "---\naliases: [Ends]\n---\nA topic.\n",
        "journals/2020_10_05.md": "- reading\n",
    }
    with opened(files) as vault:
        assert [(link["raw"], link["target"]) for link in document(vault.store, "own", "n.md")["links"]] == [
            ("[[Nets]]", "Nets.md"),
            ("[[Oct 5th, 2020]]", "journals/2020_10_05.md"),
            ("[[Ends]]", "topics/e.md"),
        ]
