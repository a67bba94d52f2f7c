"""The index on disk: one SQLite file per vault, private to its owner, written in one transaction per refresh."""

import json
import marshal
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from kb.database import Database, DatabaseError, OperationalError
from kb.index_file import (
    FOR_BUILDING,
    INSERT_TEXT,
    LEFT_BY_BUILDING,
    LEFT_BY_SQLITE,
    NEW,
    NEW_TEXT_INDEX,
    NEW_TEXTS,
    StoreError,
    check_ours,
    connect,
    create,
    forget,
    gather_texts,
    identity,
    index_path,
    is_broken,
    is_damage,
    is_disturbed,
    remove,
    unusable,
    usable,
    with_lock,
)
from kb.schema import statements
from kb.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import StrPath

    from kb.fulltext import Texts

__all__ = [
    "IN_OWN_NOTES",
    "TEXT_OF_ENTRY",
    "VERSION",
    "DatabaseError",
    "OperationalError",
    "Store",
    "StoreError",
    "dump",
    "forget",
    "index_path",
    "is_damage",
]

_ATTEMPTS = 5
"""How often an index is opened if others may have taken its journal away."""

VERSION = "31"
"""Raised with every change to `schema.sql` or to what the readers find; an index of another version is rebuilt."""

TEXT_OF_ENTRY = "e.doc = t.rowid >> 20 AND e.mentioned * (e.n + 1) = t.rowid & 0xFFFFF"
"""The row of `text` that is searched for an entry: its document's, or the passage about a paper only mentioned."""

IN_OWN_NOTES = (
    "(n.layer IS 'own' OR EXISTS (SELECT 1 FROM entry e JOIN document d ON d.id = e.doc "
    "WHERE e.node = n.id AND +d.layer = 'own'))"
)
"""Whether the reader's own notes are about node `n` or mention it in a list; the curated vault may have the note.

`+`: SQLite should begin at the few entries of the node, not at all notes of the layer.
"""


class Store(Database):
    """An open index.

    It is empty until its first transaction, which builds it in a file next to it and then replaces it with that file.
    `is_fresh` is true during such a build: the SQL indexes of `schema.sql` do not exist yet, so lookups are slow.
    """

    def __init__(self, path: "StrPath") -> None:
        self.path = path = os.fspath(path)
        self.is_fresh = False
        self._texts: Texts | None = None  # during a build, if another process indexes them
        try:
            self.db = self._open()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
                raise StoreError(f"{path}: locked by another process - try again") from None
            if not is_broken(error):  # for example, a read-only folder
                raise unusable(path, str(error)) from None
            forget(path)
            try:
                self.db = self._open()
            except (sqlite3.Error, OSError) as again:
                raise unusable(path, str(again)) from None
        except OSError as error:
            raise unusable(path, error.strerror) from None

    def _open(self) -> sqlite3.Connection:
        folder = os.path.dirname(self.path)
        if folder:
            os.makedirs(folder, exist_ok=True, mode=0o700)
        attempts = 0
        while True:
            attempts += 1
            check_ours(self.path)
            create(self.path)
            self.file = identity(self.path)  # before it is opened, so that whatever replaces it is noticed
            db = None
            try:
                db = connect(self.path)
                if self._is_usable(db):
                    return db
            except (sqlite3.DatabaseError, FileNotFoundError) as error:
                if not (self.is_replaced() or (attempts < _ATTEMPTS and is_disturbed(error))):
                    raise
            if db:
                db.close()

    def _is_usable(self, db: sqlite3.Connection) -> bool:
        """Whether it is the index at this path, read or still empty; False means: look again at what is there."""
        if self.is_replaced():  # while it was opened; once it is open, no other file can get its inode
            return False
        version = _version(db)
        if version == VERSION:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            return True
        return version == _unread() or self._lay_out(db)

    def _lay_out(self, db: sqlite3.Connection) -> bool:
        """Turn a new file into an empty index, or remove an unusable one; False means: look again at what is there.

        The empty index has no write-ahead log: the finished file that replaces it must not find one.
        """
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN IMMEDIATE")
        version = _version(db)
        if self.is_replaced() or version == VERSION:  # another process was faster
            return False
        if not version and not db.execute("SELECT 1 FROM sqlite_master").fetchone():
            tables, indexes = statements()
            for statement in (*tables, *indexes.values()):
                db.execute(statement)
            db.execute("INSERT INTO meta VALUES ('schema', ?)", (_unread(),))
        elif version != _unread():  # another version, or not our tables
            with_lock(db, lambda: remove(self.path, (*LEFT_BY_SQLITE, "")))
            return False
        db.execute("COMMIT")
        return True

    def close(self) -> None:
        self.db.close()

    def is_replaced(self) -> bool:
        """Whether another process has built or removed the index since this connection was opened.

        What was read from an empty one is then worth nothing: SQLite may have read the new file's log, found by name.
        """
        return identity(self.path) != self.file

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One exclusive transaction, all or nothing: a killed process leaves the old state."""
        while not self._begin():  # another process has built or removed it in the meantime
            self.db.close()
            self.db = self._open()
        with self._build() if _version(self.db) == _unread() else self._change():
            yield

    def _begin(self) -> bool:
        """Begin to write; False if the file was replaced: SQLite may take the new file's journal for its own."""
        try:
            self.db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            if not self.is_replaced():
                raise
            return False
        return not self.is_replaced()

    @contextmanager
    def _build(self) -> Iterator[None]:
        """Write a new file without a journal, then its indexes; the empty index is the lock that others wait for."""
        empty, new = self.db, self.path + NEW
        check_ours(new)
        tables, indexes = statements()
        try:
            with usable(self.path):
                remove(self.path, LEFT_BY_BUILDING)  # left by a process that was killed
                self.db, self.is_fresh = connect(new, FOR_BUILDING), True
            self.db.execute("BEGIN")
            for statement in tables:
                self.db.execute(statement)
            gather_texts(self.db)
            yield
            self.make_indexes(*indexes)
            self.db.execute("COMMIT")
            if self._texts:
                self._texts.finish(self.db)
                self._texts.close()
            else:
                from kb.fulltext import settle

                settle(self.db)
            self.set_meta("schema", VERSION)
            self.db.execute("PRAGMA journal_mode = WAL")  # here, as SQLite lets no two connections do it at once
            self.db.close()
            if self.is_replaced():
                raise StoreError(f"{self.path}: another process removed it during the build - try again")
            with usable(self.path):
                remove(self.path, (*LEFT_BY_SQLITE, NEW_TEXTS, NEW_TEXT_INDEX))
                with_lock(empty, lambda: os.replace(new, self.path))
        except BaseException:
            if self.db is not empty:
                self.db.close()
            self.db = empty
            with suppress(sqlite3.ProgrammingError):  # it may have been closed
                self.db.execute("ROLLBACK")
            raise
        finally:
            self.is_fresh = False
            if self._texts:
                self._texts.close()
                self._texts = None
            if identity(self.path) in (self.file, None):  # otherwise they belong to the process that has the lock now
                with suppress(PermissionError):
                    remove(self.path, LEFT_BY_BUILDING)
        empty.close()
        self.db = self._open()

    def make_indexes(self, *names: str) -> None:
        """During a build, create these indexes of `schema.sql` now; the others are created at the end."""
        if self.is_fresh:
            for name in names:
                self.db.execute(statements()[1][name])

    def write_texts(self, texts: list[tuple[int, str, str]], waiting: bytes = b"") -> None:
        """Add rows to the table `text`, in the order of their numbers.

        Args:
            waiting: the rows as `marshal` bytes instead; during a build, another process indexes them.
        """
        if waiting and not self._texts and self.is_fresh and not self.one("SELECT 1 FROM text_docsize"):
            from kb.fulltext import Texts

            create = next(
                statement for statement in statements()[0] if statement.startswith("CREATE VIRTUAL TABLE text")
            )
            with usable(self.path):
                self._texts = Texts(self.path, create)
        if self._texts:
            with usable(self.path):
                self._texts.add(waiting or marshal.dumps(texts))
        else:
            self.run_many(INSERT_TEXT, marshal.loads(waiting) if waiting else texts)


def _version(db: sqlite3.Connection) -> str:
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        return ""
    row = db.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
    return str(row[0]) if row else ""


def _unread() -> str:
    """The version of an index whose tables are still empty."""
    return f"{VERSION}, nothing read yet"


dump = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
"""JSON as the index stores it; the data has no cycles."""


def as_utf8(text: str) -> str:
    """The text as it can be searched for: bytes that are not UTF-8 are replaced, as in notes."""
    return text if text.isascii() else text.encode(errors="surrogatepass").decode(errors="replace")
