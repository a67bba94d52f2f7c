"""The full-text index of an index that is built: half of all writing, so another process does it meanwhile.

Texts wait in a file, as reading goes before: what is left of them is indexed while links are resolved. In the end the
tables that FTS5 keeps an index in are copied. If that process fails, they are indexed here.
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
"""The row of `text_data` that tells which pieces an index consists of, and on which levels."""
_LEVELS = 3
_GONE = "the parent process is gone"


def _raised(structure: bytes) -> bytes:
    """The structure with empty levels below all pieces.

    Whenever 16 pieces are on a level, they are merged into one of the next. The large ones of a build lie on the lowest
    level, with those of every later change: one of these would write the whole index anew.

    Source: comments in SQLite's fts5_index.c, "Structure Record": 4 bytes, then as varints the number of levels, of
    pieces and of writes; for each level how many are being merged, and how many pieces it has.
    """
    levels, pieces, at = structure[4], structure[5], 6
    if max(levels, pieces) >= 0x80 - _LEVELS:  # more than one byte: none that was just built
        return structure
    while structure[at] >= 0x80:  # the last byte of a varint is below
        at += 1
    return structure[:4] + bytes([levels + _LEVELS]) + structure[5 : at + 1] + bytes(2 * _LEVELS) + structure[at + 1 :]


def settle(db: sqlite3.Connection) -> None:
    """End a build: what later changes leave is merged, but not with what was built.

    The connection does not look at the table again; it would not know of it.
    """
    db.execute("INSERT INTO text (text, rank) VALUES ('crisismerge', 16)")
    [(structure,)] = db.execute("SELECT block FROM text_data WHERE id = ?", (_STRUCTURE,))
    db.execute("UPDATE text_data SET block = ? WHERE id = ?", (_raised(structure), _STRUCTURE))


class Texts:
    """Texts on their way into the table `text` of a file that is built."""

    def __init__(self, path: str, create: str) -> None:
        """Begin with the table's statement; `path` is where the index will be."""
        waiting, self.index = (f"{path}{suffix}" for suffix in (NEW_TEXTS, NEW_TEXT_INDEX))
        opened = os.open(waiting, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        self.waiting = os.fdopen(opened, "w+b", buffering=0)
        self.sizes: list[int] = []
        self.process: Process | None = None
        with contextlib.suppress(OSError):
            self.process = Process("kb.fulltext", (waiting, self.index, create))

    def add(self, texts: bytes) -> None:
        """Rows of the table, as `marshal` writes them.

        Raises:
            OSError: they cannot be kept.
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
        """Put all of it into the table, which is empty and not looked at again by this connection."""
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
    """What that process does: index what waits, as it is told of more, until it is told of nothing."""
    parent = os.getppid()
    if hasattr(os, "nice"):
        os.nice(5)  # reading goes first: all else waits for it
    db = connect(index, (*FOR_BUILDING, "cache_size = -16384"))  # it hardly looks at what it wrote
    db.execute(create)
    gather_texts(db)
    db.execute("BEGIN")
    with open(waiting, "rb", buffering=0) as texts:
        while size := int.from_bytes(_told(), "big"):
            if os.getppid() != parent:  # it was killed, and what it told before is much
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
