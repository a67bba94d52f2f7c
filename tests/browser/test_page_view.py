"""The page's picture, list and state in a real browser: what is where at every size, and every way to get about."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.chromium import Opened
from benchmarks.timeline.faults import over_dots, overlaps
from benchmarks.timeline.page import drawing, settled
from benchmarks.timeline.sets import PaperSet, synthetic, thread, write_vault
from cli.page.assemble import STATIC, script, style
from tests.browser.conftest import PageOf

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
FONTS = ("DejaVu Sans", "DejaVu Serif", "Liberation Sans", "Liberation Mono", "monospace", "system-ui")


def page_for(drawn: PaperSet, folder: Path) -> Path:
    """The page of a set, by the command."""
    write_vault(drawn, folder / "vault")
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "--own", "--vault", folder / "vault",
         "timeline", "-o", folder / "page.html"],
        env={**os.environ, "XDG_CACHE_HOME": str(folder), "XDG_DATA_HOME": str(folder), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "page.html"


@pytest.fixture(scope="module")
def page64(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page_for(thread(), tmp_path_factory.mktemp("64"))


def labels(page: "Page") -> list[str]:
    """Keys of the papers with a label, in the order of the document."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('#labels a')].map(a => decodeURIComponent(a.hash.slice(3)))")
    return found


def is_clean(opened: Opened) -> None:
    """No label over another or over a foreign dot, all of them under the years and right of the lane names."""
    found = drawing(opened.page)
    assert overlaps(found) == 0
    assert over_dots(found) == 0
    assert opened.faults == []


def situations(page: "Page") -> Iterator[str]:
    """Twelve zooms at different places, then a search, a chosen paper, other sizes of the window."""
    box = page.locator("#chart").bounding_box()
    assert box
    for step in range(12):
        page.mouse.move(box["x"] + box["width"] * (0.3 + 0.05 * step), box["y"] + box["height"] * (0.9 - 0.06 * step))
        page.mouse.wheel(0, -200 if step < 8 else 350)
        settled(page)
        yield f"zoom {step}"
    page.keyboard.press("0")
    page.keyboard.press("/")
    page.keyboard.type("transformer")
    settled(page)
    yield "search"
    page.keyboard.press("Escape")
    page.evaluate("location.hash = 'p=vit'")
    settled(page)
    yield "chosen"
    for width, height in ((1600, 900), (700, 500), (1280, 720)):
        page.set_viewport_size({"width": width, "height": height})
        settled(page)
        yield f"{width} x {height}"


def test_labels_never_cover_each_other_or_a_foreign_dot(page_of: PageOf, page64: Path) -> None:
    opened = page_of(page64)
    is_clean(opened)
    for _ in situations(opened.page):
        is_clean(opened)


@pytest.mark.slow
def test_nor_do_they_among_five_thousand(page_of: PageOf, tmp_path: Path) -> None:
    """There the overview shows streams with the most influential papers; zoomed in, every paper has its dot."""
    opened = page_of(page_for(synthetic(5_000), tmp_path))
    is_clean(opened)
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


def test_arrows_reach_every_paper_and_enter_and_escape_open_and_close(page_of: PageOf, page64: Path) -> None:
    opened = page_of(page64, viewport={"width": 1000, "height": 600})
    page = opened.page
    page.keyboard.press("ArrowRight")
    reached = []
    for _ in thread().papers:
        reached.append(page.evaluate("decodeURIComponent(document.activeElement.hash.slice(3))"))
        page.keyboard.press("ArrowRight")
    assert sorted(reached) == sorted(paper.key for paper in thread().papers)
    before = page.evaluate("document.activeElement.getBoundingClientRect().top")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") < before
    key = page.evaluate("decodeURIComponent(document.activeElement.hash.slice(3))")
    page.keyboard.press("Enter")
    assert page.locator("#panel").is_visible()
    assert page.evaluate("document.activeElement.id") == "panel"
    assert f"p={key}" in page.url
    page.keyboard.press("Escape")
    assert not page.locator("#panel").is_visible()
    assert page.evaluate("decodeURIComponent(document.activeElement.hash.slice(3))") == key
    page.keyboard.press("Enter")
    assert page.locator("#labels [aria-current=true]").count() == 1
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert not page.locator("#panel").is_visible()
    assert page.evaluate("decodeURIComponent(document.activeElement.hash.slice(3))") == key
    assert opened.faults == []


def test_the_whole_picture_stays_whole_when_a_paper_at_its_edge_is_opened(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64, viewport={"width": 1000, "height": 600}).page
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    settled(page)
    assert len(dots(page)) == len(thread().papers)


def test_what_is_typed_over_a_chosen_paper_can_be_gone_back_on(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64, fragment="p=vit").page
    page.keyboard.press("/")
    page.keyboard.type("adam")
    assert not page.locator("#panel").is_visible()
    page.go_back()
    assert page.locator("#panel").is_visible()
    assert page.input_value("#search") == ""


def test_the_picture_cannot_be_zoomed_while_the_list_is_shown(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64, fragment="view=list").page
    page.keyboard.press("+")
    page.keyboard.press("l")
    settled(page)
    assert len(dots(page)) == len(thread().papers)


def test_the_keys_are_told_and_zoom_and_pan(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64).page
    page.keyboard.press("?")
    told = page.locator("dialog").inner_text()
    assert all(key in told for key in ("/", "+", "-", "0", "→", "Esc", "?"))
    page.keyboard.press("Escape")
    whole = dots(page)
    page.keyboard.press("+")
    settled(page)
    near = dots(page)
    page.keyboard.press("Shift+ArrowRight")
    settled(page)
    panned = dots(page)
    common = [key for key in whole if key in near and key in panned]
    assert len(near) < len(whole)
    assert all(panned[key] < near[key] for key in common)
    page.keyboard.press("0")
    settled(page)
    assert dots(page) == whole


def dots(page: "Page") -> dict[str, float]:
    """The x of the papers in sight."""
    found: dict[str, float] = page.evaluate("Object.fromEntries(paperkbTimings.dots().map(dot => [dot.key, dot.x]))")
    return found


def test_an_address_says_all_and_going_back_undoes_it(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64).page
    page.locator("#labels a", has_text="Adam").click()
    page.locator("#views button", has_text="List").click()
    page.select_option("#color", "code")
    address = page.url
    assert all(part in address for part in ("p=adam", "view=list", "color=code"))
    page.go_back()
    page.go_back()
    assert page.locator("#chart").is_visible()
    page.go_back()
    assert not page.locator("#panel").is_visible()
    there = page_of(page64, fragment=address.partition("#")[2]).page
    assert there.locator("#panel").is_visible()
    assert there.locator("#list").is_visible()
    assert there.input_value("#color") == "code"


@pytest.mark.parametrize("fragment", [
    "p=%E0%A4%A", "p=__proto__", "p=constructor&to=toString", "zoom=1,2", "zoom=-1,NaN,0,Infinity",
    "zoom=1e308,1e308,1e308,1e308", "depth=99999999&step=-1&story=x", "view=<img>&color=&theme=pink",
    "lanes=no&lanes=" + "x" * 5000, "&&==&#", "q=%00%FF(((",
])  # fmt: skip
def test_a_malformed_address_does_no_harm(page_of: PageOf, page64: Path, fragment: str) -> None:
    opened = page_of(page64, fragment=fragment)
    settled(opened.page)
    opened.page.keyboard.press("0")
    settled(opened.page)
    assert len(dots(opened.page)) == len(thread().papers)
    assert opened.faults == []


def test_dark_and_light_follow_the_reader_and_the_switch(page_of: PageOf, page64: Path) -> None:
    def ground(page: "Page") -> str:
        found: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return found

    def corner(page: "Page") -> list[int]:
        found: list[int] = page.evaluate(
            "[...document.getElementById('canvas').getContext('2d').getImageData(5, 60, 1, 1).data].slice(0, 3)")
        return found

    light, dark = page_of(page64).page, page_of(page64, color_scheme="dark").page
    assert ground(light) != ground(dark)
    assert sum(corner(light)) > 600
    assert sum(corner(dark)) < 150
    dark.locator("#tools button").first.click()
    assert ground(dark) == ground(light)
    assert corner(dark) == corner(light)


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


def test_two_fingers_zoom_and_a_tap_chooses(page_of: PageOf, page64: Path) -> None:
    opened = page_of(page64, has_touch=True)
    page, before = opened.page, len(dots(opened.page))
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", (600, 400))
    fingers("touchStart", (600, 400), (700, 400))
    for step in range(1, 9):
        fingers("touchMove", (600 - 10 * step, 400), (700 + 10 * step, 400))
    fingers("touchEnd")
    settled(page)
    assert len(dots(page)) < before
    page.keyboard.press("0")
    settled(page)
    at = page.evaluate("paperkbTimings.dots().find(dot => dot.key === 'vae')")
    fingers("touchStart", (at["x"], at["y"]))
    fingers("touchEnd")
    page.wait_for_selector("#panel:not([hidden])")
    assert "p=vae" in page.url
    assert opened.faults == []


def test_the_list_has_every_paper_and_sorts(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64, fragment="view=list").page
    assert page.locator("tbody tr").count() == len(thread().papers)

    def column(number: int) -> list[str]:
        found: list[str] = page.evaluate(
            f"[...document.querySelectorAll('tbody tr')].map(row => row.cells[{number}].textContent)")
        return found

    assert column(0) == sorted(column(0))
    page.locator("th button", has_text="Led to").click()
    page.locator("th button", has_text="Led to").click()
    assert column(5) == [str(number) for number in sorted(map(int, column(5)), reverse=True)]
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Led to")
    page.locator("tbody a").first.press("Enter")
    assert page.locator("#panel").is_visible()


def test_a_phone_gets_the_log(page_of: PageOf, page64: Path) -> None:
    opened = page_of(page64, viewport={"width": 375, "height": 700})
    page = opened.page
    assert not page.locator("#chart").is_visible()
    assert page.locator(".log li").count() == len(thread().papers)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    years = [int(year) for year in page.locator(".log h2").all_inner_texts() if year.isdigit()]
    assert years == sorted(years, reverse=True)
    page.set_viewport_size({"width": 1280, "height": 720})
    settled(page)
    is_clean(opened)
    assert len(labels(page)) > 40


def test_the_log_of_a_phone_ends_with_what_has_no_date(page_of: PageOf, tmp_path: Path) -> None:
    known, *_ = thread().papers
    some = PaperSet("three", tuple(
        replace(known, key=f"p{i}", title=f"P{i}", label=f"P{i}", date=date, href=None)
        for i, date in enumerate(("2017", "", "2019"))), ())
    page = page_of(page_for(some, tmp_path), viewport={"width": 375, "height": 800}).page
    assert page.locator(".log h2").all_inner_texts() == ["2019", "2017", "undated"]


def test_without_javascript_and_on_paper_the_picture_and_the_list_are_there(page_of: PageOf, page64: Path) -> None:
    plain = page_of(page64, java_script_enabled=False)
    assert plain.page.locator("#static svg").is_visible()
    assert plain.page.locator("#static li").count() == len(thread().papers)
    assert not plain.page.locator("#app").is_visible()
    assert plain.faults == []
    page = page_of(page64).page
    assert not page.locator("#static").is_visible()
    assert len(page.pdf()) > 20_000
    page.emulate_media(media="print")
    assert page.locator("#static svg").is_visible()
    assert not page.locator("#app").is_visible()


def test_paper_is_white_whatever_the_reader_chose_for_the_screen(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64, fragment="theme=dark").page
    color = "getComputedStyle(document.querySelector('#static li')).color"
    on_screen = page.evaluate(color)
    page.emulate_media(media="print")
    assert page.evaluate(color) != on_screen
    assert page.evaluate(color) == page_of(page64).page.evaluate(color)


def test_nothing_is_drawn_at_rest(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64).page
    settled(page)
    draws = page.evaluate("paperkbTimings.draws")
    page.wait_for_timeout(700)
    assert page.evaluate("paperkbTimings.draws") == draws


@pytest.mark.parametrize(("fragment", "width"), [
    ("", 1280), ("p=vit", 1280), ("view=list", 1280), ("color=code&q=adam", 1280), ("", 375),
])  # fmt: skip
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page_of: PageOf, page64: Path, fragment: str, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    opened = page_of(
        page64, fragment=fragment, viewport={"width": width, "height": 720}, color_scheme=scheme, bypass_csp=True)
    found = axe.Axe().run(opened.page)
    assert found.violations_count == 0, found.generate_report()


def test_scripts_make_no_markup_out_of_text() -> None:
    """Elements come from `el`, text from text nodes; nothing is evaluated, nothing is fetched from elsewhere."""
    banned = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "setTimeout('",
              "DOMParser", "createContextualFragment", "srcdoc", "cssText", "setAttribute('style'", "import(")
    for text in (script(live=True), style(), (STATIC / "shell.html").read_text("utf-8")):
        assert [word for word in banned if word in text] == []
    assert "</script" not in script(live=True)
    assert "url(" not in style()
    assert "@import" not in style()
