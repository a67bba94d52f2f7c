"""Logseq: pages made of bullets with properties, names with slashes, journal days, references to blocks."""

import pytest

from kb.model import Record
from kb.read import read

UUID = "64b7a5a2-6c1f-4a5e-9a57-0f6a3c0d9e11"


def of(path: str, text: str) -> Record:
    return read(path, text.encode())


PAGE = f"""\
type:: [[Paper]]
arxiv:: 1607.06450
authors:: [[Jimmy Ba]], [[Jamie Kiros]]
alias:: LayerNorm, LN

- Works on one example, unlike [[Batch Normalization]].
  id:: {UUID}
  year:: 1999
\t- See (({UUID})) and [that block]((({UUID}))). {{{{embed (({UUID}))}}}}
- # A heading in a bullet
"""


def test_a_page_is_named_after_its_file_and_its_properties_are_facts() -> None:
    record = of("pages/Layer Normalization.md", PAGE)
    [entry] = record.entries
    assert (record.dialect, record.dialect_by) == ("logseq", f"the property `id:: {UUID}`")
    assert (record.title, entry.title) == ("Layer Normalization", "Layer Normalization")
    assert (str(entry.ids[0]), entry.values("date")) == ("arxiv:1607.06450", [])
    assert entry.values("authors") == ["Jimmy Ba", "Jamie Kiros"]
    assert record.aliases == ("LayerNorm", "LN")


def test_references_to_blocks_are_no_links() -> None:
    targets = {link.target for link in of("pages/x.md", PAGE).links if link.kind in ("wiki", "markdown")}
    assert targets == {"Batch Normalization"}


@pytest.mark.parametrize("stem", ["a___b c", "a%2Fb c"])
def test_namespaced_pages(stem: str) -> None:
    assert of(f"pages/{stem}.md", f"- x (({UUID}))\n").title == "a/b c"
    assert of(f"pages/{stem}.md", "- x\n\t- y\n").title == "a/b c"


def test_a_title_property_is_the_title_and_the_file_name_an_alias() -> None:
    record = of("pages/ln.md", "title:: Layer Normalization\ntags:: [[norm]]\n\n- text\n")
    assert (record.dialect_by, record.title) == ("page properties on line 1, then bullets", "Layer Normalization")
    assert record.aliases == ("ln",)


def test_properties_in_the_first_bullet() -> None:
    record = of(
        "pages/Adam.md", "- arxiv:: 1412.6980\n  authors:: [[Diederik Kingma]]\n- collapsed\n  collapsed:: true\n"
    )
    [entry] = record.entries
    assert (str(entry.ids[0]), entry.values("authors")) == ("arxiv:1412.6980", ["Diederik Kingma"])
    assert entry.values("collapsed") == []


@pytest.mark.parametrize(("day", "shown"), [("2023_03_03", "Mar 3rd, 2023"), ("2023-11-12", "Nov 12th, 2023")])
def test_days_answer_to_the_name_that_logseq_links(day: str, shown: str) -> None:
    record = of(f"journals/{day}.md", "- read [[Adam]]\n")
    assert (record.dialect, record.title, record.aliases) == ("logseq", day.replace("_", "-"), (shown,))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("notes/a.md", "- one\n- two\n"),
        ("notes/a.md", "rating:: 5\n\nA paragraph.\n- and a bullet\n"),
        ("pages/a.md", "# A page of a site\n\nText.\n"),
        ("a.md", "f((x)) = ((y))\n"),
    ],
)
def test_other_notes_are_not_logseqs(path: str, text: str) -> None:
    assert of(path, text).dialect != "logseq"


ZOTERO = "item-type:: [[journalArticle]]\ndate:: 6/2021\noriginal-title:: Nets of Ends\nauthors:: [[Ann Ann]]\n\n- x\n"


@pytest.mark.parametrize("called", ["@Nets of Ends", "@annNetsEnds2021"])
def test_a_page_made_from_zotero_is_found_by_its_name_and_shown_by_the_title(called: str) -> None:
    record = of(f"pages/{called}.md", f"title:: {called}\ncitekey:: annNetsEnds2021\n{ZOTERO}")
    [entry] = record.entries
    assert (record.title, entry.title, entry.values("title")) == (called, "Nets of Ends", ["Nets of Ends"])
    assert (entry.values("date"), entry.values("citekey")) == (["2021-06"], ["annNetsEnds2021"])


def test_the_name_of_a_page_made_from_zotero_is_its_citation_key() -> None:
    [entry] = of("pages/@annNetsEnds2021.md", f"title:: @annNetsEnds2021\ndoi:: 10.1000/x1\n{ZOTERO}").entries
    assert entry.values("citekey") == ["annNetsEnds2021"]
