"""BibTeX and BibLaTeX: how entries are written, and that reading and writing them again gives the same bytes."""

import re
from collections.abc import Iterator

import pytest
from bibtexparser.entrypoint import parse_string
from bibtexparser.library import Library
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.export.bibtex import Flavor, bibliography, bibtex_of
from cli.export.cited import citekeys
from cli.export.works import Work, works
from cli.implementations import Installed
from cli.printable import printable
from kb.dates import parse_date
from kb.names import is_truncation, split_names
from kb.query.answer import ask
from kb.titles import display_title, title_key
from linker.vault import CURATED, open_vault
from tests.hostile import PAYLOADS

PREPRINT = Work(
    "ntm", "graves2014neural", "Neural Turing Machines", ("Alex Graves", "Greg Wayne"), "2014-10-20", "arXiv",
    "1410.5401",
)  # fmt: skip
PUBLISHED = Work(
    "lora", "hu2021lora", "LoRA: Low-Rank Adaptation", ("Edward J. Hu",), "2021-06-17", "ICLR 2022", "2106.09685"
)
ARTICLE = Work(
    "lstm", "hochreiter1997long", "Long Short-Term Memory", ("Sepp Hochreiter", "Jürgen Schmidhuber"), "1997-11-15",
    "Neural Computation 9(8), pp. 1735\N{EN DASH}1780", doi="10.1162/neco.1997.9.8.1735", url="https://x.org/a_b%20c#d",
    tags=("memory", "R&D"),
)  # fmt: skip


def test_b6_a_preprint_in_bibtex() -> None:
    assert bibtex_of(PREPRINT) == """\
@misc{graves2014neural,
  archiveprefix = {arXiv},
  author = {Graves, Alex and Wayne, Greg},
  eprint = {1410.5401},
  month = oct,
  title = {Neural Turing Machines},
  year = {2014},
}
"""


def test_b6_a_preprint_in_biblatex() -> None:
    assert bibtex_of(PREPRINT, "biblatex") == """\
@online{graves2014neural,
  author = {Graves, Alex and Wayne, Greg},
  date = {2014-10-20},
  eprint = {1410.5401},
  eprinttype = {arxiv},
  pubstate = {prepublished},
  title = {Neural Turing Machines},
}
"""


def test_b7_what_is_published_keeps_its_preprint_and_takes_no_day_from_it() -> None:
    assert bibtex_of(PUBLISHED) == """\
@inproceedings{hu2021lora,
  archiveprefix = {arXiv},
  author = {Hu, Edward J.},
  booktitle = {ICLR},
  eprint = {2106.09685},
  title = {{LoRA}: Low-Rank Adaptation},
  year = {2022},
}
"""


@pytest.mark.parametrize(("date", "month"), [("2021-02-26", ""), ("2021-03-01", ""), ("2021-02-01", "feb")])
def test_b7_the_day_of_a_preprint_may_be_in_the_month_before_its_id(date: str, month: str) -> None:
    written = bibtex_of(Work("clip", "radford2021", "T", date=date, venue="ICML", arxiv_id="2103.00020"))
    assert re.findall(r"month = (\w+)", written) == [month] * bool(month)
    assert "year = {2021}" in written


def test_b3_b4_b5_b9_an_article() -> None:
    assert bibtex_of(ARTICLE) == """\
@article{hochreiter1997long,
  author = {Hochreiter, Sepp and Schmidhuber, J{\\"u}rgen},
  doi = {10.1162/neco.1997.9.8.1735},
  journal = {Neural Computation},
  keywords = {memory, R\\&D},
  month = nov,
  number = {8},
  pages = {1735--1780},
  title = {Long Short-Term Memory},
  url = {https://x.org/a_b%20c#d},
  volume = {9},
  year = {1997},
}
"""
    assert "author = {Hochreiter, Sepp and Schmidhuber, Jürgen}" in bibtex_of(ARTICLE, "biblatex")


@pytest.mark.parametrize(("venue", "details", "starts", "holds"), [
    ("PhD thesis, MIT, 1995", {}, "@phdthesis{", "school = {MIT}"),
    ("OpenAI technical report", {}, "@techreport{", "institution = {OpenAI}"),
    ("", {"type": "phdthesis", "school": "MIT"}, "@phdthesis{", "school = {MIT}"),
    ("PhD thesis, MIT", {"school": "Massachusetts Institute"}, "@phdthesis{", "school = {Massachusetts Institute}"),
    ("Master's thesis, ETH, 1995", {}, "@mastersthesis{", "school = {ETH}"),
    ("", {"type": "mastersthesis", "school": "ETH"}, "@mastersthesis{", "school = {ETH}"),
    ("", {"type": "techreport", "institution": "Bell Labs"}, "@techreport{", "institution = {Bell Labs}"),
    ("Parallel Distributed Processing, MIT Press", {}, "@incollection{", "publisher = {MIT Press}"),
    ("a blog", {}, "@misc{", "howpublished = {a blog}"),
    ("Explorations, vol. 1", {"entrytype": "incollection"}, "@incollection{", "volume = {1}"),
    ("Proceedings of the AAAI Conference", {"entrytype": "article", "volume": "3", "number": "1"}, "@article{",
     "journal = {Proceedings of the AAAI Conference}"),
    ("Proceedings of the AAAI Conference", {"entrytype": "article", "volume": "3"}, "@inproceedings{", "volume = {3}"),
    ("Proceedings of the IEEE conference on computer vision", {}, "@inproceedings{", "booktitle = {Proceedings of"),
    ("Proceedings of the IEEE 86(11)", {}, "@article{", "journal = {Proceedings of the IEEE}"),
    ("", {"entrytype": "proceedings"}, "@proceedings{", "title = {T}"),
    ("Some Forum", {"type": "article-journal", "volume": "3"}, "@article{", "volume = {3}"),
    ("Deep Learning", {"type": "book", "editor": "A. Bo and C. Du"}, "@incollection{", "editor = {Bo, A. and Du, C.}"),
])  # fmt: skip
def test_types(venue: str, details: dict[str, str], starts: str, holds: str) -> None:
    written = bibtex_of(Work("k", "k1995a", "T", ("Ann Bo",), "1995", venue, details=details))
    assert written.startswith(starts)
    assert holds in written


@pytest.mark.parametrize(("venue", "details", "type_"), [
    ("PhD thesis, MIT", {"school": "MIT"}, "PhD thesis"),
    ("", {"type": "phdthesis", "school": "MIT"}, "phdthesis"),
    ("", {"type": "mastersthesis", "school": "MIT"}, "mathesis"),
])  # fmt: skip
def test_biblatex_says_what_kind_of_thesis_it_is(venue: str, details: dict[str, str], type_: str) -> None:
    written = bibtex_of(Work("k", "k1995a", "T", ("Ann Bo",), "1995", venue, details=details), "biblatex")
    assert written.startswith("@thesis{")
    assert "  institution = {MIT},\n" in written
    assert f"  type = {{{type_}}},\n" in written


@pytest.mark.parametrize(("date", "bibtex", "biblatex"), [
    ("2017-06-12", "  month = jun,\n  title = {T},\n  year = {2017},\n", "  date = {2017-06-12},\n"),
    ("2017-06", "  month = jun,\n  title = {T},\n  year = {2017},\n", "  date = {2017-06},\n"),
    ("2017", "{k,\n  title = {T},\n  year = {2017},\n", "  date = {2017},\n"),
    ("", "@misc{k,\n  title = {T},\n}\n", "@misc{k,\n  title = {T},\n}\n"),
])  # fmt: skip
def test_no_part_of_a_date_is_invented(date: str, bibtex: str, biblatex: str) -> None:
    work = Work("k", "k", "T", date=date)
    assert bibtex in bibtex_of(work)
    assert biblatex in bibtex_of(work, "biblatex")


# -- round trip ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> list[Work]:
    with open_vault(CURATED, Installed(), index=tmp_path_factory.mktemp("index") / "i.sqlite") as vault:
        papers = [paper.key for paper in ask(vault.store, "").papers]
        return works(vault.store, papers, citekeys(vault.store).by_paper)


def read(text: str) -> Iterator[Work]:
    """The works that another tool would read from a bibliography."""
    library = parsed(text)
    for entry in library.entries:
        fields = {field.key: str(field.value) for field in entry.fields}
        people = split_names(fields.get("author", ""))
        within = next((fields[name] for name in ("journal", "journaltitle", "booktitle", "school", "institution",
                                                 "howpublished") if name in fields), "")  # fmt: skip
        details = {name: value.replace("--", "-") for name, value in fields.items() if name in
                   ("volume", "number", "pages", "chapter", "publisher", "editor")}  # fmt: skip
        yield Work(
            entry.key,
            entry.key,
            display_title(fields["title"]),
            tuple(display_title(name) if name.startswith("{") else name for name in people if not is_truncation(name)),
            str(parse_date(fields.get("date", f"{fields.get('year', '')} {fields.get('month', '')}".strip())) or ""),
            display_title(f"{within} {fields.get('type', '')}".strip()),
            fields.get("eprint", ""),
            fields.get("doi", ""),
            fields.get("url", ""),
            any(map(is_truncation, people)),
            tuple(display_title(fields["keywords"]).split(", ")) if "keywords" in fields else (),
            details={**details, "type": entry.entry_type},
        )


def parsed(text: str) -> Library:
    library = parse_string(text)
    assert not library.failed_blocks
    return library


@pytest.mark.parametrize("flavor", ["bibtex", "biblatex"])
def test_b11_every_curated_paper_comes_back_as_the_same_bytes(curated: list[Work], flavor: Flavor) -> None:
    assert len(curated) > 40
    text = bibliography(curated, flavor)
    again = list(read(text))
    assert [work.citekey for work in again] == [work.citekey for work in curated]
    assert [title_key(work.title) for work in again] == [title_key(work.title) for work in curated]
    assert bibliography(again, flavor) == text


def test_b9_bibtex_is_ascii_where_it_can_be(curated: list[Work]) -> None:
    assert bibliography(curated).isascii()


def test_b11_fields_are_sorted(curated: list[Work]) -> None:
    for work in curated:
        names = re.findall(r"^  (\w+) = ", bibtex_of(work), re.MULTILINE)
        assert names == sorted(names)
        assert bibtex_of(work).endswith("}\n")


# -- hostile text ----------------------------------------------------------------------------------------------------


def everywhere(text: str) -> Work:
    """A paper with this text in every field."""
    details = dict.fromkeys(("volume", "number", "pages", "publisher", "editor", "series", "address", "isbn", "type",
                             "chapter", "primaryclass"), text)  # fmt: skip
    url = f"https://x.org/{text}"
    return Work("k", "k2020a", text, (text, "Ann Bo", text), "2020-02", text, "1706.03762", "10.1/x", url, True,
                (text,), details=details)  # fmt: skip


def stays_one_entry(work: Work, flavor: Flavor) -> None:
    written = bibtex_of(work, flavor)
    [entry] = parsed(written).entries
    assert (entry.key, len(parsed(written).blocks)) == ("k2020a", 1)
    assert {field.key for field in entry.fields} >= {"title", "author", "url", "doi"}
    assert written.count("\n") == len(entry.fields) + 2, "one line per field"
    for field in entry.fields:
        assert depth_stays(str(field.value)), "BibTeX also counts braces after a backslash"
        if field.key not in ("url", "doi", "eprint"):
            assert not re.search(r"(?<!\\)[%#&]", str(field.value))
            assert not re.search(r"\\(?:input|write|def|href|immediate|catcode|include|x)(?![a-z])", str(field.value))


def depth_stays(value: str) -> bool:
    depth = 0
    for sign in value:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0


@pytest.mark.parametrize("flavor", ["bibtex", "biblatex"])
@pytest.mark.parametrize("name", PAYLOADS)
def test_a_hostile_text_in_every_field(name: str, flavor: Flavor) -> None:
    stays_one_entry(everywhere(PAYLOADS[name]), flavor)


@settings(deadline=None)
@given(st.text(max_size=40) | st.text('{}\\$%#&_^~"@=,\n aA1é-', max_size=25), st.sampled_from(["bibtex", "biblatex"]))
def test_any_text_in_every_field(text: str, flavor: Flavor) -> None:
    stays_one_entry(everywhere(text), flavor)


def test_no_invisible_sign_reaches_the_file() -> None:
    for text in PAYLOADS.values():
        written = bibtex_of(everywhere(text), "biblatex")
        assert all(printable(line) == line or line.startswith("  ") for line in written.splitlines())
        assert "\u202e" not in written
        assert "\x1b" not in written


def test_a_file_is_made_of_entries_and_blank_lines() -> None:
    assert bibliography([PREPRINT, ARTICLE]) == f"{bibtex_of(PREPRINT)}\n{bibtex_of(ARTICLE)}"
    assert bibliography([]) == ""
