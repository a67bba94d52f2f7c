"""TOML between `+++`: fields keep their text as written and their places; a broken field costs no other."""

import pytest

from kb.read import read

PAGE = """\
+++
title = "Sparse $\\\\ell_1$ Coding"
date = 2010-10-01
draft = false
arxiv = 1412.6980
tags = ["a", "b"]
authors = ["Ada Lovelace",
  "Alan Turing"]

[extra]
doi = "10.1000/xyz"
+++
# Body
"""


def test_fields_are_text_with_their_places() -> None:
    record = read("content/publication/sparse.md", PAGE.encode())
    [entry] = record.entries
    assert (record.dialect, record.dialect_by) == ("jekyll", "front matter between `+++`")
    assert record.title == "Sparse ℓ₁ Coding" or record.title == "Sparse ℓ_1 Coding"
    assert [str(paper) for paper in entry.ids] == ["arxiv:1412.6980"]
    assert entry.values("authors") == ["Ada Lovelace", "Alan Turing"]
    assert entry.values("date") == ["2010-10-01"]
    assert entry.values("extra.doi") == ["10.1000/xyz"]
    assert [(fact.line, fact.column) for fact in entry.facts if fact.field == "arxiv_id"] == [(5, 9)]
    assert record.fragments == ("body",)


def test_people_as_tables() -> None:
    text = '+++\ntitle = "T"\nvenue = "V"\n'
    text += '[[authors]]\ngiven = "Ada"\nfamily = "Lovelace"\n[[authors]]\nname = "A. Turing"\n+++\n'
    [entry] = read("n.md", text.encode()).entries
    assert entry.values("authors") == ["Ada Lovelace", "A. Turing"]


def test_one_broken_field_costs_no_other() -> None:
    text = '+++\ntitle = Attention: all\narxiv = "1706.03762"\ntags = ["a",\n  "b"]\n+++\nx\n'
    record = read("n.md", text.encode())
    [entry] = record.entries
    assert (entry.title, str(entry.ids[0]), entry.values("tags")) == ("Attention: all", "arxiv:1706.03762", ["a", "b"])
    assert [(d.line, d.column, d.code) for d in record.diagnostics] == [(2, 9, "toml")]


@pytest.mark.parametrize(
    "text",
    [
        "+++\n",
        "+++\na = 1\n",
        "+++\nno key\n+++\n",
        "+++\n\n+++\n",
        "+++\n[[a]]\n[a]\n+++\n",
        "+++\na = " + "[" * 5000 + "\n+++\n",
        "+++\na = 1\na = 2\n+++\n",
        "++++\na = 1\n+++\n",
    ],
)
def test_hostile_blocks_are_read_somehow(text: str) -> None:
    record = read("n.md", (text + "tail [[Link]]\n").encode())
    assert [link.target for link in record.links] == ["Link"]


def test_a_block_that_is_not_closed_is_reported() -> None:
    assert [d.code for d in read("n.md", b"+++\ntitle = 'x'\n\ntext\n").diagnostics] == ["front-matter-open"]
