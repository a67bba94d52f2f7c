"""`open_vault`: the one place that reads, links and stores."""

import time
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from kb.store import DatabaseError, Store, forget, index_path, is_damage
from linker.refresh import Changes, NoNote, OnDocument, Source, refresh, refresh_only, silent

if TYPE_CHECKING:
    from kb.config import Links
    from kb.model import Implementations

CURATED = Path(__file__).resolve().parent.parent / "papers"
"""The vault that ships with the product; it lies under every other one, read-only."""


class Vault:
    """An open vault: its folder, its index, what the refresh on opening found and how long opening took."""

    def __init__(self, root: Path, store: Store, changes: Changes, seconds: float) -> None:
        self.root, self.store, self.changes, self.seconds = root, store, changes, seconds

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> "Vault":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def where_index(root: Path, *, base: bool = True, index: Path | None = None) -> Path:
    """The file that holds a vault's index; without the curated base it is another one."""
    if index:
        return index
    path = index_path(root)
    return path if base else path.with_name("own.sqlite")


def sources(own: Path, *, base: bool) -> list[Source]:
    """The layers of a vault: its own notes, and the curated ones under them."""
    has_base = base and own != CURATED and CURATED.is_dir()
    return [Source("own", own), *([Source("curated", CURATED)] if has_base else [])]


def open_vault(
    root: Path,
    implementations: "Implementations",
    *,
    base: bool = True,
    index: Path | None = None,
    update: bool = True,
    on_document: OnDocument = silent,
    links: "Links | None" = None,
    only: Collection[Path] = (),
) -> Vault:
    """Open a vault and bring its index up to date.

    Args:
        root: folder of notes.
        implementations: what the cards declare.
        base: lay the curated vault under it.
        index: where the index lies, instead of the cache folder.
        update: look for changed files; without, the index is used as it stands (and built if there is none).
        on_document: told how many documents were read, as that goes on.
        links: how far links between notes are followed, instead of what the vault's `paperkb.toml` says.
        only: the files that changed, where that is known: no other is looked at, unless there is no index yet.

    Raises:
        NotADirectoryError: `root` is no folder.
        NoNote: one of the files is no note of the vault.
        ConfigError: a `paperkb.toml` cannot be used.
        StoreError: the index cannot be written.
    """
    started = time.perf_counter()
    if not root.is_dir():
        raise NotADirectoryError(f"{root}: no such folder")
    own = root.resolve()
    store = Store(where_index(own, base=base, index=index))
    layers = sources(own, base=base)

    def brought_up_to_date() -> Changes:
        if only and store.meta("implementations"):
            return refresh_only(store, layers[0], [_inside(own, path) for path in only], implementations, on_document)
        return refresh(store, layers, implementations, on_document, links)

    changes = Changes()
    if update or not store.meta("implementations"):
        try:
            changes = brought_up_to_date()
        except DatabaseError as error:
            if not is_damage(error):
                raise
            store.close()
            forget(store.path)
            store = Store(store.path)
            changes = brought_up_to_date()
    return Vault(own, store, changes, time.perf_counter() - started)


def _inside(own: Path, file: Path) -> str:
    """Where a file is in the vault; if it is a link, it is the link that is meant."""
    whole = file.parent.resolve() / file.name
    if not whole.is_relative_to(own):
        raise NoNote(f"{file}: lies outside of {own}")
    return whole.relative_to(own).as_posix()
