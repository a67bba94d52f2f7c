"""The live page in a real browser: notes are edited, the page follows, the reader's view stays."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import PageOf
from tests.browser.drawn import barriers
from tests.cli.conftest import make_vault
from tests.cli.serve.conftest import Served, chain, note, served
from tests.hostile import FLAG, hostile_vault

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Served]:
    notes = {**chain(5), "p5.md": note("Paper 5", "p4", "[[nowhere]] and [[elsewhere]]")}
    with served(make_vault(tmp_path / "vault", notes), tmp_path) as found:
        yield found


def test_an_edit_is_on_the_page_within_a_second_and_the_state_stays(moving: Served, page_of: PageOf) -> None:
    opened = page_of(f"http://127.0.0.1:{moving.port}/", offline=False, fragment="p=p2&depth=1")
    page = opened.page
    page.wait_for_selector("#panel:not([hidden])")
    page.evaluate("window.untouched = true")
    started = time.monotonic()
    moving.write("p9.md", note("Newcomer", "p2"))
    expect(page.locator("#labels")).to_contain_text("Newcomer", timeout=10_000)
    seconds = time.monotonic() - started
    expect(page.locator("#panel")).to_contain_text("Newcomer")
    assert page.evaluate("window.untouched"), "the page was not reloaded"
    assert "p=p2" in page.url
    assert "depth=1" in page.url
    assert "Newcomer" in page.inner_text("#announce")
    (moving.vault / "p9.md").unlink()
    expect(page.locator("#labels")).not_to_contain_text("Newcomer", timeout=10_000)
    assert not [fault for fault in opened.faults if f":{moving.port}/" not in fault]
    assert seconds < 5  # within a second on an idle machine


def test_what_is_being_typed_stays_and_what_is_offered_is_there(moving: Served, page_of: PageOf) -> None:
    page = page_of(f"http://127.0.0.1:{moving.port}/", offline=False, fragment="p=p2").page
    page.click("#to")
    page.keyboard.type("Pap")
    moving.write("p9.md", note("Newcomer", "p2"))
    expect(page.locator("#panel")).to_contain_text("Newcomer", timeout=10_000)
    assert page.input_value("#to") == "Pap"
    page.fill("#search", "Newc")
    expect(page.locator("#offers li")).to_have_count(1)
    (moving.vault / "p9.md").unlink()
    expect(page.locator("#offers li")).to_have_count(0, timeout=10_000)


def test_a_long_list_stays_where_it_was_scrolled(moving: Served, page_of: PageOf) -> None:
    for number in range(250):
        moving.write(f"many{number}.md", note(f"Many {number}", ""))
    page = page_of(f"http://127.0.0.1:{moving.port}/", offline=False, fragment="view=list").page
    expect(page.locator("#list tbody tr")).to_have_count(256, timeout=20_000)
    page.locator("#list tbody tr").last.scroll_into_view_if_needed()
    before = page.evaluate("document.getElementById('list').scrollTop")
    moving.write("p9.md", note("Newcomer", "p2"))
    expect(page.locator("#list")).to_contain_text("Newcomer", timeout=10_000)
    assert page.evaluate("document.getElementById('list').scrollTop") == before


def test_findings_are_listed_file_by_file_and_followed(moving: Served, page_of: PageOf) -> None:
    both = ["clipboard-read", "clipboard-write"]
    page = page_of(f"http://127.0.0.1:{moving.port}/", offline=False, permissions=both).page
    page.click("#findings")
    assert "[[nowhere]] has no note yet" in page.inner_text("#todo")
    page.click("#todo button.copy >> nth=0")
    assert page.evaluate("navigator.clipboard.readText()").startswith("p5.md:")
    moving.write("p5.md", note("Paper 5", "p4"))
    expect(page.locator("#todo")).not_to_contain_text("nowhere", timeout=10_000)
    page.keyboard.press("t")
    assert page.locator("#todo").is_hidden()


def test_news_that_did_not_arrive_are_asked_for_again(moving: Served, page_of: PageOf) -> None:
    page = page_of(f"http://127.0.0.1:{moving.port}/", offline=False).page
    page.wait_for_timeout(500)  # the data that the first event requests has arrived
    page.route("**/data.json", lambda route: route.abort(), times=1)
    moving.write("p9.md", note("Newcomer", "p2"))
    expect(page.locator("#live")).to_contain_text("waiting", timeout=10_000)
    expect(page.locator("#labels")).to_contain_text("Newcomer", timeout=10_000)
    expect(page.locator("#live")).to_be_empty()


def test_a_server_that_ends_is_said(moving: Served, page_of: PageOf) -> None:
    page = page_of(f"http://127.0.0.1:{moving.port}/", offline=False).page
    moving.stop()
    expect(page.locator("#live")).to_contain_text("waiting", timeout=10_000)


def test_nothing_that_strangers_wrote_runs(tmp_path: Path, page_of: PageOf) -> None:
    hostile_vault(tmp_path / "vault")
    with served(tmp_path / "vault", tmp_path) as found:
        home = f"http://127.0.0.1:{found.port}"
        opened = page_of(f"{home}/", offline=False)
        opened.page.click("#findings")
        paths = [f"/papers/h{number:02}.html" for number in range(0, 60, 5)]
        for path in ["/", "/wanted.html", "/patterns/index.html", "/papers/index.html", *paths]:
            opened.page.goto(home + path)
            assert opened.page.evaluate(f"typeof window.{FLAG}") == "undefined", path
        assert not opened.dialogs
        assert not opened.windows
        assert not [request for request in opened.requests if not request.startswith(home)]


def test_beside_the_papers_stands_only_what_leaves_them_room(moving: Served, page_of: PageOf) -> None:
    page = page_of(f"http://127.0.0.1:{moving.port}/", offline=False, viewport={"width": 1100, "height": 800}).page

    def opened() -> list[str]:
        return [name for name in ("facets", "todo", "panel") if page.locator(f"#{name}").is_visible()]

    page.click("#filters")
    page.click("#findings")
    assert opened() == ["facets", "todo"]
    page.locator("#labels a", has_text="Paper 2").click()
    assert opened() == ["todo", "panel"]
    assert page.get_attribute("#filters", "aria-expanded") == "false"
    page.set_viewport_size({"width": 800, "height": 800})
    expect(page.locator("#todo")).to_be_hidden()
    assert page.get_attribute("#findings", "aria-expanded") == "false"
    page.click("#findings")
    assert opened() == ["todo"]
    page.set_viewport_size({"width": 360, "height": 740})
    expect(page.locator("#main"), "it is covered").to_have_js_property("inert", True)


def test_the_list_of_findings_passes_the_accessibility_checks(moving: Served, page_of: PageOf) -> None:
    for scheme, width in (("light", 1280), ("dark", 375)):
        page = page_of(
            f"http://127.0.0.1:{moving.port}/",
            offline=False,
            bypass_csp=True,
            color_scheme=scheme,
            viewport={"width": width, "height": 800},
        ).page
        page.click("#findings")
        assert not barriers(page), scheme
