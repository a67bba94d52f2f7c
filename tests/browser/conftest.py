"""A real browser for the tests of the page: one per worker, a fresh profile without network for every page.

`page_of(path)` opens a file and returns `Opened`: the page, and everything it requested, complained about or was
refused. `page_of("http://127.0.0.1:8000/", offline=False)` opens a page of a local server. All tests here have the mark
`browser`, and are skipped, with the reason, where playwright or chromium is missing.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.chromium import Opened, chromium, opened, why_not
from benchmarks.timeline.sets import thread
from tests.browser.drawn import page_for
from tests.cli.page.made import write_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PageOf = Callable[..., Opened]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = why_not()
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if missing:
                item.add_marker(pytest.mark.skip(reason=missing))


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One headless chromium."""
    with chromium() as found:
        yield found


@pytest.fixture
def page_of(browser: "Browser") -> Iterator[PageOf]:
    """Open a page: `page_of(path, fragment="p=vit", viewport={"width": 375, "height": 800}, color_scheme="dark")`."""
    with ExitStack() as pages:

        def open_page(target: Path | str, **options: object) -> Opened:
            return pages.enter_context(opened(browser, target, **options))  # type: ignore[arg-type]

        yield open_page


@pytest.fixture(scope="session")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the curated vault."""
    return write_page(tmp_path_factory.mktemp("curated"))


@pytest.fixture(scope="session")
def page64(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the 64 papers of the thread."""
    return page_for(thread(), tmp_path_factory.mktemp("64"))
