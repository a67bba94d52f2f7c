"""The resolver's index of each layer, loaded from the store as far as the links at hand need it."""

import json
from collections.abc import Collection, Iterable

from kb.store import Store
from kb.targets import Work
from kb.typed import Any
from linker.resolution import Place
from linker.resolve import Index
from linker.works import Told, can_be, told

_DOCUMENTS = "SELECT d.id, d.layer, d.path, d.dialect IS NULL, d.node, n.path = d.path AND n.layer = d.layer "
_ENTRIES = "SELECT e.doc, e.n, d.layer, d.path, e.kind, e.node, n.path = d.path AND n.layer = d.layer, e.mentioned "
_OF_NODE = "LEFT JOIN node n ON n.id = "
_THEMSELVES = "(d.node IS NOT NULL OR d.dialect IS NULL)"  # documents that are nodes themselves, and attachments


def load(store: Store, keys: Collection[str] | None) -> dict[str, Index]:
    """The layers with only the offers that these keys can match, so that one changed note does not load the vault.

    Args:
        keys: what links look for; None for everything.
    """
    can_be = _Known(store).can_be
    layers = {name: Index(_Fragments(store, name).of, can_be) for name in ("own", "curated")}
    if keys is None:
        ask = store.db.execute  # row by row, as there are many
        places = _places(
            ask(f"{_DOCUMENTS} FROM document d {_OF_NODE} d.node WHERE {_THEMSELVES}"),
            ask(f"{_ENTRIES} FROM entry e JOIN document d ON d.id = e.doc {_OF_NODE} e.node"),
        )
        _add(layers, places, ask("SELECT key, doc, n, stage FROM offer"))
        return layers
    store.make_indexes("offer_key")
    with store.listed("wanted", keys) as table:
        offers = store.rows(f"SELECT o.key, o.doc, o.n, o.stage FROM {table} w CROSS JOIN offer o ON o.key = w.value")
        offers += store.rows(
            f"SELECT o.key, o.doc, o.n, o.stage FROM {table} w CROSS JOIN offer o ON o.key > w.value || ' ' "
            "AND o.key < w.value || '!' WHERE o.stage = 'title' AND w.value LIKE 'title:%'"
        )
    with store.listed("offering", (doc for _, doc, _, _ in offers)) as table:
        places = _places(
            store.rows(
                f"{_DOCUMENTS} FROM {table} t CROSS JOIN document d ON d.id = t.value {_OF_NODE} d.node "
                f"WHERE {_THEMSELVES}"
            ),
            store.rows(
                f"{_ENTRIES} FROM {table} t CROSS JOIN entry e ON e.doc = t.value "
                f"JOIN document d ON d.id = e.doc {_OF_NODE} e.node"
            ),
        )
    _add(layers, places, dict.fromkeys(offers))
    return layers


_Places = dict[tuple[int, int], tuple[str, Place]]
"""(document, entry or -1) -> layer and place."""


def _places(documents: Iterable[tuple[Any, ...]], entries: Iterable[tuple[Any, ...]]) -> _Places:
    places: _Places = {}
    for doc, layer, path, is_attachment, node, is_primary in documents:
        kind = "attachment" if is_attachment else "document"
        places[doc, -1] = layer, Place(path, -1, str(node or f"file:{doc}"), kind, bool(is_primary), doc, node)
    for doc, n, layer, path, kind, node, is_primary, is_mention in entries:
        thing = str(node or f"file:{doc}")
        places[doc, n] = layer, Place(path, n, thing, kind, bool(is_primary), doc, node, bool(is_mention))
    return places


def _add(layers: dict[str, Index], places: _Places, offers: Iterable[tuple[Any, ...]]) -> None:
    for key, doc, n, stage in offers:
        layer, place = places[doc, n]
        layers[layer].add(stage, key.partition(":")[2], place)


class _Fragments:
    """Headings and blocks of a layer's documents, read when a link needs them."""

    def __init__(self, store: Store, layer: str) -> None:
        self.store, self.layer = store, layer
        self.known: dict[str, frozenset[str]] = {}

    def of(self, path: str) -> frozenset[str]:
        if path not in self.known:
            row = self.store.one("SELECT fragments FROM document WHERE layer = ? AND path = ?", (self.layer, path))
            self.known[path] = frozenset(json.loads(row[0])) if row and row[0] else frozenset()
        return self.known[path]


class _Known:
    """What is known about papers, read when a work cited in full has the title of one."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.told: dict[int, Told] = {}

    def can_be(self, work: Work, node: int | None) -> bool:
        """Whether the work can be the paper of the node."""
        if node is None:
            return False
        if node not in self.told:
            row = self.store.one("SELECT facts FROM node WHERE id = ?", (node,))
            self.told[node] = told(json.loads(row[0]) if row and row[0] else {})
        return can_be(work, self.told[node])
