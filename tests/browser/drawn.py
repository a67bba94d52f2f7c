"""Pages of sets of papers, and what can be seen on them."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.chromium import Opened
from benchmarks.timeline.faults import over_dots, overlaps
from benchmarks.timeline.page import drawing
from benchmarks.timeline.sets import PaperSet, write_vault

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]


def page_for(drawn: PaperSet, folder: Path) -> Path:
    """The page of a set, written by the command."""
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


def labels(page: "Page") -> list[str]:
    """Keys of the papers with a label, in the order of the document."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('#labels a')].map(a => decodeURIComponent(a.hash.slice(3)))")
    return found


def dots(page: "Page") -> dict[str, float]:
    """The x of the papers in sight."""
    found: dict[str, float] = page.evaluate("Object.fromEntries(paperkbTimings.dots().map(dot => [dot.key, dot.x]))")
    return found


def is_clean(opened: Opened) -> None:
    """Check that no label covers another or another paper's dot, and that none is over the years or the lane names."""
    found = drawing(opened.page)
    assert overlaps(found) == 0
    assert over_dots(found) == 0
    assert opened.faults == []
