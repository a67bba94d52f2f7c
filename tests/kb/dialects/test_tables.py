"""Tables of papers, in Markdown or as fenced CSV."""

import pytest

from kb.read import read

TABLE = """\
# Sums

## Basics

|  Date   | Keywords | Paper                                        | Authors               | Venue |
|:-------:|----------|----------------------------------------------|-----------------------|-------|
| 2017-06 |          | [Deep Sums](https://arxiv.org/abs/1801.00001) | Anna Ann, Bob Bo      | CVPR  |
|         | wide     | **Wide \\| Long Sums**                        | Bo, Bob and Ann, Anna | ICML  |
| soon    | none     | [Ends](https://arxiv.org/abs/1801.00002)      |                       |       |

## Files

```csv
title,year,link,notes
"Sums, again",2019,https://arxiv.org/abs/1801.00003,"Better, and shorter"
```

| Model | Parameters |
|-------|------------|
| [Big](https://arxiv.org/abs/1801.00009) | 10 |
"""


def test_each_row_is_a_mention_with_what_its_cells_say() -> None:
    record = read("t.md", TABLE.encode())
    assert (record.dialect, record.dialect_by) == ("reading-list", "lines 7, 8, 9 list papers")
    deep, wide, ends, again = record.entries
    assert [(entry.line, entry.title) for entry in record.entries] == [
        (7, "Deep Sums"),
        (8, "Wide | Long Sums"),
        (9, "Ends"),
        (15, "Sums, again"),
    ]
    assert (deep.values("date"), deep.values("authors"), deep.values("venue"), deep.values("category")) == (
        ["2017-06"],
        ["Anna Ann", "Bob Bo"],
        ["CVPR"],
        ["Basics"],
    )
    assert (wide.ids, wide.values("date")) == ((), [])
    assert (ends.values("date"), ends.values("authors")) == ([], []), "what is not a date is left out"
    assert (again.values("date"), [str(paper) for paper in again.ids], again.why) == (
        ["2019"],
        ["arxiv:1801.00003"],
        "Better, and shorter",
    )


def test_a_table_in_code_or_of_something_else_lists_no_paper() -> None:
    assert not read("t.md", f"````\n{TABLE}````\n".encode()).entries
    other = TABLE.replace("Paper ", "Thing ").replace("title", "thing")
    assert not read("t.md", other.encode()).entries


def test_next_to_a_title_column_the_paper_column_holds_the_links() -> None:
    rows = "".join(
        f"| Sum {n} | CVPR | 2019 | Ann Ann<br>Bob Bo | [link](https://arxiv.org/abs/1801.0000{n}) |\n"
        for n in (1, 2, 3)
    )
    table = f"| Title | Venue | Year | Authors | Paper |\n|---|---|---|---|---|\n{rows}"
    first, *_ = read("t.md", table.encode()).entries
    assert (first.title, str(first.ids[0]), first.values("authors")) == (
        "Sum 1",
        "arxiv:1801.00001",
        ["Ann Ann", "Bob Bo"],
    )


def test_a_paper_whose_link_is_only_a_label_has_the_name_of_its_model() -> None:
    rows = "".join(f"| SumNet {n} | [paper](https://arxiv.org/abs/1801.0000{n}) | 2019 |\n" for n in (1, 2, 3))
    found = read("t.md", f"| Model | Paper | Year |\n|---|---|---|\n{rows}".encode()).entries
    assert [entry.title for entry in found] == ["SumNet 1", "SumNet 2", "SumNet 3"]


VENUES = ("ICML", "nan", "N/A", "-")
BADGE = "[![arXiv](https://img.example/badge/arXiv-{n})](https://arxiv.org/abs/1801.0000{n})"


@pytest.mark.parametrize(
    "cell",
    [
        BADGE + " Sum {n}",
        '**Ann et al.** "Sum {n}" [1801.0000{n}](https://arxiv.org/abs/1801.0000{n})',
        "[Sum {n}](https://arxiv.org/abs/1801.0000{n}) [2]",
        "**`[SumNet]`**<br>Sum {n}<br>[Paper](https://arxiv.org/abs/1801.0000{n}) [Code]( https://github.com/a/b)",
        "![Stars](https://img.example/a) <br> [**Sum {n}**](https://arxiv.org/abs/1801.0000{n}) <br>",
    ],
)
def test_a_cell_may_hold_more_than_the_title(cell: str) -> None:
    rows = "".join(f"| {cell.format(n=n)} | CVPR |\n" for n in (1, 2, 3))
    found = read("t.md", f"| Paper | Venue |\n|---|---|\n{rows}".encode()).entries
    assert [(e.title, str(e.ids[0])) for e in found] == [(f"Sum {n}", f"arxiv:1801.0000{n}") for n in (1, 2, 3)]


def test_labels_in_double_brackets_and_marks_before_a_title() -> None:
    rows = """\
| 2023.09 | 🔥[**SumNet**] Sums without Ends(@University of Ends) | [[pdf]](https://arxiv.org/pdf/2309.00001) |
| 2023.10 | [Wide] Wide Sums | [\\[pdf\\]](https://arxiv.org/abs/2310.00001) [[code]](https://github.com/a/b) |
| 2023.11 | (Un)bounded Sums | [[arXiv]](https://arxiv.org/abs/2311.00001) |
|         | [ICML 2022] Tall Sums | [[blog]](https://sums.example/tall) |
"""
    found = read("t.md", f"| Date | Title | Paper |\n|:-:|:-:|:-:|\n{rows}".encode()).entries
    assert [(each.title, [*map(str, each.ids)], each.values("date")) for each in found[:3]] == [
        ("Sums without Ends", ["arxiv:2309.00001"], ["2023-09"]),
        ("Wide Sums", ["arxiv:2310.00001"], ["2023-10"]),
        ("(Un)bounded Sums", ["arxiv:2311.00001"], ["2023-11"]),
    ]
    tall = found[3]
    assert (tall.title, tall.values("cited_year"), tall.values("url")) == (
        "Tall Sums",
        ["2022"],
        ["https://sums.example/tall"],
    )


@pytest.mark.parametrize("title", ["Dataset or Paper", "Paper / Project", "Paper and Code"])
@pytest.mark.parametrize("links", ["Links", "Source", "Link / Code"])
def test_a_column_may_have_two_names(title: str, links: str) -> None:
    rows = """\
| Deep Sums | Journal of Sums 2019 | sums | [Paper](https://doi.org/10.1000/sums), [Code](https://github.com/a/b) |
| Wide Sums | Annals 2021, arXiv 2020 | width | [arXiv](https://arxiv.org/abs/2001.00001) |
| SumNet: Sums of Nets | ICML 2022 | nets | [Code](https://github.com/a/c) |
"""
    table = f"| {title} | Venue and Year | Task and Data | {links} |\n|--|--|--|--|\n{rows}"
    found = read("t.md", f"# Sums\n\n## Basics\n\n{table}".encode()).entries
    assert [(each.title, [*map(str, each.ids)], each.values("cited_year"), each.values("venue")) for each in found] == [
        ("Deep Sums", ["doi:10.1000/sums"], ["2019"], ["Journal of Sums 2019"]),
        ("Wide Sums", ["arxiv:2001.00001"], [], ["Annals 2021, arXiv 2020"]),
        ("SumNet: Sums of Nets", [], ["2022"], ["ICML 2022"]),
    ]
    assert not any(each.values("url") for each in found), "code is not the paper"
    assert {*found[0].values("category")} == {"Basics"}, "a column that is half known is not a category"


REVIEW = """\
# Related work

| Paper | Year | Venue | Method |
|-------|------|-------|--------|
| Ann et al., "Deep Sums: a Survey" | 2019 | Annals of Sums | survey |
| Wide Sums in Practice (WideSum), Bo et al. | 2020 | AAAI (arXiv 2001.02329) | sums |
| Cid, Dan & Eve, *Tall sums* | 2021 | ICML | tall |
| SumNet | 2022 | CVPR | net |
| Hamid | 2018 | npj Sums | forest |
| Ann & Bo | 1999 | Annals of Sums | trees |
| TBD | 2023 | | |
"""


def test_a_review_of_literature_needs_no_links() -> None:
    record = read("t.md", REVIEW.encode())
    assert record.dialect == "reading-list"
    assert [(each.title, each.values("date"), each.values("authors")) for each in record.entries] == [
        ("Deep Sums: a Survey", ["2019"], ["Ann"]),
        ("Wide Sums in Practice (WideSum)", ["2020"], ["Bo"]),
        ("Tall sums", ["2021"], ["Cid", "Dan", "Eve"]),
        ("SumNet", ["2022"], []),
    ], "authors without a title are not a paper"
    assert [str(paper) for paper in record.entries[1].ids] == ["arxiv:2001.02329"]


def test_a_log_of_papers_needs_titles_and_years() -> None:
    rows = "".join(f"| Sum {n}: Adding Terms at Scale | sums | 201{n} | to read |\n" for n in (1, 2, 3))
    log = f"| Paper | Area | Year | Status |\n|---|---|---:|---|\n{rows}"
    found = read("t.md", f"# Reading log\n\n{log}".encode()).entries
    assert [(each.title, each.values("date")) for each in found] == [
        (f"Sum {n}: Adding Terms at Scale", [f"201{n}"]) for n in (1, 2, 3)
    ]
    assert not read("t.md", log.replace(": Adding Terms at Scale", "").encode()).entries, "perhaps of an exam"
    assert not read("t.md", log.replace("Paper", "Task").encode()).entries


@pytest.mark.parametrize(
    "head",
    [
        "| Book | Year | Publisher |",
        "| Title | Year | Rating |",
        "| Title | Author | Year |",
        "| Title | Year | Conference |",  # as likely a list of talks
    ],
)
def test_a_table_of_other_things_without_links_is_none_of_papers(head: str) -> None:
    assert not read("t.md", REVIEW.replace("| Paper | Year | Venue |", head).encode()).entries


MEETINGS = """\
# Reading group

| Date | Presenter | Paper |
|------|-----------|-------|
| 2024-03-06 | Zoe | Introduction & Overview |
| 2024-03-13 | Zoe | [Deep Sums](https://arxiv.org/abs/1801.00001) (NeurIPS 2018) |
| 2024-03-20 | Yan | Ann Ann, Bob Bo. **Wide Sums**. ACL 2017 |
| | | Elena, Van Fleet, *Tall Sums* |
| 2024-03-27 | Yan | TBD |
"""


def test_the_day_of_a_meeting_is_not_the_papers() -> None:
    record = read("t.md", MEETINGS.encode())
    assert [
        (each.title, each.values("discussed_on"), each.values("cited_year"), each.values("authors"))
        for each in record.entries
    ] == [
        ("Deep Sums", ["2024-03-13"], ["2018"], []),
        ("Wide Sums", ["2024-03-20"], ["2017"], ["Ann Ann", "Bob Bo"]),
        ("Tall Sums", [], [], ["Elena", "Van Fleet"]),
    ]


def test_a_topic_with_a_presenter_may_be_a_paper() -> None:
    table = """| Date | Topic | Presenters | Notes |
|:--:|:--:|:--:|:--:|
| 8th August, 2020 | [Nets of Ends](https://arxiv.org/abs/2006.11161) | Ann, Bo | [Summary](aug/ends.md)
| 1st August, 2020 | [Sums](https://arxiv.org/abs/1512.03385), [Knots](https://arxiv.org/abs/1607.06450) | Cid |
| 18th July, 2020 | Part of a discussion | Dee |
"""
    found = read("t.md", table.encode()).entries
    assert [(each.title, each.values("discussed_on"), each.values("noted_in")) for each in found] == [
        ("Nets of Ends", ["2020-08-08"], ["aug/ends.md"]),
        ("Sums", ["2020-08-01"], []),
        ("Knots", ["2020-08-01"], []),
    ]


def test_readings_of_a_course() -> None:
    rows = "".join(f"| {n} | Sums | [Sum {n}](https://arxiv.org/abs/1801.0000{n}) |\n" for n in (1, 2, 3))
    record = read("t.md", f"# Course\n\n| Week | Topic | Readings |\n|--|--|--|\n{rows}".encode())
    assert [each.title for each in record.entries] == ["Sum 1", "Sum 2", "Sum 3"]


def _sum(number: int) -> str:
    return f"[Sum {number}](https://arxiv.org/abs/1801.0000{number})"


SCHEDULE = f"""\
# Course

| Date | Lecture | Required reading | Optional |
|---|---|---|---|
| 2024-01-09 | Sums | Readings: {_sum(1)} (the first), {_sum(2)} | |
| 2024-01-16 | Ends | Ann et al., {_sum(3)}<br>{_sum(4)} | {_sum(5)} and [a blog](https://a.org) |
"""


def test_a_cell_of_a_schedule_has_several_papers() -> None:
    entries = read("t.md", SCHEDULE.encode()).entries
    assert [(each.title, str(each.ids[0]), each.values("discussed_on")) for each in entries] == [
        ("Sum 1", "arxiv:1801.00001", ["2024-01-09"]),
        ("Sum 2", "arxiv:1801.00002", ["2024-01-09"]),
        ("Sum 3", "arxiv:1801.00003", ["2024-01-16"]),
        ("Sum 4", "arxiv:1801.00004", ["2024-01-16"]),
        ("Sum 5", "arxiv:1801.00005", ["2024-01-16"]),
    ]
    assert not any(each.values("date") for each in entries), "a paper is older than the course"


def test_models_with_authors_and_years_stand_for_their_papers() -> None:
    head = "# Milestones\n\n| Year | Model | Authors | Idea |\n|--|--|--|--|\n"
    rows = "| 1997 | SumNet | Ann & Bo | gates |\n| 2012 | EndNet | Cid et al. | ends |\n"
    rows += "| 2017 | Knot | Dee et al. | knots |\n"
    found = read("t.md", (head + rows).encode()).entries
    assert [(each.title, each.values("authors")[0], each.values("date"), each.why) for each in found] == [
        ("SumNet", "Ann", ["1997"], "gates"),
        ("EndNet", "Cid", ["2012"], "ends"),
        ("Knot", "Dee", ["2017"], "knots"),
    ]
    others = head.replace("Year", "Size").replace("Authors", "Author") + rows
    assert not read("t.md", others.encode()).entries, "perhaps of cars"


def test_what_headings_say_counts_before_an_index_without_links() -> None:
    sections = "".join(f"## Sums {n}\n\n- Paper: https://arxiv.org/abs/1801.0000{n}\n\n" for n in (1, 2, 3))
    record = read("t.md", f"{REVIEW}\n{sections}".encode())
    assert (record.dialect, [str(each.ids[0]) for each in record.entries]) == (
        "digest",
        ["arxiv:1801.00001", "arxiv:1801.00002", "arxiv:1801.00003"],
    )


def test_a_table_of_titles_venues_and_labeled_links() -> None:
    record = read(
        "list.md",
        """# Papers

| Status | Paper | Venue | Links |
|:------:|-------|-------|-------|
| x | **Nets of One End** | CGO'19 | [Paper](papers/one.pdf) / [Note](notes/one.md) |
| x | **Nets of Two Ends** | — | [Paper](https://arxiv.org/abs/1801.00002) |
| x | **Nets of Three Ends** | arXiv'25 | [Paper](https://ends.example/3.pdf) |
""".encode(),
    )
    assert [(e.title, e.values("venue"), e.values("cited_year"), e.values("noted_in")) for e in record.entries] == [
        ("Nets of One End", ["CGO'19"], ["2019"], ["notes/one.md"]),
        ("Nets of Two Ends", [], [], []),
        ("Nets of Three Ends", ["arXiv'25"], ["2025"], []),
    ]


def test_titles_that_are_links_to_notes() -> None:
    rows = ["[[Nets of One End]]", "[[Nets of Two Ends\\|Nets of 2 Ends]]", "[[notes/three\\|Nets of Three Ends]]"]
    cells = "".join(f"| {row} | Ann et al. | 2019 |\n" for row in rows)
    found = read("x/list.md", f"# Nets\n\n| Paper | Authors | Year |\n| --- | --- | --- |\n{cells}".encode()).entries
    assert [(e.title, e.values("noted_in")) for e in found] == [
        ("Nets of One End", []),
        ("Nets of 2 Ends", []),
        ("Nets of Three Ends", ["notes/three"]),
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "1) **Nets of Ends** - has many ends; it works. More.",
        "1. **Nets of Ends**: has many ends; it works. More.",
        "1) Nets of Ends  has many ends; it works. It does so on all benchmarks.",
    ],
)
def test_a_cell_may_have_a_number_and_a_remark_around_the_title(cell: str) -> None:
    rows = "".join(f"| {cell} | [Paper](https://arxiv.org/abs/1801.0000{n}) |\n" for n in range(1, 4))
    week = "## Top Papers of the Week (Jan 1 - Jan 7) - 2018\n| **Paper** | **Links** |\n|-|-|\n"
    found = read("n.md", f"# Top\n\n{week}{rows}".encode())
    assert {entry.title for entry in found.entries} == {"Nets of Ends"}
    assert {entry.why for entry in found.entries} == {"has many ends; it works."}
    assert {value for entry in found.entries for value in entry.values("discussed_on")} == {"2018-01-01"}
    assert not any(entry.values("category") for entry in found.entries)


@pytest.mark.parametrize("cell", ["Nets of Ends", "3 Ways to End  x", "Nets - of Ends"])
def test_other_titles_stay_whole(cell: str) -> None:
    rows = "".join(f"| {cell} | [Paper](https://arxiv.org/abs/1801.0000{n}) |\n" for n in range(1, 4))
    found = read("n.md", f"| Paper | Links |\n|-|-|\n{rows}".encode())
    assert {entry.title for entry in found.entries} == {" ".join(cell.replace("*", "").split())}
