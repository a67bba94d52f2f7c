"""Bring an index up to date with the files: read what changed, link what that touches, nothing else."""

from collections.abc import Callable, Collection

from kb.digest import blake2b
from kb.store import Store, dump
from kb.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import StrPath

    from kb.config import Links
    from kb.model import Implementations, Layer
    from kb.walk import Walk


class Source:
    """A folder of notes and the layer it forms."""

    def __init__(self, layer: "Layer", root: "StrPath") -> None:
        self.layer, self.root = layer, root


class Changes:
    """What a refresh found: paths that came, changed or went, by layer and path."""

    def __init__(self) -> None:
        self.added: list[str] = []
        self.changed: list[str] = []
        self.removed: list[str] = []

    def __len__(self) -> int:
        return len(self.added) + len(self.changed) + len(self.removed)


OnDocument = Callable[[int], None]
"""Told, before each document that is read, how many were."""


def silent(documents: int) -> None:
    """Tell nobody."""


def refresh(
    store: Store,
    sources: list[Source],
    implementations: "Implementations",
    on_document: OnDocument = silent,
    links: "Links | None" = None,
) -> Changes:
    """Compare by stamp, then by content; write all that follows in one transaction.

    Args:
        links: how far links between the reader's notes are followed, instead of what their `paperkb.toml` says.

    Raises:
        NotADirectoryError: a source's folder does not exist.
        ConfigError: a `paperkb.toml` cannot be used.
    """
    from kb.config import load_config
    from kb.walk import walk

    configs = {source.layer: load_config(source.root) for source in sources}
    walks = {source.layer: walk(source.root, configs[source.layer]) for source in sources}
    followed = links or configs["own"].links
    signature = implementations.signature()
    seen = _seen(walks, followed, signature)
    if store.meta("seen") == seen:
        return Changes()
    # what reads Markdown and YAML costs time to import: only where due
    from linker.reading import read_changed, remove_all
    from linker.update import Update

    changes = Changes()
    with store.transaction():
        update = Update(store)
        if store.meta("links") != followed:
            store.set_meta("links", followed)
            update.relink_all("own")
        for source in sources:
            read_changed(store, update, source.layer, source.root, walks[source.layer], changes, on_document)
        for layer in _layers(store) - set(walks):
            remove_all(store, update, layer, changes)
        update.link()
        if update.are_cards_due or store.meta("implementations") != signature:
            update.implementations(implementations.read())
        notices = [[d.path, d.code, d.severity, d.message, d.hint] for d in walks["own"].diagnostics]
        unsettled = store.one("SELECT 1 FROM document WHERE NOT settled")
        said = {"implementations": signature, "left_out": dump(notices), "seen": "" if unsettled else seen}
        for name, value in said.items():
            store.set_meta(name, value)
    return changes


class NoNote(ValueError):
    """A file that was named is neither a note of the vault nor was one; the message says why."""


def refresh_only(
    store: Store,
    own: Source,
    paths: Collection[str],
    implementations: "Implementations",
    on_document: OnDocument = silent,
) -> Changes:
    """Read these files of the reader's own vault again, or take them out where they are gone; look at no other.

    Args:
        paths: relative to the vault.

    Raises:
        NoNote: one of them is no note.
        ConfigError: `paperkb.toml` cannot be used.
    """
    from kb.config import load_config
    from kb.walk import look
    from linker.known import known_stamps
    from linker.reading import read_changed
    from linker.update import Update

    paths = dict.fromkeys(paths)  # each once, however often it is named
    found = look(own.root, load_config(own.root), paths)
    there = {path for path, _, _ in found.stamps}
    changes = Changes()
    with store.transaction():
        known = known_stamps(store, own.layer, paths)  # not before: another process may have written meanwhile
        there |= {path for path, _, _ in known}
        for path in paths:
            if path not in there:
                raise NoNote(f"{path}: no note of this vault, nor was one - `paperkb index` looks at all files")
        update = Update(store)
        read_changed(store, update, own.layer, own.root, found, changes, on_document, known)
        update.link()
        if update.are_cards_due:
            update.implementations(implementations.read())
        store.set_meta("seen", "")  # of other files nothing is known now
    return changes


def _seen(walks: "dict[Layer, Walk]", *said: str) -> str:
    """All that an index is made of, in short; while it stays the same, so does the index."""
    digest = blake2b("\0".join((*walks, *said)).encode(errors="surrogateescape"), digest_size=16)
    for found in walks.values():
        digest.update(found.packed())
    return digest.hexdigest()


def _layers(store: Store) -> "set[Layer]":
    return {row[0] for row in store.rows("SELECT DISTINCT layer FROM document")}
