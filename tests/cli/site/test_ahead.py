"""Pages of a site made by other processes: the same bytes, even if those processes fail."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.implementations import Installed
from cli.site import ahead
from cli.site.build import build
from cli.site.pages import page
from cli.site.site import Site, Thing
from kb import processes
from kb.conventions import SITE_MANIFEST
from linker.vault import CURATED, Vault, open_vault


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index") / "i.sqlite"


def opened(index: Path) -> Vault:
    return open_vault(CURATED, Installed(), index=index)


def site(index: Path) -> dict[str, bytes]:
    with opened(index) as vault:
        return dict(build(Site(vault.store, vault.root, "A name")))


@pytest.fixture(scope="module")
def alone(index: Path) -> dict[str, bytes]:
    """The site that a single process makes."""
    return site(index)


def made_here(monkeypatch: pytest.MonkeyPatch) -> list[Thing]:
    """Have two other processes make pages; returns the things whose pages this process has to make itself."""
    found: list[Thing] = []

    def noted(site: Site, thing: Thing) -> bytes:
        found.append(thing)
        return page(site, thing)

    monkeypatch.setattr(ahead, "page", noted)
    monkeypatch.setattr(ahead, "_FEWEST", 1)
    monkeypatch.setattr(ahead, "allowed", lambda: 2)
    return found


def test_two_processes_make_what_one_makes(
    index: Path, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = made_here(monkeypatch)
    assert list(site(index).items()) == list(alone.items())
    assert not here


@pytest.mark.parametrize("fate", ["sys.exit(9)", "os.write(1, bytes(7))", "os.write(1, b'\\xff' * 9)"])
def test_what_other_processes_fail_to_make_is_made_here(
    fate: str, index: Path, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = made_here(monkeypatch)
    monkeypatch.setattr(processes, "_START", f"import os, sys\nsys.stdin.buffer.read(64)\n{fate}  # {{module}}")
    assert site(index) == alone
    assert len(here) > 50


def test_where_no_process_can_be_started_one_makes_all(
    tmp_path: Path, index: Path, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = made_here(monkeypatch)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
    assert site(index) == alone
    assert len(here) > 50


def test_other_processes_make_nothing_from_an_index_that_changed(
    index: Path, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of a site would be of another state than the rest of it."""
    here = made_here(monkeypatch)
    with opened(index) as vault:
        with opened(index) as other:
            other.store.db.execute("COMMIT")
            with other.store.transaction():
                state = other.store.meta("state")
                other.store.set_meta("state", "another")
        assert dict(build(Site(vault.store, vault.root, "A name"))) == alone
        assert len(here) > 50
    with opened(index) as vault:
        vault.store.db.execute("COMMIT")
        vault.store.set_meta("state", state)


def test_an_index_that_is_gone_is_not_created_again(tmp_path: Path) -> None:
    ahead.work(str(tmp_path / "i.sqlite"), (1, 1), "1", CURATED, "A name", "", [1])
    assert not list(tmp_path.iterdir())


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
    print("making", flush=True)
    for _ in range(1000):
        time.sleep(0.01)  # a signal that comes just before a longer wait would be heard at its end

ahead.Worker.next = wait
"""


def command(folder: Path, other: str) -> subprocess.Popen[bytes]:
    """`paperkb site` with two other processes."""
    return subprocess.Popen(
        [sys.executable, "-c", _COMMAND.format(other=other), str(folder / "site")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "XDG_CACHE_HOME": str(folder), "PAPERKB_VAULT": CURATED},
    )


def test_the_command_writes_what_two_processes_make(tmp_path: Path, alone: dict[str, bytes]) -> None:
    _, problem = command(tmp_path, "").communicate()
    assert problem == b""
    written = {file.relative_to(tmp_path / "site").as_posix(): file for file in (tmp_path / "site").rglob("*.*")}
    assert {address: file.read_bytes() for address, file in written.items() if file.name != SITE_MANIFEST} == alone


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups are POSIX")
def test_an_interrupted_site_is_one_line_and_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    process = command(tmp_path, _WAITS)
    assert process.stdout
    assert process.stdout.readline() == b"making\n"
    os.killpg(process.pid, signal.SIGINT)
    _, problem = process.communicate()
    assert (process.returncode, problem) == (1, b"paperkb: interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert not (tmp_path / "site").exists()
