"""The index on disk: one SQLite file per vault, private to its owner, written in one transaction per refresh."""

import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

VERSION = "7"
"""Goes up with every change of `schema.sql` or of what the readers find; another version is rebuilt."""

_BUSY_MS = 60_000

TEXT_OF_ENTRY = "e.doc = t.rowid >> 20 AND e.mentioned * (e.n + 1) = t.rowid & 0xFFFFF"
"""Which row of `text` is searched for an entry: its document's, or the passage about a paper that is only mentioned."""

_MARK = 0x706B6221
"""What SQLite's header says of an index of ours ("pkb!"), so that no other file is ever taken for one and lost."""


DatabaseError = sqlite3.DatabaseError


def is_damage(error: DatabaseError) -> bool:
    """Whether the file itself is broken; a full disk or a lock is not mended by building anew."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or "vtable constructor failed" in str(error)


class StoreError(RuntimeError):
    """The index cannot be used; the message says what to do."""


def cache_folder() -> Path:
    """Where indexes lie unless `--index` says otherwise."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "paperkb"


def index_path(vault: Path) -> Path:
    """The index of a vault: named after its folder and its whole path, so that two vaults never share one."""
    whole = str(vault.resolve())
    name = re.sub(r"[^\w-]+", "-", vault.resolve().name)[:40] or "vault"
    return (
        cache_folder()
        / f"{name}-{hashlib.sha256(whole.encode(errors='surrogateescape')).hexdigest()[:12]}"
        / "index.sqlite"
    )


def _is_ours(path: Path) -> bool:
    """Whether an index may be written there: nothing is there, an index is, or the place is our own cache."""
    if not path.exists() or path.is_relative_to(cache_folder()):
        return True
    with path.open("rb") as file:
        head = file.read(100)
    return not head or (head.startswith(b"SQLite format 3\0") and head[68:72] == _MARK.to_bytes(4, "big"))


def forget(index: Path) -> bool:
    """Remove an index and the folder made for it; True when there was one.

    Raises:
        StoreError: what is there is no index of ours.
    """
    try:
        if not _is_ours(index):
            raise StoreError(f"{index}: is no index of paperkb - choose another place with --index")
    except OSError as error:
        raise StoreError(f"{index}: {error.strerror} - choose another place with --index") from None
    there = index.exists()
    for suffix in ("", "-wal", "-shm", "-positions.json"):
        index.with_name(index.name + suffix).unlink(missing_ok=True)
    if index.parent.parent == cache_folder() and index.parent.is_dir() and not any(index.parent.iterdir()):
        index.parent.rmdir()
    return there


class Store:
    """An open index. `changed_schema` tells that it was just created, so everything must be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.db = self._open()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
                raise StoreError(f"{path}: another process holds the index - try again") from None
            forget(path)
            try:
                self.db = self._open()
            except (sqlite3.Error, OSError) as again:
                raise StoreError(f"{path}: {again} - choose another place with --index") from None
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror} - choose another place with --index") from None

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _is_ours(self.path):
            raise StoreError(f"{self.path}: is no index of paperkb - choose another place with --index")
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(self.path, timeout=_BUSY_MS / 1000, isolation_level=None)
        if not self.path.stat().st_size:
            db.execute(f"PRAGMA application_id = {_MARK}")  # before anything else, so that it is in the file itself
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA mmap_size = 268435456")
        if _version(db) != VERSION:
            _create(db)
        return db

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and alone: a killed process leaves the old state."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self.db.in_transaction:  # SQLite itself takes back what a full disk or a broken file stops
                self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def rows(self, sql: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        return self.db.execute(sql, tuple(parameters)).fetchall()

    def one(self, sql: str, parameters: Iterable[Any] = ()) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self.db.execute(sql, tuple(parameters)).fetchone()
        return row

    def run(self, sql: str, parameters: Iterable[Any] = ()) -> int:
        """Execute; return the new row's id."""
        return self.db.execute(sql, tuple(parameters)).lastrowid or 0

    def run_many(self, sql: str, rows: Iterable[Iterable[Any]]) -> None:
        self.db.executemany(sql, (tuple(row) for row in rows))

    @contextmanager
    def listed(self, name: str, values: Iterable[Any]) -> Iterator[str]:
        """A temporary one-column table `temp.name(value)`, for joins with many values."""
        self.db.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} (value PRIMARY KEY) WITHOUT ROWID")
        self.db.execute(f"DELETE FROM temp.{name}")
        self.db.executemany(f"INSERT OR IGNORE INTO temp.{name} VALUES (?)", ((value,) for value in values))
        try:
            yield f"temp.{name}"
        finally:
            self.db.execute(f"DELETE FROM temp.{name}")

    def meta(self, name: str) -> str:
        row = self.one("SELECT value FROM meta WHERE name = ?", (name,))
        return str(row[0]) if row else ""

    def set_meta(self, name: str, value: str) -> None:
        self.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that the index says, free of row numbers and file stamps: two equal vaults give equal contents."""
        return {name: sorted(self.rows(sql), key=repr) for name, sql in _CONTENTS.items()}


def _version(db: sqlite3.Connection) -> str:
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        return ""
    row = db.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
    return str(row[0]) if row else ""


def _create(db: sqlite3.Connection) -> None:
    """Lay out an empty index; another process may be doing the same, so look again once alone."""
    db.execute("BEGIN IMMEDIATE")
    if _version(db) != VERSION:
        for kind, name in db.execute(
            "SELECT type, name FROM sqlite_master WHERE sql IS NOT NULL AND type = 'table' "
            "AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'text_%'"
        ).fetchall():
            db.execute(f"DROP {kind} IF EXISTS {name}")
        for statement in _statements(Path(__file__).with_name("schema.sql").read_text("utf-8")):
            db.execute(statement)
        db.execute("INSERT INTO meta VALUES ('schema', ?)", (VERSION,))
    db.execute("COMMIT")


def _statements(script: str) -> list[str]:
    without_comments = re.sub(r"--[^\n]*", "", script)
    return [statement.strip() for statement in without_comments.split(";") if statement.strip()]


_CONTENTS = {
    "document": "SELECT layer, path, size, hex(digest), dialect, dialect_by, title, fragments, diagnostics "
    "FROM document",
    "entry": "SELECT d.layer, d.path, e.n, e.kind, e.line, e.decided_by, e.key, e.title, e.ids, e.facts, e.mentioned, "
    "e.why, e.passage, n.kind, n.key FROM entry e JOIN document d ON d.id = e.doc LEFT JOIN node n ON n.id = e.node",
    "node": "SELECT kind, key, title, date, first_day, last_day, arxiv_id, doi, venue, family, category, status, "
    "code_status, implementation, path, layer, facts FROM node",
    "value": "SELECT v.field, v.value, n.kind, n.key, v.position FROM value v JOIN node n ON n.id = v.node",
    "link": "SELECT d.layer, d.path, l.n, l.entry, l.raw, l.line, l.col, l.kind, l.target, l.fragment, l.role, l.why, "
    "l.how, l.status, t.path, n.kind, n.key, l.candidates FROM link l JOIN document d ON d.id = l.doc "
    "LEFT JOIN document t ON t.id = l.to_doc LEFT JOIN node n ON n.id = l.to_node",
    "edge": "SELECT e.type, s.kind, s.key, t.kind, t.key, e.role, e.why, d.layer, d.path, e.line FROM edge e "
    "JOIN node s ON s.id = e.source JOIN node t ON t.id = e.target LEFT JOIN document d ON d.id = e.doc",
    "item": "SELECT d.layer, d.path, i.n, i.entry, i.kind, i.line, i.text, i.parts FROM item i "
    "JOIN document d ON d.id = i.doc",
    "text": "SELECT d.layer, d.path, t.rowid & 0xFFFFF, t.title, t.body FROM text t "
    "JOIN document d ON d.id = t.rowid >> 20",
    "tags": "SELECT name, value FROM meta WHERE name LIKE 'tags %'",
    "implementation": "SELECT i.id, i.data, n.kind, n.key FROM implementation i JOIN node n ON n.id = i.node",
}


def dump(value: object) -> str:
    """JSON as the index keeps it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
