"""Which works that a note cites in full are links: those that can be known papers, and no others."""

import json
from collections.abc import Callable

import pytest

from kb.query.answer import ask
from kb.query.names import find
from linker.card import card
from linker.check import findings
from linker.counts import counts
from linker.vault import Vault
from tests.linker.conftest import edges, ghosts, note

Opened = Callable[..., Vault]

CITING = """\
---
title: Ends
arxiv: '2001.00001'
---
## References

"""


def cites(*works: str) -> str:
    return CITING + "".join(f"- {work}\n" for work in works)


def links(vault: Vault) -> list[tuple[str, str]]:
    """The targets of the edges from the citing note, with their lines."""
    return [(edge["target"], edge["line"]) for edge in card(vault.store, find(vault.store, "ends"))["edges"]["out"]]


ANN = "A. Ann and B. Bo. Nets of ends. Annals of Ends, 2019."


@pytest.mark.parametrize(
    "known",
    [
        {"nets.md": note(title="Nets of Ends", authors="[Ada Ann, Bob Bo]", year="2018")},
        {"Nets of Ends.md": note(kind="paper")},
        {"n.md": note(title="Nets: long ones", aliases="[Nets of Ends]", arxiv="'1905.00001'")},
        {"refs.bib": "@article{ann2019, title={Nets of {Ends}}, author={Ann, Ada and Bo, Bob}, year=2019}"},
        {"list.md": "".join(f"- **{name} of Ends** (Ann et al., 2019)\n" for name in ("Nets", "Webs", "Laces"))},
        {"papers.yaml": "- title: Nets of ends\n  year: 2014\n  authors: [Ada Ann]\n"},
    ],
)
def test_a_work_whose_title_is_known_is_a_link_with_its_place(opened: Opened, known: dict[str, str]) -> None:
    with opened({"ends.md": cites("Nobody, N. (2001). Nothing at all.", ANN), **known}) as vault:
        [(target, line)] = links(vault)
        assert target.startswith("paper:")
        assert line == 8
        found = card(vault.store, find(vault.store, "nets of ends"))
        assert ("ends.md", 8, 21, "Nets of ends") in [
            (place["path"], place["line"], place["column"], place["raw"]) for place in found["mentions"]
        ]
        assert found["edges"]["in"][-1]["type"] == "links"


def test_a_work_that_the_curated_vault_knows_is_a_link(opened: Opened) -> None:
    base = {"nets.md": note(kind="paper", title="Nets of Ends", authors="[Ada Ann]")}
    with opened({"ends.md": cites(ANN)}, base) as vault:
        assert links(vault) == [("paper:nets", 7)]
    mine = {"other.md": note(kind="paper", title="Nets of ends", authors="[Cy Cid]")}
    with opened({"ends.md": cites(ANN), **mine}, base) as vault:
        assert links(vault) == [("paper:nets", 7)]


def test_an_unknown_work_is_nothing(opened: Opened) -> None:
    with opened({"ends.md": cites(ANN, "Cid, C. (2020). More nets.")}) as vault:
        assert (links(vault), ghosts(vault), edges(vault.store)) == ([], [], [])
        assert [found for found in findings(vault.store) if found.code != "orphan"] == []
        assert counts(vault.store)["links"] == {"resolved": 0, "ambiguous": 0, "missing": 0, "external": 0}
        assert card(vault.store, find(vault.store, "ends"))["documents"][0]["links"] == []


@pytest.mark.parametrize(
    ("work", "known"),
    [
        ("LeCun, Y., Bengio, Y., & Hinton, G. (2015). Deep learning. *Nature*.",
         {"authors": "[Ian Goodfellow, Yoshua Bengio, Aaron Courville]", "year": "2016", "title": "Deep learning"}),
        ("LeCun, Y., Bengio, Y., & Hinton, G. (2015). Deep learning. *Nature*.", {"title": "Deep Learning"}),
        ("LeCun, Y., Bengio, Y., & Hinton, G. (2015). Deep learning. *Nature*.",
         {"title": "Deep Learning", "year": "2016"}),
        ("Y. LeCun et al. Deep learning, Nature", {"title": "Deep Learning", "year": "2015"}),
        (ANN, {"title": "Nets of ends: A survey"}),
        (ANN, {"title": "Nets"}),
        (ANN, {"title": "Nets of ends", "authors": "[Cy Cid, Ada Dee]"}),
        (ANN, {"title": "Nets of ends", "year": "2009"}),
        (ANN, {"title": "Nets of ends", "authors": "[Ada Ann]", "year": "1999"}),
        (ANN + " doi:10.1000/ends", {"title": "Nets of ends", "doi": "10.1000/other"}),
        (ANN, {"title": "Nets of ends", "kind": "pattern"}),
        ("Cy Cid. Review of Nets of ends. Annals of Ends, 2019.", {"title": "Nets of ends"}),
        ("Cid (2020). Nets of ends, but longer.", {"title": "Nets of ends"}),
        ("Cid (2020). Nets of ends: A survey.", {"title": "Nets of ends"}),
    ],
)  # fmt: skip
def test_another_work_is_no_link(opened: Opened, work: str, known: dict[str, str]) -> None:
    with opened({"ends.md": cites(work), "k.md": note(**{"kind": "paper", **known})}) as vault:
        assert [edge for edge in edges(vault.store) if edge[2].endswith(":k")] == []


@pytest.mark.parametrize(
    "known",
    [
        {"authors": "[Ada Ann]", "year": "2014"},  # reprinted
        {"year": "2017"},  # a preprint
        {"arxiv": "'1806.00001'"},
        {"date": "2024-02-03"},  # may be the day of the note
        {"authors": "[Bob Bo, Ada Ann]", "doi": "10.48550/arXiv.1906.00001", "citekey": "bo2019"},
    ],
)
def test_what_does_not_contradict_the_work(opened: Opened, known: dict[str, str]) -> None:
    with opened({"ends.md": cites(ANN), "k.md": note(**{"kind": "paper", "title": "Nets of Ends", **known})}) as vault:
        assert links(vault) == [("paper:k", 7)]


def test_of_several_papers_of_a_title_the_one_that_fits_is_meant(opened: Opened) -> None:
    ann = note(title="Nets of Ends", authors="[Ada Ann]", year="2019", doi="10.1000/a")
    cid = note(title="Nets of Ends", authors="[Cy Cid]", year="2019", doi="10.1000/c")
    with opened({"ends.md": cites(ANN), "ann.md": ann, "cid.md": cid}) as vault:
        assert links(vault) == [("paper:ann", 7)]
    ann, cid = (note(title="Nets of Ends", doi=f"10.1000/{name}") for name in "ac")
    with opened({"ann.md": ann, "cid.md": cid}) as vault:
        assert links(vault) == []
        assert not any("ends.md" in str(found) for found in findings(vault.store) if found.code == "link-ambiguous")


def test_a_link_in_the_item_is_enough(opened: Opened) -> None:
    known = note(title="Nets of Ends", arxiv="'1905.00001'", doi="10.1000/ends")
    files = {"ends.md": cites(f"{ANN} arXiv:1905.00001", f"{ANN} [[nets]]"), "nets.md": known}
    with opened(files) as vault:
        assert links(vault) == [("paper:nets", 7), ("paper:nets", 8)]
    with opened({"nets.md": note(title="Nets of Ends", kind="paper")}) as vault:
        assert ("paper:nets", 7) in links(vault)  # its note tells no id


def test_a_note_does_not_cite_itself(opened: Opened) -> None:
    with opened({"ends.md": cites("Ann, A. (2020). Ends. *ICML*.", "Ann, A. (2020). Ends of the ends.")}) as vault:
        assert edges(vault.store) == []


def test_works_are_counted_and_found_by_questions_like_other_links(opened: Opened) -> None:
    nets = note(title="Nets of Ends", authors="[Ada Ann]", year="2019")
    with opened({"ends.md": cites(ANN), "nets.md": nets}) as vault:
        assert counts(vault.store)["by_kind"] == {"reference": {"resolved": 1}}
        assert [paper.key for paper in ask(vault.store, "is:orphan").papers] == []
        [link] = card(vault.store, find(vault.store, "ends"))["documents"][0]["links"]
        assert (link["kind"], link["how"], link["target"]) == ("reference", "title", "nets.md")
        assert json.dumps(link)
