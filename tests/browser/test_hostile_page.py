"""Payloads in every field of a vault, opened in a real browser: nothing runs, sends a request or disguises itself."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.timeline.page import settled
from benchmarks.timeline.walk import TEMPLATE, walked
from tests.browser.conftest import PageOf
from tests.browser.drawn import paperkb
from tests.hostile import FLAG, PAYLOADS, disguised, hostile_vault, key

TEXTS = {name: text for name, text in PAYLOADS.items() if name != TEMPLATE}
FIELDS = ("p", "to", "depth", "color", "view", "lanes", "zoom", "story", "step", "theme")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the hostile vault, as notes, as page and as SVG."""
    root = tmp_path_factory.mktemp("hostile")
    hostile_vault(root / "vault", TEXTS.values())
    for name in ("page.html", "picture.svg"):
        paperkb(root, "timeline", "-o", name)
    return root


@pytest.fixture(scope="module")
def titles(pictures: Path) -> dict[str, str]:
    """The title of each paper as the command reads it."""
    return {paper["key"]: paper["title"] for paper in json.loads(paperkb(pictures, "query", "--json"))["papers"]}


def test_nothing_runs_and_everything_is_shown_as_written(
    page_of: PageOf, pictures: Path, titles: dict[str, str]
) -> None:
    """The panel of each paper, the list, and searches for payloads."""
    fired, lost = walked(page_of(pictures / "page.html"), TEXTS, titles)
    assert fired == []
    assert lost == []


def test_the_policy_is_not_what_keeps_payloads_from_running(
    page_of: PageOf, pictures: Path, titles: dict[str, str]
) -> None:
    fired, _ = walked(page_of(pictures / "page.html", bypass_csp=True), TEXTS, titles)
    assert fired == []


@pytest.mark.parametrize("name", ["page.html", "picture.svg"])
def test_without_the_script_nothing_runs_either(page_of: PageOf, pictures: Path, name: str) -> None:
    opened = page_of(pictures / name, java_script_enabled=name.endswith("svg"))
    opened.page.wait_for_timeout(300)
    assert opened.faults == []
    if name.endswith("svg"):
        assert opened.page.evaluate(f"() => window.{FLAG} === undefined")


def test_an_address_made_by_a_stranger_is_harmless(page_of: PageOf, pictures: Path) -> None:
    """Somebody may send a link to the reader's own page: its fragment is looked up, never trusted."""
    opened = page_of(pictures / "page.html")
    for name, text in TEXTS.items():
        sent = text.encode("utf-8", "replace").decode()[:2000]
        others = "&".join(f"{field}={sent}" for field in FIELDS)
        for address in (sent, f"q={sent}", others):
            opened.page.evaluate(f"() => {{ location.hash = {json.dumps(address)}; }}")
        settled(opened.page)
        assert opened.faults == [], name
        assert opened.page.evaluate(f"() => window.{FLAG} === undefined"), name


def test_nothing_in_the_files_disguises_itself(pictures: Path) -> None:
    """Except for keys, which are names and must be exact: no text that a reader sees is made of them."""
    page = (pictures / "page.html").read_text("utf-8")
    assert disguised((pictures / "picture.svg").read_text("utf-8")) == []
    before, data, after = re.split(r'(?<=type="application/json" id="data">)(.*?)(?=</script>)', page, flags=re.S)
    assert disguised(before + after) == []
    read = json.loads(data)
    del read["papers"]["key"]
    assert disguised("".join(_texts(read))) == []


def test_the_panels_and_the_list_show_nothing_that_disguises_itself(page_of: PageOf, pictures: Path) -> None:
    page = page_of(pictures / "page.html").page
    for number in range(len(TEXTS)):
        page.evaluate(f"() => {{ location.hash = 'p={key(number)}'; }}")
        settled(page)
        assert disguised(page.inner_text("#panel")) == []
    page.evaluate("() => { location.hash = 'view=list'; }")
    settled(page)
    assert disguised(page.inner_text("#app")) == []


def _texts(value: Any) -> Iterator[str]:
    """All strings in a JSON value, unescaped."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
