"""The file of an index: where it is, whether it is ours, how it is created, replaced and removed."""

import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress

from kb.digest import blake2b
from kb.error import Error
from kb.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import StrPath

_BUSY_MS = 60_000

_MARK = 0x706B6221
"""The application id in SQLite's header ("pkb!"), so that no other file is ever mistaken for an index and lost."""

LEFT_BY_SQLITE = ("-wal", "-shm", "-journal")
NEW, NEW_TEXTS, NEW_TEXT_INDEX = LEFT_BY_BUILDING = ("-new", "-new-texts", "-new-text-index")
"""Files next to an index during a build: the file that replaces it, and those that its full text is made from."""

FOR_BUILDING = (
    "journal_mode = OFF",
    "synchronous = OFF",
    "locking_mode = EXCLUSIVE",
    "cache_size = -65536",
)
"""Pragmas for a file that nobody else sees and that is thrown away unless it is completed."""

_GATHERED = 1 << 23
"""Bytes of full text that are collected in memory and then written as one segment during a build. With more, little
of the table in which each word is looked up stays in the processor's cache."""
_MOST_PIECES = 120
"""Segments that are merged into one; about 130,000 notes produce that many."""

INSERT_TEXT = "INSERT INTO text (rowid, title, body) VALUES (?, ?, ?)"


class StoreError(Error, RuntimeError):
    """The index cannot be used; the message says what to do."""


def unusable(index: str, reason: str | None) -> StoreError:
    """The error for a path that cannot hold an index."""
    return StoreError(f"{index}: {reason} - choose another path with --index")


@contextmanager
def usable(index: str) -> Iterator[None]:
    """Wrap code that writes or removes an index or the files next to it.

    Raises:
        StoreError: the system does not allow it.
    """
    try:
        yield
    except OSError as error:
        raise unusable(index, error.strerror) from None


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is broken; rebuilding does not help against a full disk or a lock."""
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or "vtable constructor failed" in str(error)


def is_broken(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is damaged or has tables other than ours."""
    return is_damage(error) or _code(error) == sqlite3.SQLITE_ERROR


def is_disturbed(error: Exception) -> bool:
    """Whether processes that build and replace the file at the same time may be all that is wrong."""
    return _code(error) in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY)


def _code(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def cache_folder() -> str:
    """The folder for indexes unless `--index` is given."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "paperkb")


def index_path(vault: "StrPath") -> str:
    """The path of a vault's index, named after its folder and its whole path, so that two vaults never share one.

    Raises:
        StoreError: there is no home folder to put it in.
    """
    folder = cache_folder()
    if folder.startswith("~"):  # an unexpanded `~` would be created in the current folder
        raise StoreError("no home folder is known - set XDG_CACHE_HOME, or choose a path with --index")
    whole = os.path.realpath(vault)
    name = re.sub(r"[^\w-]+", "-", os.path.basename(whole))[:40] or "vault"
    digest = blake2b(os.fsencode(whole), digest_size=6).hexdigest()
    return os.path.join(folder, f"{name}-{digest}", "index.sqlite")


def is_ours(path: str) -> bool:
    """Whether an index may be written there: the path is free, holds an index, or is in our own cache."""
    ours, whole = os.path.join(os.path.abspath(cache_folder()), ""), os.path.abspath(path)
    if whole.startswith(ours) or not os.path.exists(path) or not os.path.getsize(path):
        return True
    with suppress(sqlite3.Error), closing(sqlite3.connect(_as_it_lies(whole), uri=True)) as db:
        return bool(db.execute("PRAGMA application_id").fetchone() == (_MARK,))
    with open(path, "rb") as file:  # a broken index: closing the file here drops no locks that matter
        head = file.read(100)
    return head.startswith(b"SQLite format 3\0") and head[68:72] == _MARK.to_bytes(4, "big")


def _as_it_lies(path: str) -> str:
    """The URI with which SQLite opens any file without a lock, a log or a write, whoever it belongs to."""
    for sign in "%?#":
        path = path.replace(sign, f"%{ord(sign):02x}")
    return f"file:///{path.replace(os.sep, '/').lstrip('/')}?immutable=1"


def check_ours(path: str) -> None:
    """Refuse a file that is not ours.

    Raises:
        StoreError: the file is not an index of ours.
    """
    if not is_ours(path):
        raise unusable(path, "is not a paperkb index")


def create(path: str) -> None:
    """Create an empty file that only its owner can read, if there is none."""
    if not os.access(path, os.R_OK | os.W_OK):
        # Only for a new file: closing a file here drops the locks of this process's other connections to it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def connect(path: str, settings: Iterable[str] = ()) -> sqlite3.Connection:
    """Open an index; if there is none, create an empty file that only its owner can read.

    Args:
        settings: pragmas that a new file needs before anything is written.
    """
    create(path)
    db = sqlite3.connect(path, timeout=_BUSY_MS / 1000, isolation_level=None)
    try:
        for setting in settings:
            db.execute(f"PRAGMA {setting}")
        if not os.path.getsize(path):
            db.execute(f"PRAGMA application_id = {_MARK}")  # first, so that it is in the file itself, not in a log
    except (sqlite3.Error, OSError):
        db.close()
        raise
    return db


def gather_texts(db: sqlite3.Connection) -> None:
    """During a build, let full text write large segments and not merge them."""
    settings = {"hashsize": _GATHERED, "automerge": 0, "crisismerge": _MOST_PIECES}
    db.executemany("INSERT INTO text (text, rank) VALUES (?, ?)", settings.items())


def identity(path: str) -> tuple[int, int] | None:
    """The device and inode of the file, or None if there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def remove(path: str, suffixes: Iterable[str]) -> None:
    """Remove the files next to an index that have these suffixes."""
    for suffix in suffixes:
        with suppress(FileNotFoundError):
            os.unlink(path + suffix)


def with_lock(db: sqlite3.Connection, replace: Callable[[], None]) -> None:
    """Replace or remove a connection's file while its lock keeps others waiting; Windows needs it closed first."""
    try:
        replace()
    except PermissionError:
        db.close()
        replace()


def forget(index: "StrPath") -> bool:
    """Remove an index and the folder created for it; True if there was one.

    Raises:
        StoreError: the file is not an index of ours, or cannot be removed.
    """
    index = os.fspath(index)
    with usable(index):
        check_ours(index)
        there = os.path.exists(index)
        remove(index, (*LEFT_BY_SQLITE, "", *LEFT_BY_BUILDING, "-positions.json"))
    folder = os.path.dirname(index)
    if os.path.dirname(folder) == cache_folder():
        with suppress(OSError):  # the folder has, or is about to get, another index
            os.rmdir(folder)
    return there
