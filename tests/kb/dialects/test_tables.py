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
    assert (record.dialect, record.dialect_by) == ("reading-list", "lines 7, 9, 15 list papers")
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
    assert (ends.values("date"), ends.values("authors")) == ([], []), "what is no date is left out"
    assert (again.values("date"), [str(paper) for paper in again.ids], again.why) == (
        ["2019"],
        ["arxiv:1801.00003"],
        "Better, and shorter",
    )


def test_a_table_in_code_or_of_something_else_lists_no_paper() -> None:
    assert not read("t.md", f"````\n{TABLE}````\n".encode()).entries
    other = TABLE.replace("Paper ", "Thing ").replace("title", "thing")
    assert not read("t.md", other.encode()).entries


def test_of_a_title_and_a_paper_the_paper_has_the_links() -> None:
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


def test_a_paper_whose_link_is_a_label_is_called_as_what_it_proposes() -> None:
    rows = "".join(f"| SumNet {n} | [paper](https://arxiv.org/abs/1801.0000{n}) | 2019 |\n" for n in (1, 2, 3))
    found = read("t.md", f"| Model | Paper | Year |\n|---|---|---|\n{rows}".encode()).entries
    assert [entry.title for entry in found] == ["SumNet 1", "SumNet 2", "SumNet 3"]


BADGE = "[![arXiv](https://img.example/badge/arXiv-{n})](https://arxiv.org/abs/1801.0000{n})"


@pytest.mark.parametrize(
    "cell",
    [
        BADGE + " Sum {n}",
        '**Ann et al.** "Sum {n}" [1801.0000{n}](https://arxiv.org/abs/1801.0000{n})',
        "[Sum {n}](https://arxiv.org/abs/1801.0000{n}) [2]",
    ],
)
def test_a_cell_may_hold_more_than_the_title(cell: str) -> None:
    rows = "".join(f"| {cell.format(n=n)} | CVPR |\n" for n in (1, 2, 3))
    found = read("t.md", f"| Paper | Venue |\n|---|---|\n{rows}".encode()).entries
    assert [(e.title, str(e.ids[0])) for e in found] == [(f"Sum {n}", f"arxiv:1801.0000{n}") for n in (1, 2, 3)]
