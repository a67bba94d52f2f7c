"""The real command in a process of its own, on small vaults; no test touches the user's own cache."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

VAULTS = Path(__file__).parent / "vaults"
ROOT = Path(__file__).parents[2]
CURATED = len(list((ROOT / "papers").glob("*.md"))) - 1
"""How many papers the curated vault has; its README is none."""


@dataclass(frozen=True)
class Result:
    """The outcome of one run of the command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Result]


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of an ordinary user, with its own cache and data folders."""
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT", "LANG", "HOME")}
    return {
        **inherited,
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_DATA_HOME": str(home / "data"),
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        **more,
    }


def run_command(arguments: tuple[str, ...], cwd: Path, home: Path, **more: str) -> Result:
    """Run `paperkb` as a shell would."""
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=cwd,
        env=environment(home, **more),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    return Result(done.returncode, done.stdout, done.stderr)


def make_vault(root: Path, notes: Mapping[str, str]) -> Path:
    """Write notes into a folder, which becomes a vault."""
    for path, text in {"paperkb.toml": "", **notes}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home folder for indexes that several tests read."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def tides(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small vault of five papers that no test may change."""
    return Path(shutil.copytree(VAULTS / "tides", tmp_path_factory.mktemp("vaults") / "tides"))


@pytest.fixture(scope="session")
def paperkb(tides: Path, home: Path) -> Run:
    """`paperkb ARGUMENTS...` in the vault `tides`, without the curated one; `cwd=` runs it elsewhere."""

    def run(*arguments: str, cwd: Path | None = None, own: bool = True, **more: str) -> Result:
        return run_command(("--own", *arguments) if own else arguments, cwd or tides, home, **more)

    return run


@pytest.fixture
def vault(tmp_path: Path) -> Callable[..., Run]:
    """Write notes into a new vault; returns a function that runs the command in it."""

    def make(notes: dict[str, str]) -> Run:
        root = make_vault(tmp_path / "vault", notes)
        return lambda *arguments, **more: run_command(("--own", *arguments), root, tmp_path, **more)

    return make
