"""A note that says nothing about a paper but has its title is a note about it, as long as the paper is known."""

from collections.abc import Callable

import pytest

from kb.query.answer import ask
from kb.query.names import find
from kb.titles import title_key
from linker.card import card
from linker.vault import Vault
from tests.linker.conftest import edges

Opened = Callable[..., Vault]
BIB = "@misc{ann2019, title={Nets of Ends: A Study}, author={Ann, Ada}, year={2019}, doi={10.1000/nets}}\n"
BASE = {"nets.md": "---\ntitle: 'Nets of Ends: A Study'\narxiv: '1909.01234'\nimplementation: toy\n---\n"}


def own(found: Vault) -> list[str]:
    return [paper.title for paper in ask(found.store, "is:own has:note").papers]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Nets of Ends A Study.md", "Text.\n"),
        ("Nets of Ends_ A Study.md", "Text.\n"),
        ("nets of ends - a study.md", "Text.\n"),
        ("Nets of Ends A Study (2019).md", "Text.\n"),
        ("2019 Nets of Ends A Study.md", "Text.\n"),
        ("2019-05-02-nets-of-ends-a-study.md", "Text.\n"),
        ("nets_of_ends_a_study.md", "Text.\n"),
        ("Ann2019 - Nets of Ends A Study.md", "Text.\n"),
        ("Nets of Ends A Study - Ann et al.md", "Text.\n"),
        ("Paper - Nets of Ends A Study.md", "Text.\n"),
        ("n.md", "# Nets of Ends: A Study\n\nText.\n"),
        ("n.md", "# NETS OF ENDS – A STUDY\n\nText.\n"),
        ("n.md", "---\naliases: ['Nets of Ends: A Study']\n---\n# Nets\n"),
        ("n.md", "---\ntitle: Nets of Ends, a study\nstatus: read\n---\nText.\n"),
    ],
)
@pytest.mark.parametrize("known", [({"refs.bib": BIB}, {}), ({}, BASE)], ids=["a bibliography", "the curated vault"])
def test_a_note_with_the_title_of_a_known_paper(
    opened: Opened, path: str, text: str, known: tuple[dict[str, str], dict[str, str]]
) -> None:
    listed, base = known
    with opened({path: text, **listed}, base) as found:
        assert [title_key(title) for title in own(found)] == ["nets of ends a study"]
        shown = card(found.store, find(found.store, path))
        assert [note["about_by"] for note in shown["notes"] if note["source"] == "own"] == [
            "it has the title of a known paper"
        ]


def test_its_fields_and_links_are_the_paper_s(opened: Opened) -> None:
    files = {
        "Nets of Ends A Study.md": "---\nstatus: read\ntags: [nets]\n---\nBuilds on: [[Ends in Knots of Rope]]\n",
        "Ends in Knots of Rope.md": "See [[Nets of Ends A Study]].\n",
        "refs.bib": BIB + "@misc{b, title={Ends in Knots of Rope}, doi={10.1000/knots}}\n",
    }
    with opened(files) as found:
        assert edges(found.store, "builds-on") == [
            ("builds-on", "paper:nets-of-ends-a-study", "paper:ends-in-knots-of-rope")
        ]
        [paper] = ask(found.store, "tag:nets status:read").papers
        assert (paper.key, paper.date and str(paper.date)) == ("nets-of-ends-a-study", "2019")
        assert find(found.store, "ann2019").key == paper.key


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Nets.md", "Text.\n"),
        ("Nets of Ends.md", "Only the beginning of the title.\n"),
        ("n.md", "# Why Nets of Ends: A Study\n"),
        ("Nets of Ends A Study.md", "---\nkind: pattern\n---\n"),
        ("Nets of Ends A Study.md", "".join(f"- [Net {n}](https://arxiv.org/abs/1801.0000{n})\n" for n in range(1, 4))),
    ],
)
def test_other_notes_are_not_about_it(opened: Opened, path: str, text: str) -> None:
    with opened({path: text, "refs.bib": BIB}) as found:
        assert "Nets of Ends: A Study" not in own(found)


def test_a_short_title_is_the_name_of_a_topic(opened: Opened) -> None:
    bib = "@misc{b, title={Deep Learning}, doi={10.1000/deep}}\n"
    with opened({"Deep Learning.md": "A topic.\n", "refs.bib": bib}) as found:
        assert own(found) == []


def test_notes_that_only_have_one_title_are_no_proof_for_each_other(opened: Opened) -> None:
    with opened({"a/Nets of Many Ends.md": "", "b/Nets of Many Ends.md": "# Nets of Many Ends\n"}) as found:
        assert ask(found.store, "").papers == []


def test_of_two_papers_of_that_title_it_is_neither(opened: Opened) -> None:
    files = {
        "Nets of Many Ends.md": "",
        "a.md": "---\ntitle: Nets of Many Ends\narxiv: 1706.03762\n---\n",
        "b.md": "---\ntitle: Nets of many ends\narxiv: 1706.03763\n---\n",
    }
    with opened(files) as found:
        assert [paper.key for paper in ask(found.store, "").papers] == ["a", "b", "nets-of-many-ends"]


README = """# Papers

- Nets of Many Ends [[arXiv](https://arxiv.org/abs/1909.01234)] [[notes](notes/ends.md)]
- [Knots of Rope](knots/)[[arxiv](https://arxiv.org/abs/1909.01235)]
- Sums of Sums [[arXiv](https://arxiv.org/abs/1909.01236)] [[my summary](sums.md)]
"""


def test_a_note_that_a_list_links_is_about_the_paper(opened: Opened) -> None:
    files = {
        "README.md": README,
        "notes/ends.md": "# Ends\n\nThey end. See [[sums]].\n",
        "knots/README.md": "Text.\n",
        "sums.md": "# Sums 论文笔记\n\nText.\n",
    }
    with opened(files) as found:
        assert sorted(own(found)) == ["Knots of Rope", "Nets of Many Ends", "Sums"]
        ends, sums = find(found.store, "notes/ends.md"), find(found.store, "1909.01236")
        assert ends.key == find(found.store, "1909.01234").key == "ends"
        told = [note["about_by"] for note in card(found.store, ends)["notes"]]
        assert told == ["a list links it as the note on a paper"]
        assert sums.key == "sums", "its own title is a nickname, but the list tells which paper it is"
        assert edges(found.store, "links") == [("links", "paper:ends", "paper:sums")]


@pytest.mark.parametrize(
    "files",
    [
        {"notes/ends.md": "---\narxiv: '2001.00001'\n---\n# Ends\n"},  # about another paper
        {"notes/ends.md": "# Ends\n", "b.md": README.replace("Nets of Many Ends", "A Survey of Nets")},
        {"x/notes/ends.md": "# Ends\n"},
        {"notes/ends.md.pdf": ""},
    ],
)
def test_other_notes_are_not(opened: Opened, files: dict[str, str]) -> None:
    with opened({"README.md": README, **files}) as found:
        assert "Nets of Many Ends" not in own(found)
