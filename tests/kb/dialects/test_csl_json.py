"""CSL-JSON from other programs, and whatever hostile JSON may contain."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.dialects import csl_json
from kb.model import Entry, Record
from tests.kb.growth import LINEAR, growth

ZOTERO = """\
[
  {
    "id": "http://zotero.org/users/12345/items/ABCD2345",
    "type": "article",
    "abstract": "The dominant sequence transduction models\\nare recurrent.",
    "note": "arXiv:1706.03762 [cs]\\nCitation Key: vaswaniAttentionAllYou2023",
    "number": "arXiv:1706.03762",
    "publisher": "arXiv",
    "source": "arXiv.org",
    "title": "Attention Is All You Need",
    "URL": "http://arxiv.org/abs/1706.03762",
    "author": [{"family": "Vaswani", "given": "Ashish"}, {"family": "Kaiser", "given": "Łukasz"}],
    "accessed": {"date-parts": [["2024", 3, 1]]},
    "issued": {"date-parts": [["2023", 8, 1]]}
  },
  {
    "id": "vandenoordPixelRecurrentNeural2016",
    "type": "paper-conference",
    "container-title": "Proceedings of The 33rd International Conference on Machine Learning",
    "event-title": "International Conference on Machine Learning",
    "page": "1747-1756",
    "publisher": "PMLR",
    "title": "Pixel <span class=\\"nocase\\">Recurrent</span> Neural Networks",
    "author": [{"family": "Oord", "given": "Aäron", "non-dropping-particle": "van den"},
               {"family": "King", "given": "Martin", "suffix": "Jr."}, {"literal": "Barnes and Noble, Inc."}],
    "editor": [{"family": "Balcan", "given": "Maria Florina"}, {"literal": "Program Committee"}],
    "keyword": "images, density estimation",
    "annote": "Read with Mia.",
    "issued": {"date-parts": [["2016", 6]]}
  }
]
"""
CROSSREF = {
    "type": "article-journal",
    "title": ["Deep learning"],
    "container-title": ["Nature"],
    "abstract": "<jats:title>Abstract</jats:title><jats:p>Learning <jats:italic>in</jats:italic>\n layers.</jats:p>",
    "DOI": "10.1038/NATURE14539",
    "author": [{"given": "Yann", "family": "LeCun", "sequence": "first", "affiliation": []}],
    "issued": {"date-parts": [[2015, 5, 27]]},
    "volume": "521",
    "issue": 7553,
    "ISSN": ["0028-0836", "1476-4687"],
}


def csl(value: Any) -> Record:
    return csl_json.read("lib/refs.json", value if isinstance(value, str) else json.dumps(value))


def only(value: Any) -> Entry:
    [entry] = csl(value).entries
    return entry


def said(entry: Entry, *fields: str) -> dict[str, list[str]]:
    return {field: entry.values(field) for field in fields if entry.values(field)}


def test_zotero() -> None:
    record = csl(ZOTERO)
    assert (record.dialect, record.title, record.about, record.diagnostics) == ("csl-json", "refs.json", None, ())
    preprint, paper = record.entries
    assert [(each.mentioned, each.line) for each in record.entries] == [(True, 2), (True, 16)]
    assert [str(each) for each in preprint.ids] == ["arxiv:1706.03762"]
    assert said(preprint, "authors", "citekey", "date", "updated", "venue", "publisher", "number") == {
        "authors": ["Ashish Vaswani", "Łukasz Kaiser"],
        "citekey": ["vaswaniAttentionAllYou2023"],
        "updated": ["2023-08-01"],
    }
    assert preprint.text.endswith("The dominant sequence transduction models are recurrent.")
    assert (paper.title, paper.why) == ("Pixel Recurrent Neural Networks", "Read with Mia.")
    assert said(paper, "authors", "citekey", "date", "venue", "pages", "publisher", "editor", "tags", "entrytype") == {
        "authors": ["Aäron van den Oord", "King, Jr., Martin", "Barnes and Noble, Inc."],
        "citekey": ["vandenoordPixelRecurrentNeural2016"],
        "date": ["2016-06"],
        "venue": ["Proceedings of The 33rd International Conference on Machine Learning"],
        "pages": ["1747-1756"],
        "publisher": ["PMLR"],
        "editor": ["Maria Florina Balcan and Program Committee"],
        "tags": ["images", "density estimation"],
        "entrytype": ["inproceedings"],
    }


def test_crossref_has_lists_where_one_value_is_meant() -> None:
    entry = only(CROSSREF)
    assert (entry.title, [str(each) for each in entry.ids]) == ("Deep learning", ["doi:10.1038/nature14539"])
    assert said(entry, "venue", "volume", "number", "issn", "date", "summary") == {
        "venue": ["Nature"],
        "volume": ["521"],
        "number": ["7553"],
        "issn": ["0028-0836"],
        "date": ["2015-05-27"],
        "summary": ["Abstract Learning in layers."],
    }


def test_crossref_has_names_of_its_own_for_types_and_groups_and_splits_titles() -> None:
    entry = only({
        "type": "proceedings-article",
        "title": ["XGBoost"],
        "subtitle": ["A Scalable Tree Boosting System"],
        "author": [{"given": "Tianqi", "family": "Chen"}, {"name": "The XGBoost Team", "sequence": "additional"}],
    })  # fmt: skip
    assert entry.title == "XGBoost: A Scalable Tree Boosting System"
    assert entry.values("authors") == ["Tianqi Chen", "The XGBoost Team"]
    assert entry.values("entrytype") == ["inproceedings"]


@pytest.mark.parametrize(
    "text",
    [
        '\ufeff [{"title": "One"}, {"title": "Two"}]',
        '[{"title": "One"},\r\n{"title": "Two"},]',
        '{"title": "One"}\n{"title": "Two"}\n',
    ],
)
def test_a_list_or_one_item_after_the_other(text: str) -> None:
    assert [entry.title for entry in csl(text).entries] == ["One", "Two"]
    assert csl(text).diagnostics == ()


@pytest.mark.parametrize(
    ("text", "place", "titles"),
    [
        ('[{"title": "One"},\n {"title": "Two"\n', "3:1", ["One"]),
        ('[{"title": "One"}\n', "2:1", ["One"]),
        ('[{"title": "One"},\n {"title: 2}]', "2:3", ["One"]),
        ("[" * 100_000, "1:2", []),
        ('[{"title": "One"},\n{"title": "T", "volume": ' + "9" * 5000 + "}]", "2:1", ["One"]),
        ("TY  - JOUR\n", "1:1", []),
    ],
)
def test_what_stands_before_an_error_is_read(text: str, place: str, titles: list[str]) -> None:
    record = csl(text)
    assert [entry.title for entry in record.entries] == titles
    [told] = record.diagnostics
    assert str(told).startswith(f"lib/refs.json:{place}: reference CSL-JSON: ")
    assert str(told).endswith(" - fix it; the items before it are read")


@pytest.mark.parametrize("item", [{}, {"title": ""}, {"title": {"a": 1}}, None, "Nets", 3, [], [{"title": "deep"}]])
def test_an_item_without_a_title_is_reported(item: object) -> None:
    record = csl([{"title": "One"}, item])
    assert [entry.title for entry in record.entries] == ["One"]
    [told] = record.diagnostics
    assert told.message == "CSL-JSON: reference without a title"


@pytest.mark.parametrize("text", ["", " \n", "[]", "[ ]\n"])
def test_an_empty_file(text: str) -> None:
    assert (csl(text).entries, csl(text).diagnostics) == ((), ())


@pytest.mark.parametrize(
    ("issued", "date"),
    [
        ({"date-parts": [[2017, 6, 12]]}, ["2017-06-12"]),
        ({"date-parts": [["2017", "06"]]}, ["2017-06"]),
        ({"date-parts": [[2017, 0, 0]]}, ["2017"]),
        ({"date-parts": [[2017], [2018]]}, ["2017"]),
        ({"date-parts": [[None]], "literal": "June 2017"}, ["2017-06"]),
        ({"raw": "2017-06-12"}, ["2017-06-12"]),
        ("2017", ["2017"]),
        ("2017-06/2017-07", ["2017-06"]),
        ({"edtf": "2017-06~"}, ["2017-06"]),
        ({"literal": "in press"}, []),
        ({"date-parts": []}, []),
        ([], []),
    ],
)
def test_dates(issued: object, date: list[str]) -> None:
    record = csl([{"title": "T", "issued": issued}])
    assert record.entries[0].values("date") == date
    assert record.diagnostics == ()


def test_an_impossible_date_is_reported() -> None:
    [told] = csl([{"title": "T", "issued": {"date-parts": [[2017, 13, 40]]}}]).diagnostics
    assert (told.code, told.message) == ("date", "not a date: '2017-13-40'")


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ([{"family": "Maaten", "given": "Laurens", "dropping-particle": "van der"}], ["Laurens van der Maaten"]),
        ([{"family": "van der Maaten", "given": "Laurens"}], ["Laurens van der Maaten"]),
        ([{"family": "Van der Maaten", "given": "L."}], ["Van der Maaten, L."]),
        ([{"family": "OpenAI"}], ["OpenAI"]),
        ([{"family": "Google Brain Team"}, {"family": "Lee", "given": "Ann"}], ["Google Brain Team", "Ann Lee"]),
        ([{"literal": "Lee, Bo, and the {Team}"}], ["Lee, Bo, and the Team"]),
        (["Ann Lee"], ["Ann Lee"]),
        ([{"given": "Ann"}, {}, None, {"family": 7}], ["Ann", "7"]),
        ("Ann Lee", ["Ann Lee"]),
        (None, []),
    ],
)
def test_names(author: object, names: list[str]) -> None:
    assert only([{"title": "T", "author": author}]).values("authors") == names


@pytest.mark.parametrize(
    "item",
    [
        {"archive": "arXiv", "archive_location": "1706.03762"},
        {"number": "arXiv:1706.03762v5"},
        {"DOI": "10.48550/arXiv.1706.03762"},
        {"URL": "https://arxiv.org/pdf/1706.03762"},
        {"container-title": "arXiv:1706.03762 [cs]"},
        {"note": "Read it.\narXiv: 1706.03762"},
    ],
)
def test_an_arxiv_id_stands_in_many_places(item: dict[str, str]) -> None:
    entry = only({"type": "article-journal", "title": "T", **item})
    assert [str(each) for each in entry.ids] == ["arxiv:1706.03762"]
    assert said(entry, "arxiv_id", "venue", "number", "entrytype") == {"arxiv_id": ["1706.03762"]}


@pytest.mark.parametrize(
    ("item", "facts"),
    [
        ({"type": "thesis", "publisher": "MIT", "genre": "PhD thesis"}, {
            "entrytype": ["phdthesis"], "school": ["MIT"], "type": ["PhD thesis"]}),
        ({"type": "report", "publisher": "OpenAI", "number": "3"}, {
            "entrytype": ["techreport"], "institution": ["OpenAI"], "number": ["3"]}),
        ({"type": "book", "publisher": "MIT Press", "publisher-place": "Cambridge", "ISBN": "9780262035613"}, {
            "entrytype": ["book"], "publisher": ["MIT Press"], "address": ["Cambridge"], "isbn": ["9780262035613"]}),
        ({"type": "dataset", "publisher": "Zenodo"}, {"entrytype": ["misc"], "venue": ["Zenodo"]}),
        ({"type": "paper-conference", "event": "ICLR"}, {"entrytype": ["inproceedings"], "venue": ["ICLR"]}),
    ],
)  # fmt: skip
def test_where_it_came_out(item: dict[str, str], facts: dict[str, list[str]]) -> None:
    entry = only({"title": "T", **item})
    assert said(entry, *{fact.field for fact in entry.facts} - {"title"}) == facts


@pytest.mark.parametrize(
    ("item", "key"),
    [
        ({"id": "lee2019"}, ["lee2019"]),
        ({"id": "DBLP:conf/iclr/Lee19"}, ["DBLP:conf/iclr/Lee19"]),
        ({"id": "x", "citation-key": "lee2019"}, ["lee2019"]),
        ({"id": 17}, []),
        ({"id": "12345/ABCD2345"}, []),
        ({"id": "10.1038/nature14539"}, []),
        ({"id": "two words"}, []),
    ],
)
def test_citation_keys(item: dict[str, object], key: list[str]) -> None:
    assert only({"title": "T", **item}).values("citekey") == key


@pytest.mark.parametrize(("key", "kept"), [("lora", "lora"), ("../../etc/passwd", ""), ("arxiv:1706.03762", "")])
def test_a_key_of_ours_is_one_that_a_note_can_have(key: object, kept: str) -> None:
    assert only({"title": "T", "custom": {"key": key}}).key == kept


def test_what_no_note_can_hold_is_left_out() -> None:
    entry = only('{"title": "A\\u0000\\u001b[31m\\ud800 b\\u009b", "author": [{"literal": "x\\udfff"}]}')
    assert (entry.title, entry.values("authors")) == ("A[31m b", ["x"])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "id", "type", "title", "author", "editor", "issued", "container-title", "publisher", "page", "number", "DOI", "URL",
    "note", "keyword", "abstract", "custom", "archive", "archive_location", "citation-key", "family", "date-parts",
)  # fmt: skip


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), ANYTHING)))
def test_any_value_in_any_field_is_read(items: list[dict[str, Any]]) -> None:
    record = csl(items)
    assert len(record.entries) <= len(items)
    json.dumps(record).encode()


@given(st.text(alphabet='[]{}",: \n\\u0dt', max_size=30))
def test_any_text_is_read(text: str) -> None:
    csl(text)


@pytest.mark.parametrize("piece", ['{"title": "T"},\n', "[", ",", "\n", '{"title": "T", "id": 1} '])
def test_time_is_linear_in_items(piece: str) -> None:
    assert growth(lambda text: csl(f"[{text}"), piece, 40_000) < LINEAR


@pytest.mark.parametrize("piece", ["\n", " ", "a\n \n", "citation key: ", "<jats:", "arXiv:", "1", "-", ", "])
def test_time_is_linear_in_a_text(piece: str) -> None:
    names = ("title", "note", "abstract", "number", "page", "issued", "id", "author")

    def item(text: str) -> Record:
        return csl([dict.fromkeys(names, f"a{text}b")])

    assert growth(item, piece, 40_000) < LINEAR
