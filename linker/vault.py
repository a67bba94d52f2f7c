"""`open_vault`: the one place that reads, links and stores."""

import os
import time
from _thread import RLock
from collections.abc import Collection

from kb.store import DatabaseError, OperationalError, Store, StoreError, forget, index_path, is_damage
from kb.typed import TYPE_CHECKING
from linker.changes import Changes, OnDocument, Source, silent
from linker.refresh import NoNote, refresh, refresh_only

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import StrPath

    from kb.config import Links
    from kb.model import Implementations

CURATED = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "papers")
"""The vault that ships with the product; the read-only base of every other one."""

_TURNS: dict[str, RLock] = {}
"""By index, a lock for the threads of this process. If one of them had the file open that another one's build replaces,
SQLite would clear the memory that the connections to the new file share; between processes, it does not."""


class Vault:
    """An open vault: its folder, its index, what the refresh on opening found and how many seconds opening took.

    In a `with` statement, all answers reflect one state of the index, whatever other processes write.
    """

    def __init__(self, folder: str, store: Store, changes: Changes, seconds: float) -> None:
        self.folder, self.store, self.changes, self.seconds = folder, store, changes, seconds

    @property
    def root(self) -> "Path":
        """Its folder as a `Path`."""
        from pathlib import Path  # slow to import: only when needed

        return Path(self.folder)

    @property
    def is_shipped(self) -> bool:
        """Whether it is the curated one, whose notes the installed implementations belong to."""
        return self.folder == CURATED

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> "Vault":
        self.store.hold()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def folder_of(root: "StrPath") -> str:
    """The folder of a vault, whatever links lead to it; `~` is the home folder also where no shell expands it.

    Raises:
        NotADirectoryError: it is not a folder.
    """
    root = os.path.expanduser(root)
    if not os.path.isdir(root):
        raise NotADirectoryError(f"{root}: {'not a folder' if os.path.exists(root) else 'no such folder'}")
    return os.path.realpath(root)


def where_index(root: "StrPath", *, base: bool = True, index: "StrPath | None" = None) -> str:
    """The path of a vault's index; without the curated base, it is another file."""
    if index:
        return os.path.expanduser(index)
    path = index_path(os.path.expanduser(root))
    return path if base else os.path.join(os.path.dirname(path), "own.sqlite")


def sources(own: "StrPath", *, base: bool) -> list[Source]:
    """The layers of a vault: its own notes, and the curated ones as the base."""
    has_base = base and os.fspath(own) != CURATED and os.path.isdir(CURATED)
    return [Source("own", own), *([Source("curated", CURATED)] if has_base else [])]


def open_vault(
    root: "StrPath",
    implementations: "Implementations",
    *,
    base: bool = True,
    index: "StrPath | None" = None,
    update: bool = True,
    on_document: OnDocument = silent,
    links: "Links | None" = None,
    only: "Collection[StrPath]" = (),
) -> Vault:
    """Open a vault and bring its index up to date.

    Args:
        root: folder of notes.
        implementations: what the cards declare.
        base: use the curated vault as the base.
        index: path of the index file. Default: in the cache folder.
        update: look for changed files. If false, the index is used as it is (and built if there is none).
        on_document: called with the number of documents read so far.
        links: how far links between notes are followed; overrides the vault's `paperkb.toml`.
        only: the files that changed, if known: no others are looked at, unless there is no index yet.

    Raises:
        NotADirectoryError: `root` is not a folder.
        NoNote: one of the files is not a note of the vault.
        ConfigError: a `paperkb.toml` cannot be used.
        StoreError: the index cannot be read or written.
    """
    started = time.perf_counter()
    own = folder_of(root)
    notes = [inside(own, path) for path in only]
    path = where_index(own, base=base, index=index)
    layers = sources(own, base=base)

    def brought_up_to_date(store: Store) -> Changes:
        if notes and store.meta("implementations"):
            return refresh_only(store, layers[0], notes, on_document)
        return refresh(store, layers, implementations, on_document, links)

    changes = Changes()
    with _TURNS.setdefault(os.path.abspath(path), RLock()):
        store = Store(path)
        try:
            if update or not store.meta("implementations") or store.is_replaced():
                try:
                    changes = brought_up_to_date(store)
                except DatabaseError as error:
                    is_replaced = store.is_replaced()
                    if not (is_replaced or is_damage(error)):
                        raise
                    store.close()
                    if not is_replaced:
                        forget(path)
                    store = Store(path)
                    changes = brought_up_to_date(store)
        except OperationalError as error:
            why = f"the index cannot be used: {error}"
            raise StoreError(f"{why} - is another paperkb running, or is the disk full?") from None
    return Vault(own, store, changes, time.perf_counter() - started)


def inside(own: str, file: "StrPath") -> str:
    """The path of a file in the vault; a symbolic link stands for itself.

    Raises:
        NoNote: it is outside the vault.
    """
    folder, name = os.path.split(os.fspath(file).rstrip(os.sep))
    whole, begins = os.path.join(os.path.realpath(folder), name), os.path.join(own, "")
    if whole != own and not whole.startswith(begins):
        raise NoNote(f"{file}: is outside {own}")
    return whole[len(begins) :].replace(os.sep, "/") or "."
