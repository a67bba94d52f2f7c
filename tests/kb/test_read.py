"""Whole documents: which paper a note is about, its title and dialect, and that nothing in a file can stop a run."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.model import Entry, Record
from kb.read import read, unreadable
from tests.kb.growth import LINEAR, growth


def note(text: str, path: str = "folder/some note.md") -> Record:
    return read(path, text.encode())


def entry(text: str, path: str = "folder/some note.md") -> Entry:
    [found] = note(text, path).entries
    return found


NATIVE = """---
title: "LoRA: Low-Rank Adaptation of Large Language Models"
authors: [Edward J. Hu, Yelong Shen]
date: 2021-06-17
arxiv: "2106.09685"
venue: ICLR 2022
aliases: [LoRA, Low-Rank Adapters]
patterns: [low-rank]
constraints: [parameters]
implementation: lora
---

# LoRA: Low-Rank Adaptation of Large Language Models

Freezes $W_0$ and learns $BA$.

## Builds on

- [[adapters]]: in series, where they add latency.

## Claim

Rank eight is enough. #peft
"""


def test_a_note_of_ours() -> None:
    record = note(NATIVE, "lora.md")
    [paper] = record.entries
    assert (record.dialect, record.title, record.aliases, record.diagnostics) == (
        "native", "LoRA: Low-Rank Adaptation of Large Language Models", ("LoRA", "Low-Rank Adapters"), (),
    )  # fmt: skip
    assert (paper.kind, [str(i) for i in paper.ids], paper.title) == ("paper", ["arxiv:2106.09685"], record.title)
    assert paper.values("authors") == ["Edward J. Hu", "Yelong Shen"]
    assert (paper.values("date"), paper.values("venue")) == (["2021-06-17"], ["ICLR 2022"])
    assert paper.values("tags") == ["peft"]
    assert paper.values("implementation") == ["lora"]
    assert [(x.target, x.role, x.why, x.line, x.column) for x in record.links] == [
        ("low-rank", "uses-pattern", "", 8, 12),
        ("parameters", "raises-constraint", "", 9, 15),
        ("adapters", "builds-on", "in series, where they add latency.", 19, 3),
    ]
    assert "builds on" in record.fragments
    assert "Freezes" in record.text
    assert "arxiv" not in record.text


def test_tags_of_the_body_stand_in_their_place_and_are_not_doubled() -> None:
    paper = entry("---\narxiv: 2106.09685\ntags: [PEFT]\n---\ntext #peft #low/rank\nand #low/rank\n")
    tags = [(fact.value, fact.line, fact.column) for fact in paper.facts if fact.field == "tags"]
    assert tags == [("PEFT", 3, 8), ("low/rank", 5, 12)]


# -- what a note is about --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ids", "title"),
    [
        ("---\narxiv_id: 1412.6980\n---\n", ["arxiv:1412.6980"], "some note"),
        ("---\nsource: https://arxiv.org/abs/1412.6980\n---\n# Adam\n", ["arxiv:1412.6980"], "Adam"),
        ("---\ntitle: A\nvenue: ICML\n---\n", [], "A"),
        ("---\ntitle: A\nauthors: [B C]\nyear: 2014\n---\n", [], "A"),
        ("---\ntitle: A\nauthor(s): B et al\nyear: 2014\n---\n", [], "A"),
        ("---\ntype: paper\n---\n", [], "some note"),
        ("\n[Paper link](https://arxiv.org/abs/1412.6980)\n[Code](https://a.b)\n", ["arxiv:1412.6980"], "some note"),
        ("https://arxiv.org/pdf/1412.6980\n2014\n\nSee arXiv:1706.03762, too.", ["arxiv:1412.6980"], "some note"),
        ("- **arXiv ID**: arXiv:1412.6980\n- cites arXiv:1706.03762\n", ["arxiv:1412.6980"], "some note"),
        ("# [Adam: A Way](https://arxiv.org/abs/1412.6980)\n\nTLDR\n\n# Notes\n", ["arxiv:1412.6980"], "Adam: A Way"),
        ("## [**Adam**](https://arxiv.org/abs/1412.6980)\n\nTLDR\n\n## Key points\n", ["arxiv:1412.6980"], "Adam"),
        ("[Adam](https://arxiv.org/abs/1412.6980)\n\nTLDR\n", ["arxiv:1412.6980"], "Adam"),
        ("# A\n\n[arXiv:1412.6980](https://arxiv.org/abs/1412.6980)\n", ["arxiv:1412.6980"], "A"),
        ("# A\n[https://arxiv.org/abs/1412.6980](https://arxiv.org/abs/1412.6980)\n", ["arxiv:1412.6980"], "A"),
        ("> Paper: [Adam](https://arxiv.org/abs/1412.6980)\n\nTLDR\n", ["arxiv:1412.6980"], "Adam"),
        ("# 论文笔记：Adam\n\n论文地址：https://arxiv.org/abs/1412.6980\n", ["arxiv:1412.6980"], "Adam"),
        ("# Adam\n\n논문 링크 : https://arxiv.org/abs/1412.6980\n", ["arxiv:1412.6980"], "Adam"),
        ("Adam\n====\n● 논문 링크 : <https://arxiv.org/abs/1412.6980>\n", ["arxiv:1412.6980"], "Adam"),
        ("# Adam\n## data\n### 논문 링크 : https://arxiv.org/abs/1412.6980\n", ["arxiv:1412.6980"], "Adam"),
        ("# Adam\n\n[論文PDF](https://arxiv.org/abs/1412.6980)\n", ["arxiv:1412.6980"], "Adam"),
        ("# Adam\n\n[Link to the paper](https://arxiv.org/abs/1412.6980)\n", ["arxiv:1412.6980"], "Adam"),
        ("# Adam\n\n- Enlace: https://arxiv.org/abs/1412.6980\n", ["arxiv:1412.6980"], "Adam"),
        ("# Adam\n\n**Identifier:** [1412.6980](https://arxiv.org/abs/1412.6980)\n", ["arxiv:1412.6980"], "Adam"),
        ("# Adam\n\n論文リンク : [arxiv.org](https://arxiv.org/abs/1412.6980)\n", ["arxiv:1412.6980"], "Adam"),
        ("# Adam\n\n元の論文の公開ページ: https://arxiv.org/abs/1412.6980\n", ["arxiv:1412.6980"], "Adam"),
        ("# Adam\n\nx\n\n## 논문 링크\n- https://arxiv.org/pdf/1412.6980\n", ["arxiv:1412.6980"], "Adam"),
        ("# Adam\n\n## Paper link\n* [A. Adam. 2014.](https://arxiv.org/abs/1412.6980)\n", ["arxiv:1412.6980"], "Adam"),
        ("# Adam\n\n## 文献情報\n出典: [ICLR 2015](https://arxiv.org/abs/1412.6980)\n", ["arxiv:1412.6980"], "Adam"),
        ("# Adam\n\n## 论文信息 (Paper Info)\n- URL: https://arxiv.org/abs/1412.6980\n", ["arxiv:1412.6980"], "Adam"),
        ("# [\\[arxiv\\]](https://arxiv.org/abs/1412.6980) Adam: A Way\n\nx\n", ["arxiv:1412.6980"], "Adam: A Way"),
        ("# Adam\n\nAnn Ann, Bob Bo\n(https://arxiv.org/pdf/1412.6980.pdf, 2014)\n", ["arxiv:1412.6980"], "Adam"),
        ("# Adam\n\n[Article](https://arxiv.org/abs/1412.6980)\n\nx\n", ["arxiv:1412.6980"], "Adam"),
        ("# Adam\n\n[Read on](https://o.app/me)\n[Read Original](https://arxiv.org/abs/1412.6980)\n\n## Highlights\n",
         ["arxiv:1412.6980"], "Adam"),
        ("# Metadata\nSource URL:: https://arxiv.org/abs/1412.6980\n\n# Adam\n\nx\n", ["arxiv:1412.6980"], "Adam"),
        ("---\narxiv: 1412.6980\n---\n# Excalidraw Data\n\nx\n", ["arxiv:1412.6980"], "some note"),
        ("# Title: Adam: A Way\n\narXiv: 1412.6980\n", ["arxiv:1412.6980"], "Adam: A Way"),
        ("# Adam: Title\n\narXiv: 1412.6980\n", ["arxiv:1412.6980"], "Adam: Title"),
        ("- authors:: [[People/Ann Ann]]\n- arxiv:: 1412.6980\n- title:: Adam\n", ["arxiv:1412.6980"], "Adam"),
        ("# Sleep\n\nPubMed: https://pubmed.ncbi.nlm.nih.gov/20046194/\n\nx\n", ["pubmed:20046194"], "Sleep"),
    ],
)  # fmt: skip
def test_notes_about_a_paper(text: str, ids: list[str], title: str) -> None:
    found = entry(text)
    assert (found.kind, [str(paper) for paper in found.ids], found.title) == ("paper", ids, title)


@pytest.mark.parametrize(
    ("text", "title", "told"),
    [
        ("# Nets of Ends (2017)\n\narXiv: 1706.03762\n", "Nets of Ends", "cited_year 2017"),
        ("## [Nets of Ends (2017-06)](https://arxiv.org/abs/1706.03762)\n\nx", "Nets of Ends", "date 2017-06"),
        ("---\nyear: 2018\n---\n# Nets of Ends (2017)\n\narXiv: 1706.03762\n", "Nets of Ends", "date 2018"),
        ("---\ntitle: '[Paper Review] Nets of Ends'\narxiv: '1706.03762'\n---\n", "Nets of Ends", ""),
        ("# Paper notes: Nets of Ends\n\narXiv: 1706.03762\n", "Nets of Ends", ""),
        ("---\nlayout: post\ntitle: '【论文笔记】Nets of Ends'\n---\narXiv: 1706.03762\n", "Nets of Ends", ""),
        ("# Nets of Ends (Ann et al., 2017)\n\narXiv: 1706.03762\n", "Nets of Ends", "cited_year 2017"),
        ("# Nets of Ends [NeurIPS 2018]\n\narXiv: 1706.03762\n", "Nets of Ends", "cited_year 2018"),
        ("# Nets of Ends (part 2)\n\narXiv: 1706.03762\n", "Nets of Ends (part 2)", ""),
        ("---\ntype: paper\n---\n# Nets (2017)\n", "Nets (2017)", ""),  # nothing else tells it from Nets (2018)
        ("# Paper review and its ends\n\narXiv: 1706.03762\n", "Paper review and its ends", ""),
    ],
)
def test_what_a_note_is_and_when_its_paper_came_out_is_no_title(text: str, title: str, told: str) -> None:
    found = entry(text)
    dated = [f"{fact.field} {fact.value}" for fact in found.facts if fact.field in ("date", "cited_year")]
    assert (found.title, dated) == (title, [told] if told else [])
    assert all(fact.value == title for fact in found.facts if fact.field == "title")


@pytest.mark.parametrize(
    "text",
    [
        "Adam [1](https://arxiv.org/abs/1412.6980) is used everywhere.",
        "[The original paper](https://arxiv.org/abs/1706.03762)\n\nAttention is a way to weigh.",
        "## [A](https://arxiv.org/abs/1412.6980)\n\nx\n\n## [B](https://arxiv.org/abs/1706.03762)\n\ny\n",
        "[Paper](https://arxiv.org/abs/1412.6980)\n[Paper](https://arxiv.org/abs/1706.03762)\n",
        "# Topic\n\n## Links\n\n- [Paper](https://arxiv.org/abs/1412.6980)\n",
        "# Topic\n\n- [Adam](https://arxiv.org/abs/1412.6980)\n",
        "---\ntitle: Daily\ntags: [x]\n---\n",
        "---\ntitle: Nets\nauthors: [Ann Ann]\ndate: 2023-01-01\ntype: '[[Podcast]]'\n---\n",
        "Weights decay, see [1412.6980](https://arxiv.org/abs/1412.6980).",
        "# Topic\n\n## Paper link\n\n- https://arxiv.org/abs/1412.6980\n- https://arxiv.org/abs/1706.03762\n",
    ],
)
def test_notes_about_no_paper(text: str) -> None:
    assert note(text).entries == ()


@pytest.mark.parametrize(
    "below",
    [
        "https://arxiv.org/abs/1706.03762",
        "Paper: https://arxiv.org/abs/1706.03762",
        "[[pdf](https://arxiv.org/pdf/1706.03762)] [[code](https://github.com/ann/nets)]",
        "Ann Ann, Bob Bo\n\n[pdf](https://arxiv.org/pdf/1706.03762)",
    ],
)
def test_a_heading_over_the_paper_s_address_is_the_title_among_others(below: str) -> None:
    assert entry(f"## Nets of Ends\n\n{below}\n\n## Why they end\n\nText.\n").title == "Nets of Ends"
    assert entry(f"## 2024-05-02\n\n{below}\n\n## 2024-05-03\n\nText.\n", "x/ends.md").title == "ends"


@pytest.mark.parametrize(
    "line",
    [
        "Link to original paper: [https://arxiv.org/abs/1706.03762](https://arxiv.org/abs/1706.03762)",
        "The paper is available at https://arxiv.org/abs/1706.03762.",
        "You can read the paper [here](https://arxiv.org/abs/1706.03762).",
        "These are notes on the paper [Nets](https://arxiv.org/abs/1706.03762) by Ann et al.",
        "This post is a summary of [the paper on nets](https://arxiv.org/abs/1706.03762).",
        "Read: 2024-05-01. Link: https://arxiv.org/abs/1706.03762",
        "ICLR 2018, https://arxiv.org/abs/1706.03762",
        "by Ann et al. https://arxiv.org/abs/1706.03762",
        "https://arxiv.org/abs/1706.03762 - Ann et al. 2017",
        "_[Ann et al.](https://arxiv.org/abs/1706.03762)_",
    ],
)
def test_a_line_below_the_title_introduces_the_paper(line: str) -> None:
    found = entry(f"# Nets and their ends\n\n{line}\n\n## Why\n\nOn [Adam](https://arxiv.org/abs/1412.6980).\n")
    assert (found.title, [str(paper) for paper in found.ids]) == ("Nets and their ends", ["arxiv:1706.03762"])


@pytest.mark.parametrize(
    "line",
    [
        "The paper extends [this work](https://arxiv.org/abs/1706.03762).",
        "A short overview of [attention](https://arxiv.org/abs/1706.03762) is needed first.",
        "This paper builds on [nets](https://arxiv.org/abs/1706.03762).",
        "See [nets](https://arxiv.org/abs/1706.03762) for background.",
        "Here is a paper, [nets](https://arxiv.org/abs/1706.03762), that I should read.",
    ],
)
def test_a_sentence_that_links_a_paper_is_not_about_it(line: str) -> None:
    assert note(f"# My own nets\n\n{line}\n\n## Why\n").entries == ()


def test_links_directly_below_a_title_are_the_paper_s() -> None:
    links = "## Links\n\n* https://arxiv.org/abs/1706.03762\n* https://github.com/ann/nets\n\n## Why\n\nText.\n"
    assert str(entry(f"# A Study of Nets\n\n{links}").ids[0]) == "arxiv:1706.03762"
    assert note(f"# A Study of Nets\n\nThey end.\n\n{links}").entries == ()
    assert note(f"# Nets\n\n{links}").entries == ()  # perhaps a topic


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Inbox.md", "# Inbox\n\n- [ ] buy milk\n- [x] https://arxiv.org/abs/1412.6980\n"),
        ("Board.md", "## To read\n\n- [ ] [[x]]\n- [ ] https://arxiv.org/abs/1412.6980\n\n## Done\n\n- [x] [[y]]\n"),
        ("Tasks.md", "1. [ ] [Adam: A Way](https://arxiv.org/abs/1412.6980)\n2. [ ] buy milk\n"),
        ("Reading.md", "# Reading\n\n- [Nets of Ends](https://arxiv.org/abs/1706.03762)\n- https://arxiv.org/abs/1412.6980\n"),
        ("Reading.md", "- [Adam](https://arxiv.org/abs/1412.6980)\n- [Nets](https://arxiv.org/abs/1706.03762): slow\n"),
        ("Daily/2024-05-02.md", "met Ann\n\nhttps://arxiv.org/abs/1412.6980\n\nlunch\n"),
        ("Daily/2024-05-02 Thu.md", "# Thursday\n\n- https://arxiv.org/abs/1412.6980\n- lunch\n"),
        ("2024_05_02.md", "- https://arxiv.org/abs/1412.6980\n- lunch\n"),
        ("Weekly/2024-W18.md", "- [Adam: A Way](https://arxiv.org/abs/1412.6980)\n- lunch\n"),
        ("x.md", "# May 2nd, 2024\n\n- https://arxiv.org/abs/1412.6980\n- lunch\n"),
        ("2024-05-02.md", "- Paper: https://arxiv.org/abs/1412.6980\n- lunch\n"),
        ("2024-05-02.md", "met Ann\n\narXiv: [Adam](https://arxiv.org/abs/1412.6980), lunch\n\n## Done\n\nx\n"),
        ("2024-05-02.md", "met Ann\n\n## Paper: https://arxiv.org/abs/1412.6980\n\nMoments.\n"),
    ],
)
def test_a_paper_that_is_only_jotted_down_is_not_what_the_note_is_about(path: str, text: str) -> None:
    assert note(text, path).entries == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("2024-05-02.md", "[Adam: A Way](https://arxiv.org/abs/1412.6980)\n\nMoments.\n"),
        ("2024-05-02.md", "# Adam\n\nhttps://arxiv.org/abs/1412.6980\n"),
        ("2024-05-02.md", "Paper: https://arxiv.org/abs/1412.6980\n"),
        ("2024-05-02.md", "read today\n\n## Metadata\n\n- arXiv: https://arxiv.org/abs/1412.6980\n"),
        ("1412.6980.md", "https://arxiv.org/abs/1412.6980\n"),
        ("202405021230.md", "https://arxiv.org/abs/1412.6980\n\nMoments.\n"),
        ("Adam.md", "- 2014, Kingma and Ba\n- https://arxiv.org/abs/1412.6980\n- [[optimizers]]\n"),
        ("Adam.md", "- https://arxiv.org/abs/1412.6980\n- after [AdaGrad](https://arxiv.org/abs/1002.4908)\n"),
        ("Adam.md", "- [ ] read it\n- [Adam: A Way](https://doi.org/10.1234/ab)\n- https://arxiv.org/abs/1412.6980\n"),
    ],
)
def test_a_line_of_its_own_is_else_the_address_of_the_note_s_paper(path: str, text: str) -> None:
    [found] = note(text, path).entries
    assert "arxiv:1412.6980" in map(str, found.ids)


def test_a_paper_may_have_an_address_and_no_id() -> None:
    found = entry("[Paper link](https://ends.example/nets)\n[Code](https://a.b)\n\nNets end.\n\n## Why\n")
    assert (found.title, found.ids, found.line) == ("some note", (), 1)
    assert found.values("url") == ["https://ends.example/nets"]
    assert note("# Topic\n\n## Links\n\n- [Paper](https://ends.example/nets)\n").entries == ()
    assert note("# Topic\n\nPapers: https://ends.example/nets\n").entries == ()
    assert note("[Paper](https://ends.example/a)\n[Paper](https://ends.example/b)\n").entries == ()
    assert note("[Paper](a.pdf), [The paper of the day](https://ends.example/a)\n").entries == ()


@pytest.mark.parametrize("line", [
    "Paper: https://ends.example/nets",
    "- **Paper link:** https://ends.example/nets",
    "> 论文地址：https://ends.example/nets",
    "**Paper:** [[Nets](https://ends.example/nets)]",
    "| 논문 | [PDF](https://ends.example/nets) |",
])  # fmt: skip
def test_an_address_behind_a_label_is_the_paper_s(line: str) -> None:
    found = entry(f"# Nets of Ends\n\n{line}\n\nNets end.\n\n## Why\n")
    assert (found.title, found.values("url")) == ("Nets of Ends", ["https://ends.example/nets"])


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# [Nets of Ends](https://ends.example/nets.pdf)\n\nNets end.\n\n## Why\n", "Nets of Ends"),
        ("[Nets of Ends](https://ends.example/nets.pdf)\n\nNets end.\n\n### Why\n", "Nets of Ends"),
        ("# Nets of Ends\n\n[PDF](https://ends.example/nets.pdf) [Code](https://a.b)\n\n## Why\n", "Nets of Ends"),
        ("# Nets of Ends\n\n- Link: [OSDI](https://ends.example/nets.pdf)\n\n## Why\n", "Nets of Ends"),
    ],
)
def test_a_pdf_that_the_title_or_a_label_links_is_the_paper(text: str, title: str) -> None:
    found = entry(text)
    assert (found.title, found.values("url")) == (title, ["https://ends.example/nets.pdf"])


@pytest.mark.parametrize(
    "text",
    [
        "# Notes\n\nThe slides are here: [PDF](https://ends.example/slides.pdf)\n\n## Why\n",
        "# Notes\n\n[Nets](https://ends.example/nets.pdf) are deep.\n\n## Why\n",
        "# [Nets of Ends](https://ends.example/nets)\n\nA post.\n",
        "# Notes\n\n## Links\n\n- [PDF](https://ends.example/nets.pdf)\n",
        "# Notes\n\n[PDF](https://ends.example/a.pdf)\n[PDF](https://ends.example/b.pdf)\n",
    ],
)
def test_other_addresses_are_of_no_paper(text: str) -> None:
    assert note(text).entries == ()
    assert note("# Notes\n\n[PDF](https://ends.example/nets.pdf)\n", "README.md").entries == ()


@pytest.mark.parametrize(
    ("below", "authors", "year"),
    [
        ("Ann Ann et al., OSDI 2020, Institute of Ends.", ["Ann Ann"], ["2020"]),
        ("_Ann, et. al._", ["Ann"], []),
        ("Ann et al, 2020 (training & evaluation)", ["Ann"], ["2020"]),
        ("\n#### Ann *et al.* (2018)", ["Ann"], ["2018"]),
    ],
)
def test_authors_on_the_line_below_the_title_make_a_paper(below: str, authors: list[str], year: list[str]) -> None:
    for title in ("# Nets of Ends", "## [Nets of Ends](https://arxiv.org/abs/1706.03762)"):
        found = entry(f"{title}\n{below}\n\nNets end.\n\n### Why\n")
        assert (found.title, found.values("authors"), found.values("cited_year")) == ("Nets of Ends", authors, year)
        assert found.values("authors_more") == ["et al."]


@pytest.mark.parametrize(
    "text",
    [
        "# Nets of Ends (2018)\n\nAnn Ann, Bob Bo\n\n---\n\nNets end.\n",
        "# Nets of Ends\n\n*Ann Ann, Bob Bo.* **ICML 2018**\n\n## Summary\n\nNets end.\n",
        "Nets of Ends\n============\nAnn Ann and Bob Bo, ICML 2018\n\nNets end.\n",
        "## Nets of Ends.\n\n#### Ann Ann and Bob Bo. Siggraph 2018.\n\nNets end.\n",
        "# Nets of Ends\n\nAnn Ann¹, Bob Bo² (2018)\n\nNets end.\n",
        "# Nets of Ends\n\nAnn Ann (Ends Institute), Bob Bo (MIT), 2018\n\nNets end.\n",
    ],
)
def test_names_and_a_year_below_the_title_make_a_paper(text: str) -> None:
    found = entry(text)
    assert (found.title, found.values("authors")) == ("Nets of Ends", ["Ann Ann", "Bob Bo"])
    assert found.values("cited_year") == ["2018"]


def test_authors_below_the_title_need_no_label_if_the_year_or_the_paper_s_address_is_there() -> None:
    found = entry("# Nets\n\n*Ann Ann, Bob Bo*\n(https://arxiv.org/abs/1706.03762, 2017)\n\n## Why\n")
    assert (found.values("authors"), found.values("cited_year")) == (["Ann Ann", "Bob Bo"], ["2017"])


@pytest.mark.parametrize(
    "below",
    [
        "Following Ann et al., we look at nets.",
        "Ann et al. propose nets.",
        "*Ann Ann, Bob Bo*",
        "Machine Learning, Operating Systems, 2019",
        "- Ann et al., 2017",
        "> Ann et al., 2017",
        "See `et al.` in Python.",
    ],
)
def test_prose_below_the_title_names_no_authors(below: str) -> None:
    assert note(f"# Nets of Ends\n\n{below}\n\n## Why\n").entries == ()
    assert note("# my-project-of-ends\n\nAnn et al., 2017\n", "README.md").entries == ()


@pytest.mark.parametrize("stem", ["README", "index", "_index"])
def test_what_the_page_of_a_folder_is_called_names_no_paper(stem: str) -> None:
    text = "# nets-paper-review\n\n[Review](nets.md)\n"
    assert note(text, f"{stem}.md").entries == ()
    assert entry(text, "some.md").title == "nets"


def test_what_has_a_title_and_a_date_and_builds_on_another_is_a_paper() -> None:
    dated, project = "title: Tall Nets\nyear: 2019", "title: My project"
    found = entry(f"---\n{dated}\n---\n\n## Builds on\n\n- [[wide]]: grown\n")
    assert (found.kind, found.title, found.values("date")) == ("paper", "Tall Nets", ["2019"])
    assert note(f"---\n{dated}\n---\n\nsee [[wide]]\n").entries == ()
    assert note(f"---\n{project}\n---\n\n## Builds on\n\n- [[wide]]\n").entries == ()


def test_the_file_name_can_be_the_id() -> None:
    assert [str(i) for i in entry("text", "papers/1412.6980.md").ids] == ["arxiv:1412.6980"]
    assert [str(i) for i in entry("text", "papers/hep-th_9901001.md").ids] == ["arxiv:hep-th/9901001"]


@pytest.mark.parametrize("kind", ["pattern", "constraint"])
def test_a_note_says_that_it_is_a_pattern_or_constraint(kind: str) -> None:
    assert entry(f"---\nkind: {kind}\n---\n# Gating\n").kind == kind


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: A\n---\n# B\n", "A"),
        ("badge\n\n# B\n\n## C\n", "B"),
        ("# Introduction\n\n## C\n", "some note"),
        ("# B\n\n# C\n", "some note"),
        ("### C\n\ntext\n\n# Experiments so far\n", "some note"),
        ("\n## A Paper on Things\n\n#### Key points\n", "A Paper on Things"),
        ("# B\n\ntext\n\n# Summary\n\ntext\n\n# Notes\n", "B"),
        ("# Awesome B [![Awesome](https://b.example/b.svg)](https://b.example)\n\n## C\n", "Awesome B"),
        ("text\n\n## Section\n", "some note"),
        ("text", "some note"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert note(text).title == title


@pytest.mark.parametrize(("text", "title"), [("# Deep Ends\n\n# Ways\n\n# Means\n", "Deep Ends"), ("text", "Deep")])
def test_a_file_that_notion_named(text: str, title: str) -> None:
    assert read(f"Deep {'0123456789abcdef' * 2}.md", text.encode()).title == title


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("---\nbuilds_on: [a]\n---\n", "native"), ("see [[a]]", "obsidian"), ("![[a.png]]", "obsidian"),
        ("up:: [[a]]", "obsidian"), ("---\naliases: [a]\n---\n", "obsidian"), ("[a](a.md)", "markdown"),
        ("", "markdown"),
    ],
)  # fmt: skip
def test_dialects(text: str, dialect: str) -> None:
    record = note(text)
    assert record.dialect == dialect
    assert record.dialect_by


# -- YAML files ------------------------------------------------------------------------------------------------------


PAPERS = """papers:
- title: Adam
  arxiv: 1412.6980
  tags: [optimizer]
- title: No Paper At All
- title: "Broken: {
  arxiv: 1706.03762
  builds_on: ['[[Adam]]']
"""


@pytest.mark.parametrize("path", ["list.yaml", "list.yml", "LIST.YAML"])
def test_a_yaml_file_holds_a_list_of_papers(path: str) -> None:
    record = note(PAPERS, path)
    assert record.dialect == "yaml"
    assert [[str(i) for i in found.ids] for found in record.entries] == [["arxiv:1412.6980"], ["arxiv:1706.03762"]]
    assert [found.line for found in record.entries] == [2, 6]
    assert [(x.target, x.role, x.entry, x.line, x.column) for x in record.links] == [("Adam", "builds-on", 1, 8, 16)]
    assert [(d.line, d.code) for d in record.diagnostics] == [(6, "yaml")]


def test_a_yaml_file_of_one_paper_has_its_title_and_aliases() -> None:
    record = note("title: Adam\nyear: 2014\nauthors: [D. Kingma]\naliases: [ADAM]\n", "x/a.yaml")
    assert (record.title, record.aliases, len(record.entries)) == ("Adam", ("ADAM",), 1)


@pytest.mark.parametrize("text", ["on:\n  push: [main]\n", "- a\n- b\n", "", "# only a comment\n", "text"])
def test_other_yaml_files_are_about_nothing(text: str) -> None:
    assert note(text, "ci.yml").entries == ()


# -- hostile ---------------------------------------------------------------------------------------------------------


def test_a_byte_order_mark_does_not_hide_the_front_matter() -> None:
    assert read("a.md", b"\xef\xbb\xbf---\r\narxiv: 1412.6980\r\n---\r\n\xc3\xa9 [[x]]\r\n").entries[0].ids
    assert read("a.md", "\ufeff---\narxiv: 1412.6980\n---\n".encode("utf-16-le")).entries[0].ids


def test_windows_line_ends_change_no_place() -> None:
    assert read("lora.md", NATIVE.replace("\n", "\r\n").encode()) == note(NATIVE, "lora.md")
    assert read("lora.md", NATIVE.replace("\n", "\r").encode()) == note(NATIVE, "lora.md")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("---\ntitle: A\n\nsee [[x]]", "front-matter-open", 1),
        ("---\ntitle: A\n---\n---\ntitle: B\n---\nsee [[x]]", "front-matter-twice", 4),
        ("---\nno field [[x]] at all\n---\n", "yaml-shape", 2),
        ("---\ntitle: A: b\n---\nsee [[x]]", "yaml", 2),
        ("---\n- a\n---\nsee [[x]]", "yaml-shape", 2),
        ("---\ntitle: A\n<<<<<<< HEAD\nyear: 1\n=======\nyear: 2\n>>>>>>> b\n---\nsee [[x]]", "merge-conflict", 3),
        ("a\0b [[x]]", "binary", 1),
    ],
)
def test_what_is_broken_is_reported_and_the_rest_is_read(text: str, code: str, line: int) -> None:
    record = note(text)
    assert (code, line) in [(d.code, d.line) for d in record.diagnostics]
    assert [link.target for link in record.links] == ["x"]
    assert all(d.hint for d in record.diagnostics)


def test_both_sides_of_a_merge_conflict_are_read() -> None:
    record = note("---\n<<<<<<< HEAD\ntitle: A\n=======\ntitle: B\n>>>>>>> b\narxiv: 1706.03762\n---\nx\n")
    assert record.title == "B"
    assert [str(paper) for paper in record.entries[0].ids] == ["arxiv:1706.03762"]
    assert [d.code for d in record.diagnostics] == ["merge-conflict", "yaml-duplicate"]


def test_invalid_front_matter_costs_only_its_field() -> None:
    record = note("---\nauthor: [[@name on Twitter]]\ntitle: \"I&#39;ve read\"\n---\n[[BatchNorm]]\n")
    assert record.title == "I've read"
    assert "BatchNorm" in [link.target for link in record.links]
    assert [(d.line, d.column, d.code) for d in record.diagnostics] == [(2, 11, "yaml")]


@given(st.binary(max_size=80), st.sampled_from(["a.md", "b.yaml"]))
def test_any_bytes_are_read(raw: bytes, path: str) -> None:
    assert read(path, raw).path == path


@given(st.text(alphabet="-:#[]{}\"'|>&*!%@ \n\tab,?", max_size=60), st.sampled_from(["a.md", "b.yaml"]))
def test_any_front_matter_is_read(text: str, path: str) -> None:
    record = note(f"---\n{text}\n---\nsee [[x]]", path)
    assert record == note(f"---\n{text}\n---\nsee [[x]]", path)
    assert all(d.line >= 1 and d.column >= 1 for d in record.diagnostics)


def test_a_cut_note_is_read_like_any_other() -> None:
    random.seed(1)
    raw = NATIVE.encode()
    for _ in range(50):
        assert read("lora.md", raw[: random.randrange(len(raw))]).title


@pytest.mark.parametrize("piece", ["https://arxiv.org/abs/1706.03762 ", "[a](http://arxiv.org/abs/1412.6980) ", "a: "])
def test_finding_the_paper_takes_linear_time(piece: str) -> None:
    assert growth(note, piece, 120_000) < LINEAR


def test_a_file_that_cannot_be_opened_stays_known() -> None:
    record = unreadable("folder/a.b.md", "Permission denied")
    assert (record.title, record.entries, record.links) == ("a.b", (), ())
    assert str(record.diagnostics[0]) == (
        "folder/a.b.md:1:1: unreadable cannot be read: Permission denied - check its permissions"
    )
