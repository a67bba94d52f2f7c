"""The file that an index lies in: where it is, whether it is one of ours, how it is made, replaced and removed."""

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
"""What SQLite's header says of an index of ours ("pkb!"), so that no other file is ever taken for one and lost."""

LEFT_BY_SQLITE = ("-wal", "-shm", "-journal")
NEW, NEW_TEXTS, NEW_TEXT_INDEX = LEFT_BY_BUILDING = ("-new", "-new-texts", "-new-text-index")
"""What lies beside an index while it is built: the file that takes its place, and what its full text is made from."""

FOR_BUILDING = (
    "journal_mode = OFF",
    "synchronous = OFF",
    "locking_mode = EXCLUSIVE",
    "cache_size = -65536",
)
"""Pragmas of a file that nobody else sees, and that is thrown away when it does not become whole."""

_GATHERED = 1 << 23
"""Bytes of full text that are gathered in memory before they are written as one piece of an index that is built: of
more, little of what each word is looked up among is in the processor's cache."""
_MOST_PIECES = 120
"""So many, which about 130,000 notes make, are merged into one."""

INSERT_TEXT = "INSERT INTO text (rowid, title, body) VALUES (?, ?, ?)"


class StoreError(Error, RuntimeError):
    """The index cannot be used; the message says what to do."""


def unusable(index: str, reason: str | None) -> StoreError:
    """What to say of a place where no index can be."""
    return StoreError(f"{index}: {reason} - choose another path with --index")


@contextmanager
def usable(index: str) -> Iterator[None]:
    """An index, or what lies beside it, is written or removed here.

    Raises:
        StoreError: the system does not let us.
    """
    try:
        yield
    except OSError as error:
        raise unusable(index, error.strerror) from None


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is broken; a full disk or a lock is not mended by building anew."""
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or "vtable constructor failed" in str(error)


def is_broken(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is damaged, or holds other tables than ours."""
    return is_damage(error) or _code(error) == sqlite3.SQLITE_ERROR


def _code(error: sqlite3.DatabaseError) -> int:
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def cache_folder() -> str:
    """Where indexes lie unless `--index` says otherwise."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "paperkb")


def index_path(vault: "StrPath") -> str:
    """The index of a vault: named after its folder and its whole path, so that two vaults never share one.

    Raises:
        StoreError: this user has no folder for it.
    """
    folder = cache_folder()
    if folder.startswith("~"):  # what stands for a home that nobody knows, and would be made here
        raise StoreError("no home folder is known - set XDG_CACHE_HOME, or choose a path with --index")
    whole = os.path.realpath(vault)
    name = re.sub(r"[^\w-]+", "-", os.path.basename(whole))[:40] or "vault"
    digest = blake2b(os.fsencode(whole), digest_size=6).hexdigest()
    return os.path.join(folder, f"{name}-{digest}", "index.sqlite")


def is_ours(path: str) -> bool:
    """Whether an index may be written there: nothing is there, an index is, or the place is our own cache."""
    ours, whole = os.path.join(os.path.abspath(cache_folder()), ""), os.path.abspath(path)
    if whole.startswith(ours) or not os.path.exists(path) or not os.path.getsize(path):
        return True
    with suppress(sqlite3.Error), closing(sqlite3.connect(_as_it_lies(whole), uri=True)) as db:
        return bool(db.execute("PRAGMA application_id").fetchone() == (_MARK,))
    with open(path, "rb") as file:  # a broken one, which nobody is connected to for long
        head = file.read(100)
    return head.startswith(b"SQLite format 3\0") and head[68:72] == _MARK.to_bytes(4, "big")


def _as_it_lies(path: str) -> str:
    """The name by which SQLite opens a file without a lock, a log or anything written, whoever it belongs to."""
    for sign in "%?#":
        path = path.replace(sign, f"%{ord(sign):02x}")
    return f"file:///{path.replace(os.sep, '/').lstrip('/')}?immutable=1"


def check_ours(path: str) -> None:
    """Refuse a file of somebody else.

    Raises:
        StoreError: what is there is no index of ours.
    """
    if not is_ours(path):
        raise unusable(path, "is not a paperkb index")


def connect(path: str, settings: Iterable[str] = ()) -> sqlite3.Connection:
    """Open an index; where there is none, make an empty file for nobody else to read.

    Args:
        settings: pragmas that a new file needs before anything is in it.
    """
    if not os.access(path, os.R_OK | os.W_OK):
        # No other file: when it is closed here, the locks of all other connections of this process to it are gone.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    db = sqlite3.connect(path, timeout=_BUSY_MS / 1000, isolation_level=None)
    for setting in settings:
        db.execute(f"PRAGMA {setting}")
    if not os.path.getsize(path):
        db.execute(f"PRAGMA application_id = {_MARK}")  # before anything else, so that it is in the file itself
    return db


def gather_texts(db: sqlite3.Connection) -> None:
    """Let full text write large pieces and merge none of them: for an index that is built."""
    settings = {"hashsize": _GATHERED, "automerge": 0, "crisismerge": _MOST_PIECES}
    db.executemany("INSERT INTO text (text, rank) VALUES (?, ?)", settings.items())


def identity(path: str) -> tuple[int, int] | None:
    """Which file lies there, if one does."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def remove(path: str, suffixes: Iterable[str]) -> None:
    """Remove what lies beside an index under these suffixes."""
    for suffix in suffixes:
        with suppress(FileNotFoundError):
            os.unlink(path + suffix)


def with_lock(db: sqlite3.Connection, replace: Callable[[], None]) -> None:
    """Replace or remove the file of a connection whose lock keeps others waiting; Windows wants it closed first."""
    try:
        replace()
    except PermissionError:
        db.close()
        replace()


def forget(index: "StrPath") -> bool:
    """Remove an index and the folder made for it; True when there was one.

    Raises:
        StoreError: what is there is no index of ours, or cannot be removed.
    """
    index = os.fspath(index)
    with usable(index):
        check_ours(index)
        there = os.path.exists(index)
        remove(index, ("", *LEFT_BY_SQLITE, *LEFT_BY_BUILDING, "-positions.json"))
    folder = os.path.dirname(index)
    if os.path.dirname(folder) == cache_folder():
        with suppress(OSError):  # another index lies there, or is about to
            os.rmdir(folder)
    return there
