"""BibTeX inside notes: facts about the note's own paper, mentions of others, and errors with their lines."""

from kb.model import Entry, Record
from kb.read import read

OWN = r"""
```bibtex
@article{ann2019sums,
  title = {{SUM}: {\"U}ber Sums},
  author = {Ann, Anna and {Sum Brain Team} and van der Bo, Bob and others},
  journal = {arXiv preprint arXiv:1801.00001},
  year = {2018}, month = oct,
}
```
"""
OTHERS = """
@string{icml = "Conference on Machine Learning"}
@inproceedings{one, title={One}, author={Ann, Anna}, booktitle=icml, year=2017}

@misc{open, title={Never closed, year={2020}

@misc{two, title={Two}, doi={10.1000/TWO}, url={https://example.org/two}, archiveprefix={HAL}, eprint={hal-0123}}
"""


def bib(text: str, path: str = "n.md") -> Record:
    return read(path, text.encode())


def own(record: Record) -> Entry:
    assert record.about is not None
    return record.entries[record.about]


def test_the_entry_of_the_note_s_paper_gives_it_facts() -> None:
    entry = own(bib("---\narxiv: '1801.00001'\ndate: 2018-01-02\n---\n# SUM\n" + OWN))
    assert entry.values("authors") == ["Anna Ann", "Sum Brain Team", "Bob van der Bo"], "TeX is decoded last"
    assert entry.values("date") == ["2018-01-02"], "what the note itself says comes first"
    assert entry.values("title") == ["SUM: Über Sums"]
    assert (entry.values("citekey"), entry.values("venue")) == (["ann2019sums"], [])


def test_its_authors_are_no_others_than_those_the_note_names() -> None:
    entry = own(bib("# SUM: Über sums\n\n## Paper information\n\nAuthors: A. Ann and B. Bo\n\nBibTeX:\n" + OWN))
    assert entry.values("authors") == ["Anna Ann", "Sum Brain Team", "Bob van der Bo"]


def test_a_note_is_about_the_paper_whose_title_it_bears() -> None:
    entry = own(bib("# SUM: Über sums\n" + OWN))
    assert ([str(paper) for paper in entry.ids], entry.values("date")) == (["arxiv:1801.00001"], [])
    assert entry.decided_by == "BibTeX on line 4"


def test_the_date_of_a_preprint_is_left_to_its_id_for_bibtex_has_that_of_the_last_version() -> None:
    preprint = "@misc{a, title={A}, eprint={1706.03762}, year={YEAR}, EXTRA}"

    def dated(year: str, extra: str = "") -> list[tuple[str, str]]:
        [entry] = bib("# Notes\n\n" + preprint.replace("YEAR", year).replace("EXTRA", extra)).entries
        return [(fact.field, fact.value) for fact in entry.facts if fact.field in ("date", "updated")]

    assert dated("2017", "month=dec") == []
    assert dated("2023") == [("updated", "2023")]
    assert dated("2016") == [("date", "2016")], "earlier than the id: a person has to look"
    assert dated("2019", "journal={Nature}") == [("date", "2019")]
    assert dated("2019", "doi={10.48550/arXiv.1706.03762}") == [("updated", "2019")]


def test_an_entry_alone_under_citation_is_the_note_s_paper() -> None:
    text = "https://openreview.net/forum?id=abcdef1\n\n# What we call it\n\n## {}\n" + OWN
    assert [str(p) for p in own(bib(text.replace("{}", "Citation"))).ids] == ["openreview:abcdef1", "arxiv:1801.00001"]
    assert [e.mentioned for e in bib(text.replace("{}", "Related")).entries] == [False, True]


def test_an_entry_without_a_key_gives_none() -> None:
    assert own(bib("# SUM: Über sums\n" + OWN.replace("ann2019sums,", ""))).values("citekey") == []
    [entry] = bib("# Notes\n\n@misc{, title={One}}\n").entries
    assert entry.values("citekey") == []


def test_other_entries_are_mentions() -> None:
    record = bib("# Notes\n\nSome text.\n\n## Background\n" + OTHERS)
    one, two = record.entries
    assert (one.mentioned, one.title, one.values("venue"), one.values("date"), one.line) == (
        True,
        "One",
        ["Conference on Machine Learning"],
        ["2017"],
        8,
    )
    assert ([str(paper) for paper in two.ids], two.values("citekey")) == (["doi:10.1000/two"], ["two"])
    assert two.values("category") == ["Background"]
    assert record.about is None


def test_what_cannot_be_read_is_reported_with_its_line_and_the_rest_is_kept() -> None:
    [problem] = [each for each in bib("# Notes\n" + OTHERS).diagnostics if each.code == "bibtex"]
    assert (problem.line, problem.severity) == (6, "warning")
    assert "closing" in problem.message
    twice = bib("@misc{a, title={A}, year={2001}, year={2002}}\n\n@misc{b, title={B}}\n\n@misc{b, title={C}}")
    assert [(e.title, e.values("date")) for e in twice.entries] == [("A", ["2001"]), ("B", []), ("C", [])]
    assert [each.line for each in twice.diagnostics] == [1, 5]


def test_only_entries_are_bibtex() -> None:
    record = bib("Mail ann@misc{example} or @article of faith.\n\n```python\n@property\ndef f(): ...\n```\n")
    assert (record.entries, record.diagnostics) == ((), ())


def test_every_error_in_an_entry_is_reported_with_its_line() -> None:
    record = bib(
        "# N\n\ntext\n\n## Bib\n```bibtex\n@misc{a, title={One}}\n@misc{a, title={Two}}\n@misc{b title={Broken}}\n"
        "@misc{c, title={Three}, title={Four}}\n```\n"
    )
    assert [entry.title for entry in record.entries] == ["One", "Two", "Three"]
    assert [(found.line, found.message) for found in record.diagnostics] == [
        (8, "BibTeX: Duplicate entry key 'a'"),
        (9, "BibTeX: Expected comma after entry key, but found ="),
        (10, "BibTeX: Duplicate field keys on entry: 'title'"),
    ]
