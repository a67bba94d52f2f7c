"""Pages of sets of papers, and what can be seen on them."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.chromium import Opened
from benchmarks.timeline.faults import over_dots, overlaps
from benchmarks.timeline.page import drawing
from benchmarks.timeline.sets import PaperSet, write_vault
from tests.cli.conftest import run_command

if TYPE_CHECKING:
    from playwright.sync_api import Page


def page_for(drawn: PaperSet, folder: Path) -> Path:
    """The page of a set, written by the command."""
    write_vault(drawn, folder / "vault")
    paperkb(folder, "timeline", "-o", "page.html")
    return folder / "page.html"


def paperkb(folder: Path, *arguments: str) -> str:
    """What the command prints about the folder's `vault`; it must succeed without a word on stderr."""
    done = run_command(("--own", "--vault", "vault", *arguments), folder, folder)
    assert (done.code, done.err) == (0, "")
    return done.out


def labels(page: "Page") -> list[str]:
    """Keys of the papers with a label, in the order of the document."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('#labels a')].map(a => decodeURIComponent(a.hash.slice(3)))")
    return found


def dots(page: "Page") -> dict[str, float]:
    """The x of the papers in sight."""
    found: dict[str, float] = page.evaluate("Object.fromEntries(paperkbTimings.dots().map(dot => [dot.key, dot.x]))")
    return found


def barriers(page: "Page") -> list[tuple[str, str]]:
    """What axe finds that keeps people out: the rule, and the beginning of an element that breaks it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    return [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in axe.run(page).response["violations"]]


def is_clean(opened: Opened) -> None:
    """Check that no label covers another or another paper's dot, and that none is over the years or the lane names."""
    found = drawing(opened.page)
    assert overlaps(found) == 0
    assert over_dots(found) == 0
    assert opened.faults == []
