"""HTTP on this machine only: a few addresses, each looked up in a dictionary; no path of a request reaches the disk.

Requests must name this server as their host (against DNS rebinding), come from one of its pages if they come from a
page, and only read: GET and HEAD. Every answer carries its content security policy.
"""

import threading
from contextlib import closing
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import unquote

from cli.page.assemble import policy
from cli.serve.live import Drawn, Live
from cli.site.build import makers
from cli.site.frame import POLICY
from cli.site.site import Site
from kb.store import DatabaseError, Store, StoreError

HOST = "127.0.0.1"
NOTHING = "default-src 'none'"
"""The policy of an answer that is not a page."""
TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "xml": "application/atom+xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}
_HTTP = 80
"""The port that browsers leave out of addresses."""
LISTENERS = 32
"""Pages that may wait for changes at the same time."""
_BREATH = 15.0
"""Seconds after which a waiting page is told that nothing happened, so that a closed page is noticed."""


class Server(ThreadingHTTPServer):
    """Serves what `Live` shows.

    Raises:
        OSError: the port is taken.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, live: Live, port: int) -> None:
        self.live = live
        self.listeners = threading.BoundedSemaphore(LISTENERS)
        self.rendering = threading.Lock()
        self.read: tuple[Drawn, str, Site] | None = None
        """What was drawn and the state of the index when a page was last made, with what was read for it."""
        super().__init__((HOST, port), Handler)
        port_said = "" if self.server_port == _HTTP else f":{self.server_port}"
        self.hosts = {f"{name}{port_said}" for name in (HOST, "localhost")}

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.server_port}/"

    def render(self, where: str) -> bytes | None:
        """A page of the site, made now, with this thread's own connection."""
        live = self.live
        if where not in live.snapshot.pages:
            return None
        with self.rendering, closing(Store(live.index)) as store:
            store.hold()  # one state of the index for the whole page, whatever is written meanwhile
            site = self._site(store)
            make = makers(site).get(where)
            return make() if make else None

    def _site(self, store: Store) -> Site:
        """The site through this connection; what all pages need is read once for each state of the index."""
        drawn, state = self.live.drawn, store.meta("state")  # a new index may begin with the old one's state
        if self.read and self.read[0] is drawn and self.read[1] == state:
            self.read[2].read_through(store)
        else:
            self.read = drawn, state, Site(store, self.live.root, self.live.name)
        return self.read[2]

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore the error: readers may hang up."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "paperkb", ""
    timeout = 30
    headers_of: ClassVar[dict[str, str]] = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }

    def do_GET(self) -> None:
        if self.headers.get_all("Host") not in [[host] for host in self.server.hosts]:
            self.say(HTTPStatus.FORBIDDEN, b"this server answers to its own name only\n")
        elif not self.is_own(self.headers.get("Origin")) or self.headers.get("Sec-Fetch-Site") == "cross-site":
            self.say(HTTPStatus.FORBIDDEN, b"this server answers to its own pages only\n")
        else:
            self.answer(unquote(self.path.partition("?")[0]))

    def do_HEAD(self) -> None:
        self.do_GET()

    def refuse(self) -> None:
        self.close_connection = True  # the body of the request is not read
        self.say(HTTPStatus.METHOD_NOT_ALLOWED, b"only GET and HEAD\n", Allow="GET, HEAD")

    do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = refuse

    def is_own(self, origin: str | None) -> bool:
        return origin is None or origin in {f"http://{host}" for host in self.server.hosts}

    def answer(self, path: str) -> None:
        shown = self.server.live.snapshot
        if path in ("/", "/index.html"):
            self.give(shown.page, "html", policy(live=True))
        elif path == "/data.json":
            self.give(shown.data, "json", NOTHING, shown.version)
        elif path == "/events":
            self.stream()
        else:
            try:
                content = self.server.render(path.removeprefix("/"))
            except (OSError, StoreError, DatabaseError):  # it is gone or broken until `Live` has rebuilt it
                self.say(HTTPStatus.SERVICE_UNAVAILABLE, b"the index cannot be read now, try again\n")
                return
            if content is None:
                self.say(HTTPStatus.NOT_FOUND, b"no such page\n")
            else:
                ending = path.rpartition(".")[2]
                self.give(content, ending, POLICY if ending == "html" else NOTHING)

    def give(self, content: bytes, ending: str, allowed: str, version: str = "") -> None:
        """Send the content, unless the reader already has it."""
        tag = f'"{version or sha256(content).hexdigest()[:16]}"'
        if tag in self.headers.get("If-None-Match", ""):
            self.begin(HTTPStatus.NOT_MODIFIED, TYPES[ending], allowed, ETag=tag)
            return
        self.begin(HTTPStatus.OK, TYPES[ending], allowed, ETag=tag, Content_Length=str(len(content)))
        if self.command != "HEAD":
            self.wfile.write(content)

    def say(self, status: HTTPStatus, words: bytes, **more: str) -> None:
        self.begin(status, "text/plain; charset=utf-8", NOTHING, Content_Length=str(len(words)), **more)
        if self.command != "HEAD":
            self.wfile.write(words)

    def begin(self, status: HTTPStatus, kind: str, allowed: str, **more: str) -> None:
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Security-Policy": f"{allowed}; frame-ancestors 'none'"}
        for name, value in {**headers, **self.headers_of, **more}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def stream(self) -> None:
        """Server-sent events: the version of the data, at once and whenever it changes."""
        self.close_connection = True
        if not self.server.listeners.acquire(blocking=False):
            self.say(HTTPStatus.SERVICE_UNAVAILABLE, b"too many pages are open\n")
            return
        try:
            self.begin(HTTPStatus.OK, "text/event-stream; charset=utf-8", NOTHING)
            told = ""
            while self.command != "HEAD" and not self.server.live.closed:
                version = self.server.live.wait(told, _BREATH).version
                self.wfile.write(f"data: {version}\n\n".encode() if version != told else b": still here\n\n")
                told = version
        except OSError:
            pass  # the reader is gone
        finally:
            self.server.listeners.release()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that cannot be read; the answer repeats nothing of it."""
        self.close_connection = True
        if not hasattr(self, "command") or self.command is None:
            self.command = "GET"
        self.request_version = "HTTP/1.1"
        self.say(HTTPStatus(code), b"the request cannot be answered\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing."""
