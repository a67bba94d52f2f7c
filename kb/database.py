"""What is asked of an open index and written into it, row by row, in transactions."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from kb.typed import Any

DatabaseError, OperationalError = sqlite3.DatabaseError, sqlite3.OperationalError

_UNDO = "ROLLBACK"


class Database:
    """A connection to an index, with its notes about itself (`meta`)."""

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
        """The number that the next row of a table gets."""
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
        """Note what can be found out again at any time, unless another process is writing."""
        with suppress(sqlite3.OperationalError), self.unless_busy():
            self.set_meta(name, value)

    def hold(self) -> None:
        """From here on all that is asked is of one state of the index, whatever other processes write."""
        self.db.execute("BEGIN")
        self.db.execute("SELECT 1 FROM meta").fetchone()  # it is the first look that decides which

    @contextmanager
    def held(self) -> Iterator[None]:
        """The same, while this lasts."""
        self.hold()
        try:
            yield
        finally:
            if self.db.in_transaction:
                self.db.execute("COMMIT")

    @contextmanager
    def unless_busy(self) -> Iterator[None]:
        """A small transaction, which fails at once where another process is writing: that is not waited for.

        What is held stays so if it fails, as it does where that is not the last state any more.
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
        """What was begun is written at the end, or undone."""
        try:
            yield
        except BaseException:
            if self.db.in_transaction:  # SQLite itself takes back what a full disk or a broken file stops
                self.db.execute(undo)
            raise
        self.db.execute("COMMIT")

    @contextmanager
    def _together(self) -> Iterator[None]:
        """One transaction for many rows, where none is open: each would be one of its own."""
        if self.db.in_transaction:
            yield
        else:
            self.db.execute("BEGIN")
            with self._change():
                yield
