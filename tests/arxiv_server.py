"""A local arXiv server: it answers as the real one does, or as a test tells it to."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest


class Answer(NamedTuple):
    """What the server sends, and after how many seconds."""

    body: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    after: float = 0.0
    promised: int = 0
    """Bytes of the body that are announced but never sent."""


ATTENTION = {
    "id": "1706.03762v7",
    "title": "Attention Is All\n  You Need",
    "published": "2017-06-12T17:57:34Z",
    "summary": "The dominant models are based on\nrecurrent networks. ",
    "authors": ["Ashish Vaswani", "Łukasz Kaiser"],
    "categories": ["cs.CL", "cs.LG"],
    "comment": "15 pages, 5 figures",
}
OLD = {"id": "hep-th/9901001v3", "title": "Strings", "published": "1999-01-01T00:00:00Z", "authors": ["Ann Lee"]}


def entry(paper: dict[str, object]) -> str:
    """A paper as arXiv writes it: the element that the package calls `entry`."""
    told: dict[str, object] = {"title": "A", "summary": "", "authors": [], "categories": ["cs.LG"], **paper}
    authors = "".join(f"<author><name>{escape(str(name))}</name></author>" for name in _list(told["authors"]))
    terms = _list(told["categories"])
    categories = "".join(f'<category term="{term}" scheme="http://arxiv.org/schemas/atom"/>' for term in sorted(terms))
    more = "".join(
        f"<arxiv:{name}>{escape(str(told[name]))}</arxiv:{name}>"
        for name in ("comment", "journal_ref", "doi")
        if name in told
    )
    published = f"<published>{told['published']}</published>" if "published" in told else ""
    return (
        f"<entry><id>http://arxiv.org/abs/{told['id']}</id><title>{escape(str(told['title']))}</title>"
        f"<updated>2023-08-02T00:41:18Z</updated><summary>{escape(str(told['summary']))}</summary>{categories}"
        f'{published}<arxiv:primary_category term="{terms[0]}"/>{more}{authors}</entry>'
    )


def _list(value: object) -> list[str]:
    assert isinstance(value, list)
    return value


def feed(*entries: str, total: int | None = None) -> str:
    """A complete answer."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns="http://www.w3.org/2005/Atom"><id>https://arxiv.org/api/qFNnN3Zc8bA02fouemuGZq2J4Tg</id>'
        "<updated>2026-04-12T22:09:36Z</updated>"
        f"<opensearch:totalResults>{len(entries) if total is None else total}</opensearch:totalResults>"
        f"{''.join(entries)}\n</feed>\n"
    )


class Asked(NamedTuple):
    """One received request."""

    ids: list[str]
    at: float
    """Seconds on a monotonic clock."""


class ArxivServer:
    """Answer from `papers` by their ids, newest first, as arXiv does; before that, send each answer in `next` once."""

    def __init__(self) -> None:
        self.papers: list[dict[str, object]] = [dict(ATTENTION), dict(OLD)]
        self.next: list[Answer] = []
        self.asked: list[Asked] = []
        self.address = ""

    def answer(self, ids: list[str]) -> Answer:
        known = [paper for paper in self.papers if str(paper["id"]).rpartition("v")[0] in ids]
        return Answer(feed(*map(entry, known)))


@contextmanager
def served() -> Iterator[ArxivServer]:
    """A server that runs until the end of the block."""
    arxiv = ArxivServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            [ids] = parse_qs(urlsplit(self.path).query)["id_list"]
            asked = ids.split(",")
            arxiv.asked.append(Asked(asked, time.monotonic()))
            answer = arxiv.next.pop(0) if arxiv.next else arxiv.answer(asked)
            ended.wait(answer.after)
            body = answer.body.encode()
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) + answer.promised))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    ended = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        arxiv.address = f"http://127.0.0.1:{server.server_port}/api/query"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield arxiv
        finally:
            ended.set()
            server.shutdown()


@pytest.fixture
def arxiv_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArxivServer]:
    """A server that the gateway queries instead of arXiv, without pauses."""
    with served() as arxiv:
        monkeypatch.setattr("linker.arxiv_api.ADDRESS", arxiv.address)
        monkeypatch.setattr("linker.arxiv_api.GAP", 0.0)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, "127.0.0.1")
        yield arxiv
