"""Lines with labels, again and again: each record is a paper, with what the lines say and the text under it."""

import pytest

from kb.model import Entry, Record
from kb.read import read
from tests.kb.growth import LINEAR, growth


def noted(text: str) -> Record:
    return read("collected.md", text.encode())


def told(entry: Entry) -> tuple[object, ...]:
    date = (entry.values("cited_year") + entry.values("date"))[:1]
    return entry.line, entry.title, entry.values("authors"), date, [str(paper) for paper in entry.ids]


PLAIN = """\
# Read in May

Title: Nets of Ends
Authors: Ann Ann, Bob Bo
Year: 2019
Notes: ends are enough. The rest is detail.

Title: Wide Nets of Many
  Ends
Author: Cid Cid
Journal: Annals of Ends
Link: https://arxiv.org/abs/1901.00002

What I think of it.
[code](https://github.com/cid/nets)
"""


def test_each_record_is_a_mention() -> None:
    record = noted(PLAIN)
    assert (record.dialect, record.dialect_by) == ("records", "lines 3, 8 begin records of papers")
    assert (record.title, record.about) == ("Read in May", None)
    first, second = record.entries
    assert told(first) == (3, "Nets of Ends", ["Ann Ann", "Bob Bo"], ["2019"], [])
    assert told(second) == (8, "Wide Nets of Many Ends", ["Cid Cid"], [], ["arxiv:1901.00002"])
    assert second.values("venue") == ["Annals of Ends"]
    assert (first.why, second.why) == ("ends are enough.", "What I think of it. code")
    assert (first.text, second.text) == (
        "Notes: ends are enough. The rest is detail.",
        "What I think of it. code",
    )
    assert [(item.kind, item.text, item.entry) for item in record.items] == [("code", "https://github.com/cid/nets", 1)]
    assert all(entry.mentioned for entry in record.entries)


MAIL = r"""Send any comments regarding submissions directly to submitter.
------------------------------------------------------------------------------
\\
arXiv:2312.00752
Date: Fri, 1 Dec 2023 18:01:34 GMT   (1063kb)

Title: Mamba: Linear-Time Sequence Modeling with Selective State Spaces
Authors: Albert Gu and Tri Dao
Categories: cs.LG cs.AI
License: http://creativecommons.org/licenses/by/4.0/
\\
  Foundation models are based on the
Transformer. They are slow.
\\ ( https://arxiv.org/abs/2312.00752 ,  1063kb)
------------------------------------------------------------------------------
\\
arXiv:2312.00863
Date: Fri, 1 Dec 2023 17:04:14 GMT   (8063kb)

Title: EfficientSAM: Leveraged Masked Image Pretraining for Efficient Segment
  Anything
Authors: Yunyang Xiong, Bala Varadarajan
Comments: Page:
  https://arxiv.org/abs/1901.00001
\\
  Segment Anything is big.
\\ ( https://arxiv.org/abs/2312.00863 ,  8063kb)
"""


def test_a_mail_from_arxiv() -> None:
    record = noted(MAIL)
    assert [told(entry)[:3] for entry in record.entries] == [
        (4, "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", ["Albert Gu", "Tri Dao"]),
        (
            17,
            "EfficientSAM: Leveraged Masked Image Pretraining for Efficient Segment Anything",
            ["Yunyang Xiong", "Bala Varadarajan"],
        ),
    ]
    assert [str(entry.ids[0]) for entry in record.entries] == ["arxiv:2312.00752", "arxiv:2312.00863"]
    assert [entry.why for entry in record.entries] == [
        "Foundation models are based on the Transformer.",
        "Segment Anything is big.",
    ]
    assert not any(entry.values("category") for entry in record.entries), "a line over a rule is no heading here"


LISTING = """\
# Today

## Vision

[1]  arXiv:2405.12345 [pdf, html, other]
Title: Wide nets of everything
Authors: Ann Ann, Bob Bo
Subjects: Machine Learning (cs.LG)

[2]  arXiv:2405.12346 [pdf]
Title: Deep nets of everything
Authors: Cid Cid
"""


def test_a_list_from_arxiv() -> None:
    record = noted(LISTING)
    assert [told(entry) for entry in record.entries] == [
        (5, "Wide nets of everything", ["Ann Ann", "Bob Bo"], [], ["arxiv:2405.12345"]),
        (10, "Deep nets of everything", ["Cid Cid"], [], ["arxiv:2405.12346"]),
    ]
    assert [entry.values("category") for entry in record.entries] == [["Vision"], ["Vision"]]
    assert [entry.why for entry in record.entries] == ["", ""]


@pytest.mark.parametrize(
    "record",
    [
        "**Title:** {T}\n**Authors:** {A}\n**Year:** {Y}\n\nGood.\n",
        "## Paper {n}\n**Title:** {T}\n**Authors:** {A}\n**Year:** {Y}\n\nGood.\n",
        "- Title: {T}\n- Authors: {A}\n- Year: {Y}\n- Notes: Good.\n",
        "Year: {Y}\nTitle: {T}\nAuthors: {A}\n\nGood.\n",
        "Title: {T}\n\nAuthors: {A}\n\nYear: {Y}\n\nGood.\n",
        "标题：网络的末端\n英文标题：{T}\n作者：{A}\n年份：{Y}\n笔记：Good.\n",
        "## {n} March\nPaper: [{T}](https://openreview.net/pdf?id=abcdef{n})\nAuthors: {A}\nYear: {Y}\n\nGood.\n",
        "Title: {T}\nAuthors: {A}\nYear: {Y}\nAbstract: Good.\nMore of it.\n",
    ],
)
def test_records_in_many_forms(record: str) -> None:
    papers = (
        ("Nets of Many Ends", ["Ann Ann", "Bob Bo"], "2019"),
        ("Ends of Many Nets", ["Cid Cid", "Di Eno"], "2020"),
    )
    for text in ("{}\n{}", "# Collected\n\n{}\n{}"):
        pieces = [record.format(n=n, T=t, A=", ".join(a), Y=y) for n, (t, a, y) in enumerate(papers, 1)]
        found = noted(text.format(*pieces)).entries
        assert [tuple(told(entry)[1:4]) for entry in found] == [(t, a, [y]) for t, a, y in papers]
        assert {entry.why.split()[0] for entry in found} == {"Good."}
        assert not any(entry.values("category") for entry in found), "a heading that only counts says nothing"


def test_a_paper_is_named_by_its_link_even_if_the_name_is_short() -> None:
    entries = noted(
        "## Mar 3\nPaper: [DDPM](https://arxiv.org/abs/2006.11239)\nPresenter: Mia\n\nLoss.\n\n"
        "## Mar 10\nPaper: [Improved DDPM](https://arxiv.org/abs/2102.09672)\nPresenter: Tom\n"
    ).entries
    assert [(entry.title, str(entry.ids[0])) for entry in entries] == [
        ("DDPM", "arxiv:2006.11239"),
        ("Improved DDPM", "arxiv:2102.09672"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Title: Dune\nAuthor: Frank Herbert\nYear: 1965\n\nTitle: Hyperion\nAuthor: Dan Simmons\nYear: 1989\n",
        "Title: Nets of Ends\nAuthors: Ann Ann, Bob Bo\nYear: 2019\n",
        "Title: first slide\nText: a\n\nTitle: second slide\nText: b\n",
        "```\nTitle: Nets\nAuthors: Ann Ann, Bob Bo\n```\n",
    ],
    ids=["novels", "one", "slides", "code"],
)
def test_other_things_with_titles(text: str) -> None:
    assert noted(text).dialect != "records"


def test_records_in_a_note_on_a_paper_are_its_related_work() -> None:
    for head in ("---\narxiv: '1901.00009'\n---\n", "# Nets of Ends\n\n"):
        assert noted(head + PLAIN.removeprefix("# Read in May\n")).dialect != "records"


@pytest.mark.parametrize(
    "piece",
    [
        "Title: Nets of Ends\nAuthors: Ann Ann, Bob Bo\n",
        "# a\nTitle: Nets of Ends\nAuthors: Ann Ann, Bob Bo\n\n",
        "arXiv:2312.00752\nTitle: Nets of Ends\n",
        "Title: Nets of Ends\nAuthors: Ann Ann\n x\n y\nhttps://github.com/a/b\n",
        "Title: Nets\n\n\n",
        "Year: 2019\n",
        " goes on\n",
    ],
)
def test_hostile_records_are_read_in_linear_time(piece: str) -> None:
    head = "Title: Nets of Ends\nAuthors: Ann Ann, Bob Bo\n\nTitle: Ends\nAuthors: Cid Cid, Di Eno\n"
    assert growth(lambda text: noted(head + text + head), piece, 20_000) < LINEAR
