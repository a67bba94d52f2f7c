"""Authors, year and venue in lines under the title."""

import pytest

from kb.model import Entry
from kb.read import read

PAPER = "# Nets of Ends\n\n[arXiv](https://arxiv.org/abs/1706.03762)\n"
BOTH = ["Ann Ann", "Bob van Bo"]


def entry(text: str) -> Entry | None:
    entries = read("n.md", text.encode()).entries
    return entries[0] if entries else None


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("**Authors:** Ann Ann, Bob van Bo", BOTH),
        ("**Authors**: Ann Ann and Bob van Bo", BOTH),
        ("- Authors: Ann Ann; Bob van Bo", BOTH),
        ("> - **Authors**: Ann Ann¹, Bob van Bo²* (Ann Institute)...", BOTH),
        ("**作者**：Ann Ann, Bob van Bo", BOTH),
        ("Authors: Ann Ann et al., 2019 edition", ["Ann Ann"]),
        ("**Authors**: Ann et al.", ["Ann"]),
        ("**Authors:** Kaiming Ann et al. (2015)", ["Kaiming Ann"]),
        ("Author: Ann et al.", ["Ann"]),  # nobody writes so of a note
        ("- **作者**：Kaiming Ann（安）、Bob Bo 等（FAIR），2021", ["Kaiming Ann", "Bob Bo"]),
        ("**Authors**: Ann, Bo, Cid, et al.", ["Ann", "Bo", "Cid"]),
        ("**Authors:** Ann, Bo, Cid (Ann AI Language)", ["Ann", "Bo", "Cid"]),
        ("**Authors:** Ann, Bo, Cid, Dan, Eve, Flo, Gus, Hal", ["Ann, Bo, Cid, Dan, Eve, Flo, Gus, Hal"]),
        ("**Authors:** Ann, A. and Bo, B.", ["A. Ann", "B. Bo"]),
        ("**Authors:** Ann & Bo (2013/2014)", ["Ann", "Bo"]),
        ("**Authors:** Ann, Bo", ["Ann", "Bo"]),  # several, as the label says
        ("**Author:** Ann, Bo\nYear: 2019", ["Bo Ann"]),
        ("Authors: Ann, Bo et al.", ["Ann, Bo et al."]),
        ("Authors: Ann, A., Bo, B., et al.", ["A. Ann", "B. Bo"]),
        ("**Authors:** Ann & Bo, *ICLR, 2014*", []),  # not all are names
        ("Authors: Anonymous", []),
        ("Authors: [[Ann Ann]], [[people/bo|Bob van Bo]]", BOTH),
        ("- Authors: [[Ann Ann]] [[Bob van Bo]] et al.", BOTH),
        ("Authors: [[Ann Ann]] of [[Bob van Bo]]", []),
        ("Authors: the people of the lab", []),
        ("Author: Ann Ann", []),  # perhaps of the note
        ("Author: Ann Ann\nYear: 2019", ["Ann Ann"]),
        ("## Details\n\nAuthors: Ann Ann, Bob van Bo", []),
        ("Authors: Ann Ann, Bob van Bo\n\nAuthors: Cid Cid, Dan Dan", []),  # of several papers
    ],
)
def test_authors_under_the_title_are_the_paper_s(line: str, authors: list[str]) -> None:
    found = entry(f"{PAPER}{line}\n\nText.\n")
    assert found is not None
    assert found.values("authors") == authors


def test_front_matter_counts_before_lines() -> None:
    found = entry("---\nauthors: [Cid Cid]\nyear: 2018\n---\n" + PAPER + "Authors: Ann Ann, Bob Bo\nYear: 2019\n")
    assert found is not None
    assert (found.values("authors"), found.values("date")) == (["Cid Cid"], ["2018"])


@pytest.mark.parametrize(
    ("lines", "date", "venue"),
    [
        ("**Year:** 2019\n\n**Venue:** N/A", ["2019"], []),
        ("Year: 2019\nConference / Journal: Ends 2019", ["2019"], ["Ends 2019"]),
        ("**Published:** 2019\n**Journal/Conference:** Annals of Ends", ["2019"], ["Annals of Ends"]),
    ],
)
def test_authors_with_a_year_or_venue_make_a_paper_s_note(lines: str, date: list[str], venue: list[str]) -> None:
    found = entry(f"# Nets of Ends\n\n**Authors:** Ann Ann, Bob Bo\n{lines}\n\n## Summary\n\nText.\n")
    assert found is not None
    assert (found.title, found.values("date"), found.values("venue")) == ("Nets of Ends", date, venue)
    assert found.decided_by.startswith("field `")


@pytest.mark.parametrize("lines", ["Authors: Ann Ann, Bob Bo\nDate: 2019-01-01", "Year: 2019\nVenue: Berlin", ""])
def test_anything_else_is_no_paper(lines: str) -> None:
    assert entry(f"# Notes of a Meeting\n\n{lines}\n\nText.\n") is None
