"""When the `date` in a note is the day of the note, and when it is the paper's."""

import pytest

from kb.dates import from_arxiv
from kb.model import Record
from kb.read import read


def note(path: str, *lines: str, body: str = "") -> Record:
    return read(path, "\n".join(["---", *lines, "---", body]).encode())


def dated(record: Record) -> tuple[list[str], list[str], list[str]]:
    [entry] = record.entries
    return entry.values("date"), entry.values("noted_on"), [found.code for found in record.diagnostics]


DAY = "date: 2023-05-04"
OF_NOTE = {
    "years after the id": ("a.md", ("arxiv: '1706.03762'", DAY)),
    "years after the id, whatever the venue": ("a.md", ("arxiv: '1706.03762'", DAY, "venue: NeurIPS")),
    "the file name begins with the day": ("2023-05-04-a.md", ("arxiv: '2212.00001'", DAY)),
    "the file name begins with the day without dashes": ("20230504 A.md", ("arxiv: '2304.00001'", DAY)),
    "it has a time of day": ("a.md", ("arxiv: '2212.00001'", "date: 2023-05-04 17:19:47")),
    "arXiv is not a place of publication": ("2023-05-04.md", ("arxiv: '2212.00001'", DAY, "venue: arXiv preprint")),
}
OF_PAPER = {
    "the month of the id": ("2023-05-04-a.md", ("arxiv: '2305.00001'", DAY)),
    "midnight": ("a.md", ("arxiv: '2212.00001'", "date: 2023-05-04T00:00:00Z")),
    "a time of day in the month of the id": ("a.md", ("arxiv: '2305.00001'", "date: 2023-05-04T17:19:47Z")),
    "before the id": ("2023-05-04-a.md", ("arxiv: '2306.00001'", DAY)),
    "soon after the id": ("a.md", ("arxiv: '2205.00001'", DAY)),
    "the file name, but the paper has a venue": ("2023-05-04-a.md", ("arxiv: '2212.00001'", DAY, "venue: ICLR")),
    "the file name, but the paper has a DOI": ("2023-05-04-a.md", ("arxiv: '2212.00001'", DAY, "doi: 10.1000/a")),
    "no id": ("2023-05-04-a.md", ("kind: paper", DAY)),
    "the year agrees": ("a.md", ("arxiv: '1706.03762'", DAY, "year: 2023")),
}


@pytest.mark.parametrize(("path", "lines"), OF_NOTE.values(), ids=OF_NOTE)
def test_a_day_of_the_note_is_none_of_the_paper(path: str, lines: tuple[str, ...]) -> None:
    assert dated(note(path, *lines)) == ([], ["2023-05-04"], ["date-of-note"])


@pytest.mark.parametrize(("path", "lines"), OF_PAPER.values(), ids=OF_PAPER)
def test_a_day_of_the_paper_stays(path: str, lines: tuple[str, ...]) -> None:
    assert dated(note(path, *lines)) == (["2023-05-04"], [], [])


def test_an_id_in_the_text_counts_as_well() -> None:
    found = note("a.md", DAY, body="Paper: https://arxiv.org/abs/1706.03762\n")
    assert dated(found) == ([], ["2023-05-04"], ["date-of-note"])
    [told] = found.diagnostics
    assert str(told) == (
        "a.md:2:7: date-of-note `date: 2023-05-04` is read as the date of this note, because arXiv id 1706.03762 is"
        " from 2017-06 - if the paper came out then, name the field `published`; if not, `created`"
    )


@pytest.mark.parametrize("written", ["published: 2023-05-04", "year: 2023", "date: 2023-05", "date: 2023"])
def test_what_names_no_day_or_says_more_is_believed(written: str) -> None:
    value = written.partition(": ")[2]
    assert dated(note("a.md", "arxiv: '1706.03762'", written)) == ([value], [], [])


@pytest.mark.parametrize("other", ["year: 2017", "published: 2017-06-12"])
def test_another_field_that_tells_an_earlier_year_is_of_the_paper(other: str) -> None:
    value = other.partition(": ")[2]
    assert dated(note("a.md", "venue: NeurIPS", other, DAY)) == ([value], ["2023-05-04"], [])
    assert dated(note("a.md", "venue: NeurIPS", DAY, other))[0] == [value]
    assert dated(note("a.md", "venue: NeurIPS", "year: 2017", "date: 2017-06-12")) == (["2017-06-12"], [], [])


@pytest.mark.parametrize(
    ("lines", "date"),
    [
        ("**Authors:** He et al. (2015)\n**Venue:** CVPR 2016", "2015"),
        ("**Authors:** He et al. (2015)\n**Venue:** CVPR 2016\n**Year:** 2016", "2016"),
        ("**Authors:** Ann Ann, Bob Bo, 2015", "2015"),
        ("**Authors:** Ann Ann, Bob Bo\n**Year:** 2015", "2015"),
        ("**Authors:** Ann Ann, Bob Bo", "2025-11-20"),
        ("**Authors:** He et al. (2025)\n**Venue:** CVPR", "2025-11-20"),
        ("arXiv:1512.03385\n\n**Authors:** He et al., 2016", "2015-12"),  # the id is surer, and gives the month
    ],
)
def test_a_year_under_the_title_is_the_paper_s(lines: str, date: str) -> None:
    text = f"---\ntitle: Deep Residual Learning\ndate: 2025-11-20\n---\n# Deep Residual Learning\n\n{lines}\n"
    [entry] = read("n.md", text.encode()).entries
    told = entry.values("date") or [str(from_arxiv(entry.ids[0].value))]
    assert told == [date]
    assert entry.values("noted_on") == ([] if date == "2025-11-20" else ["2025-11-20"])


@pytest.mark.parametrize(
    ("title", "date", "noted_on"), [("NE", [], ["2023-05-04"]), ("Nets of ends", ["2023-05-04"], [])]
)
def test_the_day_next_to_a_title_that_is_the_note_s(title: str, date: list[str], noted_on: list[str]) -> None:
    body = "\n## 論文情報\n\n- 論文名：Nets of Ends\n- 著者：Ann Ann, Bob Bo\n"
    found = note("a.md", f"title: {title}", DAY, body=body)
    assert dated(found) == (date, noted_on, ["date-of-note"] * len(noted_on))
    assert all("the `title` is the note's too, and line 8 gives the paper's - if" in str(d) for d in found.diagnostics)
    body = "\n- 論文名：Nets of Ends\n- 学会：Ends (2023)\n"
    assert dated(note("a.md", "title: NE", DAY, body=body))[:2] == (["2023"], ["2023-05-04"])
