"""Which notes are one paper, and what the paper is called: evidence joins, contradiction keeps apart."""

import random
from collections.abc import Callable, Mapping

import pytest

from kb import read
from kb.model import Layer
from kb.query.names import find
from linker import things
from linker.identity import Claimant, merge, share_author, wish
from linker.vault import Vault
from tests.kb.growth import LINEAR, growth
from tests.linker.conftest import edges, note, paper_keys


def claimants(vault: Mapping[str, str]) -> list[Claimant]:
    """The entries of these files as identity sees them; paths under `base/` are the curated layer's."""
    found = []
    for doc, (path, text) in enumerate(sorted(vault.items())):
        record = read.read(path.removeprefix("base/"), text.encode())
        for n, entry in enumerate(record.entries):
            layer: Layer = "curated" if path.startswith("base/") else "own"
            ids = [str(paper) for paper in entry.ids]
            found.append(things.claimant(doc, n, n != record.about, layer, record.path, entry, ids))
    return found


def groups(vault: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Paths of the notes of each paper, the primary note first; the same for every order of files."""
    entries = claimants(vault)
    answers = set()
    for seed in range(8):
        random.Random(seed).shuffle(entries)
        answers.add(tuple(sorted(tuple(member.path for member in group.members) for group in merge(entries))))
    assert len(answers) == 1, "the answer depends on the order of files"
    return list(answers.pop())


SAME = {
    "arXiv versions": [note(arxiv="1706.03762v1"), note(arxiv="1706.03762v5"), note(arxiv="'arXiv:1706.03762'")],
    "old-style id with and without its class": [note(arxiv="cs.CL/0112017"), note(arxiv="cs/0112017v2")],
    "arXiv's DOI": [note(arxiv="1706.03762"), note(doi="10.48550/arXiv.1706.03762")],
    "DOI in any case": [note(doi="10.1145/ABC"), note(doi="https://doi.org/10.1145/abc")],
    "preprint and published, by title": [
        note(title="Deep Sets", arxiv="1703.06114", authors="[Manzil Zaheer, Satwik Kottur]"),
        note(title="Deep sets", doi="10.1000/neurips", authors="[M. Zaheer]"),
    ],
    "preprint and published, by a note that knows both": [
        note(title="A", arxiv="1703.06114"),
        note(title="B", doi="10.1000/x"),
        note(title="C", arxiv="1703.06114", doi="10.1000/x"),
    ],
    "T1": [
        note(title="Are Sixteen Heads Really Better than One", kind="paper"),
        note(title="'Are Sixteen Heads Really Better than One?'", kind="paper"),
    ],
    "T7": [note(title='"I&#39;ve seen"', kind="paper"), note(title='"I\'ve seen"', kind="paper")],
    "T10": [note(title="""'{\\"U}ber-{NN}'""", kind="paper"), note(title="Über-NN", kind="paper")],
    "title and alias": [note(title="Adam", arxiv="1412.6980"), note(title="x", aliases="[adam]", kind="paper")],
    "the same declared key": [note(title="x", key="adam"), note(title="y", key="adam")],
    "the same citation key": [note(title="Notes on x", citekey="ann2019"), note(title="y", citekey="'@ann2019'")],
    "a changed title, under `other_title`": [
        note(title="Searching for Activations", arxiv="1710.05941", other_title="'Swish: a Self-Gated Function'"),
        note(title="'Swish: a self-gated function'", kind="paper"),
    ],
    "a nickname among the aliases": [
        note(title="An Image is Worth 16x16 Words", arxiv="2010.11929", aliases="[ViT]"),
        note(title="ViT", kind="paper"),
    ],
    "preprint and publication two years apart": [
        note(title="Deep Sets", arxiv="1703.06114"),
        note(title="Deep Sets", kind="paper", date="2019"),
    ],
    "more than two years apart, but an author in common": [
        note(title="Memory", kind="paper", date="1991", authors="[Ada Lovelace]"),
        note(title="Memory", kind="paper", date="1997", authors="[A. Lovelace, Alan Turing]"),
    ],
    "a day may be the day of the note": [
        note(title="Deep Sets", arxiv="1703.06114"),
        note(title="Deep Sets", kind="paper", date="2024-05-01"),
    ],
    "one id, whatever the titles, years and authors say": [
        note(title="GPT-2", arxiv="1703.06114", date="2017", authors="[Ada Lovelace]"),
        note(title="GPT-3", arxiv="1703.06114", date="2021", authors="[Alan Turing]"),
    ],
    "a number written in another way": [
        note(title="Nets, Part II", kind="paper", aliases="[nets2]"),
        note(title="Nets 2", kind="paper", aliases="[nets2]"),
    ],
    "a first author written otherwise": [
        note(title="Visualizing Data", kind="paper", authors="[Kevin Ann, Bo Bo, Cid Li]"),
        note(title="Visualizing Data", kind="paper", authors="[Qevin Anne, Bo Bo, C. Li]"),
    ],
    "authors in another order, not all of them": [
        note(title="Visualizing Data", kind="paper", authors="[Ann Ann, Bo Bo, Cid Li, Dan Do]"),
        note(title="Visualizing Data", kind="paper", authors="[Dan Do, Eve Em, Flo Fy]"),
    ],
    "particles and initials": [
        note(title="Visualizing Data", kind="paper", authors="[Laurens van der Maaten]"),
        note(title="Visualizing Data", kind="paper", authors='["van der Maaten, L."]'),
    ],
}
APART = {
    "one citation key, but two ids": [
        note(title="x", citekey="ann2019", doi="10.1000/x"),
        note(title="y", citekey="ann2019", doi="10.1000/y"),
    ],
    "T8, another author": [
        note(title="Preface", kind="paper", authors="[Ada Lovelace]"),
        note(title="Preface", kind="paper", authors="[Alan Turing]"),
    ],
    "one author in common, but neither first one": [
        note(title="Deep learning", kind="paper", date="2015", authors="[Yann LeCun, Yoshua Bengio, Geoffrey Hinton]"),
        note(title="Deep Learning", kind="paper", date="2016", authors="[Goodfellow I, Bengio Y, Courville A]"),
    ],
    "different initials": [
        note(title="Preface", kind="paper", authors="[D. P. Kingma]"),
        note(title="Preface", kind="paper", authors="[D. Q. Kingma]"),
    ],
    "two arXiv ids": [note(title="Attention", arxiv="1706.03762"), note(title="Attention", arxiv="1412.6980")],
    "two DOIs": [note(title="Attention", doi="10.1000/a"), note(title="Attention", doi="10.1000/b")],
    "T5": [
        note(title="Layer Normalization", kind="paper"),
        note(title="Root Mean Square Layer Normalization", kind="paper"),
    ],
    "T3": [note(title="BERT", kind="paper"), note(title="ALBERT", kind="paper")],
    "T2, a head links but does not merge": [
        note(title="NICE", kind="paper"),
        note(title='"NICE: Non-linear Components"', kind="paper"),
    ],
    "more than two years apart, and no author in common": [
        note(title="Memory Networks", kind="paper", date="2009"),
        note(title="Memory Networks", arxiv="1410.3916"),
    ],
    "different numbers under one nickname": [
        note(title="GPT-2", kind="paper", aliases="[GPT]"),
        note(title="GPT-3", kind="paper", aliases="[GPT]"),
    ],
    "a title that is the nickname plus a number": [
        note(title="Neural Discrete Representation Learning", arxiv="1711.00937", aliases="[VQ-VAE]"),
        note(title="VQ-VAE-2", kind="paper", aliases="[VQ-VAE]"),
    ],
    "versions": [
        note(title="MobileNetV2", kind="paper", aliases="[mobile]"),
        note(title="MobileNetV3", kind="paper", aliases="[mobile]"),
    ],
    "parts": [
        note(title="Deep Nets Part I", kind="paper", aliases="[Deep Nets, series]"),
        note(title="Deep Nets Part II", kind="paper", aliases="[Deep Nets, series]"),
        note(title="Deep Nets Part Six", kind="paper", aliases="[series]"),
    ],
    "one declared key, two numbers": [note(title="GPT-2", key="gpt"), note(title="GPT-3", key="gpt")],
    "a pattern and a paper of one name": [note(title="Gating", kind="pattern"), note(title="Gating", kind="paper")],
    "one key, two ids": [note(key="adam", arxiv="1412.6980"), note(key="adam", arxiv="1706.03762")],
    "titles without letters": [note(title="'!!!'", kind="paper"), note(title="'???'", kind="paper")],
}


@pytest.mark.parametrize("notes", SAME.values(), ids=list(SAME))
def test_one_paper(notes: list[str]) -> None:
    assert len(groups({f"{n}.md": text for n, text in enumerate(notes)})) == 1


@pytest.mark.parametrize("notes", APART.values(), ids=list(APART))
def test_papers_that_stay_apart(notes: list[str]) -> None:
    assert len(groups({f"{n}.md": text for n, text in enumerate(notes)})) == len(notes)


def test_a_third_note_that_fits_both_joins_neither_against_the_evidence() -> None:
    preface = "Preface"
    vault = {
        "ada.md": note(title=preface, kind="paper", authors="[Ada Lovelace]"),
        "alan.md": note(title=preface, kind="paper", authors="[Alan Turing]"),
        "none.md": note(title=preface, kind="paper"),
    }
    assert len(groups(vault)) == 3, "nothing says whose preface the note without authors is about"


def test_the_primary_note_has_most_front_matter_then_the_smallest_path() -> None:
    rich = note(arxiv="1412.6980", venue="ICLR", date="2014-12-22")
    assert groups({"a.md": note(arxiv="1412.6980"), "b.md": rich, "c.md": rich}) == [("b.md", "c.md", "a.md")]
    assert groups({"base/a.md": rich, "z.md": note(arxiv="1412.6980")}) == [("z.md", "a.md")], "the reader's own first"


def keys(vault: Mapping[str, str]) -> dict[str, str]:
    return {group.primary.path: wish(group).key for group in merge(claimants(vault))}


def test_the_wished_key_is_the_base_s_then_the_declared_then_the_stem() -> None:
    assert keys({"x/My Adam.md": note(arxiv="1412.6980")}) == {"x/My Adam.md": "my-adam"}
    declared = {"x/My Adam.md": note(arxiv="1412.6980", key="kingma-adam")}
    assert keys(declared) == {"x/My Adam.md": "kingma-adam"}
    assert keys(declared | {"base/adam.md": note(arxiv="1412.6980")}) == {"x/My Adam.md": "adam"}


def test_keys_where_names_collide(opened: Callable[..., Vault]) -> None:
    paper = note(kind="paper", authors="[{}]")
    vault = {"x/Adam.md": paper.format("A B"), "y/adam.md": paper.format("C D"), "lora.md": paper.format("E F")}
    with opened(vault) as found:
        assert paper_keys(found.store) == ["lora", "x/Adam", "y/adam"], "neither has more right to the name"
    with opened({"x/Adam.md": note(kind="paper", authors="[A B]", key="adam")}) as found:
        assert paper_keys(found.store) == ["adam", "lora", "y/adam"], "a declared key wins"
    (found.root / "x/Adam.md").unlink()
    with opened({}) as found:
        assert paper_keys(found.store) == ["adam", "lora"], "the paper that is left gets the name back"


def test_a_declared_key_never_takes_the_key_of_another_note(opened: Callable[..., Vault]) -> None:
    one, two = note(key="bar", arxiv="1412.6980"), note(key="bar", arxiv="1706.03762")
    with opened({"bar.md": one, "foo.md": two, "x/foo.md": note(arxiv="1512.03385")}) as vault:
        assert paper_keys(vault.store) == ["bar", "foo", "foo.md"]


def test_papers_of_one_list_are_called_by_their_titles(opened: Callable[..., Vault]) -> None:
    listed = (
        "papers:\n- title: Deep Sets\n  year: 2017\n  arxiv: '1703.06114'\n  builds_on: [Set Transformer]\n"
        "- title: Set Transformer\n  year: 2018\n"
    )
    with opened({"list.yaml": listed, "s.md": "[[Deep Sets]]"}) as vault:
        assert paper_keys(vault.store) == ["deep-sets", "set-transformer"]
        assert edges(vault.store) == [
            ("builds-on", "paper:deep-sets", "paper:set-transformer"),
            ("discusses", "document:s.md", "paper:deep-sets"),
        ]


def test_papers_of_one_list_that_are_called_alike_stay_apart(opened: Callable[..., Vault]) -> None:
    listed = "- title: Deep Sets\n  arxiv: '1703.06114'\n- title: Deep Sets\n  arxiv: '1706.03762'\n"
    with opened({"list.yaml": listed}) as vault:
        assert paper_keys(vault.store) == ["list.yaml#0", "list.yaml#1"]


def test_patterns_of_one_list_stay_apart(opened: Callable[..., Vault]) -> None:
    with opened({"patterns.yaml": "- title: Gating\n  kind: pattern\n- title: Residual\n  kind: pattern\n"}) as vault:
        assert paper_keys(vault.store, "pattern") == ["gating", "residual"]


def test_a_note_that_changes_its_kind_takes_the_other_s_name(opened: Callable[..., Vault]) -> None:
    vault = {"gating.md": note(kind="paper", venue="x", date="2014"), "patterns/gating.md": note(kind="pattern")}
    with opened(vault) as found:
        assert paper_keys(found.store) == paper_keys(found.store, "pattern") == ["gating"]
    with opened({"gating.md": note(kind="pattern", venue="x", date="2014")}) as found:
        assert (paper_keys(found.store), paper_keys(found.store, "pattern")) == ([], ["gating"])


def test_links_of_every_note_of_a_paper_start_from_the_paper(opened: Callable[..., Vault]) -> None:
    vault = {"a.md": note(arxiv="1412.6980", venue="x", builds_on="[RMSprop]"), "b.md": note("[[c]]", title="b")}
    with opened(vault | {"c.md": note(kind="paper")}) as found:
        assert edges(found.store)[1:] == [("discusses", "document:b.md", "paper:c")]
    with opened({"b.md": note("[[c]]", arxiv="1412.6980v2")}) as found:
        assert edges(found.store) == [("builds-on", "paper:a", "ghost:rmsprop"), ("links", "paper:a", "paper:c")]
    with opened({"a.md": note(arxiv="1706.03762", venue="x")}) as found:
        assert edges(found.store) == [("links", "paper:b", "paper:c")], "b.md did not change, its paper did"


def test_lists_of_thousands_of_authors_are_compared_in_linear_time() -> None:
    def compare(text: str) -> None:
        ann, bob = ([f"{first} {last}{n}" for n in range(len(text))] for first, last in (("Ann", "F"), ("Bob", "G")))
        assert not share_author(ann, bob)
        assert share_author([*ann, "Cid Li"], [*bob, "C. Li"])
        assert share_author([*ann, "Google Brain"], [*bob, "{Google Brain}"])

    assert growth(compare, "a", 1_000) < LINEAR


def test_a_page_of_a_folder_goes_by_the_folder_s_name(opened: Callable[..., Vault]) -> None:
    note = "# {0}: All of It\n\nPaper: https://arxiv.org/abs/{1}\n"
    files = {
        "2019/nets of ends/README.md": note.format("Nets", "1901.00001"),
        "2020/knots/index.md": note.format("Knots", "2001.00001"),
        "README.md": note.format("All", "2101.00001"),
    }
    with opened(files) as vault:
        assert [find(vault.store, name).key for name in ("1901.00001", "2001.00001", "2101.00001", "knots")] == [
            "nets-of-ends", "knots", "readme", "knots"
        ]  # fmt: skip
