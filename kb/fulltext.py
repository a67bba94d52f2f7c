"""Full text during a build: it is half of all writing, so another process does it in parallel.

Texts wait in a file, since reading has priority; what is left is indexed while links are resolved. In the end the
tables in which FTS5 keeps its index are copied. If that process fails, the texts are indexed here.
"""

import contextlib
import errno
import marshal
import os
import sqlite3
import sys

from kb.index_file import FOR_BUILDING, INSERT_TEXT, NEW_TEXT_INDEX, NEW_TEXTS, connect, gather_texts
from kb.processes import Process

_TABLES = ("data", "idx", "content", "docsize", "config")
_STRUCTURE = 10
"""The row of `text_data` that lists the segments of the index and their levels."""
_LEVELS = 3
_GONE = "the parent process is gone"


def _raised(structure: bytes) -> bytes:
    """The structure record with empty levels below all segments.

    Whenever a level has 16 segments, they are merged into one on the next level. The large segments of a build are on
    the lowest level, together with those of later changes, so one of these changes would rewrite the whole index.

    Source: comments in SQLite's fts5_index.c, "Structure Record": 4 bytes, then as varints the number of levels, of
    segments and of writes; for each level the number of segments being merged, and the number of segments.
    """
    levels, pieces, at = structure[4], structure[5], 6
    if max(levels, pieces) >= 0x80 - _LEVELS:  # more than one byte each, which never happens after a build
        return structure
    while structure[at] >= 0x80:  # only the last byte of a varint is below 0x80
        at += 1
    return structure[:4] + bytes([levels + _LEVELS]) + structure[5 : at + 1] + bytes(2 * _LEVELS) + structure[at + 1 :]


def settle(db: sqlite3.Connection) -> None:
    """End a build: segments of later changes are merged with each other, but not with those of the build.

    The connection must not use the table afterwards, as it does not see the change.
    """
    db.execute("INSERT INTO text (text, rank) VALUES ('crisismerge', 16)")
    [(structure,)] = db.execute("SELECT block FROM text_data WHERE id = ?", (_STRUCTURE,))
    db.execute("UPDATE text_data SET block = ? WHERE id = ?", (_raised(structure), _STRUCTURE))


class Texts:
    """Texts on their way into the table `text` during a build."""

    def __init__(self, path: str, create: str) -> None:
        """Start; `create` is the statement that creates the table, `path` the path of the finished index."""
        waiting, self.index = (f"{path}{suffix}" for suffix in (NEW_TEXTS, NEW_TEXT_INDEX))
        opened = os.open(waiting, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        self.waiting = os.fdopen(opened, "w+b", buffering=0)
        self.sizes: list[int] = []
        self.process: Process | None = None
        with contextlib.suppress(OSError):
            self.process = Process("kb.fulltext", (waiting, self.index, create))

    def add(self, texts: bytes) -> None:
        """Add rows of the table, as `marshal` bytes.

        Raises:
            OSError: they cannot be written.
        """
        if self.waiting.write(texts) < len(texts):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.sizes.append(len(texts))
        if self.process:
            try:
                self.process.input.write(len(texts).to_bytes(8, "big"))
                self.process.input.flush()
            except OSError:
                self._give_up()

    def finish(self, db: sqlite3.Connection) -> None:
        """Put all texts into the table, which is empty and not used by this connection afterwards."""
        if self.process:
            with contextlib.suppress(OSError):
                self.process.input.write(bytes(8))
            if not self.process.ended_well():
                self._give_up()
        if self.process:
            db.execute("ATTACH ? AS built", (self.index,))
            db.execute("BEGIN")
            for name in _TABLES:
                db.execute(f"DELETE FROM text_{name}")
                db.execute(f"INSERT INTO text_{name} SELECT * FROM built.text_{name}")
            db.execute("COMMIT")
            db.execute("DETACH built")
            return
        self.waiting.seek(0)
        db.execute("BEGIN")
        for size in self.sizes:
            db.executemany(INSERT_TEXT, marshal.loads(self.waiting.read(size)))
        db.execute("COMMIT")
        settle(db)

    def _give_up(self) -> None:
        if self.process:
            self.process.stop()
            self.process = None

    def close(self) -> None:
        self._give_up()
        self.waiting.close()


def work(waiting: str, index: str, create: str) -> None:
    """The other process: index waiting texts as their sizes arrive, until a size of 0 ends it."""
    parent = os.getppid()
    if hasattr(os, "nice"):
        os.nice(5)  # reading has priority: everything else waits for it
    db = connect(index, (*FOR_BUILDING, "cache_size = -16384"))  # it hardly reads what it wrote
    db.execute(create)
    gather_texts(db)
    db.execute("BEGIN")
    with open(waiting, "rb", buffering=0) as texts:
        while size := int.from_bytes(_told(), "big"):
            if os.getppid() != parent:  # the parent was killed, and there may be a lot left in the pipe
                raise EOFError(_GONE)
            db.executemany(INSERT_TEXT, marshal.loads(texts.read(size)))
    db.execute("COMMIT")
    settle(db)
    db.close()


def _told() -> bytes:
    told = sys.stdin.buffer.read(8)
    if len(told) < 8:
        raise EOFError(_GONE)
    return told
