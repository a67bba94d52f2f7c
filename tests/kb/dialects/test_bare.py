"""Bare notes: an address, a year, and heads with the papers under them."""

import pytest

from kb.model import Item
from kb.read import read
from tests.kb.growth import LINEAR, growth

NOTE = """\
https://arxiv.org/pdf/2104.01234v2
2021

Ladders are compared by [[Climbing, a Survey]].

### Ways up
**Short rungs** [[Rungs]], [[Two Rails|rails]]
They hold *well*. [a chart](https://example.org/c) ![[chart.png]]
**Long rungs:**
[[Stilts]][[Springs]] go higher.

**Ropes**

### Ways down
Nothing yet.
"""


def techniques(text: str) -> list[Item]:
    return [item for item in read("b.md", text.encode()).items if item.kind == "technique"]


def test_the_paper_and_its_year() -> None:
    record = read("Ladders.md", NOTE.encode())
    assert (record.dialect, record.dialect_by) == ("bare", "line 1 is a paper's address")
    [entry] = record.entries
    assert ([str(paper) for paper in entry.ids], entry.values("date")) == (["arxiv:2104.01234"], ["2021"])
    assert (record.title, record.about) == ("Ladders", 0)


def test_heads_with_the_papers_under_them() -> None:
    short, long, ropes = techniques(NOTE)
    assert (short.text, short.line) == ("Short rungs", 7)
    assert short.parts == (
        ("paper", "Rungs"),
        ("paper", "Two Rails"),
        ("paper", "https://example.org/c"),
        ("text", "Rungs, rails They hold *well*. a chart"),
    )
    assert (long.text, dict(long.parts)["text"]) == ("Long rungs", "Stilts Springs go higher.")
    assert (ropes.text, ropes.parts) == ("Ropes", ()), "an empty head is kept"


def test_links_know_the_head_they_stand_under() -> None:
    roles = {link.target: link.role for link in read("b.md", NOTE.encode()).links}
    assert (roles["Rungs"], roles["Stilts"], roles["Climbing, a Survey"]) == ("Short rungs", "Long rungs", "")


@pytest.mark.parametrize(
    ("opening", "paper", "date"),
    [
        ("https://arxiv.org/abs/2104.01234\n2021-04\n", "arxiv:2104.01234", ["2021-04"]),
        ("<https://arxiv.org/abs/2104.01234>\n\n(2021)\n", "arxiv:2104.01234", ["2021"]),
        ("arXiv:2104.01234v3 (2021)\n", "arxiv:2104.01234", ["2021"]),
        ("arXiv:2104.01234, 2021-04-02\n", "arxiv:2104.01234", ["2021-04-02"]),
        ("doi:10.1145/3065386\nPublished: May 2017\n", "doi:10.1145/3065386", ["2017-05"]),
        ("10.1145/3065386 2017\n", "doi:10.1145/3065386", ["2017"]),
        ("Paper: https://doi.org/10.1145/3065386\nYear: 2017\n", "doi:10.1145/3065386", ["2017"]),
        ("# On Ladders\n\nhttps://arxiv.org/abs/2104.01234\n2021\n", "arxiv:2104.01234", ["2021"]),
        ("https://arxiv.org/abs/2104.01234\n\nIt has 2021 rungs.\n", "arxiv:2104.01234", []),
        ("https://arxiv.org/abs/2104.01234\n2021-13\n", "arxiv:2104.01234", []),
    ],
)
def test_first_lines(opening: str, paper: str, date: list[str]) -> None:
    record = read("b.md", opening.encode())
    [entry] = record.entries
    assert (record.dialect, [str(known) for known in entry.ids], entry.values("date")) == ("bare", [paper], date)


def test_the_front_matter_knows_better() -> None:
    [entry] = read("b.md", b"---\ndate: 2020\n---\nhttps://arxiv.org/abs/2104.01234\n2021\n").entries
    assert (entry.values("date"), entry.decided_by) == (["2020"], "labeled id on line 4")


@pytest.mark.parametrize(
    "opening",
    ["https://example.org/x\n2021\n", "See https://arxiv.org/abs/2104.01234\n", "2021\n\nhttps://arxiv.org/abs/2104.01234\n"],
)
def test_other_notes_are_not_bare(opening: str) -> None:
    assert read("n.md", opening.encode()).dialect != "bare"


@pytest.mark.parametrize(
    "line",
    [
        "**Rungs** [[A]] and [[B]]",
        "__Rungs:__ [[A]] and [[B]]",
        "- **Rungs**: [[A]] and [[B]]",
        "- Rungs: [[A]] and [[B]]",
        "* Rungs — [[A]] and [[B]]",
        "- **[[Rungs]]** [[A]] and [[B]]",
        "#### Rungs: [[A]] and [[B]]",
    ],
)
def test_heads_are_bold_words_bullets_or_headings(line: str) -> None:
    [found] = techniques(f"arXiv:2104.01234\n\n{line}\n")
    assert found.text == "Rungs"
    assert [value for name, value in found.parts if name == "paper"][-2:] == ["A", "B"]


@pytest.mark.parametrize("line", ["**Note** that it leans.", "- a point: no links", "#### A section", "**a** -> b"])
def test_words_in_bold_without_papers_are_no_heads(line: str) -> None:
    assert techniques(f"arXiv:2104.01234\n\n{line}\n") == []


@pytest.mark.parametrize("piece", ["**a** [[b]]\n", "- a: [[b]]\n", "### a [[b]]\n", "**a", "[[a][", "\n", "**a**\n"])
def test_time_is_linear(piece: str) -> None:
    assert growth(lambda text: read("b.md", f"arXiv:2104.01234\n{text}".encode()), piece, 60_000) < LINEAR
