"""Reading and writing the rows of an open index, in transactions."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from kb.typed import Any

DatabaseError, OperationalError = sqlite3.DatabaseError, sqlite3.OperationalError

_UNDO = "ROLLBACK"


class Database:
    """A connection to an index, with its metadata (`meta`)."""

    db: sqlite3.Connection

    def rows(self, sql: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        return self.db.execute(sql, tuple(parameters)).fetchall()

    def one(self, sql: str, parameters: Iterable[Any] = ()) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self.db.execute(sql, tuple(parameters)).fetchone()
        return row

    def run(self, sql: str, parameters: Iterable[Any] = ()) -> int:
        """Execute; return the new row's id."""
        return self.db.execute(sql, tuple(parameters)).lastrowid or 0

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self.db.executemany(sql, rows)

    def next_id(self, table: str) -> int:
        """The id that the next row of a table gets."""
        [(last,)] = self.rows(f"SELECT max(id) FROM {table}")
        return (last or 0) + 1

    @contextmanager
    def listed(self, name: str, values: Iterable[Any]) -> Iterator[str]:
        """A temporary one-column table `temp.name(value)`, for joins with many values."""
        self.db.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} (value PRIMARY KEY) WITHOUT ROWID")
        with self._together():
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

    def keep(self, name: str, value: str) -> None:
        """Store a value that can be computed again at any time, unless another process is writing."""
        with suppress(sqlite3.OperationalError), self.unless_busy():
            self.set_meta(name, value)

    def hold(self) -> None:
        """Read from one snapshot of the index from here on, whatever other processes write."""
        self.db.execute("BEGIN")
        self.db.execute("SELECT 1 FROM meta").fetchone()  # the first read takes the snapshot

    @contextmanager
    def held(self) -> Iterator[None]:
        """Read from one snapshot while the context lasts."""
        self.hold()
        try:
            yield
        finally:
            if self.db.in_transaction:
                self.db.execute("COMMIT")

    @contextmanager
    def unless_busy(self) -> Iterator[None]:
        """A small transaction that fails at once, without waiting, if another process is writing.

        It also fails if a snapshot is held that is no longer the latest state. A held snapshot survives the failure.
        """
        begin, undo = ("SAVEPOINT small", "ROLLBACK TO small") if self.db.in_transaction else ("BEGIN IMMEDIATE", _UNDO)
        [(patience,)] = self.rows("PRAGMA busy_timeout")
        self.db.execute("PRAGMA busy_timeout = 0")
        try:
            self.db.execute(begin)
            with self._change(undo):
                yield
        finally:
            self.db.execute(f"PRAGMA busy_timeout = {patience}")
            if undo != _UNDO and not self.db.in_transaction:
                self.hold()

    @contextmanager
    def _change(self, undo: str = _UNDO) -> Iterator[None]:
        """Commit what was begun, or undo it on an error."""
        try:
            yield
        except BaseException:
            if self.db.in_transaction:  # SQLite itself rolls back after a full disk or a broken file
                self.db.execute(undo)
            raise
        self.db.execute("COMMIT")

    @contextmanager
    def _together(self) -> Iterator[None]:
        """One transaction for many rows unless one is open; otherwise each row would be a transaction."""
        if self.db.in_transaction:
            yield
        else:
            self.db.execute("BEGIN")
            with self._change():
                yield
