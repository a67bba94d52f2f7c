"""A real server in a process of its own, on a port of this machine."""

import http.client
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import environment, make_vault


@dataclass
class Served:
    """A running `paperkb serve`."""

    process: subprocess.Popen[str]
    port: int
    vault: Path

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (names in lower case) and body of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    def until(self, shows: Callable[[bytes], bool], seconds: float = 20) -> bytes:
        """The data, as soon as `shows` accepts it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            data = self.ask("/data.json")[2]
            if shows(data):
                return data
            time.sleep(0.05)
        raise AssertionError(f"not shown: {data!r}")

    def write(self, path: str, text: str | bytes) -> None:
        (self.vault / path).write_bytes(text.encode() if isinstance(text, str) else text)

    def stop(self) -> tuple[int, str]:
        """Press Ctrl-C; returns the exit code and what is on stderr."""
        self.process.send_signal(signal.SIGINT)
        _, error = self.process.communicate(timeout=20)
        return self.process.returncode, error


@contextmanager
def served(vault: Path, home: Path, *options: str, own: bool = True) -> Iterator[Served]:
    """`paperkb serve` for a vault, until the block ends; `own` leaves out the curated vault."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", *(["--own"] if own else []), "--vault", str(vault), "serve", *options],
        env=environment(home, PYTHONDONTWRITEBYTECODE="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=vault,
    )
    try:
        assert process.stdout
        assert process.stderr
        said = process.stdout.readline()
        address = re.match(r"http://127\.0\.0\.1:(\d+)/", said)
        assert address, said + process.stderr.read()
        yield Served(process, int(address[1]), vault)
    finally:
        with suppress(OSError):
            process.kill()
        process.communicate()


def note(title: str, builds_on: str = "", body: str = "") -> str:
    """The text of a paper's note."""
    front = f"title: {title}\ndate: 2020-05\n" + (f"builds_on: [{builds_on}]\n" if builds_on else "")
    return f"---\nkind: paper\n{front}---\n\n{body}\n"


def chain(count: int) -> dict[str, str]:
    """Notes of papers `p0`, `p1`, ..., each of which builds on the one before."""
    return {f"p{n}.md": note(f"Paper {n}", f"p{n - 1}" if n else "") for n in range(count)}


@pytest.fixture(scope="session")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose vault no test changes."""
    root = tmp_path_factory.mktemp("still")
    vault = make_vault(root / "vault", {
        "first.md": note("First paper", body="Words of it. ![[plot.png]] [[missing]]"),
        "second.md": note("Second paper", "first"),
        "secret.txt": "not for the web",
    })  # fmt: skip
    (vault / "plot.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    with served(vault, root) as found:
        yield found


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Served]:
    """A server whose vault a test may change."""
    with served(make_vault(tmp_path / "vault", chain(4)), tmp_path) as found:
        yield found
