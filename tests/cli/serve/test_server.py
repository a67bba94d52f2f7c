"""What a local server answers, and whom."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cli.implementations import Installed
from cli.serve.live import Live
from cli.serve.server import Server
from cli.site import site
from kb.query.answer import Answer
from linker.vault import open_vault
from tests.cli.conftest import make_vault, run_command
from tests.cli.markup import read
from tests.cli.serve.conftest import Served, note


def test_the_page_and_its_data(still: Served) -> None:
    status, headers, page = still.ask("/")
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert b"<!doctype html>" in page
    data = json.loads(still.ask("/data.json")[2])
    assert sorted(data["papers"]["key"]) == ["first", "second"]
    assert [finding["code"] for finding in data["findings"]] == ["link-missing"]


def test_every_answer_forbids_what_it_does_not_need(still: Served) -> None:
    for path in ("/", "/data.json", "/papers/first.html", "/page.css", "/nothing"):
        headers = still.ask(path)[1]
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer", path
        assert "access-control-allow-origin" not in headers, path


def test_all_pages_of_the_site_are_there_and_lead_to_each_other(still: Served) -> None:
    seen, pending = set(), ["/papers/first.html"]
    while pending:
        path = pending.pop()
        if path in seen:
            continue
        seen.add(path)
        status, headers, body = still.ask(path)
        assert status == 200, path
        if headers["content-type"].startswith("text/html") and path != "/index.html":
            page = read(body)
            assert not page.faults
            folder = path.rpartition("/")[0]
            for link in page.links:
                if "://" not in link and not link.startswith("#"):
                    parts = [] if link.startswith("../") else [folder.strip("/")]
                    pending.append("/" + "/".join([*filter(None, parts), link.removeprefix("../").partition("#")[0]]))
    assert {"/papers/second.html", "/wanted.html", "/page.css", "/media/plot.png", "/feed.xml"} <= seen


@pytest.mark.parametrize(
    "path",
    [
        "/secret.txt", "/vault/secret.txt", "/first.md", "/paperkb.toml", "/../vault/secret.txt", "/%2e%2e/secret.txt",
        "//etc/passwd", "/papers/../../secret.txt", "/papers/", "/papers", "/papers/%00", "/papers/first.html/", "/%",
        "/media/../secret.txt", "/..%5c..%5csecret.txt", "/" + "a" * 5000,
    ],
)  # fmt: skip
def test_no_path_reaches_the_disk(still: Served, path: str) -> None:
    status, _, body = still.ask(path)
    assert (status, body) == (404, b"no such page\n")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Host": "127.0.0.1"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
)
def test_strangers_are_refused(still: Served, headers: dict[str, str]) -> None:
    for path in ("/", "/data.json", "/events"):
        status, _, body = still.ask(path, **headers)
        assert status == 403
        assert b"First paper" not in body


def test_its_own_pages_are_not_refused(still: Served) -> None:
    for host in (f"127.0.0.1:{still.port}", f"localhost:{still.port}"):
        assert still.ask("/data.json", Host=host, Origin=f"http://{host}")[0] == 200


def test_it_only_answers_questions(still: Served) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        status, headers, _ = still.ask("/", method)
        assert (status, headers["allow"]) == (405, "GET, HEAD")
    assert still.ask("/", "TRACE")[0] == 501
    status, headers, body = still.ask("/data.json", "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 0


def test_what_the_reader_has_is_not_sent_again(still: Served) -> None:
    for path in ("/", "/data.json", "/papers/first.html"):
        tag = still.ask(path)[1]["etag"]
        assert still.ask(path, If_None_Match=tag)[0] == 304
        assert still.ask(path, If_None_Match='"other"')[0] == 200


def test_nonsense_gets_one_plain_answer(still: Served) -> None:
    for words in (b"GET\r\n\r\n", b"\x16\x03\x01\x00\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /%s HTTP/1.1\r\n%s"):
        with socket.create_connection(("127.0.0.1", still.port), timeout=10) as stranger:
            heard = b""
            with suppress(OSError):  # the server may hang up before everything is sent
                stranger.sendall(words.replace(b"%s", b"<script>" * 9000))
                stranger.shutdown(socket.SHUT_WR)
                heard = stranger.recv(65536)
            assert b"<script>" not in heard
    assert still.ask("/")[0] == 200


def test_many_readers_at_once_see_the_same(still: Served) -> None:
    with ThreadPoolExecutor(12) as readers:
        answers = list(readers.map(lambda _: still.ask("/papers/first.html")[2], range(48)))
    assert len(set(answers)) == 1


def test_a_port_that_is_taken_is_said_in_one_line(still: Served, tmp_path: Path) -> None:
    done = run_command(("--own", "serve", "--port", str(still.port)), still.vault, tmp_path)
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert f"port {still.port}: Address already in use - choose another with --port" in done.err


def test_a_click_reads_what_all_pages_need_only_after_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = make_vault(tmp_path / "vault", {"a.md": note("A", body="![[plot.png]]"), "b.md": note("B", "a")})
    plot = vault / "plot.png"
    plot.write_bytes(b"none yet")
    live = Live(lambda: open_vault(vault, Installed(), base=False, index=tmp_path / "i.sqlite"), base=False)
    server = Server(live, 0)
    reads: list[str] = []
    ask = site.ask

    def noted(*arguments: Any, **options: Any) -> Answer:
        reads.append(arguments[1])
        return ask(*arguments, **options)

    try:
        assert b"<img" not in (server.render("papers/a.html") or b"")
        monkeypatch.setattr(site, "ask", noted)
        plot.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
        assert b"<img" in (server.render("papers/a.html") or b""), "whether a picture is one is not in the index"
        assert b"What led to B" in (server.render("papers/b.html") or b"")
        assert not reads
        (vault / "c.md").write_text(note("C", "b"), "utf-8")
        assert live.look()
        reads.clear()
        assert b">C<" in (server.render("papers/b.html") or b"")
        assert reads
    finally:
        server.server_close()
        live.close()
