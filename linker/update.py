"""One refresh's changes to the index: documents are written, then exactly what depends on them is updated."""

from collections import Counter
from collections.abc import Iterable, Sequence
from operator import add

from kb.model import Layer
from kb.store import Store
from kb.typed import TYPE_CHECKING
from linker import ghosts, nodes, relink, tags, things, titled
from linker.implemented import named, tied
from linker.meanings import Meanings
from linker.offers import Offer, of_file, touched, watched, works
from linker.rows import Rows
from linker.things import NODE

if TYPE_CHECKING:
    from _typeshed import StrPath

Place = tuple[int, int]
"""(document, entry)."""

_NOTHING = Rows()


class Update:
    """Collects what changed while documents are written; `link` then updates exactly what depends on it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.documents: set[int] = set()  # to link again in any case
        self.keys: set[int] = set()  # numbers of wanted keys that may now mean something else
        self.tags: set[str] = set()  # keys of tags that may now mean another pattern, or nothing
        self.identities: set[str] = set()  # identity keys that were added or removed
        self.layers: set[Layer] = set()  # layers in which every link is resolved again
        self.meanings = Meanings(store)
        self.are_cards_due = False  # papers with implementations were added, removed or rewritten
        self.nodes_before: set[int] = set()  # nodes of entries that were rewritten or removed
        self.shown: Counter[tuple[int, str]] = Counter()  # how links that were rewritten or removed showed ghosts
        self.tally = tags.Tally()

    # -- documents -------------------------------------------------------------------------------------------------

    def put(self, layer: Layer, rows: Rows) -> None:
        """Write new and changed documents."""
        store = self.store
        known = {} if store.is_fresh else self._take_out(rows.rewritten, rows)
        selves = self._write_about(layer, rows, known)
        # Before a statement that may have to be rolled back halfway, SQLite writes out the full-text index.
        insert = "INSERT OR REPLACE" if rows.rewritten else "INSERT"
        store.run_many(
            f"{insert} INTO document (id, layer, path, mtime_ns, size, settled, digest, dialect, dialect_by, "
            "title, fragments, diagnostics, node) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            ((*row, selves.get(row[0])) for row in rows.documents),
        )
        store.run_many("INSERT INTO item VALUES (?,?,?,?,?,?,?)", rows.items)
        store.write_texts(rows.texts, rows.waiting)
        meant = list(map(self.meanings.number, rows.asked))
        store.run_many(
            "INSERT INTO written_link VALUES (?,?,?,?,?,?,?,?,?)",
            map(add, rows.links, zip(map(meant.__getitem__, rows.asks))),
        )
        store.run_many("UPDATE document SET mtime_ns = ?, size = ?, settled = ? WHERE id = ?", rows.same)
        self.documents |= {row[0] for row in rows.documents}

    def attach(self, layer: Layer, paths: Sequence[str]) -> None:
        """Write files that are not documents, so that embeds find them."""
        first = self.store.next_id("document")
        self.store.run_many(
            "INSERT INTO document (id, layer, path, mtime_ns, size, settled) VALUES (?, ?, ?, 0, 0, 1)",
            ((doc, layer, path) for doc, path in enumerate(paths, first)),
        )
        offers = [(of_file(path), doc) for doc, path in enumerate(paths, first)]
        self.store.run_many(
            "INSERT INTO offer VALUES (?, ?, ?, ?)", ((key, doc, n, stage) for (key, n, stage), doc in offers)
        )
        if not self.store.is_fresh:
            self._touch(offer for offer, _ in offers)

    def remove(self, documents: Sequence[int]) -> None:
        """Remove documents that are gone; links to them are resolved again."""
        if not documents:
            return
        known = self._take_out(documents)
        nodes.drop(self.store, *sorted(node for (_, n), node in known.items() if n < 0))
        with self.store.listed("removed", documents) as table:
            self.store.run(f"DELETE FROM edge WHERE doc IN (SELECT value FROM {table})")
            self.store.run(f"DELETE FROM document WHERE id IN (SELECT value FROM {table})")
        nodes.forget_order(self.store)
        self.documents -= set(documents)

    def _take_out(self, documents: Sequence[int], now: Rows = _NOTHING) -> dict[Place, int]:
        """Remove all rows that belong to documents, without their own, and note what that may change.

        Args:
            now: what will be written for these documents, and for new ones.

        Returns:
            The node of each entry; entry -1 is a document that is a node itself.
        """
        store = self.store
        with store.listed("out", documents) as table:
            among = f"IN (SELECT value FROM {table})"
            entries = store.rows(
                "SELECT e.doc, e.n, e.node, e.mentioned, e.kind, e.facts, d.layer, d.path FROM entry e "
                f"JOIN document d ON d.id = e.doc WHERE e.doc {among}"
            )
            before = {
                doc: rest
                for doc, *rest in store.rows(f"SELECT id, layer, path, fragments, node FROM document WHERE id {among}")
            }
            offers = set(store.rows(f"SELECT key, doc, n, stage FROM offer WHERE doc {among}"))
            self.identities |= {row[0] for row in store.rows(f"SELECT key FROM identity WHERE doc {among}")}
            self.shown += ghosts.shown(store, documents)
            asked = store.rows(f"SELECT DISTINCT meaning FROM written_link WHERE doc {among}")
            self.meanings.lost |= {number for (number,) in asked}
            texts = [(doc << 20,) for doc in documents] + [
                (doc << 20 | n + 1,) for doc, n, _, told, *_ in entries if told
            ]
            store.run_many("DELETE FROM text WHERE rowid = ?", texts)
            for name in ("entry", "identity", "offer", "item", "written_link"):
                store.run(f"DELETE FROM {name} WHERE doc {among}")
        attached = {doc for doc, (*_, fragments, _) in before.items() if fragments is None}  # which had no node
        kept = {offer for offer in offers & set(now.offers) if offer[1] in attached}
        self._touch((key, n, stage) for key, _, n, stage in (offers ^ set(now.offers)) | kept)
        self.identities |= {key for key, _, _ in now.identities}
        for doc, layer, path, *_, fragments, _ in now.documents:
            if doc in before and before[doc][2] != fragments:
                self.keys.add(watched(f"fragments:{layer}:{path}"))
        for *_, told, kind, facts, layer, path in entries:
            if kind == "paper" and not told:
                self.tally.take_away(layer, path, tags.of_facts(facts))
        known = {(doc, n): node for doc, n, node, *_ in entries if node}
        self.nodes_before |= set(known.values())
        return known | {(doc, -1): node for doc, (*_, node) in before.items() if node}

    def _touch(self, offers: Iterable[Offer]) -> None:
        """Mark links and tags that look for what was added or removed as due."""
        for offer in offers:
            key, _, stage = offer
            if stage == "tag":
                self.tags.add(key)
            else:
                self.keys.update(touched(offer))

    # -- what documents are about ----------------------------------------------------------------------------------

    def retell(self, layer: Layer, rows: Rows) -> None:
        """Write anew only what these documents are about; their texts, items and links stay."""
        store = self.store
        documents = {row[0] for row in rows.documents}
        with store.listed("retold", documents) as table:
            among = f"IN (SELECT value FROM {table})"
            entries = store.rows(
                "SELECT e.doc, e.n, e.node, e.facts, d.path FROM entry e JOIN document d ON d.id = e.doc "
                f"WHERE e.doc {among}"
            )
            selves = store.rows(f"SELECT id, node FROM document WHERE node IS NOT NULL AND id {among}")
            offers = set(store.rows(f"SELECT key, doc, n, stage FROM offer WHERE doc {among}"))
            self.identities |= {row[0] for row in store.rows(f"SELECT key FROM identity WHERE doc {among}")}
            for name in ("entry", "identity", "offer"):
                store.run(f"DELETE FROM {name} WHERE doc {among}")
        for *_, facts, path in entries:
            self.tally.take_away(layer, path, tags.of_facts(facts))
        known = {(doc, n): node for doc, n, node, *_ in entries}
        self.nodes_before |= set(known.values())
        self._touch((key, n, stage) for key, _, n, stage in offers ^ set(rows.offers))
        self.identities |= {key for key, _, _ in rows.identities}
        now = self._write_about(layer, rows, known | {(doc, -1): node for doc, node in selves})
        store.run_many("UPDATE document SET node = ? WHERE id = ?", ((now.get(doc), doc) for doc in sorted(documents)))
        self.documents |= documents

    def _write_about(self, layer: Layer, rows: Rows, known: dict[Place, int]) -> dict[int, int]:
        """Write the entries of documents and the names under which these are found; return the nodes of the others."""
        store = self.store
        selves = self._write_selves(layer, rows, known)
        of_entries = self._write_things(rows) if store.is_fresh else [known.get(row[:2]) for row in rows.entries]
        store.run_many(
            "INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            ((*row, node) for row, node in zip(rows.entries, of_entries)),
        )
        store.run_many("INSERT INTO identity VALUES (?, ?, ?)", rows.identities)
        store.run_many("INSERT INTO offer VALUES (?, ?, ?, ?)", rows.offers)
        for folder, counts in rows.tags.items():
            self.tally.add(layer, folder, counts)
        return selves

    # -- nodes -----------------------------------------------------------------------------------------------------

    def _write_things(self, rows: Rows) -> range:
        """Write a node for each entry, as if it were alone; return their numbers."""
        first = self.store.next_id("node")
        self.store.run_many(
            f"INSERT INTO node (id, {', '.join(NODE)}) VALUES (?{', ?' * len(NODE)})",
            ((node, *row) for node, (row, _) in enumerate(rows.things, first)),
        )
        nodes.add_values(self.store, ((node, values) for node, (_, values) in enumerate(rows.things, first)))
        return range(first, first + len(rows.things))

    def _write_selves(self, layer: Layer, rows: Rows, known: dict[Place, int]) -> dict[int, int]:
        """Write a node for each document that is one itself; return the node of each."""
        are = {row[0] for row in rows.selves}
        nodes.drop(self.store, *sorted(node for (doc, n), node in known.items() if n < 0 and doc not in are))
        if not rows.selves:
            return {}
        first = self.store.next_id("node")
        found = {doc: known.get((doc, -1), node) for node, (doc, *_) in enumerate(rows.selves, first)}
        if known:
            with self.store.listed("written_anew", set(found.values()) & set(known.values())) as table:
                self.store.run(f"DELETE FROM value WHERE node IN (SELECT value FROM {table})")
        self.store.run_many(
            "INSERT INTO node (id, kind, key, title, path, layer) VALUES (?, 'document', ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET title = excluded.title",
            ((found[doc], key, title, path, layer) for doc, key, title, path, _ in rows.selves),
        )
        nodes.add_values(self.store, ((found[doc], values) for doc, *_, values in rows.selves))
        return found

    # -- links -----------------------------------------------------------------------------------------------------

    def link(self, own_root: "StrPath") -> None:
        """Identify the things, then resolve again every link that may now lead elsewhere.

        Args:
            own_root: the reader's own vault.
        """
        store = self.store
        if retold := titled.retold(store, None if store.is_fresh else self.documents, self.identities):
            from linker.chunks import retold_rows  # slow to import, as it reads Markdown, and rarely needed

            self.retell("own", retold_rows(own_root, retold, is_fresh=store.is_fresh))
        self.tags |= self.tally.settle(store)
        if store.is_fresh:
            things.identify(store, None)
            relink.relink(store, self.meanings, None)
            self.are_cards_due = True
            return
        were_tied = tied(store)
        moved, touched = things.identify(store, self.identities, self.nodes_before)  # links start from another thing
        self.are_cards_due = not touched.isdisjoint(were_tied) or named(store, touched)
        with store.listed("moved", moved) as table:
            self._touch(store.rows(f"SELECT o.key, o.n, o.stage FROM {table} t CROSS JOIN offer o ON o.doc = t.value"))
        with store.listed("touched", touched) as table:
            titles = store.rows(
                f"SELECT DISTINCT o.key FROM {table} t CROSS JOIN entry e ON e.node = t.value AND e.kind = 'paper' "
                "CROSS JOIN offer o ON o.doc = e.doc AND o.n = e.n AND o.stage IN ('title', 'alias')"
            )
        self.keys |= works(key for (key,) in titles)
        relink.relink(store, self.meanings, self.documents | moved, self.keys, self.tags, self.layers)
        shown = ghosts.shown(store, self.documents)
        if shown != self.shown:
            ghosts.settle(store, {ghost for ghost, _ in (shown - self.shown) | (self.shown - shown)})
