"""Query arXiv over the network: politely, with time limits, and without taking a partial answer for a whole one.

The `arxiv` package parses the answers. By itself it waits forever, retries at once, ignores `Retry-After` and does not
notice a truncated answer, so its requests go through an adapter of ours.
"""

import logging
import random
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import ceil
from typing import Any

import arxiv
import requests
from lxml import etree
from requests.adapters import HTTPAdapter

from kb.ids import parse_arxiv, parse_doi
from kb.repair import repaired
from linker.arxiv_paper import ArxivError, ArxivPaper
from linker.turns import turn

logging.getLogger("arxiv").addHandler(logging.NullHandler())  # what it leaves out is an error here, not a log line

ADDRESS = "https://export.arxiv.org/api/query"
TIMEOUT = (5.0, 30.0)
"""Seconds to connect, and to wait for more of an answer."""
GAP = 3.0
"""Seconds from an answer to the next request, as arXiv asks of its clients."""
TRIES = 4
PATIENCE = 60.0
"""Seconds to wait at most if arXiv says when to try again."""
BATCH = 50
"""Papers per request."""

_BUSY = (429, 503)
_DAMAGED = "the answer is damaged or truncated"
_LATER = "try again later"
_PROXY = "check HTTPS_PROXY and NO_PROXY"
_WAIT = "it is busy, try again in a few minutes"
_CAUSES: list[tuple[type[Exception], str, str]] = [
    (requests.exceptions.ConnectTimeout, "no connection in time", "check the network"),
    (requests.exceptions.Timeout, "no answer in time", _LATER),
    (requests.exceptions.ProxyError, "the proxy cannot be used", _PROXY),
    (requests.exceptions.SSLError, "its certificate is not trusted", "check the clock and the network"),
    (requests.exceptions.ChunkedEncodingError, _DAMAGED, _LATER),
    (requests.exceptions.ConnectionError, "no connection", "check the network"),
    (OSError, "the request failed", _PROXY),
    (Exception, _DAMAGED, _LATER),
]
"""What went wrong and what to do, by type of error; the first match counts."""


def ask(ids: list[str], folder: str) -> Iterator[ArxivPaper]:
    """The papers that arXiv knows, each once, as the answers arrive.

    Args:
        ids: without versions.
        folder: an existing folder in which processes take turns.

    Raises:
        ArxivError: arXiv cannot be reached, refuses, or its answer is damaged.
        OSError: the folder cannot be used.
    """
    client, polite = arxiv.Client(page_size=BATCH, delay_seconds=0, num_retries=0), _Polite()
    client.query_url_format = f"{ADDRESS}?{{}}"
    for scheme in ("https://", "http://"):
        client._session.mount(scheme, polite)
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        with turn(folder, GAP):
            results = _results(client, batch)
        if len(results) < polite.announced:  # one has no date, so the package left it out
            raise _failure(_FEWER, _LATER)
        papers = {paper.id: paper for paper in map(_paper, results)}
        if strange := sorted(papers.keys() - batch):
            raise _failure(f"the answer is about {strange[0]}, which was not requested", _LATER)
        yield from papers.values()


def _results(client: arxiv.Client, ids: list[str]) -> list[arxiv.Result]:
    try:
        return list(client.results(arxiv.Search(id_list=ids)))
    except arxiv.HTTPError as error:
        raise _failure(f"HTTP {error.status}", _WAIT if error.status in _BUSY else _LATER) from None
    except (arxiv.ArxivError, OSError, ValueError) as error:
        raise _failure(*next(why for kind, *why in _CAUSES if isinstance(error, kind))) from None


def _failure(cause: str, advice: str) -> ArxivError:
    return ArxivError(f"{ADDRESS}: {cause} - {advice}")


# -- one request -----------------------------------------------------------------------------------------------------

_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that XML does not allow but submitted abstracts may contain."""
_FEWER = "the answer has fewer papers than it announces"
_NEXT_PAGE = re.compile(r"[?&]start=[1-9]")
_TOTAL = re.compile(rb"totalResults[^<>]*>\s*(\d{1,9})\s*<")
_REFUSAL = re.compile(rb"<id>[^<>]*/api/errors#([\w.-]{1,80})")


class _Polite(HTTPAdapter):
    """Sends a request with time limits, and again if arXiv is busy.

    Args:
        announced: number of papers that the last answer announces.
    """

    announced = 0

    def send(self, request: requests.PreparedRequest, *args: Any, **settings: Any) -> requests.Response:
        """The answer; a list of papers is checked to be complete.

        Raises:
            ArxivError: arXiv stays busy, or the answer is not a complete list of papers.
        """
        if _NEXT_PAGE.search(request.url or ""):  # all requested papers fit on the first one
            raise _failure(_FEWER, _LATER)
        for tried in range(1, TRIES + 1):
            response = super().send(request, *args, **{**settings, "timeout": TIMEOUT})
            if response.status_code not in _BUSY or tried == TRIES:
                break
            response.close()
            time.sleep(_pause(response.headers.get("Retry-After", ""), tried))
        if response.status_code == requests.codes.ok:
            response._content = _CONTROLS.sub(b"", response.content)
            self.announced = _total(response.content)
        return response


def _pause(retry_after: str, tried: int) -> float:
    """Seconds to wait: as long as arXiv says, else longer each time; with jitter.

    Raises:
        ArxivError: arXiv asks for a longer wait than is reasonable at a terminal.
    """
    try:
        if retry_after.strip().isdecimal():
            seconds = float(retry_after)
        else:
            seconds = (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        seconds = GAP * 2 ** (tried - 1)
    if seconds > PATIENCE:
        raise _failure("it is busy", f"try again in {ceil(seconds / 60)} minutes")
    return max(seconds, GAP) + random.uniform(0, GAP)


def _total(content: bytes) -> int:
    """How many papers an answer announces.

    Raises:
        ArxivError: the answer is an error, is not a list of papers, or is incomplete.
    """
    if refusal := _REFUSAL.search(content):
        raise _failure(f"it answers {refusal[1].decode().replace('_', ' ')!r}", "write ids as arXiv does")
    total = _TOTAL.search(content)
    if total is None:
        raise _failure("the answer is not a list of papers", "check that no proxy or login page is in the way")
    try:
        etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:  # otherwise the package would silently drop every `<` and `&`
        raise _failure(_DAMAGED, _LATER) from None
    return int(total[1])


# -- what it says of a paper -----------------------------------------------------------------------------------------

_PARAGRAPH = re.compile(r"\n\s*\n|\n(?=[ \t])")
"""What separates paragraphs: an empty line, or an indented one, which arXiv keeps from the submitted abstract."""


def _paper(result: arxiv.Result) -> ArxivPaper:
    found = parse_arxiv(result.entry_id)
    if found is None:
        raise _failure("the answer has a paper without id", _LATER)
    paragraphs = map(_line, _PARAGRAPH.split(result.summary.strip()))
    return ArxivPaper(
        found.base,
        _line(result.title),
        tuple(filter(None, (_line(author.name) for author in result.authors))),
        result.published.date().isoformat(),
        "\n\n".join(filter(None, paragraphs)),
        tuple(dict.fromkeys(filter(None, map(_line, (result.primary_category, *result.categories))))),
        parse_doi(result.doi or "") or "",
        _line(result.journal_ref or ""),
        _line(result.comment or ""),
    )


def _line(text: str) -> str:
    """The text on one line, without control and invisible characters, and with broken letters repaired."""
    return "".join(sign for sign in " ".join(repaired(text).split()) if sign.isprintable())
