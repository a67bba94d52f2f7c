"""Pictures of a site drawn by other processes: the same bytes, even if those processes fail."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.implementations import Installed
from cli.site import ahead
from cli.site.build import build
from cli.site.draw import Drawing, draw
from cli.site.site import Site
from kb import processes
from kb.conventions import SITE_MANIFEST
from linker.vault import CURATED, open_vault


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index") / "i.sqlite"


def site(index: Path) -> dict[str, bytes]:
    with open_vault(CURATED, Installed(), index=index) as vault:
        return build(Site(vault.store, vault.root, "A name"))


@pytest.fixture(scope="module")
def alone(index: Path) -> dict[str, bytes]:
    """The site that a single process makes."""
    return site(index)


def drawn_here(monkeypatch: pytest.MonkeyPatch) -> list[Drawing]:
    """Have two new processes draw; returns the drawings that this process has to make itself."""
    found: list[Drawing] = []

    def noted(drawing: Drawing) -> str:
        found.append(drawing)
        return draw(drawing)

    monkeypatch.setattr(ahead, "draw", noted)
    monkeypatch.setattr(ahead, "_FEWEST", 1)
    monkeypatch.setattr(ahead, "allowed", lambda: 2)
    monkeypatch.setattr(processes, "_has_one_thread", lambda: False)
    return found


def test_two_processes_draw_what_one_draws(
    index: Path, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = drawn_here(monkeypatch)
    assert site(index) == alone
    assert not here


@pytest.mark.parametrize("fate", ["sys.exit(9)", "os.write(1, bytes(7))", "os.write(1, b'\\xff' * 9)"])
def test_what_other_processes_fail_to_draw_is_drawn_here(
    fate: str, index: Path, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = drawn_here(monkeypatch)
    monkeypatch.setattr(processes, "_START", f"import os, sys\nsys.stdin.buffer.read(1 << 12)\n{fate}  # {{module}}")
    assert site(index) == alone
    assert len(here) > 50


def test_where_no_process_can_be_started_one_draws(
    tmp_path: Path, index: Path, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = drawn_here(monkeypatch)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
    assert site(index) == alone
    assert len(here) > 50


_COMMAND = """
import sys
from cli.main import main
from cli.site import ahead
ahead._FEWEST, ahead.allowed = 1, lambda: 2
{other}
sys.exit(main(["site", sys.argv[1], "--name", "A name"]))
"""
_WAITS = """
import time

def wait(worker):
    print("drawing", flush=True)
    for _ in range(1000):
        time.sleep(0.01)  # a signal that comes just before a longer wait would be heard at its end

ahead.Worker.next = wait
"""


def command(folder: Path, other: str) -> subprocess.Popen[bytes]:
    """`paperkb site` with two other processes, which it forks where it can."""
    return subprocess.Popen(
        [sys.executable, "-c", _COMMAND.format(other=other), str(folder / "site")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "XDG_CACHE_HOME": str(folder), "PAPERKB_VAULT": CURATED},
    )


def test_a_process_of_one_thread_may_fork_those_that_draw(tmp_path: Path, alone: dict[str, bytes]) -> None:
    _, problem = command(tmp_path, "").communicate()
    assert problem == b""
    written = {file.relative_to(tmp_path / "site").as_posix(): file for file in (tmp_path / "site").rglob("*.*")}
    assert {address: file.read_bytes() for address, file in written.items() if file.name != SITE_MANIFEST} == alone


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups are POSIX")
def test_an_interrupted_site_is_one_line_and_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    process = command(tmp_path, _WAITS)
    assert process.stdout
    assert process.stdout.readline() == b"drawing\n"
    os.killpg(process.pid, signal.SIGINT)
    _, problem = process.communicate()
    assert (process.returncode, problem) == (1, b"paperkb: interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert not (tmp_path / "site").exists()
