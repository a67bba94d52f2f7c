"""The layout holds what it promises: no overlap ever, honest time, no edge lost, the same result every time."""
import json
from dataclasses import asdict, replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.render.timeline.layout import layout
from cli.render.timeline.model import Edge, Layout, Options, Paper
from cli.render.timeline.svg import PIXELS
from tests.cli.render.timeline_geometry import curve, labels, measure
from tests.cli.render.timeline_papers import edges, papers, synthetic

PAGE = Options(1600, PIXELS)


def paper(key: str, date: str | None = "2017", lane: str = "A", label: str = "") -> Paper:
    return Paper(key, label or key, key, date, lane, runnable=False)


def builds(source: str, target: str) -> Edge:
    return Edge(source, target, "builds-on")


def xs(picture: Layout) -> dict[str, float]:
    return {node.key: node.x for node in picture.nodes}


@pytest.fixture(scope="module")
def known() -> Layout:
    return layout(papers(), edges(), PAGE)


def test_known_papers_are_drawn_without_overlap_and_with_few_faults(known: Layout) -> None:
    faults = measure(known)
    assert (faults.overlaps, faults.over_dots) == (0, 0)
    assert faults.crossings <= 75                       # 70 reached
    assert faults.through_labels <= 28                  # 24 reached
    assert {node.label for node in known.nodes} == {paper.label for paper in papers()}, "a label was cut"
    assert known.height <= 650


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_synthetic_sixty_papers_have_no_overlap(seed: int) -> None:
    assert labels(layout(*synthetic(60, 6, seed), PAGE), PIXELS.text) == (0, 0)


def test_synthetic_five_hundred_papers_have_no_overlap_and_all_their_edges() -> None:
    made, links = synthetic(500)
    picture = layout(made, links, Options(2000, PIXELS))
    assert labels(picture, PIXELS.text) == (0, 0)
    assert {(route.source, route.target) for route in picture.routes} == {(link.source, link.target) for link in links}
    assert sum(not route.points for route in picture.routes) == picture.hidden_implied


dates = st.one_of(st.none(), st.builds("{}-{:02}".format, st.integers(1986, 2024), st.integers(1, 12)),
                  st.integers(1986, 2024).map(str))
some_papers = st.lists(st.tuples(dates, st.sampled_from("ABC"), st.text(max_size=40)), min_size=1, max_size=25)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(some_papers, st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=30), st.integers(300, 1600),
       st.sampled_from(["density", "linear"]))
def test_any_papers_and_any_edges_keep_the_promises(rows: list[tuple[str | None, str, str]],
                                                    links: list[tuple[int, int]], width: int, scale: str) -> None:
    made = [paper(f"p{i}", date, lane, label) for i, (date, lane, label) in enumerate(rows)]
    wanted = {(f"p{a}", f"p{b}") for a, b in links if a != b and max(a, b) < len(made)}
    picture = layout(made, [builds(*link) for link in wanted], replace(PAGE, width=width, scale=scale))
    assert labels(picture, PIXELS.text) == (0, 0)
    assert {(route.source, route.target) for route in picture.routes} == wanted
    for node in picture.nodes:
        lane = picture.lanes[node.lane]
        assert lane.y <= node.y - PIXELS.row / 2
        assert node.y + PIXELS.row / 2 <= lane.y + lane.height
        assert node.label_x >= 0
        assert node.label_x + node.label_width <= picture.width


@pytest.mark.parametrize("scale", ["density", "linear"])
def test_time_runs_from_left_to_right(scale: str) -> None:
    picture = layout(papers(), [], replace(PAGE, scale=scale))
    order = sorted(papers(), key=lambda paper: (paper.date or "").ljust(7, "x"))    # "1986" after "1986-06"
    for first, second in pairwise(order):
        if first.date != second.date and "x" not in ((first.date or "") + (second.date or "")):
            assert xs(picture)[first.key] <= xs(picture)[second.key] + 0.011, (first, second)
    assert [tick.year for tick in picture.ticks] == list(range(1986, 2024))


def test_linear_years_are_equally_wide_and_density_gives_busy_years_more() -> None:
    def widths(picture: Layout) -> dict[int, float]:
        return {a.year: b.x - a.x for a, b in pairwise(picture.ticks)}

    linear = widths(layout(papers(), [], replace(PAGE, scale="linear")))
    assert max(linear.values()) - min(linear.values()) < 0.03
    density = widths(layout(papers(), [], PAGE))
    assert density[2019] > 2 * density[2003]


def test_a_month_places_a_paper_a_year_alone_puts_it_in_the_middle_and_says_so() -> None:
    made = [paper("early", "2017-02"), paper("vague", "2017"), paper("late", "2017-11"), paper("day", "2017-11-30")]
    picture = layout(made, [], PAGE)
    start, end = (tick.x for tick in picture.ticks)
    assert xs(picture)["vague"] == pytest.approx((start + end) / 2, abs=0.02)
    assert [node.key for node in sorted(picture.nodes, key=lambda node: node.x)] == ["early", "vague", "late", "day"]
    assert {node.key: node.precision for node in picture.nodes} == {
        "early": "month", "vague": "year", "late": "month", "day": "day"}


@pytest.mark.parametrize("date", [None, "", "soon", "2017-13", "2017-02-40", "17", "２０１７"])
def test_a_paper_without_a_readable_date_stands_in_the_undated_strip(date: str | None) -> None:
    picture = layout([paper("dated"), paper("lost", date)], [builds("lost", "dated"), builds("dated", "lost")], PAGE)
    assert picture.undated is not None
    left, right = picture.undated
    assert left < xs(picture)["lost"] < right <= picture.plot[0] < xs(picture)["dated"]
    assert not any(route.backward for route in picture.routes), "without a date nothing is against time"


def test_an_edge_against_time_is_drawn_and_marked() -> None:
    picture = layout([paper("old", "2015"), paper("new", "2016")], [builds("old", "new")], PAGE)
    (route,) = picture.routes
    assert route.backward
    assert route.points


def test_edges_on_a_cycle_are_all_drawn() -> None:
    made = [paper(key, f"201{i}") for i, key in enumerate("abcd")]
    links = [builds("a", "b"), builds("b", "c"), builds("c", "a"), builds("d", "a"), builds("d", "c")]
    picture = layout(made, links, PAGE)
    assert all(route.points for route in picture.routes)
    assert len(picture.routes) == 5


def test_only_edges_that_a_longer_chain_implies_are_hidden_and_they_are_counted() -> None:
    made = [paper(key, f"201{i}") for i, key in enumerate("abcd")]
    links = [builds("b", "a"), builds("c", "b"), builds("c", "a"), builds("d", "c"), builds("d", "a"),
             Edge("d", "b", "cites"), Edge("b", "a", "cites")]
    picture = layout(made, links, PAGE)
    assert {(route.source, route.target) for route in picture.routes if route.points} == {
        ("b", "a"), ("c", "b"), ("d", "c")}
    assert picture.hidden_implied == 3                          # c-a, d-a, d-b; b-a stays, drawn once as builds-on
    assert len(picture.routes) == len(links), "a hidden edge is still an edge of the layout"


def test_a_chain_of_citations_implies_nothing() -> None:
    made = [paper(key, f"201{i}") for i, key in enumerate("abc")]
    links = [Edge("b", "a", "cites"), Edge("c", "b", "cites"), Edge("c", "a", "cites")]
    assert layout(made, links, PAGE).hidden_implied == 0


def test_curves_begin_at_the_parent_and_end_at_the_child(known: Layout) -> None:
    of = {node.key: node for node in known.nodes}
    for route in known.routes:
        if route.points:
            for (x, y), node in zip((route.points[0], route.points[-1]), (of[route.target], of[route.source])):
                right = node.label_x + node.label_width + PIXELS.gap
                assert node.x - node.radius - 0.02 <= x <= right + 0.02, route
                assert abs(y - node.y) <= node.radius + 0.02, route
            assert all(0 <= x <= known.width and 0 <= y <= known.height for x, y in curve(route))


def test_edges_between_dated_papers_never_run_back_when_the_label_leaves_room(known: Layout) -> None:
    of = {node.key: node for node in known.nodes}
    for route in known.routes:
        parent, child = of[route.target], of[route.source]
        if route.points and child.x - child.radius > parent.label_x + parent.label_width + PIXELS.row + PIXELS.gap:
            assert all(a[0] <= b[0] + 1e-6 for a, b in pairwise(curve(route))), route


def test_the_order_of_the_input_never_matters(known: Layout) -> None:
    assert layout(papers()[::-1], edges()[::-1], PAGE) == known


def test_a_layout_survives_json(known: Layout) -> None:
    assert json.loads(json.dumps(asdict(known)))["hidden_implied"] == known.hidden_implied


def test_no_paper_and_one_paper() -> None:
    empty = layout([], [], PAGE)
    assert (empty.nodes, empty.lanes, empty.ticks) == ((), (), ())
    (node,) = layout([paper("only")], [], PAGE).nodes
    assert empty.plot[0] < node.x < node.label_x + node.label_width <= 1600


def test_forty_lanes_become_twenty_and_say_how_many_were_folded() -> None:
    made = [paper(f"{lane:02}-{i}", f"20{i:02}", f"Lane {lane:02}")
            for lane in range(40) for i in range(1 + (lane < 19))]
    picture = layout(made, [], PAGE)
    assert len(picture.lanes) == 20
    assert picture.lanes[-1].name == "other (21)"
    assert {lane.name for lane in picture.lanes[:-1]} == {f"Lane {lane:02}" for lane in range(19)}, "the fullest stay"
    assert sum(lane.papers for lane in picture.lanes) == len(made)


def test_the_most_built_on_papers_are_important(known: Layout) -> None:
    important = {node.key for node in known.nodes if node.important}
    assert {"transformer", "bert"} <= important
    assert len(important) == 5


def test_labels_that_would_leave_the_page_sit_left_of_their_dot() -> None:
    long = "a label of a good length " * 2
    made = [paper("first", "2000"), *(paper(f"end{i}", "2020-12", label=long) for i in range(3))]
    picture = layout(made, [], Options(600, PIXELS))
    last = [node for node in picture.nodes if node.key != "first"]
    assert all(node.label_x + node.label_width < node.x for node in last)
    assert labels(picture, PIXELS.text) == (0, 0)


def test_two_papers_with_one_key_are_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match=r"^two papers have the key 'twice'; give each"):
        layout([paper("twice"), paper("twice", "2018")], [], PAGE)


def test_edges_that_lead_out_of_the_picture_and_to_themselves_are_left_out() -> None:
    picture = layout([paper("a"), paper("b")], [builds("a", "a"), builds("a", "elsewhere"), builds("b", "a")], PAGE)
    assert [(route.source, route.target) for route in picture.routes] == [("b", "a")]
