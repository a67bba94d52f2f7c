"""A bibliography next to notes: its papers are cited by their keys and can get notes of their own."""

from collections.abc import Callable

from kb.query.answer import ask
from kb.query.names import find
from linker.card import card
from linker.vault import Vault
from tests.linker.conftest import paper_keys

BIB = """\
@misc{vaswani2017, title={Attention Is All You Need}, eprint={1706.03762}, abstract={Without recurrence.}}
@article{ann2019, title={Nets}, author={Ann, A. and Bo, B.}, journal={Nature}, year=2019, doi={10.1000/nets}}
"""

Opened = Callable[..., Vault]


def test_a_citation_in_a_note_leads_to_the_entry_and_its_words_are_found(opened: Opened) -> None:
    with opened({"refs.bib": BIB, "n.md": "# Thoughts\n\nAs [@ann2019, p. 3] and [[@vaswani2017]] say.\n"}) as vault:
        links = card(vault.store, find(vault.store, "n.md"))["documents"][0]["links"]
        assert [link["target"] for link in links] == ["paper:doi:10.1000/nets", "paper:arxiv:1706.03762"]
        assert [paper.title for paper in ask(vault.store, "recurrence").papers] == ["Attention Is All You Need"]
        assert [paper.title for paper in ask(vault.store, "author:bo venue:nature -has:note").papers] == ["Nets"]


def test_a_key_in_running_text_is_a_citation_if_a_paper_has_it(opened: Opened) -> None:
    text = "# Thoughts\n\nAs @ann2019 and \\citet[p. 3]{vaswani2017} say, but neither @user2020 nor \\cite{bo2020}.\n"
    with opened({"refs.bib": BIB, "n.md": text}) as vault:
        links = card(vault.store, find(vault.store, "n.md"))["documents"][0]["links"]
        assert [(link["raw"], link["status"], link["target"]) for link in links] == [
            ("@ann2019", "ok", "paper:doi:10.1000/nets"),
            ("vaswani2017", "ok", "paper:arxiv:1706.03762"),
            ("@user2020", "person", None),
            ("bo2020", "missing", "ghost:bo2020"),
        ]
    with opened({"refs.bib": BIB, "n.md": text, "u.bib": "@misc{user2020, title={Users of Nets}}"}) as vault:
        links = card(vault.store, find(vault.store, "n.md"))["documents"][0]["links"]
        assert links[2]["target"] == "paper:users-of-nets"


def test_a_paper_is_named_by_its_citation_key(opened: Opened) -> None:
    with opened({"refs.bib": BIB, "a.md": "---\ntitle: Other\nyear: 2001\ncitekey: Smith_2001a\n---\n"}) as vault:
        assert [find(vault.store, name).title for name in ("ann2019", "@ann2019", "Smith_2001a")] == [
            "Nets",
            "Nets",
            "Other",
        ]


def test_a_note_that_is_named_by_the_citation_key_is_the_paper_s(opened: Opened) -> None:
    """As Zotero plugins write it: the file name `@key.md`, or a field."""
    notes = {"@ann2019.md": "It says [[@vaswani2017]].\n", "b.md": "---\ncitation-key: vaswani2017\n---\n"}
    with opened({"refs.bib": BIB, **notes}) as vault:
        assert paper_keys(vault.store) == ["ann2019", "b"]
        paper = card(vault.store, find(vault.store, "ann2019"))
        assert (paper["title"], paper["venue"], paper["path"]) == ("Nets", "Nature", "@ann2019.md")
        assert paper["notes"][0]["about_by"] == "file name is a citation key"
        assert [link["target"] for link in paper["documents"][0]["links"]] == ["b.md"]


def test_a_name_after_an_at_sign_may_be_a_person_s(opened: Opened) -> None:
    with opened({"@karpathy.md": "", "@Ada Lovelace 1843.md": "", "@2020.md": ""}) as vault:
        assert paper_keys(vault.store) == []


def test_two_bibliographies_may_give_two_papers_one_key(opened: Opened) -> None:
    other = "@article{ann2019, title={Trees}, year=2020}\n@misc{vaswani2017, title={Attention is all you need}}"
    with opened({"a.bib": BIB, "b.bib": other, "n.md": "[@ann2019] [@vaswani2017]"}) as vault:
        assert len(paper_keys(vault.store)) == 3
        [first, second] = card(vault.store, find(vault.store, "n.md"))["documents"][0]["links"]
        assert (first["status"], first["candidates"]) == ("ambiguous", ["a.bib", "b.bib"])
        assert second["target"] == "paper:arxiv:1706.03762"


def test_a_note_of_a_listed_paper_is_its_note(opened: Opened) -> None:
    note = "---\ntitle: Nets, read closely\ndoi: 10.1000/nets\n---\nMine.\n"
    with opened({"refs.bib": BIB, "nets.md": note}) as vault:
        assert paper_keys(vault.store) == ["arxiv:1706.03762", "nets"]
        paper = card(vault.store, find(vault.store, "nets"))
        assert (paper["title"], paper["authors"]) == ("Nets, read closely", ["A. Ann", "B. Bo"])
        assert [(said["path"], said["line"]) for said in paper["discussed"]] == [("refs.bib", 2)]


def test_a_name_without_ending_means_a_note_or_a_paper_before_a_bibliography(opened: Opened) -> None:
    files = {"nets.bib": BIB, "n.md": "[[nets]] [[nets.bib]] [list](nets.bib) [[k]]", "k.bib": "", "a/k.md": ""}
    with opened(files) as vault:
        links = card(vault.store, find(vault.store, "n.md"))["documents"][0]["links"]
        assert [link["target"] for link in links] == ["paper:doi:10.1000/nets", "nets.bib", "nets.bib", "a/k.md"]


def test_without_its_ending_in_the_settings_it_is_no_document(opened: Opened) -> None:
    with opened({"refs.bib": BIB, "paperkb.toml": 'endings = [".md"]\n', "n.md": "[list](refs.bib)"}) as vault:
        assert paper_keys(vault.store) == []
        assert vault.store.rows("SELECT dialect FROM document WHERE path = 'refs.bib'") == [(None,)]
