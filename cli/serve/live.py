"""The vault as it is now: its files are checked again and again, and the page is rebuilt when something changed.

One thread does all of this, with its own connection to the index. Other threads get a `Snapshot`: finished bytes and
the addresses that exist. The places of papers in the picture of the vault are kept next to the index, so that papers
stay where they are.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cli.implementations import Installed
from cli.render.timeline.layout import kept
from cli.render.timeline.model import Layout, Options
from cli.render.timeline.svg import PIXELS, render_svg
from cli.serve.positions import load_positions, save_positions
from cli.session import CommandError
from cli.site.build import makers
from cli.site.front import WIDTH, arranged, data, title, whole
from cli.site.site import Site, called
from kb.config import ConfigError
from kb.model import Diagnostic, Implementation
from kb.query.syntax import QueryError
from kb.store import StoreError
from linker.check import findings
from linker.refresh import refresh
from linker.vault import Vault, sources

LIVE = frozenset(("index.html", "404.html"))
"""Addresses that are not taken from the site when it is served live."""


@dataclass(frozen=True)
class Snapshot:
    """What is shown now. `version` changes with the data; `pages` are the addresses of the other pages."""

    version: str
    data: bytes
    page: bytes
    pages: frozenset[str]


@dataclass(frozen=True)
class Drawn:
    """The data of the page, the picture for readers without JavaScript, and the addresses of the other pages."""

    site: Site
    data: dict[str, Any]
    picture: str
    pages: frozenset[str]


class Live:
    """Follows a vault.

    Args:
        reopen: opens the vault, at the start and whenever its index is gone.
        base: whether the curated vault lies under it.
        asked: the query whose papers are drawn; empty for those of the vault's own notes.

    Raises:
        QueryError: the query cannot be understood.
    """

    def __init__(self, reopen: Callable[[], Vault], *, base: bool, asked: str = "") -> None:
        self.reopen, self.base, self.asked = reopen, base, asked
        self.installed = _Remembered()
        self.vault = reopen()
        self.index = Path(self.vault.store.path)
        self.root = self.vault.root
        self.name = called(self.root)
        self.file = _identity(self.index)
        self.positions = None if asked else load_positions(self.index)
        version = self._version()
        self.drawn = self._draw()
        self.state = self._writes(), version
        self.problem = ""
        self.news = threading.Condition()
        self.closed = False
        self.snapshot = self._snapshot()

    def look(self) -> bool:
        """Bring the index up to date with the files; return whether the page changed."""
        problem, before = "", self.drawn
        try:
            self._refresh()
            if self._state() != self.state:
                version = self._version()  # what is written meanwhile is drawn at the next look
                self.drawn = self._draw()
                self.state = self._writes(), version
        except QueryError as error:  # a name in it may have become unknown or ambiguous
            problem = error.message
        except (OSError, CommandError, ConfigError, StoreError, sqlite3.Error) as error:
            problem = str(error)
        except Exception as error:  # a bug of ours on one note must not end the page; it is shown until it is gone
            problem = f"a bug in paperkb ({type(error).__name__}: {error}); please report it with the note"
        if self.drawn is before and problem == self.problem:
            return False
        self.problem = problem
        snapshot = self._snapshot()
        if snapshot == self.snapshot:
            return False
        with self.news:
            self.snapshot = snapshot
            self.news.notify_all()
        return True

    def wait(self, version: str, seconds: float) -> Snapshot:
        """For other threads: what is shown as soon as it is no longer this version, or when the time is up."""
        with self.news:
            self.news.wait_for(lambda: self.closed or self.snapshot.version != version, seconds)
            return self.snapshot

    def close(self) -> None:
        with self.news:
            self.closed = True
            self.news.notify_all()
        self.vault.close()

    def _state(self) -> tuple[int, int]:
        """A value that changes with every write to the index, by this or another process."""
        return self._writes(), self._version()

    def _writes(self) -> int:
        return self.vault.store.db.total_changes

    def _version(self) -> int:
        [(version,)] = self.vault.store.rows("PRAGMA data_version")
        return int(version)

    def _refresh(self) -> None:
        if _identity(self.index) != self.file:
            fresh = self.reopen()
            self.vault.close()
            self.vault, self.file, self.state = fresh, _identity(self.index), (-1, -1)
        refresh(self.vault.store, sources(self.root, base=self.base), self.installed)

    def _draw(self) -> Drawn:
        """All that the page shows, from the index as it is now."""
        store = self.vault.store
        with store.held():
            site = Site(store, self.root, self.name, asked=self.asked)
            found = self._arranged(site)
            wrong = findings(store, shipped=self.vault.is_shipped)
            picture = render_svg(found, title(site), styled=False)
            return Drawn(site, data(site, found, wrong), picture, frozenset(makers(site)) - LIVE)

    def _snapshot(self) -> Snapshot:
        """What was drawn last, with the current problem, if any."""
        told = dict(self.drawn.data)
        if self.problem:
            told["findings"] = [Diagnostic("", 1, 1, "vault", "error", self.problem)._asdict(), *told["findings"]]
        plain = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        shown = whole(self.drawn.site, told, self.drawn.picture, live=True).encode(errors="replace")
        return Snapshot(sha256(plain).hexdigest()[:16], plain, shown, self.drawn.pages)

    def _arranged(self, site: Site) -> Layout:
        """The picture, with every paper where it was before, as far as possible."""
        found = arranged(site, Options(WIDTH, PIXELS, keep=self.positions))
        positions = kept(found)
        if positions != self.positions:
            self.positions = positions
            if not self.asked:  # the file is only for the picture without a query
                save_positions(self.index, positions)
        return found


class _Remembered(Installed):
    """What is installed; read again only when a card or record has changed."""

    def __init__(self) -> None:
        self.stamp = ""
        self.known: list[Implementation] = []

    def read(self) -> list[Implementation]:
        stamp = self.signature()
        if stamp != self.stamp:
            self.stamp, self.known = stamp, super().read()
        return self.known


def _identity(file: Path) -> tuple[int, int]:
    """The identity of the file; (0, 0) if there is none."""
    try:
        status = os.stat(file)
    except OSError:
        return 0, 0
    return status.st_dev, status.st_ino
