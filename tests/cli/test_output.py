"""Where answers go: readers that leave, full disks, other encodings, terminals of any width."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Run, environment, run_command
from tests.cli.test_command import READERS

_STYLE = re.compile(r"\x1b\[[\d;]*m")
_COLOR = re.compile(r"\x1b\[(?:\d;)?3\dm")


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["printed at the end", "printed as it goes, like a long answer"])
def test_a_reader_that_leaves_early_is_no_failure(unbuffered: str, tides: Path, home: Path) -> None:
    for command in ("query", "patterns", "check"):
        done = subprocess.run(
            f"{sys.executable} -m cli.main --own {command} | true; echo ${{PIPESTATUS[0]}}",
            shell=True,
            executable="/bin/bash",
            cwd=tides,
            env=environment(home, PYTHONUNBUFFERED=unbuffered),
            capture_output=True,
            text=True,
        )
        assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="closes file descriptors in a POSIX shell")
@pytest.mark.parametrize("command", ["index", "check"])
def test_a_closed_output_is_no_failure(command: str, tides: Path, home: Path) -> None:
    line = f"{sys.executable} -m cli.main --own {command}"
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        done = subprocess.run(f"{line} {closed}", shell=True, cwd=tides, env=environment(home), stderr=subprocess.PIPE)
        assert (done.returncode, done.stderr) == (0, b"")
    wrong = subprocess.run(f"{line} --wrong 2>&-", shell=True, cwd=tides, env=environment(home), stdout=subprocess.PIPE)
    assert (wrong.returncode, wrong.stdout) == (1, b"")  # an error is never taken for an answer


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
@pytest.mark.parametrize("command", ["query", "query --json", "check", "export", "--help"])
def test_a_full_disk_is_told(command: str, tides: Path, home: Path) -> None:
    line = f"{sys.executable} -m cli.main {command} --own > /dev/full"
    done = subprocess.run(line, shell=True, cwd=tides, env=environment(home), stderr=subprocess.PIPE, text=True)
    told = "paperkb: No space left on device - make room and try again\n"
    assert (done.returncode, done.stderr) == (1, told)


def test_an_encoding_without_our_signs(paperkb: Run) -> None:
    done = paperkb("lineage", "ensemble", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert done.code == 0
    assert "kelvin-machine" in done.out
    assert paperkb("query", "--json", PYTHONUTF8="0", PYTHONIOENCODING="ascii").json["total"] == 5


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_no_line_is_wider_than_the_terminal(command: tuple[str, ...], width: int, tides: Path, home: Path) -> None:
    shown = _on_terminal(command, width, tides, home, NO_COLOR="1")
    if command[0] not in ("check", "index"):  # those print lines for editors and scripts
        assert max(map(len, _STYLE.sub("", shown).split("\n"))) <= width
    assert not _COLOR.search(shown)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("width", [80, 50])
def test_the_matrix_of_gaps_keeps_its_columns_on_any_terminal(width: int, home: Path) -> None:
    whole = run_command(("--own", "patterns", "gaps"), ROOT / "papers", home).out.split("\n")
    matrix = whole[: whole.index("")]
    assert max(map(len, matrix)) <= 80
    shown = _STYLE.sub("", _on_terminal(("patterns", "gaps"), width, ROOT / "papers", home, NO_COLOR="1")).split("\n")
    cut = [line if len(line) <= width else f"{line[: width - 1]}…" for line in matrix]
    assert [line.rstrip() for line in shown[: len(matrix)]] == cut


def test_color_on_a_terminal_unless_unwanted(tides: Path, home: Path) -> None:
    assert _COLOR.search(_on_terminal(("show", "harmonic"), 80, tides, home))
    assert not _COLOR.search(_on_terminal(("--no-color", "show", "harmonic"), 80, tides, home))


def test_a_paper_is_one_line_of_the_table_on_a_narrow_terminal(tides: Path, home: Path) -> None:
    shown = _on_terminal(("query",), 60, tides, home, NO_COLOR="1")
    assert len(shown.rstrip("\n").split("\n")) == 5 + 2  # header and count
    assert "storm-surge" in shown
    assert "…" in shown


def _on_terminal(command: tuple[str, ...], width: int, cwd: Path, home: Path, **more: str) -> str:
    """The output on a terminal of that width."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "--own", *command],
        cwd=cwd,
        env=environment(home, TERM="xterm-256color", **more),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            got = os.read(ours, 65536)
        except OSError:
            break
        if not got:
            break
        shown += got
    process.wait(timeout=60)
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")
