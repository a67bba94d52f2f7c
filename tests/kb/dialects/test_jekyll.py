"""Pages of static sites: collections of publications, posts, author names in every form, dates in file names."""

import pytest

from kb.model import Entry, Record
from kb.read import read


def of(path: str, text: str) -> Record:
    return read(path, text.encode())


def only(record: Record) -> Entry:
    [entry] = record.entries
    return entry


PUBLICATION = """\
---
layout: publication
title: "Learning $\\\\ell_1$ {B}ounds for G{\\\\\\"o}del Machines"
authors: AUTHORS
conference: ICLR
year: 2018
additional_links:
   - {name: "ArXiV", url: "https://arxiv.org/abs/1711.00740"}
   - {name: "Code", url: "https://github.com/a/b"}
tags: ["naming", "GNN"]
---
The abstract.
"""


@pytest.mark.parametrize(
    "authors",
    [
        "Ada Lovelace, Alan Turing",
        "Ada Lovelace and Alan Turing",
        "[Ada Lovelace, Alan Turing]",
        "\n  - Ada Lovelace\n  - Alan Turing",
        "\n  - given: Ada\n    family: Lovelace\n  - {family: Turing, given: Alan}",
        "\n  - name: Ada Lovelace\n    affiliation: X\n  - name: Alan Turing",
    ],
)
def test_a_publication(authors: str) -> None:
    record = of("_publications/lovelace2018learning.markdown", PUBLICATION.replace("AUTHORS", authors))
    entry = only(record)
    assert (record.dialect, record.dialect_by) == ("jekyll", "front matter `layout: publication`")
    assert record.title == "Learning ℓ₁ Bounds for Gödel Machines"
    assert (entry.values("authors"), entry.values("date")) == (["Ada Lovelace", "Alan Turing"], ["2018"])
    assert [str(paper) for paper in entry.ids] == ["arxiv:1711.00740"]


def test_a_publication_is_dated_by_its_file() -> None:
    text = "---\ncollection: publications\nvenue: Journal 1\nTITLEpaperurl: https://arxiv.org/abs/1711.00740\n---\n"
    record = of("_publications/2010-10-01-sparse-coding.md", text.replace("TITLE", ""))
    assert (record.dialect_by, record.title) == ("front matter `collection: publications`", "sparse coding")
    assert (only(record).values("date"), str(only(record).ids[0])) == (["2010-10-01"], "arxiv:1711.00740")
    record = of("_publications/2010-10-01-sparse-coding.md", text.replace("TITLE", "title: Sparse!\ndate: 2009-02\n"))
    assert (record.title, only(record).values("date")) == ("Sparse!", ["2009-02"])


def test_the_day_of_a_post_is_not_the_papers() -> None:
    text = "---\nlayout: post\ntitle: BERT\ndate: 2019-05-01 10:00:00 +0100\nYEARarxiv: 1810.04805\n---\nx\n"
    entry = only(of("_posts/2019-05-01-bert.md", text.replace("YEAR", "")))
    assert (entry.values("date"), entry.values("noted_on")) == ([], ["2019-05-01"])
    entry = only(of("_posts/2019-05-01-bert.md", text.replace("YEAR", "year: 2018\n")))
    assert (entry.values("date"), entry.values("noted_on")) == (["2018"], ["2019-05-01"])


@pytest.mark.parametrize(("line", "field"), [("**Venue:** Ends 2019 (Annals)", "cited_year"), ("- Year: 2019", "date")])
def test_what_lines_under_the_title_say_of_the_paper_s_year_counts(line: str, field: str) -> None:
    text = "---\nlayout: post\ntitle: '[Paper Review] Nets of Ends'\ndate: 2026-09-05\n---\n\n"
    text += f"Authors: Ann Ann, Bo Bo\n{line}\n"
    [entry] = read("_posts/2026-09-05-nets.md", text.encode()).entries
    assert (entry.values(field), entry.values("noted_on")) == (["2019"], ["2026-09-05"])


def test_the_date_of_any_other_page_is_the_papers() -> None:
    text = "---\nlayout: paper-card\ntitle: BERT\ndate: 2018-10\narxiv: 1810.04805\n---\nx\n"
    assert only(of("bert.md", text)).values("date") == ["2018-10"]


def test_a_post_with_author_and_day_is_no_paper() -> None:
    text = "---\nlayout: post\ntitle: My week\nauthors: [Me]\ndate: 2019-05-01\n---\nx\n"
    assert of("_posts/2019-05-01-my-week.md", text).entries == ()
    assert len(of("_posts/2019-05-01-my-week.md", text.replace("date: 2019-05-01", "year: 2019")).entries) == 1


def test_a_post_on_the_address_that_it_calls_the_paper_s_is_about_a_paper() -> None:
    text = "---\nlayout: post\ntitle: Nets of Ends\n---\n\nPaper: https://ends.example/nets.pdf\n\nThey end.\n"
    [entry] = of("_posts/2019-05-01-nets.md", text).entries
    assert (entry.title, entry.values("url")) == ("Nets of Ends", ["https://ends.example/nets.pdf"])
    assert of("_posts/2019-05-01-nets.md", text.replace("Paper", "Slides")).entries == ()


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("_posts/2019-05-01-attention-is-all-you-need.md", "attention is all you need"),
        ("_posts/2019-5-1-adam.md", "adam"),
        ("_notes/graph_neural_nets.md", "graph neural nets"),
        ("_notes/GPT.md", "GPT"),
    ],
)
def test_a_page_without_a_title_is_named_after_its_file(path: str, title: str) -> None:
    assert of(path, "---\nlayout: post\n---\ntext\n").title == title


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("2019-05-01-plain.md", "no front matter\n"),
        ("2023-01-02 Meeting.md", "---\ntags: [a]\n---\nx\n"),
        ("_papers/x.md", "---\ntitle: T\nauthors: [A. B]\ndate: 2017-06\n---\nx\n"),
        ("x.md", "---\npermalink: x\ndate: 2017-06\n---\nx\n"),
        ("guide.md", "---\ndescription: d\nlayout: editorial\n---\nx\n"),
        ("digests/2026-05-01.md", "---\ndate: 2026-05-01\n---\nx\n"),
    ],
)
def test_other_notes_are_no_pages_of_a_site(path: str, text: str) -> None:
    assert of(path, text).dialect != "jekyll"


def test_gitbook_pages_have_a_description() -> None:
    text = '---\ndescription: What pruning is\n---\n# Pruning\n\n{% hint style="info" %}\nx\n{% endhint %}\n'
    record = of("pruning.md", text)
    assert (record.dialect, record.dialect_by, record.title) == ("gitbook", "`{% hint`", "Pruning")


@pytest.mark.parametrize(
    ("fields", "authors", "by"),
    [
        ("author: Ann Blogger", [], ["Ann Blogger"]),
        ("author: Ann Ann, Bob Bo", ["Ann Ann", "Bob Bo"], []),
        ("author: Ann Blogger\nauthors: [Bob Bo]", ["Ann Blogger", "Bob Bo"], []),
        ("authors: [Bob Bo]", ["Bob Bo"], []),
    ],
)
def test_who_writes_a_post_is_no_author_of_its_paper(fields: str, authors: list[str], by: list[str]) -> None:
    text = f"---\nlayout: post\ntitle: Nets of Ends\npublished: true\n{fields}\narxiv: '1706.03762'\n---\nx\n"
    record = read("_posts/2019-05-01-nets.md", text.encode())
    [entry] = record.entries
    assert (entry.values("authors"), entry.values("noted_by"), entry.values("date")) == (authors, by, [])
    assert not record.diagnostics
