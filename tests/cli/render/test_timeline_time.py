"""How a picture treats time that is crowded or empty, and titles that have room."""

from dataclasses import replace
from itertools import pairwise

import pytest

from cli.render.timeline.layout import layout
from cli.render.timeline.model import Layout, Options
from cli.render.timeline.papers import Edge, Paper
from cli.render.timeline.svg import PIXELS, render_svg
from tests.cli.render.timeline_geometry import labels

PAGE = Options(1600, PIXELS)
LONG = "A title of so many words that it is cut where it has no room beside the papers that stand on its row"


def paper(key: str, date: str | None, label: str = "") -> Paper:
    return Paper(key, label or f"Paper {key}", key, date, "all", runnable=False)


def dots(picture: Layout) -> dict[str, float]:
    return {node.key: node.x for node in picture.nodes}


def place(picture: Layout, year: int, month: int = 0) -> float:
    """The x at which a year or a month begins."""
    [x] = [tick.x for tick in picture.ticks if (tick.year, tick.month) == (year, month)]
    return x


def rows(picture: Layout) -> int:
    return 1 + max(node.row for node in picture.nodes)


@pytest.mark.parametrize("date", ["2024-01", "2024"])
def test_many_papers_of_one_month_or_year_stand_side_by_side_within_it(date: str) -> None:
    made = [paper("old", "2021-05"), *(paper(f"{i:02}", date) for i in range(40))]
    picture = layout(made, [Edge("07", "old", "builds-on")], PAGE)
    assert labels(picture) == (0, 0)
    assert rows(picture) <= 10, "stacked in the middle of it they would take 40"
    end = place(picture, 2024, 1) if date == "2024-01" else place(picture, 2025)
    assert all(place(picture, 2024) < x < end for key, x in dots(picture).items() if key != "old")


@pytest.mark.parametrize(("papers", "explained"), [(40, True), (3, False)])
def test_what_stands_side_by_side_in_a_month_is_explained(papers: int, explained: bool) -> None:
    picture = layout([paper("old", "2021-05"), *(paper(f"{i:02}", "2024-01") for i in range(papers))], [], PAGE)
    assert ("same month, day not known" in render_svg(picture)) == explained


def test_days_and_few_papers_of_a_month_keep_their_place() -> None:
    made = [*(paper(f"d{i}", "2024-03-09") for i in range(20)), *(paper(f"m{i}", "2024-05") for i in range(3))]
    for at in ("d", "m"):
        assert len({x for key, x in dots(layout(made, [], PAGE)).items() if key.startswith(at)}) == 1


def test_a_year_of_few_is_told_by_months_and_ends_with_the_last_paper() -> None:
    made = [paper(f"{month:02}-{i}", f"2025-{month:02}-{10 + i}") for month in (3, 8) for i in range(9)]
    picture = layout(made, [], PAGE)
    names = [tick.label for tick in picture.ticks if tick.month and tick.label]
    assert names[0] == "Apr"
    assert names[-1] == "Sep"
    assert picture.ticks[0].label == "Mar 2025", "the axis starts in March, not at the year"
    months = [tick.x for tick in picture.ticks]
    width = dict(zip(range(3, 9), (b - a for a, b in pairwise(months)), strict=True))
    assert min(width[3], width[8]) > 5 * max(width[month] for month in range(4, 8))
    assert picture.plot[0] <= months[0] < picture.plot[0] + 20, "January and February have no papers"
    assert months[-1] == pytest.approx(picture.plot[1], abs=0.02)


def test_a_few_papers_over_years_are_told_by_years() -> None:
    picture = layout([paper("a", "2012-07-03"), paper("b", "2017-06-12"), paper("c", "2023")], [], PAGE)
    assert not any(tick.month for tick in picture.ticks)
    assert place(picture, 2012) < place(picture, 2013) < place(picture, 2017) < place(picture, 2023)
    month = layout([paper("a", "2012-07-03"), paper("b", "2012-07-30")], [], PAGE)
    assert [tick.month for tick in month.ticks if tick.month] == [7], "July is all there is"


def test_a_year_of_many_years_has_no_months_nor_has_one_without_months_known() -> None:
    for made in ([paper(str(year), f"{year}-05-05") for year in range(2010, 2020)],
                 [paper(str(i), "2020") for i in range(9)]):
        assert not any(tick.month for tick in layout(made, [], PAGE).ticks)


@pytest.mark.parametrize("first", ["1957", "1805"])
def test_years_without_papers_never_take_more_than_a_quarter(first: str) -> None:
    picture = layout([paper("a", first), *(paper(f"{year}", f"{year}-06") for year in range(2018, 2024))], [], PAGE)
    empty = place(picture, 2018) - place(picture, int(first) + 1)
    assert 0.2 < empty / (picture.plot[1] - picture.plot[0]) <= 0.25


def test_linear_time_has_equal_years_whatever_they_hold() -> None:
    made = [paper("a", "2021-11"), *(paper(f"{i}", "2023-02") for i in range(50))]
    ticks = layout(made, [], replace(PAGE, scale="linear")).ticks
    assert [tick.year for tick in ticks] == [2021, 2022, 2023, 2024]
    assert len({round(b.x - a.x) for a, b in pairwise(ticks)}) == 1


def test_the_title_of_the_youngest_reaches_back_as_far_as_its_row_is_free() -> None:
    old = [paper("a", "2012-01-01", "a"), paper("b", "2013-01-01", "b")]
    alone = layout([*old, paper("young", "2020-12-31", LONG)], [], replace(PAGE, width=1200))
    neighbor = paper("neighbor", "2016-01-01", "A neighbor on its row")
    beside = layout([*old, neighbor, paper("young", "2020-12-31", LONG)], [], replace(PAGE, width=1200, scale="linear"))
    for picture in (alone, beside):
        [young] = [node for node in picture.nodes if node.key == "young"]
        assert young.label_width > PIXELS.label_max, "wider than the box it was placed with"
        assert young.label_x + young.label_width < young.x - young.radius, "the title ends before its dot"
        assert young.label_x > max(node.label_x + node.label_width for node in picture.nodes
                                   if node.row == young.row and node.x < young.x) + 2 * PIXELS.space
        assert labels(picture) == (0, 0)


def test_a_title_is_whole_where_its_row_has_room_and_cut_where_the_next_paper_stands() -> None:
    free = layout([paper("a", "2020-01-01", LONG), paper("b", "2023-12-31", "b")], [], replace(PAGE, width=2000))
    [long] = [node for node in free.nodes if node.key == "a"]
    assert PIXELS.label_max < long.label_width <= 2 * PIXELS.label_max
    crowd = [paper(f"{i:02}", f"20{i // 12:02}-{i % 12 + 1:02}", LONG) for i in range(240)]
    tight = layout(crowd, [], PAGE)
    assert labels(tight) == (0, 0)
    for node in tight.nodes:
        right = node.label_x + node.label_width
        after = [other for other in tight.nodes if (other.lane, other.row) == (node.lane, node.row)
                 and other.x > node.x and other.label_x > other.x]
        assert all(right + PIXELS.space <= other.x - other.radius + 0.02 for other in after)
        assert right <= tight.width
