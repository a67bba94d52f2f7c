"""Findings about links that lead nowhere, or to several places: the reason, and what may have been meant."""

from collections.abc import Callable

import pytest

from linker.check import findings
from linker.vault import Vault
from linker.wishes import ranked

VAULT = {
    "papers/BatchNorm.md": "---\naliases: [BN]\n"
    "title: 'Batch Normalization: Accelerating Deep Network Training'\n---\n",
    "papers/2015/Adam.md": "",
    "papers/2017/Adam.md": "",
    "papers/GPT-2.md": "",
    "models/VQ-VAE.md": "",
    "models/Long Short-Term Memory.md": "",
    "models/Long Short-Term Memories.md": "",
    "topics/index.md": "",
    "people/people.md": "",
    "assets/fig1.png": "",
    "notes/lstm.md": "## Gates\n\n## Peephole connections\n\nx ^cell\n",
}


MENTIONED = {
    "Neural Architecture Search": "1611.01578",
    "Deep Sets": "1703.06114",
    "Pointer Networks": "1506.03134",
    "Highway Networks": "1505.00387",
}


@pytest.fixture
def said(opened: Callable[..., Vault]) -> Callable[..., list[tuple[str, str]]]:
    """(code, hint) of every finding about the links of a note."""

    def of(text: str, path: str = "s.md", **more: str) -> list[tuple[str, str]]:
        with opened(VAULT | more | {path: text}) as vault:
            return [
                (f.code, f.hint) for f in findings(vault.store) if f.path == path and f.code not in ("ghost", "orphan")
            ]

    return of


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("[[fig1]]", "link-missing", "add the ending: fig1.png"),  # 26
        ("[[assets/fig1]]", "link-missing", "add the ending: assets/fig1.png"),
        ("[[topics]]", "link-missing", "that is a folder: link topics/index.md"),  # 45
        ("[t](topics/) [t](topics)", None, ""),  # sites show its page
        ("[[People]]", None, ""),  # people/people.md is found by its name
        ("[m](models/)", "file-missing", "that is a folder: link a note in it"),
        ("[[batch normalisation]]", "link-missing", 'did you mean papers/BatchNorm.md ("batch normalization")?'),
        ("[[BatchNrom]]", "link-missing", "did you mean papers/BatchNorm.md?"),
        (
            "[[Batch Normalisation: Acelerating Deep Network Training]]",
            "link-missing",
            'did you mean papers/BatchNorm.md ("Batch Normalization: Accelerating Deep Network Training")?',
        ),
        ("[[./BatchNorm]]", "link-missing", "did you mean papers/BatchNorm.md?"),
        ("[b](x/BatchNorm.md)", "link-missing", "did you mean papers/BatchNorm.md?"),
        ("[b](./BatchNorm.md)", "link-missing", "did you mean papers/BatchNorm.md?"),
        ("[[VAE]]", "link-missing", "closest: models/VQ-VAE.md"),  # 24
        (
            "[[Long Short-Term Memorys]]",
            "link-missing",
            "closest: models/Long Short-Term Memory.md, models/Long Short-Term Memories.md",
        ),
        (
            "[[Deep Network]]",  # words from the middle of a long title
            "link-missing",
            'closest: papers/BatchNorm.md ("Batch Normalization: Accelerating Deep Network Training")',
        ),
        ("[[!!!]]", "link-missing", "write that note, or link its id"),
        ("[[GPT-3]]", "link-missing", "write that note, or link its id"),  # another number means another thing
        ("![[fig2.png]]", "file-missing", "check the path"),
        ("![[fig1.jpg]]", "file-missing", "did you mean assets/fig1.png?"),
        ("[[fig2.png|the figure]]", "file-missing", "check the path"),
        ("[[fig1.png#page=3&selection=1,2]] [f](assets/fig1.png#page=3)", None, ""),
        ("[[Optimal Brain Damage]]", "link-missing", "write that note, or link its id"),  # 50
        ("[[1501.0001]]", "link-missing", "did you mean 1501.00001?"),
        ("see [[1706.03762]]", "link-missing", "write that note"),
        ("<https://arxiv.org/abs/1706.03762> [p](https://arxiv.org/abs/1706.03762)", None, ""),
        ("[[Adam]]", "link-ambiguous", "write one of papers/2015/Adam.md, papers/2017/Adam.md"),
        ("[[lstm#Peephole conections]]", "fragment-missing", "did you mean `peephole connections`?"),
        ("[[lstm#^cel]]", "fragment-missing", "did you mean `^cell`?"),
        ("[[lstm#Forget]]", "fragment-missing", "check whether it was renamed"),
        ("[[#Intro]]", "fragment-missing", "check whether it was renamed"),
    ],
)
def test_each_link_is_explained(
    said: Callable[..., list[tuple[str, str]]], text: str, code: str | None, hint: str
) -> None:
    found = [pair for pair in said(text) if pair[0] != "link-by-name"]
    assert found == ([(code, hint)] if code else [])


CONTENTS = """\
[a](#the-adam-optimizer) [b](#2-whats-new-in-it) [c](#adamw--sgd) [d](#一为什么-adam) [e](#new-1) [f](#top)
[g](#sec-end) [h](#-results) [i](contents.md#The-Adam-Optimizer)

<a name="top"></a>
## The Adam optimizer
## 2. What's new in it?
## AdamW & SGD
## 一、为什么 Adam？
## New
## New
## 🔬 Results
## The end {#sec-end .unnumbered}
"""


def test_headings_are_found_by_their_addresses_on_a_site(said: Callable[..., list[tuple[str, str]]]) -> None:
    assert said(CONTENTS, "contents.md") == []


def test_an_address_of_no_heading_is_told_and_a_wiki_link_needs_the_heading_s_words(
    said: Callable[..., list[tuple[str, str]]],
) -> None:
    links = "[a](contents.md#the-adamw-optimizer) [[contents#the-adam-optimizer]]"
    found = said(links, **{"contents.md": CONTENTS})
    assert [code for code, _ in found] == ["fragment-missing", "fragment-missing"]
    assert {hint for _, hint in found} == {"did you mean `the adam optimizer`?"}


NAMES = {
    "patterns/contrastive.md": "---\naliases: [Contrastive Learning]\n---\n",
    "patterns/quantization.md": "",
    "data.md": "---\nkind: constraint\n---\n",
    "cf.md": "---\ntitle: Neural Collaborative Filtering\n---\n",
}


@pytest.mark.parametrize(
    ("link", "hint"),
    [
        ("[[Active Learning]]", "write that note, or link its id"),  # one shared word of two is not enough
        ("[[Contrastive Lerning]]", 'did you mean patterns/contrastive.md ("contrastive learning")?'),
        ("[[Quantization Aware Training]]", "closest: patterns/quantization.md"),  # a name within a longer one
        ("[[Practical Ways to Quantization Aware Training]]", "write that note, or link its id"),
        ("[[Data Parallelism]]", "write that note, or link its id"),  # the names of constraints occur everywhere
        ("[[Dta]]", "did you mean data.md?"),
        ("[[Collaborative Filtering]]", 'closest: cf.md ("Neural Collaborative Filtering")'),  # no word is misspelled
    ],
)
def test_names_are_alike_by_words_that_are_spelled_alike(
    said: Callable[..., list[tuple[str, str]]], link: str, hint: str
) -> None:
    assert said(link, **NAMES) == [("link-missing", hint)]


LEFT_OUT = 'to read it: include = ["{}"] in paperkb.toml'
OUTSIDE = "put it into the vault, or open the folder above as the vault"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[t](../Templates/t.md)", ("link-left-out", LEFT_OUT.format("Templates"))),
        ("[[Templates/t]]", ("link-left-out", LEFT_OUT.format("Templates"))),
        ("![](.trash/t.png)", ("link-left-out", LEFT_OUT.format("n/.trash"))),
        ("![](../../figure.jpeg)", ("link-left-out", OUTSIDE)),
        ("[[../../x]]", ("link-left-out", OUTSIDE)),
        ("[s](../public/papers/wide-page.html)", ("link-left-out", LEFT_OUT.format("public"))),
        ("[[wide-page]]", ("link-missing", "write that note, or link its id")),  # not: add the ending of a page
        ("![](../.gitbook/assets/t.png)", None),  # hidden, and full of figures
        ("![](../.gitbook/assets/u.png)", ("file-missing", "closest: .gitbook/assets/t.png")),
    ],
)
def test_where_nothing_is_read_nothing_is_said_to_be_missing(
    said: Callable[..., list[tuple[str, str]]], text: str, found: tuple[str, str] | None
) -> None:
    more = {"Templates/t.md": "", "n/.trash/t.png": "", ".gitbook/assets/t.png": ""}
    site = {"public/.paperkb-site.json": "{}", "public/papers/wide-page.html": ""}
    assert said(text, "n/s.md", **more, **site) == ([found] if found else [])


def test_35_a_path_that_is_only_a_name_is_flagged(said: Callable[..., list[tuple[str, str]]]) -> None:
    assert said("[bn](BatchNorm.md)", "src/s.md") == [("link-by-name", "other tools need ../papers/BatchNorm.md")]
    assert said("[bn](../papers/BatchNorm.md)", "src/s.md") == []
    assert said("[bn]({% post_url BatchNorm %})", "src/s.md") == [], "so sites find it"


def test_a_hint_never_makes_an_edge(opened: Callable[..., Vault]) -> None:
    with opened(VAULT | {"s.md": "[[BatchNrom]] [[VAE]]"}) as vault:
        assert vault.store.rows("SELECT l.status, t.kind FROM link l JOIN node t ON t.id = l.to_node") == [
            ("missing", "ghost"),
            ("missing", "ghost"),
        ]


def test_a_curated_paper_is_a_candidate_by_any_of_its_names(opened: Callable[..., Vault]) -> None:
    base = {"resnet.md": "---\nkind: paper\ntitle: Deep Residual Learning\naliases: [Residual Network]\n---\n"}
    with opened({"s.md": "[[Residual Netwrok]]"}, base) as vault:
        [finding] = findings(vault.store)
        assert finding.hint == 'did you mean paper `resnet` ("residual network", curated)?'


def test_a_paper_that_is_only_mentioned_is_a_candidate(said: Callable[..., list[tuple[str, str]]]) -> None:
    said_of = [f"[{title}](https://arxiv.org/abs/{number}) says much" for title, number in MENTIONED.items()]
    assert said("[[Neural Archtecture Search]]", **{"digest.md": "# Digest\n\n" + "\n\n".join(said_of)}) == [
        (
            "link-missing",
            'did you mean paper `arxiv:1611.01578` ("Neural Architecture Search", mentioned in digest.md)?',
        )
    ]


def test_two_names_of_one_note_are_no_rivals(said: Callable[..., list[tuple[str, str]]]) -> None:
    more = {"Swish Activation.md": "---\naliases: [Swish Activations]\n---\n"}
    assert said("[[Swish Activatoin]]", **more) == [("link-missing", "did you mean Swish Activation.md?")]


def test_ghosts_by_how_many_notes_want_them(opened: Callable[..., Vault]) -> None:
    notes = {
        "a.md": "x\n\nand [[Dropout]] [[Dropout]] [[Dropout]]",
        "b.md": "[[dropout]] [[Maxout]] arXiv:1706.03762",
        "c.md": "[[maxout]] arXiv:1706.03762v2, [[DROPOUT]]",
        "d.md": "[[Once]]",
    }
    with opened(notes) as vault:
        ghosts = ranked(vault.store)
        assert [(g.key, g.id, g.notes, g.links) for g in ghosts] == [
            ("dropout", None, 3, 5),
            ("arxiv:1706.03762", "arxiv:1706.03762", 2, 2),
            ("maxout", None, 2, 2),
            ("once", None, 1, 1),
        ]
        assert (ghosts[0].path, ghosts[0].line, ghosts[0].column) == ("a.md", 3, 5)
        told = [f for f in findings(vault.store) if f.code == "ghost"]
        assert [str(f).partition(" - ")[0] for f in told] == [
            "a.md:3:5: ghost `dropout` is wanted by 3 notes but has none",
            "b.md:1:24: ghost `arxiv:1706.03762` is wanted by 2 notes but has none",
            "b.md:1:13: ghost `maxout` is wanted by 2 notes but has none",
        ]
