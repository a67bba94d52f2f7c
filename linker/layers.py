"""The resolver's index of each layer, loaded from the store as far as some links need it."""

import json
from dataclasses import dataclass, field

from kb.store import Store
from linker.resolution import Place
from linker.resolve import Index


@dataclass
class LayerIndex:
    """One layer's index, and what its places stand for."""

    index: Index = field(default_factory=Index)
    documents: dict[str, int] = field(default_factory=dict)  # path -> document
    nodes: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)  # (path, n) -> node, kind
    mentions: set[tuple[str, int]] = field(default_factory=set)  # (path, n) of papers that the document is no note of


def load(store: Store, keys: set[str]) -> dict[str, LayerIndex]:
    """The layers with exactly the offers that these keys can meet, so that one changed note does not load the vault."""
    layers = {"own": LayerIndex(), "curated": LayerIndex()}
    for layer in layers:
        layers[layer].index.fragments = _Fragments(store, layer).of
    query = (
        "SELECT o.key, o.n, o.stage, d.id, d.layer, d.path, d.dialect IS NULL, coalesce(e.kind, 'document'), "
        "coalesce(e.node, d.node), n.path = d.path AND n.layer = d.layer, coalesce(e.mentioned, 0) "
        "FROM offer o JOIN document d ON d.id = o.doc LEFT JOIN entry e ON e.doc = o.doc AND e.n = o.n "
        "LEFT JOIN node n ON n.id = coalesce(e.node, d.node) "
    )
    [(total,)] = store.rows("SELECT count(*) FROM offer")
    if len(keys) > total // 20:
        rows = store.rows(query)
    else:
        with store.listed("wanted", keys) as table:
            rows = store.rows(query + f"JOIN {table} w ON w.value = o.key")
            rows += store.rows(
                query + f"JOIN {table} w ON o.key > w.value || ' ' AND o.key < w.value || '!' "
                "WHERE o.stage = 'title' AND w.value LIKE 'title:%'"
            )
    for key, n, stage, doc, layer, path, is_attachment, kind, node, primary, mentioned in dict.fromkeys(rows):
        place = Place(path, n, str(node or f"file:{doc}"), "attachment" if is_attachment else kind, bool(primary))
        layers[layer].index.add(stage, key.partition(":")[2], place)
        layers[layer].documents[path] = doc
        if node:
            layers[layer].nodes[path, n] = (node, kind)
        if mentioned:
            layers[layer].mentions.add((path, n))
    return layers


class _Fragments:
    """Headings and blocks of a layer's documents, read when a link asks for one."""

    def __init__(self, store: Store, layer: str) -> None:
        self.store, self.layer = store, layer
        self.known: dict[str, frozenset[str]] = {}

    def of(self, path: str) -> frozenset[str]:
        if path not in self.known:
            row = self.store.one("SELECT fragments FROM document WHERE layer = ? AND path = ?", (self.layer, path))
            self.known[path] = frozenset(json.loads(row[0])) if row and row[0] else frozenset()
        return self.known[path]
