"""What the measurements share, created on first use: sets, layouts, vaults, files from the command, one browser."""

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from functools import cache, cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from benchmarks.chromium import chromium, why_not
from benchmarks.timeline.criteria import Unmeasured
from benchmarks.timeline.sets import PaperSet, synthetic, thread, write_vault
from cli.render.timeline.layout import layout
from cli.render.timeline.model import Layout, Options
from cli.render.timeline.svg import PIXELS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

REPOSITORY = Path(__file__).parents[2]
WIDTH = 1600
SETS = ("64", "500", "5000")


@cache
def paper_set(name: str) -> PaperSet:
    """One of SETS."""
    return thread() if name == "64" else synthetic(int(name))


@cache
def laid_out(name: str, width: int = WIDTH) -> Layout:
    """A set as the SVG shows it."""
    return layout_of(paper_set(name), width)


def layout_of(drawn: PaperSet, width: int = WIDTH) -> Layout:
    """The layout of any set, as the SVG shows it."""
    return layout(drawn.papers, drawn.edges, Options(width, PIXELS))


class Stage:
    """A working folder and a browser; use it in a `with` statement.

    Args:
        npm: folder where `npm install pyodide vis-timeline` was run, for the tools that need it.
        seed: seed of the random parts.
    """

    def __init__(self, npm: Path | None = None, seed: int = 0) -> None:
        self.npm = npm
        self.seed = seed
        self.pages = 0                      # opened so far
        self.heard: list[str] = []          # everything that they did and should not have done
        self._open = ExitStack()
        self._vaults: dict[str, Path] = {}

    def __enter__(self) -> "Stage":
        self.folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="timeline-")))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @cached_property
    def browser(self) -> "Browser":
        """A chromium shared by all measurements.

        Raises:
            Unmeasured: it is not installed.
        """
        missing = why_not()
        if missing:
            raise Unmeasured(missing)
        return self._open.enter_context(chromium())

    def vault(self, drawn: PaperSet) -> Path:
        """The vault with the notes of a set."""
        if drawn.name not in self._vaults:
            self._vaults[drawn.name] = self.folder / "vaults" / drawn.name
            write_vault(drawn, self._vaults[drawn.name])
        return self._vaults[drawn.name]

    def command(self, vault: Path, *arguments: str, **environment: str) -> str:
        """Standard output of `paperkb --own --vault VAULT ARGUMENTS...`.

        Raises:
            Unmeasured: the command fails.
        """
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", "--own", "--vault", str(vault), *arguments],
            capture_output=True,
            encoding="utf-8",
            env={
                "PATH": os.environ.get("PATH", ""),
                "PYTHONPATH": str(REPOSITORY),
                "PYTHONUTF8": "1",
                "XDG_CACHE_HOME": str(self.folder / "cache"),
                "XDG_DATA_HOME": str(self.folder / "data"),
                **environment,
            },
        )
        if done.returncode not in (0, 2):
            raise Unmeasured((done.stderr or done.stdout).strip().split("\n")[-1])
        return done.stdout

    def drawing(self, drawn: PaperSet, suffix: str) -> Path:
        """The file that `timeline -o x.SUFFIX` writes for a set."""
        return self.picture(self.vault(drawn), suffix)

    def picture(self, vault: Path, suffix: str) -> Path:
        """The file that `timeline -o x.SUFFIX` writes for a vault; written once."""
        path = self.folder / f"{vault.name}.{suffix}"
        if not path.exists():
            self.command(vault, "timeline", "-o", str(path))
        return path
