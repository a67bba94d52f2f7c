"""The layout keeps its promises: no overlap ever, honest time, no edge lost, the same result every time."""
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.timeline.faults import flattened
from cli.render.timeline.layout import MOST_DRAWN, kept, layout
from cli.render.timeline.model import Kept, Layout, Options, Scale
from cli.render.timeline.papers import OTHER, Edge, Paper
from cli.render.timeline.svg import PIXELS
from tests.cli.render.timeline_geometry import labels, measure
from tests.cli.render.timeline_papers import edges, papers, synthetic
from tests.kb.growth import LINEAR, growth

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
    assert faults.crossings <= 45                       # 36 reached
    assert faults.through_labels <= 17                  # 15 reached
    assert {node.label for node in known.nodes} == {paper.label for paper in papers()}, "a label was cut"
    assert known.height <= 650


@pytest.mark.parametrize("seed", range(1, 7))
def test_synthetic_sixty_papers_have_no_overlap_and_fewer_faults_than_straight_lines(seed: int) -> None:
    picture = layout(*synthetic(60, 6, seed), PAGE)
    assert labels(picture) == (0, 0)
    faults, straight = measure(picture), measure(straightened(picture))
    assert faults.crossings < straight.crossings
    assert faults.through_labels < 0.6 * straight.through_labels


def straightened(picture: Layout) -> Layout:
    """The same papers with each edge as a straight line from dot to dot."""
    of = {node.key: node for node in picture.nodes}
    routes = []
    for route in picture.routes:
        if route.points:
            (ax, ay), (bx, by) = ((of[key].x, of[key].y) for key in (route.target, route.source))
            line = tuple((ax + t * (bx - ax), ay + t * (by - ay)) for t in (0, 1 / 3, 2 / 3, 1))
            routes.append(replace(route, points=line))
    return replace(picture, routes=tuple(routes))


def test_of_five_hundred_papers_all_are_labeled_and_the_links_of_the_most_influential_drawn() -> None:
    made, links = synthetic(500)
    picture = layout(made, links, replace(PAGE, width=2000))
    assert labels(picture) == (0, 0)
    assert {node.label for node in picture.nodes} == {paper.label for paper in made}
    assert {(route.source, route.target) for route in picture.routes} == {(link.source, link.target) for link in links}
    drawn = [route for route in picture.routes if route.points]
    known = [route for route in picture.routes if not route.points and not route.implied]
    assert len(drawn) == MOST_DRAWN
    assert (len(known), sum(route.implied for route in picture.routes)) == (
        picture.hidden_unimportant, picture.hidden_implied)
    rank = {node.key: node.rank for node in picture.nodes}
    assert max(max(rank[route.source], rank[route.target]) for route in drawn) <= min(
        max(rank[route.source], rank[route.target]) for route in known)


dates = st.one_of(st.none(), st.builds("{}-{:02}".format, st.integers(1986, 2024), st.integers(1, 12)),
                  st.integers(1986, 2024).map(str))
some_papers = st.lists(st.tuples(dates, st.sampled_from("ABC"), st.text(max_size=40)), min_size=1, max_size=25)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(some_papers, st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=30), st.integers(300, 1600),
       st.sampled_from(["density", "linear"]))
def test_any_papers_and_any_edges_keep_the_promises(rows: list[tuple[str | None, str, str]],
                                                    links: list[tuple[int, int]], width: int, scale: Scale) -> None:
    made = [paper(f"p{i}", date, lane, label) for i, (date, lane, label) in enumerate(rows)]
    wanted = {(f"p{a}", f"p{b}") for a, b in links if a != b and max(a, b) < len(made)}
    picture = layout(made, [builds(*link) for link in wanted], replace(PAGE, width=width, scale=scale))
    assert labels(picture) == (0, 0)
    assert {(route.source, route.target) for route in picture.routes} == wanted
    for node in picture.nodes:
        lane = picture.lanes[node.lane]
        assert lane.y <= node.y - PIXELS.row / 2
        assert node.y + PIXELS.row / 2 <= lane.y + lane.height
        assert node.label_x >= 0
        assert node.label_x + node.label_width <= picture.width


@pytest.mark.parametrize("scale", ["density", "linear"])
def test_time_runs_from_left_to_right(scale: Scale) -> None:
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
    start, end = (tick.x for tick in picture.ticks if not tick.month)
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
    assert not any(route.backward for route in picture.routes), "without a date no link is backward in time"


@pytest.mark.parametrize(("undated", "dated", "columns"), [
    (1, 0, 1), (3, 0, 1), (10, 0, 4), (73, 0, 6), (300, 0, 6), (1, 30, 1), (10, 90, 1), (73, 30, 4), (300, 3, 4)])
def test_undated_papers_fill_as_much_of_the_width_as_they_are_of_the_papers(
        undated: int, dated: int, columns: int) -> None:
    long = "a title that is longer than any label may be "
    made = [*(paper(f"u{i}", None, "A", f"{long} {i}") for i in range(undated)),
            *(paper(f"d{i}", f"{2000 + i % 20}-03-04", "A", f"{long} {i}") for i in range(dated))]
    picture = layout(made, [], PAGE)
    assert labels(picture) == (0, 0)
    assert len({node.x for node in picture.nodes if not node.date}) == columns
    rows = -(-undated // columns)
    assert max(node.row for node in picture.nodes if not node.date) < rows + 1
    assert picture.width == PAGE.width, "the picture did not have to grow"
    if dated:
        assert picture.width - picture.plot[0] > 2 * PIXELS.label_max


def test_of_undated_papers_those_that_others_build_on_stand_first() -> None:
    made = [paper(f"p{i:02}", None) for i in range(40)]
    picture = layout(made, [builds(f"p{i:02}", "p39") for i in range(9)] + [builds("p20", "p38")], PAGE)
    first = min(xs(picture).values())
    assert {key for key, x in xs(picture).items() if x < first + 5} >= {"p38", "p39"}
    drawn = {(route.target, route.source): route.points for route in picture.routes}
    assert drawn["p39", "p08"][0][0] < drawn["p39", "p08"][-1][0], "the link runs to the right"


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
            assert all(0 <= x <= known.width and 0 <= y <= known.height for x, y in flattened(route.points))


def test_edges_between_dated_papers_never_run_back_when_the_label_leaves_room(known: Layout) -> None:
    of = {node.key: node for node in known.nodes}
    for route in known.routes:
        parent, child = of[route.target], of[route.source]
        if route.points and child.x - child.radius > parent.label_x + parent.label_width + PIXELS.row + PIXELS.gap:
            assert all(a[0] <= b[0] + 1e-6 for a, b in pairwise(flattened(route.points))), route


def test_the_order_of_the_input_never_matters(known: Layout) -> None:
    assert layout(papers()[::-1], edges()[::-1], PAGE) == known


def test_no_paper_and_one_paper() -> None:
    empty = layout([], [], PAGE)
    assert (empty.nodes, empty.lanes, empty.ticks) == ((), (), ())
    (node,) = layout([paper("only")], [], PAGE).nodes
    assert empty.plot[0] < node.x < node.label_x + node.label_width <= 1600


def test_the_lane_of_the_rest_is_the_last_whatever_its_age_and_links() -> None:
    made = [paper("old", "1990", OTHER), paper("a", "2000", "A"), paper("b", "2010", "B"), paper("c", "2020", "C")]
    links = [builds(key, "old") for key in "abc"]
    for keep in (None, Kept((OTHER, "C", "A"))):
        assert layout(made, links, replace(PAGE, keep=keep)).lanes[-1].name == OTHER


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
    assert labels(picture) == (0, 0)


def test_two_papers_with_one_key_are_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match=r"^two papers have the key 'twice'; give each"):
        layout([paper("twice"), paper("twice", "2018")], [], PAGE)


def test_edges_that_lead_out_of_the_picture_and_to_themselves_are_left_out() -> None:
    picture = layout([paper("a"), paper("b")], [builds("a", "a"), builds("a", "elsewhere"), builds("b", "a")], PAGE)
    assert [(route.source, route.target) for route in picture.routes] == [("b", "a")]


def stays(before: Kept, after: Kept) -> tuple[int, bool]:
    """How many papers of both pictures change rows, and whether the lanes of both keep their order."""
    moved = sum(before.rows[key] != row for key, row in after.rows.items() if key in before.rows)
    both = set(before.lanes) & set(after.lanes)
    return moved, [lane for lane in before.lanes if lane in both] == [lane for lane in after.lanes if lane in both]


def without(made: list[Paper], links: list[Edge], key: str) -> tuple[list[Paper], list[Edge]]:
    return ([paper for paper in made if paper.key != key],
            [link for link in links if key not in (link.source, link.target)])


@pytest.mark.parametrize("seed", [0, 1])
def test_with_what_was_kept_a_paper_more_or_less_moves_no_other(seed: int) -> None:
    made, links = synthetic(64, 6, seed) if seed else (papers(), edges())
    moved = trials = 0
    whole = kept(layout(made, links, PAGE))
    for paper in made[seed::7]:
        fewer = without(made, links, paper.key)
        for first, then in ((whole, fewer), (kept(layout(*fewer, PAGE)), (made, links))):
            picture = layout(*then, replace(PAGE, keep=first))
            assert labels(picture) == (0, 0)
            changed, same_order = stays(first, kept(picture))
            assert same_order
            moved, trials = moved + changed, trials + len(made) - 1
    assert moved <= 0.01 * trials


def test_a_picture_laid_out_again_with_what_it_kept_is_the_same(known: Layout) -> None:
    again = layout(papers(), edges(), replace(PAGE, keep=kept(known)))
    assert (again.lanes, again.nodes) == (known.lanes, known.nodes)


def test_what_was_kept_gives_way_where_papers_would_overlap_and_where_it_is_stale() -> None:
    made = [paper(key, "2017-06", label="a label of a good length") for key in "abc"]
    keep = Kept(("gone", "A"), {"a": 2, "b": 2, "c": 10**9, "gone": 0})
    picture = layout(made, [], replace(PAGE, keep=keep))
    assert labels(picture) == (0, 0)
    assert [lane.name for lane in picture.lanes] == ["A"]
    assert {node.row for node in picture.nodes} == {0, 1, 2}


def test_a_new_lane_joins_the_kept_ones_where_its_edges_lead() -> None:
    made = [paper(f"{lane}{year}", f"20{year}", lane) for lane in "abcd" for year in (10, 15)]
    links = [builds("d15", "a10")] * 3
    picture = layout(made, links, replace(PAGE, keep=Kept(("b", "a", "c"), {})))
    assert [lane.name for lane in picture.lanes if lane.name != "d"] == ["b", "a", "c"]
    order = [lane.name for lane in picture.lanes]
    assert abs(order.index("d") - order.index("a")) == 1


def test_rank_is_by_what_builds_on_a_paper_and_on_what_builds_on_it() -> None:
    made = [paper(key, date) for key, date in (
        ("root", "2001"), ("heir", "2002"), ("young", "2003"), ("lone", "2000"), ("late", "2004"))]
    links = [builds("heir", "root"), Edge("heir", "root", "cites"), builds("young", "heir"),
             Edge("late", "heir", "cites")]
    rank = {node.key: node.rank for node in layout(made, links, PAGE).nodes}
    assert rank == {"root": 0, "heir": 1, "lone": 2, "young": 3, "late": 4}, "among equals, the oldest first"


def test_rank_of_a_cycle_is_shared_and_what_it_builds_on_is_above_it() -> None:
    made = [paper(key, f"200{i}") for i, key in enumerate("abcr")]
    links = [builds("a", "b"), builds("b", "c"), builds("c", "a"), builds("c", "r")]
    rank = {node.key: node.rank for node in layout(made, links, PAGE).nodes}
    assert sorted(rank.values()) == [0, 1, 2, 3]
    assert rank["c"] < rank["a"], "c gets all of b, a only half of c"


@pytest.mark.parametrize("made", [
    [paper(f"p{i:03}", None, "AB"[i % 2]) for i in range(60)],
    [paper(f"p{i:03}", "2017-06-12", "ABC"[i % 3]) for i in range(300)],
    [paper("rosenblatt", "1957"), *(paper(f"p{i}", f"202{i % 5}-0{1 + i % 9}") for i in range(40))],
    [paper(f"p{i}", "2019", "一二三"[i % 3], label) for i, label in enumerate([
        "注意力就是你所需要的一切", "어텐션", "🧠🚀 emoji " * 4, "كل ما تحتاجه هو الانتباه", "\u202eevil", "x" * 200,
        "wörd " * 40, "e\u0301" * 60, "👩‍👩‍👧‍👦" * 30])],
], ids=["all undated", "300 on one day", "one of 1957", "scripts and long titles"])
def test_odd_sets_keep_the_promises(made: list[Paper]) -> None:
    links = [builds(made[i].key, made[i // 2].key) for i in range(1, len(made))]
    picture = layout(made, links, PAGE)
    assert labels(picture) == (0, 0)
    assert len(picture.nodes) == len(made)
    for node in picture.nodes:
        assert node.label
        assert node.label_x >= 0
        assert node.label_x + node.label_width <= picture.width
    assert sum(bool(route.points) for route in picture.routes) == min(len(links), MOST_DRAWN)
    assert all(0 <= x <= picture.width for route in picture.routes if route.points for x, _ in flattened(route.points))


def test_time_grows_no_faster_than_the_number_of_papers() -> None:
    def draw(text: str) -> None:
        layout(*synthetic(len(text)), replace(PAGE, width=2000))

    assert growth(draw, "x", 2_000) < LINEAR


def test_years_stand_apart_from_the_word_undated_and_inside_the_picture() -> None:
    made = [Paper("old", "a", "a", None, "x", False), Paper("early", "b", "b", "2014-01-02", "x", False),
            Paper("late", "c", "c", "2022-12-30", "x", False)]
    picture = layout(made, [], Options(1600, PIXELS))
    assert picture.undated
    undated = picture.undated[0] + PIXELS.space + PIXELS.measure("undated", False)
    for tick in picture.ticks:
        room = picture.width - PIXELS.measure(tick.label, False)
        assert not tick.label or undated + PIXELS.space <= tick.label_x <= room
