"""CSL-JSON: only what its schema allows, and each fact in the right field."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.export.csl import csl, csl_of
from cli.export.works import Work
from kb.dialects import csl_json
from kb.model import Entry
from tests.cli.export.test_bibtex import ARTICLE, PREPRINT, PUBLISHED, curated, everywhere
from tests.hostile import PAYLOADS

__all__ = ["curated"]

# What our items may use of https://resource.citationstyles.org/schema/v1.0.2/input/json/csl-data.json, which allows
# nothing else (`additionalProperties: false`).
TYPES = {"article", "article-journal", "book", "chapter", "document", "paper-conference", "report", "thesis"}
TEXTS = {
    "id", "citation-key", "type", "title", "container-title", "collection-title", "publisher", "publisher-place",
    "volume", "issue", "page", "chapter-number", "number", "edition", "ISBN", "ISSN", "DOI", "URL",
    "keyword", "genre", "archive", "archive_location",
}  # fmt: skip
NAMES = {"author", "editor"}
NAME_PARTS = {"family", "given", "non-dropping-particle", "suffix", "literal"}


def valid(item: dict[str, Any]) -> bool:
    """Whether this is an item by the schema."""
    assert set(item) <= TEXTS | NAMES | {"issued", "custom"}, set(item)
    assert {"id", "type"} <= set(item)
    assert item["type"] in TYPES
    assert all(isinstance(item[name], str) and item[name] for name in TEXTS & set(item))
    for name in (each for field in NAMES & set(item) for each in item[field]):
        assert name
        assert set(name) <= NAME_PARTS
        assert all(isinstance(part, str) and part for part in name.values())
    if "issued" in item:
        assert set(item["issued"]) == {"date-parts"}
        [date] = item["issued"]["date-parts"]
        assert 1 <= len(date) <= 3
        assert all(isinstance(part, int) for part in date)
    assert isinstance(item["custom"], dict)
    return True


def test_every_curated_paper_is_a_valid_item(curated: list[Work]) -> None:
    items = json.loads(csl(curated))
    assert len(items) == len(curated)
    assert all(map(valid, items))
    assert [item["custom"]["key"] for item in items] == [work.key for work in curated]


def test_a_preprint_is_an_article() -> None:
    assert csl_of(PREPRINT) == {
        "id": "graves2014neural",
        "citation-key": "graves2014neural",
        "type": "article",
        "title": "Neural Turing Machines",
        "author": [{"family": "Graves", "given": "Alex"}, {"family": "Wayne", "given": "Greg"}],
        "issued": {"date-parts": [[2014, 10, 20]]},
        "publisher": "arXiv",
        "number": "arXiv:1410.5401",
        "genre": "preprint",
        "URL": "https://arxiv.org/abs/1410.5401",
        "custom": {"key": "ntm"},
    }


def test_what_is_published_and_has_a_preprint() -> None:
    item = csl_of(PUBLISHED)
    assert (item["type"], item["container-title"]) == ("paper-conference", "ICLR")
    assert (item["archive"], item["archive_location"]) == ("arXiv", "2106.09685")
    assert item["issued"] == {"date-parts": [[2022]]}, "the known day is that of the preprint"
    assert item["URL"] == "https://arxiv.org/abs/2106.09685", "where it can be read, as there is no DOI"


def test_an_article() -> None:
    item = csl_of(ARTICLE)
    assert {name: item[name] for name in ("type", "container-title", "volume", "issue", "page", "DOI", "keyword")} == {
        "type": "article-journal",
        "container-title": "Neural Computation",
        "volume": "9",
        "issue": "8",
        "page": "1735-1780",
        "DOI": "10.1162/neco.1997.9.8.1735",
        "keyword": "memory, R&D",
    }


def test_a_book_has_no_container_and_a_thesis_names_its_school() -> None:
    book = csl_of(Work("k", "k", "T", details={"type": "book", "publisher": "MIT Press"}))
    assert (book["type"], book["publisher"], "container-title" in book) == ("book", "MIT Press", False)
    thesis = csl_of(Work("k", "k", "T", details={"type": "phdthesis", "school": "MIT"}))
    assert (thesis["type"], thesis["publisher"], thesis["genre"]) == ("thesis", "MIT", "PhD thesis")


@pytest.mark.parametrize(("venue", "details", "publisher", "genre"), [
    ("PhD thesis, MIT", {}, "MIT", "PhD thesis"),
    ("OpenAI technical report", {}, "OpenAI", "technical report"),
    ("", {"type": "Habilitation", "entrytype": "phdthesis", "school": "ETH"}, "ETH", "Habilitation"),
    ("", {"type": "mastersthesis", "school": "ETH"}, "ETH", "Master's thesis"),
])  # fmt: skip
def test_who_published_a_thesis_or_report_and_what_it_is(
    venue: str, details: dict[str, str], publisher: str, genre: str
) -> None:
    item = csl_of(Work("k", "k", "T", venue=venue, details=details))
    assert (item["publisher"], item["genre"]) == (publisher, genre)


@pytest.mark.parametrize(("shown", "name"), [
    ("Aaron van den Oord", {"family": "Oord", "given": "Aaron", "non-dropping-particle": "van den"}),
    ("Google Brain Team", {"literal": "Google Brain Team"}),
    ("Vaswani, Shazeer et al.", {"literal": "Vaswani, Shazeer et al."}),
    ("Martin Luther King, Jr.", {"family": "King", "given": "Martin Luther", "suffix": "Jr."}),
    ("OpenAI", {"family": "OpenAI"}),
])  # fmt: skip
def test_names(shown: str, name: dict[str, str]) -> None:
    assert csl_of(Work("k", "k", "T", (shown,)))["author"] == [name]


def test_our_own_facts_stand_under_custom() -> None:
    work = Work("lora", "k", "T", patterns=("low-rank",), constraints=("parameters",))
    assert csl_of(work)["custom"] == {"key": "lora", "patterns": ["low-rank"], "constraints": ["parameters"]}


IN_PLACE = (
    "entrytype", "volume", "number", "pages", "chapter", "publisher", "school", "institution", "editor", "series",
    "edition", "isbn", "issn", "address", "type",
)  # fmt: skip


def as_read(entry: Entry) -> Work:
    """The paper that an item is read as, with its facts used as a note's."""

    def first(name: str) -> str:
        return next(iter(entry.values(name)), "")

    addresses = [address for address in entry.values("url") if not address.startswith("https://arxiv.org/abs/")]
    return Work(
        entry.key,
        first("citekey"),
        entry.title,
        tuple(entry.values("authors")),
        first("date"),
        first("venue"),
        first("arxiv_id"),
        first("doi"),
        next(iter(addresses), ""),
        bool(first("authors_more")),
        tuple(entry.values("tags")),
        tuple(entry.values("patterns")),
        tuple(entry.values("constraints")),
        {name: first(name) for name in IN_PLACE if first(name)},
    )


def test_what_is_written_is_read_as_the_same_papers(curated: list[Work]) -> None:
    group = Work("x", "k", "T & <C>", ("Google Brain Team", "King, Jr., Martin"), "1999-03", "Nature", more=True)
    thesis = Work("t", "t", "T", ("Ann Bo",), details={"type": "phdthesis", "school": "MIT"})
    press = {"type": "book", "publisher": "MIT Press", "editor": "A. Bo and C. Du"}
    book = Work("b", "b", "B", date="2016", details=press)
    written = csl([*curated, PREPRINT, PUBLISHED, ARTICLE, group, thesis, book])
    record = csl_json.read("refs.json", written)
    assert record.diagnostics == ()
    assert csl(map(as_read, record.entries)) == written


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_hostile_text_in_every_field(name: str) -> None:
    assert valid(csl_of(everywhere(PAYLOADS[name])))


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_in_every_field(text: str) -> None:
    work = everywhere(text)
    assert valid(csl_of(work))
    assert json.loads(csl([work]).encode()) == [csl_of(work)]
