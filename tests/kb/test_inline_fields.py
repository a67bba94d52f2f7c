"""Fields in running text: which of them apply to the whole page, and what they say."""

import pytest

from kb.model import Entry, Record
from kb.read import read
from tests.kb.growth import LINEAR, growth


def of(text: str) -> Record:
    return read("n.md", text.encode())


def facts(text: str) -> dict[str, list[str]]:
    [entry] = of(text).entries
    return told(entry)


def told(entry: Entry) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fact in entry.facts:
        found.setdefault(fact.field, []).append(fact.value)
    return found


DATAVIEW = """\
# Attention

arxiv:: 1706.03762v5
**Authors**:: [[Ashish Vaswani]], [[Noam Shazeer|N. Shazeer]]
year:: 2017
url:: [the page](https://papers.example/attention)
tags:: #nlp #[[sequence models]]
aliases:: Transformer, "Attention, the paper"
rating:: 5

It was [venue:: [[NeurIPS]]] and (status:: read).
"""


NESTED = """\
- ### Metadata
    - Title:: [[Nets of Ends]]
    - Author(s):: [[People/Ann Ann]], [[Bob Bo]]
    - Date:: [[June 12th, 2017]]
    - DOI:: 10.1145/32925
- ### Notes
    - year:: 1999
"""


@pytest.mark.parametrize("text", [NESTED, NESTED.replace("    ", "\t"), NESTED.replace("### Metadata", "Metadata::")])
def test_fields_under_a_bullet_of_metadata_are_the_pages(text: str) -> None:
    found = facts(text)
    assert (found["title"], found["authors"]) == (["Nets of Ends"], ["Ann Ann", "Bob Bo"])
    assert found["date"] == ["2017-06-12"]


def test_a_page_tells_its_facts_as_front_matter_does() -> None:
    record = of(DATAVIEW)
    [entry] = record.entries
    assert (str(entry.ids[0]), entry.decided_by, entry.line) == ("arxiv:1706.03762", "field `arxiv` on line 3", 3)
    assert told(entry) | {"tags": []} == {
        "arxiv_id": ["1706.03762"],
        "arxiv_version": ["5"],
        "authors": ["Ashish Vaswani", "N. Shazeer"],
        "date": ["2017"],
        "url": ["https://papers.example/attention"],
        "tags": [],
        "aliases": ["Transformer", "Attention, the paper"],
        "rating": ["5"],
        "venue": ["NeurIPS"],
        "status": ["read"],
    }
    assert {"nlp", "sequence models"} <= set(entry.values("tags"))
    assert record.aliases == ("Transformer", "Attention, the paper")


def test_links_of_fields_keep_their_role_and_place() -> None:
    links = [(link.target, link.role, link.line) for link in of(DATAVIEW).links if link.kind == "field"]
    assert ("Ashish Vaswani", "authors", 4) in links
    assert ("NeurIPS", "venue", 11) in links


@pytest.mark.parametrize(
    "line", ["doi:: 10.1145/3065386", "- **DOI**:: [10.1145/3065386](https://doi.org/10.1145/3065386)",
             "> **DOI**:: 10.1145/3065386<br>",
             "> [!info]\n> **DOI:: ** 10.1145/3065386", "* doi :: 10.1145/3065386 ^b1", "__DOI__:: <https://doi.org/10.1145/3065386>"]
)  # fmt: skip
def test_ways_to_write_a_field(line: str) -> None:
    [entry] = of(f"# AlexNet\n\n## Metadata\n\n{line}\n").entries
    assert str(entry.ids[0]) == "doi:10.1145/3065386"


@pytest.mark.parametrize(
    "text",
    [
        "Write `rating:: 5` on top.\n",
        "```\nrating:: 5\n```\n",
        "%%\nrating:: 5\n%%\n",
        "- to read\n  rating:: 5\n- more\n",
        "- to read\n  - rating:: 5\n",
        "- this one [rating:: 5]\n",
        "| a | rating:: 5 |\n|---|---|\n| [rating:: 5] | b |\n",
        "std::vector rating::5\n",
    ],
)
def test_what_is_code_or_speaks_of_a_bullet_is_no_fact_of_the_page(text: str) -> None:
    assert "rating" not in facts("---\narxiv: 1706.03762\n---\n" + text)


def test_sections_that_each_tell_of_a_paper_make_the_page_about_none() -> None:
    text = "# Reading\n\n## One\narxiv:: 1706.03762\nyear:: 2017\n\n## Two\narxiv:: 1810.04805\nyear:: 2018\n"
    assert of(text).entries == ()
    assert facts(text.replace("## One\n", ""))["arxiv_id"] == ["1706.03762"]


def test_a_line_break_is_no_part_of_a_name() -> None:
    """Templates of Zotero's plugins write one after each author."""
    [entry] = of("> **Author**:: Ann, Ada<br>\n> **Author**:: Bo, Bea <br/>\n> **DOI**:: 10.1145/3065386\n").entries
    assert entry.values("authors") == ["Ada Ann", "Bea Bo"]


def test_front_matter_counts_before_the_text() -> None:
    found = facts("---\narxiv: 1706.03762\nyear: 2017\ntags: [a]\n---\narxiv:: 1810.04805\nyear:: 2018\ntags:: b\n")
    assert (found["arxiv_id"], found["date"], found["tags"]) == (["1706.03762"], ["2017"], ["a", "b"])


def test_a_value_that_cannot_be_understood_is_reported_with_its_place() -> None:
    record = of("# N\n\narxiv:: 1501.0001\n")
    assert [(d.line, d.column, d.code) for d in record.diagnostics] == [(3, 9, "arxiv-id")]


def test_fields_between_fences() -> None:
    record = of(
        "---\ntitle:: Dropout\nauthors:: [[Nitish Srivastava]], [[Geoffrey Hinton]]\ndoi:: 10.1000/x\n---\n- a\n"
    )
    assert record.diagnostics == ()
    [entry] = record.entries
    assert (entry.title, entry.values("authors")) == ("Dropout", ["Nitish Srivastava", "Geoffrey Hinton"])
    assert entry.decided_by == "front matter `doi`"


@pytest.mark.parametrize("piece", ["a:: [[", "[a:: ", "(a:: b (", "x::\n", ":: ", "> - a:: b\n", 'aliases:: a, "b'])
def test_many_fields_are_read_in_linear_time(piece: str) -> None:
    assert growth(of, piece, 120_000) < LINEAR
