"""The server as a process: plain lines of JSON, the end of stdin, Ctrl-C, and mistakes before it starts."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, environment

pytest.importorskip("mcp", reason="needs the extra `mcp`")


class Lines:
    """A client that knows only JSON, one message per line."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.asked = 0

    def send(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def request(self, method: str, **params: Any) -> dict[str, Any]:
        assert self.process.stdout
        self.asked += 1
        self.send(json.dumps({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params}))
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert (answer["jsonrpc"], answer["id"]) == ("2.0", self.asked)
        return answer

    def begin(self) -> dict[str, Any]:
        me = {"name": "plain", "version": "1"}
        answer = self.request("initialize", protocolVersion="2024-11-05", capabilities={}, clientInfo=me)
        self.send(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        return answer["result"]


@pytest.fixture
def lines(tides: Path, home: Path) -> Iterator[Lines]:
    with subprocess.Popen(
        [sys.executable, "-m", "cli.main", "--own", "mcp"],
        cwd=tides,
        env=environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield Lines(process)
        process.kill()


def test_plain_lines_of_json_are_answered_until_stdin_ends(lines: Lines, tides: Path) -> None:
    known = lines.begin()
    assert known["protocolVersion"] == "2024-11-05"
    assert known["serverInfo"]["name"] == "paperkb"
    assert set(known["capabilities"]) >= {"tools"}
    assert str(tides) in known["instructions"]
    lines.send("this is no JSON")
    lines.send('{"jsonrpc": "2.0", "method": "notifications/unheard-of"}')
    assert len(lines.request("tools/list")["result"]["tools"]) == 6
    assert lines.request("resources/list")["error"]["code"] == -32601
    said = lines.request("tools/call", name="query", arguments={"expression": "doi:x", "limit": "3"})["result"]
    assert said["isError"] is True
    said = lines.request("tools/call", name="query", arguments={"expression": "has:doi", "limit": "3"})["result"]
    [text] = said["content"]
    assert json.loads(text["text"])["papers"][0]["key"] == "harmonic"
    out, error = lines.process.communicate(timeout=20)
    assert (lines.process.returncode, out, error) == (0, "", "")


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_ctrl_c_ends_it_quietly(lines: Lines) -> None:
    lines.begin()
    lines.process.send_signal(signal.SIGINT)
    assert lines.process.wait(timeout=20) == 0
    assert lines.process.stderr
    assert lines.process.stderr.read() == ""


def test_a_client_that_is_gone_ends_it_quietly(lines: Lines) -> None:
    lines.begin()
    process = lines.process
    assert process.stdout
    assert process.stdin
    assert process.stderr
    process.stdout.close()
    lines.send('{"jsonrpc": "2.0", "id": 7, "method": "tools/list"}')
    process.stdin.close()
    assert process.wait(timeout=20) == 0
    assert process.stderr.read() == ""


@pytest.mark.parametrize("place", ["nowhere", "a.md"])
def test_an_invalid_vault_is_reported_at_once(vault: Callable[..., Run], tmp_path: Path, place: str) -> None:
    done = vault({"a.md": "# A\n"})("--vault", place, "mcp")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"paperkb: {place}: ")
    assert not (tmp_path / "cache").exists()


ASK_ALL = """
import sys
from cli.mcp import server
from cli.session import Session

session = Session()
session.own = True
for tool in server.TOOLS.values():
    with session.open() as vault:
        tool(**{name: "harmonic" for name in {"name"} & set(tool.model_fields)}).answer(vault)
sys.exit(" ".join({"torch", "numpy", "networkx", "rich", "typer"} & set(sys.modules)) or 0)
"""


def test_asking_loads_nothing_heavy(tides: Path, home: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ASK_ALL], cwd=tides, env=environment(home), stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(os.name != "posix", reason="closes a file descriptor in a POSIX shell")
def test_without_stdin_nobody_asks(tides: Path, home: Path) -> None:
    line = f"{sys.executable} -m cli.main --own mcp <&-"
    done = subprocess.run(line, shell=True, cwd=tides, env=environment(home), capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
