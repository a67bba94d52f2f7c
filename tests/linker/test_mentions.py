"""Papers that a digest discusses: merged with their notes where there are any, else papers of their own."""

from collections.abc import Callable

from kb.query.answer import ask
from kb.query.names import find
from linker.card import card, document
from linker.vault import Vault

DIGEST = """\
# Read in June

[Attention](https://arxiv.org/abs/1706.03762v5) Worth every page. The lottery begins.

[Adam](https://arxiv.org/abs/1412.6980) See also [[note]].

[ViT](https://arxiv.org/abs/2010.11929) Patches.
"""
NOTE = "---\ntitle: Attention Is All You Need\narxiv: '1706.03762'\n---\nIt says much.\n"

Opened = Callable[..., Vault]


def shown(vault: Vault, name: str) -> dict:  # type: ignore[type-arg]
    return card(vault.store, find(vault.store, name))


def test_a_note_gives_the_name_and_the_digest_what_it_says(opened: Opened) -> None:
    with opened({"digest.md": DIGEST, "note.md": NOTE}) as vault:
        paper = shown(vault, "1706.03762")
        assert (paper["key"], paper["title"], paper["path"]) == ("note", "Attention Is All You Need", "note.md")
        assert [note["path"] for note in paper["notes"]] == ["note.md"]
        [said] = paper["discussed"]
        assert (said["path"], said["line"], said["why"]) == ("digest.md", 3, "Worth every page.")
        whys = [edge["why"] for edge in paper["edges"]["in"] if edge["type"] == "discusses"]
        assert whys == ["Worth every page.", ""], "its entry, and a link in the line of another entry"


def test_a_note_does_not_mention_its_own_paper(opened: Opened) -> None:
    notes = {
        "note.md": "# Nets of Ends\nLink: https://arxiv.org/abs/2101.01234\n\nSee [[note]].\n",
        "list.yaml": "- title: One Sum\n  builds_on: [[Two Sums]]\n- title: Two Sums\n  builds_on: [[Nets of Ends]]\n",
    }
    with opened(notes) as vault:
        mentions = {name: shown(vault, name)["mentions"] for name in ("Nets of Ends", "Two Sums")}
        assert [(each["path"], each["line"]) for each in mentions["Nets of Ends"]] == [("list.yaml", 4)]
        assert [(each["path"], each["line"]) for each in mentions["Two Sums"]] == [("list.yaml", 2)]


def test_a_paper_without_note_is_called_by_its_id(opened: Opened) -> None:
    with opened({"digest.md": DIGEST}) as vault:
        assert [paper.key for paper in ask(vault.store, "").papers] == [
            "arxiv:1412.6980",
            "arxiv:1706.03762",
            "arxiv:2010.11929",
        ]
        assert [paper.title for paper in ask(vault.store, "-has:note").papers] == ["Adam", "Attention", "ViT"]


def test_words_are_looked_for_in_the_passage_alone(opened: Opened) -> None:
    with opened({"digest.md": DIGEST}) as vault:
        assert [paper.title for paper in ask(vault.store, "lottery").papers] == ["Attention"]


def test_the_digest_stays_a_document_that_links_find(opened: Opened) -> None:
    with opened({"digest.md": DIGEST, "a.md": "[[digest]] [[Read in June]] [[Adam]]"}) as vault:
        document = shown(vault, "a.md")["documents"][0]
        assert [link["target"] for link in document["links"]] == ["digest.md", "digest.md", "paper:arxiv:1412.6980"]


def test_a_file_with_two_entries_of_one_paper_is_shown_once(opened: Opened) -> None:
    twice = "- title: Adam\n  arxiv: 1412.6980\n- title: Adam, again\n  arxiv: 1412.6980\n"
    with opened({"a.yaml": twice}) as vault:
        adam = shown(vault, "1412.6980")
        assert [(note["path"], note["line"]) for note in adam["notes"]] == [("a.yaml", 1), ("a.yaml", 3)]
        assert [document["path"] for document in adam["documents"]] == ["a.yaml"]


def test_addresses_of_papers_in_fields_are_links_to_them(opened: Opened) -> None:
    topic = """\
---
title: Ways to attend
url: https://arxiv.org/abs/1409.0473
---
"""
    wiki = """\
---
title: Attention
sources:
  - title: Attention Is All You Need
    url: https://arxiv.org/abs/1706.03762
    type: paper
  - title: An encyclopedia
    url: https://ends.example/attention
related: https://doi.org/10.1000/x1
---
Attention weighs.
"""
    with opened({"note.md": NOTE, "topic.md": topic, "wiki.md": wiki}) as vault:
        assert [link["target"] for link in document(vault.store, "own", "wiki.md")["links"]] == [
            "note.md",
            "ghost:doi:10.1000/x1",
        ]
        assert document(vault.store, "own", "topic.md")["links"] == [], "a note's own address is no link"
