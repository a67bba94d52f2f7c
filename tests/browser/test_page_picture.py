"""The page's picture in a real browser: what is where at every size, and that nothing overlaps."""

from pathlib import Path

import pytest

from benchmarks.timeline.faults import overlaps
from benchmarks.timeline.page import drawing, settled, situations
from benchmarks.timeline.sets import PaperSet, synthetic, thread
from cli.render.timeline.papers import Paper
from tests.browser.conftest import PageOf
from tests.browser.drawn import dots, is_clean, labels, page_for

FONTS = ("DejaVu Sans", "DejaVu Serif", "Liberation Sans", "Liberation Mono", "monospace", "system-ui")
LISTENING = """window.written = [];
    const write = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
        written.push([text, x + this.measureText(text).width]);
        return write.call(this, text, x, y);
    };"""
"""Notes each text on the canvas, and where it ends."""


def test_labels_never_cover_each_other_or_a_foreign_dot(page_of: PageOf, page64: Path) -> None:
    opened = page_of(page64)
    for _ in situations(opened.page):
        is_clean(opened)
    opened.page.evaluate("location.hash = 'p=vit'")
    settled(opened.page)
    is_clean(opened)


def test_years_at_the_edge_are_written_whole(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64, script=LISTENING).page
    for middle in range(600, 800, 9):
        page.evaluate(f"location.hash = 'zoom=1.5,1.5,{middle},300'")
        settled(page)
    width = page.evaluate("document.getElementById('chart').clientWidth")
    ends = page.evaluate("written.map(([, end]) => end)")
    assert len(ends) > 100
    assert max(ends) <= width


@pytest.mark.slow
def test_a_pile_of_one_month_with_long_titles_is_legible_and_named(page_of: PageOf, tmp_path: Path) -> None:
    dates = {0: "2021-03-01", 1: "2024-02-03"}
    titles = [f"Number {i} of the titles that are so long that they never stand beside each other" for i in range(32)]
    papers = [Paper(f"p{i}", title, title, dates.get(i, "2024-01"), "lane", False) for i, title in enumerate(titles)]
    opened = page_of(page_for(PaperSet("pile", tuple(papers), ()), tmp_path), script=LISTENING,
                     viewport={"width": 1200, "height": 800})
    assert len(labels(opened.page)) == len(papers)
    is_clean(opened)
    written = opened.page.evaluate("written.map(([text]) => text)")
    assert {"2024", "Feb"} <= set(written)
    assert "Jun" not in written, "2021 is too narrow, 2024 ends with its last paper"


def test_labels_never_cover_each_other_among_five_thousand_papers(page_of: PageOf, tmp_path: Path) -> None:
    """The overview shows streams with the most influential papers; zoomed in, every paper has its dot."""
    opened = page_of(page_for(synthetic(5_000), tmp_path))
    overview = len(drawing(opened.page).dots)
    for _ in situations(opened.page):
        is_clean(opened)
    assert overview < 1_000
    assert opened.page.evaluate("paperkbTimings.ready") > 0


@pytest.mark.parametrize("font", FONTS)
def test_labels_keep_their_room_in_any_font(page_of: PageOf, page64: Path, font: str) -> None:
    opened = page_of(page64, bypass_csp=True)
    opened.page.add_style_tag(content=f"*{{font-family:{font!r} !important}}")
    settled(opened.page)
    assert overlaps(drawing(opened.page)) == 0


def test_at_full_width_every_paper_has_its_label_in_the_order_of_dates(page_of: PageOf, page64: Path) -> None:
    shown = labels(page_of(page64, viewport={"width": 1600, "height": 900}).page)
    dates = {paper.key: paper.date or "" for paper in thread().papers}
    assert len(shown) == len(dates)
    assert [dates[key][:4] for key in shown] == sorted(dates[key][:4] for key in shown)


def test_the_header_keeps_off_the_drawing_and_the_chosen_paper_stays_in_sight(page_of: PageOf, page64: Path) -> None:
    for size in ((1600, 900), (1280, 720), (900, 600)):
        page = page_of(page64, viewport={"width": size[0], "height": size[1]}, fragment="zoom=6,2,1500,400").page
        page.evaluate("location.hash = 'p=instructgpt&zoom=3,1.5,300,100'")
        settled(page)
        header, chart, panel = (page.locator(name).bounding_box() for name in ("#top", "#chart", "#panel"))
        label = page.locator("#labels [aria-current]").bounding_box()
        assert header
        assert chart
        assert panel
        assert label
        assert header["y"] + header["height"] <= chart["y"]
        assert chart["x"] + 150 < label["x"]
        assert label["x"] + label["width"] <= panel["x"]
        assert chart["y"] + 30 <= label["y"] < chart["y"] + chart["height"] - 10


def test_the_whole_picture_stays_whole_when_a_paper_at_its_edge_is_opened(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64, viewport={"width": 1000, "height": 600}).page
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    settled(page)
    assert len(dots(page)) == len(thread().papers)


def test_lanes_of_the_gutter_hide_and_come_back(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64, viewport={"width": 1600, "height": 900}).page
    lane = page.locator("#gutter button", has_text="Generative")
    lane.click()
    assert "dalle" not in "".join(labels(page))
    assert lane.get_attribute("aria-pressed") == "false"
    lane.click()
    assert len(labels(page)) == len(thread().papers)


def test_a_color_of_the_legend_asks_for_its_years(page_of: PageOf, page64: Path) -> None:
    opened = page_of(page64, fragment="color=year")
    swatch = opened.page.locator("#legend button").first
    words = swatch.inner_text()
    swatch.click()
    asked = opened.page.input_value("#search")
    assert asked.startswith("year:")
    assert words.replace("–", "..") in asked
    assert 0 < len(labels(opened.page)) < len(thread().papers)
    opened.page.locator("#legend button").first.click()
    assert opened.page.input_value("#search") == ""
    assert opened.faults == []


def test_nothing_is_drawn_at_rest(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64).page
    settled(page)
    draws = page.evaluate("paperkbTimings.draws")
    page.wait_for_timeout(700)
    assert page.evaluate("paperkbTimings.draws") == draws
