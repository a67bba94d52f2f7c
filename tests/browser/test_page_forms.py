"""The page in its other forms, in a real browser: list, log on a phone, print, dark, without JavaScript, read aloud."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.timeline.page import settled
from benchmarks.timeline.sets import PaperSet, synthetic, thread
from cli.render.timeline.papers import Edge
from tests.browser.conftest import PageOf
from tests.browser.drawn import barriers, is_clean, labels, page_for

if TYPE_CHECKING:
    from playwright.sync_api import Page


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
        known._replace(key=f"p{i}", title=f"P{i}", label=f"P{i}", date=date, href=None)
        for i, date in enumerate(("2017", "", "2019"))), ())
    page = page_of(page_for(some, tmp_path), viewport={"width": 375, "height": 800}).page
    assert page.locator(".log h2").all_inner_texts() == ["2019", "2017", "undated"]


def test_a_title_that_is_cut_in_the_picture_is_whole_and_told_once_in_lists(page_of: PageOf, tmp_path: Path) -> None:
    known, *_ = thread().papers
    long = "On titles that are so long that no picture has ever had room for all of the words beside one small dot"
    some = PaperSet("two", tuple(
        known._replace(key=key, title=title, label=title, date=date, href=None)
        for key, title, date in (("a", long, "2017"), ("b", "Short", "2019"))), (Edge("b", "a", "builds-on"),))
    written = page_for(some, tmp_path)
    opened = page_of(written, fragment="p=b")
    page = opened.page
    assert any(label.endswith("…") for label in page.locator("#labels a").all_inner_texts())
    assert page.locator("#panel .kin a").inner_text() == long
    page.keyboard.press("l")
    assert page.locator("td.title").all_inner_texts() == [long, "Short"]
    phone = page_of(written, viewport={"width": 375, "height": 800})
    assert phone.page.locator(".log li").all_text_contents() == [f"Short← {long}", long]
    assert opened.faults + phone.faults == []


@pytest.mark.parametrize("width", [700, 900, 1024])
def test_titles_in_the_list_have_room_beside_an_open_paper(page_of: PageOf, page64: Path, width: int) -> None:
    page = page_of(page64, fragment="view=list&p=vit", viewport={"width": width, "height": 800}).page
    box = page.locator("tbody td.title").first.bounding_box()
    assert box
    assert box["width"] > 120


def test_a_long_list_opens_where_the_chosen_paper_stands(page_of: PageOf, tmp_path: Path) -> None:
    page = page_of(page_for(synthetic(300), tmp_path), fragment="view=list&p=s0270").page
    link = page.locator("#list tbody a[aria-current]")
    link.wait_for()
    box, head = link.bounding_box(), page.locator("thead").bounding_box()
    assert box
    assert head
    assert head["y"] + head["height"] <= box["y"] < page.evaluate("innerHeight") - box["height"]


def test_a_long_list_returns_to_where_a_paper_was_opened(page_of: PageOf, tmp_path: Path) -> None:
    page = page_of(page_for(synthetic(300), tmp_path), fragment="view=list").page
    link = page.locator("#list tbody a").nth(270)
    name, address = link.inner_text(), link.get_attribute("href")
    link.click()
    page.keyboard.press("Escape")
    settled(page)
    assert page.evaluate("document.activeElement.textContent") == name
    assert address
    page.evaluate(f"location.hash = 'view=list&q=year:1900..&{address[1:]}'")
    settled(page)
    assert page.locator("#list [aria-current]").inner_text() == name


def test_the_focus_never_goes_behind_what_covers_a_narrow_page(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64, fragment="view=list", viewport={"width": 375, "height": 800}).page
    link = page.locator("#list a", has_text="BERT").first
    link.focus()
    page.keyboard.press("Enter")
    places = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        places.add(page.evaluate("document.activeElement.closest('#top, #facets, #main, #panel')?.id"))
    assert {"top", "panel"} <= places <= {"top", "panel", None}
    page.locator("#close").focus()
    page.keyboard.press("Escape")
    assert link.evaluate("link => link === document.activeElement")


@pytest.mark.parametrize("width", [375, 640, 768, 860])
def test_of_filters_and_a_paper_the_one_that_is_opened_closes_the_other(
    page_of: PageOf, page64: Path, width: int
) -> None:
    page = page_of(page64, fragment="p=vit", viewport={"width": width, "height": 800}).page

    def opened() -> list[str]:
        return [name for name in ("facets", "panel") if page.locator(f"#{name}").is_visible()]

    page.click("#filters")
    assert (opened(), page.get_attribute("#filters", "aria-expanded")) == (["facets"], "true")
    page.go_back()
    settled(page)
    assert (opened(), page.get_attribute("#filters", "aria-expanded")) == (["panel"], "false")
    assert width < 640 or page.locator("#main").evaluate("main => main.clientWidth") > 250


def test_where_there_is_room_filters_and_a_paper_stand_side_by_side_until_there_is_none(
    page_of: PageOf, page64: Path
) -> None:
    page = page_of(page64, fragment="p=vit", viewport={"width": 1280, "height": 800}).page
    page.click("#filters")
    assert page.locator("#facets").is_visible()
    assert page.locator("#panel").is_visible()
    page.set_viewport_size({"width": 800, "height": 800})
    page.locator("#facets").wait_for(state="hidden")
    assert page.locator("#panel").is_visible()


def test_escape_among_the_filters_closes_them_and_nothing_else(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64, fragment="q=attention").page
    page.keyboard.press("f")
    page.locator("#facets .chip").first.focus()
    page.keyboard.press("Escape")
    assert not page.locator("#facets").is_visible()
    assert page.input_value("#search") == "attention"
    assert page.evaluate("document.activeElement.id") == "filters"


@pytest.mark.parametrize("width", [360, 640, 768, 900, 1024])
def test_a_question_has_room_in_the_search_field(page_of: PageOf, page64: Path, width: int) -> None:
    page = page_of(page64, viewport={"width": width, "height": 800}).page
    assert page.locator("#search").evaluate("field => field.clientWidth") > 200
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_the_filters_say_how_many_papers_they_leave_and_lead_to_them(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64, viewport={"width": 360, "height": 740}).page
    page.click("#filters")
    page.locator("#facets .year .chip").first.click()
    button = page.locator("#facets button", has_text="Show")
    found = int(button.inner_text().split()[1])
    button.click()
    assert 0 < page.locator(".log li").count() == found < len(thread().papers)
    assert page.evaluate("document.activeElement.id") == "filters"


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


def corner(page: "Page") -> list[int]:
    """The color of the first lane."""
    found: list[int] = page.evaluate(
        "[...document.getElementById('canvas').getContext('2d').getImageData(5, 60, 1, 1).data].slice(0, 3)")
    return found


def test_dark_and_light_follow_the_reader_and_the_switch(page_of: PageOf, page64: Path) -> None:
    def ground(page: "Page") -> str:
        found: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return found

    light, dark = page_of(page64).page, page_of(page64, color_scheme="dark").page
    assert ground(light) != ground(dark)
    assert sum(corner(light)) > 600
    assert sum(corner(dark)) < 150
    dark.locator("#tools button").first.click()
    assert ground(dark) == ground(light)
    assert corner(dark) == corner(light)
    opened = page_of(page64, fragment="theme=dark").page  # the address of a reader who chose it
    assert sum(corner(opened)) < 150
    opened.evaluate("location.hash = 'theme=light'")
    settled(opened)
    assert corner(opened) == corner(light)


def test_a_system_that_forces_its_colors_leaves_the_picture_its_own(page_of: PageOf, page64: Path) -> None:
    forced, usual = page_of(page64, forced_colors="active").page, page_of(page64).page
    assert corner(forced) == corner(usual)
    color = "getComputedStyle(document.querySelector('.lane')).color"
    assert forced.evaluate(color) == usual.evaluate(color)
    border = "getComputedStyle(document.querySelector('input')).borderTopStyle"
    assert forced.evaluate(border) == "solid", "a field has no edge where its background is taken away"


@pytest.mark.parametrize(("fragment", "width"), [
    ("", 1280), ("p=vit", 1280), ("view=list", 1280), ("color=code&q=adam", 1280), ("", 375),
])  # fmt: skip
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page_of: PageOf, page64: Path, fragment: str, width: int, scheme: str) -> None:
    opened = page_of(
        page64, fragment=fragment, viewport={"width": width, "height": 720}, color_scheme=scheme, bypass_csp=True)
    assert not barriers(opened.page)
