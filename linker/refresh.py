"""Bring an index up to date with the files: read what changed, relink what that affects, nothing else."""

import json
from collections.abc import Collection

from kb.error import Error
from kb.store import Store, dump
from kb.typed import TYPE_CHECKING
from linker.changes import Changes, OnDocument, Source, silent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kb.config import Config, Links
    from kb.model import Implementations, Layer
    from kb.walk import Walk


def refresh(
    store: Store,
    sources: list[Source],
    implementations: "Implementations",
    on_document: OnDocument = silent,
    links: "Links | None" = None,
) -> Changes:
    """Compare by stamp, then by content; write all consequences in one transaction.

    Args:
        links: how far links between the reader's notes are followed; overrides their `paperkb.toml`.

    Raises:
        NotADirectoryError: a source's folder does not exist.
        ConfigError: a `paperkb.toml` cannot be used.
    """
    from kb.config import load_config

    configs = {source.layer: load_config(source.root) for source in sources}
    followed = links or configs["own"].links
    signature = implementations.signature()
    said = {"links": followed, "implementations": signature}
    state, known = store.meta("state"), _seen(store)
    walks = _walks(sources, configs, known)
    if known == _digests(walks, said) and not store.is_replaced():
        return Changes()
    # slow to import, as they read Markdown and YAML: only when needed
    from linker.implemented import install, tie
    from linker.known import in_folders, in_layer
    from linker.reading import read_changed, remove_all
    from linker.update import Update

    changes = Changes()
    with store.transaction():
        update = Update(store)
        if (store.meta("state"), _seen(store)) != (state, known):  # another process has written meanwhile
            known = _seen(store)
            walks = _walks(sources, configs, known)
        if store.meta("links") != followed:
            store.set_meta("links", followed)
            update.layers.add("own")
        for source in sources:
            layer, found = source.layer, walks[source.layer]
            if layer in known:  # files in unchanged folders are not looked up
                differ = {name for name, _ in known[layer].items() ^ found.digests.items()}
                before = in_folders(store, layer, differ)
            else:
                before = in_layer(store, layer)
            told = changes if layer == "own" else Changes()
            read_changed(update, source, before, set(found.stamps), told, on_document)
        for layer in _layers(store) - walks.keys():
            remove_all(update, layer)
        update.link(next(source.root for source in sources if source.layer == "own"))
        if store.meta("implementations") != signature:
            install(store, implementations.read())
        elif update.are_cards_due:
            tie(store)
        notices = [[d.path, d.code, d.severity, d.message, d.hint] for d in walks["own"].diagnostics]
        for name, value in (("implementations", signature), ("left_out", dump(notices))):
            store.set_meta(name, value)
        _note(store, _digests(walks, said), store.rows("SELECT layer, path FROM document WHERE NOT settled"))
    return changes


class NoNote(Error, ValueError):
    """A named file is not a note of the vault and never was; the message says why."""


def refresh_only(
    store: Store,
    own: Source,
    paths: Collection[str],
    on_document: OnDocument = silent,
) -> Changes:
    """Read these files of the reader's own vault again, or remove them if they are gone; look at no others.

    Args:
        paths: relative to the vault.

    Raises:
        NoNote: one of them is not a note.
        ConfigError: `paperkb.toml` cannot be used.
    """
    from kb.config import load_config
    from kb.walk import is_text, look
    from linker.implemented import tie
    from linker.known import among
    from linker.reading import read_changed
    from linker.update import Update

    paths = dict.fromkeys(paths)  # each only once
    config, changes = load_config(own.root), Changes()
    with store.transaction():
        # only now: another process may have written meanwhile
        there = set(look(own.root, config, paths).stamps)
        before = among(store, own.layer, filter(is_text, paths))
        notes = {path for path, _, _ in there | before}
        for path in paths:
            if path not in notes:
                raise NoNote(f"{path}: not a note of this vault, now or before - `paperkb index` checks all files")
        update = Update(store)
        read_changed(update, own, before, there, changes, on_document)
        update.link(own.root)
        if update.are_cards_due:
            tie(store)
        _note(store, _seen(store), [(own.layer, path) for path in paths])
    return changes


Seen = dict[str, dict[str, str]]
"""A digest of all that an index is built from: `Walk.digests` of each layer, and what counts besides the notes.

While it stays the same, so does the index.
"""


def _seen(store: Store) -> Seen:
    """What the last refresh saw; an empty digest marks a folder that may have changed since."""
    seen: Seen = json.loads(store.meta("seen") or "{}")
    return seen


def _walks(sources: list[Source], configs: "dict[Layer, Config]", known: Seen) -> "dict[Layer, Walk]":
    from kb.walk import walk

    return {each.layer: walk(each.root, configs[each.layer], known.get(each.layer, {})) for each in sources}


def _digests(walks: "dict[Layer, Walk]", said: dict[str, str]) -> Seen:
    left_out = {f"left out of {layer}": found.digest_of_notices() for layer, found in walks.items()}
    return {**{layer: found.digests for layer, found in walks.items()}, "said": said | left_out}


def _note(store: Store, seen: Seen, unsure: "Iterable[tuple[Layer, str]]") -> None:
    """Keep what was seen, except for the folders of files that may have changed since; give the index a new state."""
    for layer, path in unsure:
        if layer in seen:
            seen[layer][path[: path.rfind("/") + 1]] = ""
    store.set_meta("seen", dump(seen))
    store.set_meta("state", str(int(store.meta("state") or 0) + 1))


def _layers(store: Store) -> "set[Layer]":
    ends = "SELECT min(layer) FROM document UNION SELECT max(layer) FROM document"  # of the two that exist: no scan
    return {layer for (layer,) in store.rows(ends) if layer}
