"""Every way to get around the page in a real browser: keys, fingers, addresses, going back."""

from pathlib import Path

import pytest

from benchmarks.timeline.page import settled
from benchmarks.timeline.sets import thread
from tests.browser.conftest import PageOf
from tests.browser.drawn import dots


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


def test_going_back_from_a_search_opens_the_chosen_paper_again(page_of: PageOf, page64: Path) -> None:
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


@pytest.mark.parametrize(("held", "depth"), [
    ("", "3"), ("altKey", "3"), ("altKey ctrlKey", "3"), ("ctrlKey", "2"), ("metaKey", "2"),
])  # fmt: skip
def test_brackets_work_on_keyboards_that_write_them_with_another_key(
    page_of: PageOf, page64: Path, held: str, depth: str
) -> None:
    page = page_of(page64, fragment="p=vit").page
    page.evaluate("held => document.body.dispatchEvent(new KeyboardEvent('keydown', {key: ']', bubbles: true, "
                  "...Object.fromEntries(held.split(' ').filter(Boolean).map(name => [name, true]))}))", held)
    assert page.inner_text("#panel .lines [aria-pressed=true]") == depth


def test_escape_leaves_the_search_field_with_what_it_asks(page_of: PageOf, page64: Path) -> None:
    page = page_of(page64, fragment="q=adam").page
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    assert page.input_value("#search") == "adam"
    assert "of 64" in page.inner_text("#count")
    page.keyboard.press("Escape")
    assert page.input_value("#search") == ""
    assert page.inner_text("#count") == "64 papers"


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
