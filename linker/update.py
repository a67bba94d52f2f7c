"""One refresh's changes to the index: documents, then who is who, then the links that this touches."""
import json
from collections.abc import Iterable

from kb import ids
from kb.model import Fact, Implementation, Layer, Record
from kb.slugs import slug
from kb.store import Store, dump
from kb.titles import title_key
from linker import facts, relink
from linker.facts import COLUMNS, Thing
from linker.identity import Claimant, Group, identity_keys, merge, wish
from linker.offers import Offer, offers, touched

Stamp = tuple[int, int, bool, bytes | None]


class Update:
    """Collects what changed while documents are written; `link` then works off exactly what depends on it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.documents: set[int] = set()                                   # to be linked again in any case
        self.keys: set[str] = set()                                         # wanted keys that now may mean another
        self.identities: set[str] = set()                                   # identity keys that came or went
        self.things: set[int] = set()                                       # nodes whose links came or went

    # -- documents -------------------------------------------------------------------------------------------------

    def put(self, layer: Layer, record: Record, doc: int | None, stamp: Stamp) -> None:
        """Write a new or changed document as read."""
        store = self.store
        diagnostics = [[d.line, d.column, d.code, d.severity, d.message, d.hint] for d in record.diagnostics]
        row = (*stamp, record.dialect, record.dialect_by, record.title, dump(record.fragments), dump(diagnostics))
        before: list[Offer] = []
        if doc is None:
            doc = store.run("INSERT INTO document (layer, path, mtime_ns, size, settled, digest, dialect, dialect_by, title, "
                            "fragments, diagnostics) VALUES (?,?,?,?,?,?,?,?,?,?,?)", (layer, record.path, *row))
        else:
            self._note_fragments(doc, layer, record)
            before = self._offers(doc)
            self._forget_identity(doc)
            store.run("UPDATE document SET mtime_ns=?, size=?, settled=?, digest=?, dialect=?, dialect_by=?, title=?, "
                      "fragments=?, diagnostics=? WHERE id=?", (*row, doc))
            store.run("DELETE FROM text WHERE rowid = ?", (doc,))
        store.run("INSERT INTO text (rowid, title, body) VALUES (?, ?, ?)", (doc, record.title, record.text))
        self._write_entries(doc, layer, record)
        self._write_offers(doc, before, offers(record))
        store.run("DELETE FROM link WHERE doc = ?", (doc,))
        store.run_many("INSERT INTO link (doc, n, entry, raw, line, col, kind, target, fragment, role, why) "
                       "VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                       ((doc, n, x.entry, x.raw, x.line, x.column, x.kind, x.target, x.fragment, x.role, x.why)
                        for n, x in enumerate(record.links)))
        self.documents.add(doc)

    def attach(self, layer: Layer, path: str) -> None:
        """Write a file that is no document, so that embeds find it."""
        doc = self.store.run("INSERT INTO document (layer, path, mtime_ns, size, settled) VALUES (?, ?, 0, 0, 1)",
                             (layer, path))
        name = Record(path, "", "", "")
        self._write_offers(doc, [], [offer for offer in offers(name) if offer[2] == "name"])

    def remove(self, doc: int) -> None:
        """Take out a document that is gone; what linked to it is linked again."""
        store = self.store
        self._forget_identity(doc)
        self._write_offers(doc, self._offers(doc), [])
        self._old_targets(doc)
        own = store.one("SELECT node FROM document WHERE id = ?", (doc,))
        if own and own[0]:
            self._drop_node(own[0])
        for table in ("entry", "want", "link", "edge"):
            store.run(f"DELETE FROM {table} WHERE doc = ?", (doc,))
        store.run("DELETE FROM text WHERE rowid = ?", (doc,))
        store.run("DELETE FROM document WHERE id = ?", (doc,))
        self.documents.discard(doc)

    def _old_targets(self, doc: int) -> None:
        self.things |= {row[0] for row in self.store.rows(
            "SELECT DISTINCT to_node FROM link WHERE doc = ? AND to_node IS NOT NULL", (doc,))}

    def _offers(self, doc: int) -> list[Offer]:
        return [(key, n, stage) for key, n, stage in self.store.rows("SELECT key, n, stage FROM offer WHERE doc = ?", (doc,))]

    def _write_offers(self, doc: int, before: list[Offer], now: list[Offer]) -> None:
        for offer in set(before) ^ set(now):
            self.keys |= set(touched(offer))
        self.store.run("DELETE FROM offer WHERE doc = ?", (doc,))
        self.store.run_many("INSERT INTO offer VALUES (?, ?, ?, ?)", ((key, doc, n, stage) for key, n, stage in now))

    def _note_fragments(self, doc: int, layer: Layer, record: Record) -> None:
        [(before,)] = self.store.rows("SELECT fragments FROM document WHERE id = ?", (doc,))
        if before != dump(record.fragments):
            self.keys.add(f"fragments:{layer}:{record.path}")

    # -- who is who ------------------------------------------------------------------------------------------------

    def _forget_identity(self, doc: int) -> None:
        self._old_targets(doc)
        self.identities |= {row[0] for row in self.store.rows("SELECT key FROM identity WHERE doc = ?", (doc,))}
        self.store.run("DELETE FROM identity WHERE doc = ?", (doc,))

    def _write_entries(self, doc: int, layer: Layer, record: Record) -> None:
        store = self.store
        nodes = {n: node for n, node in store.rows("SELECT n, node FROM entry WHERE doc = ?", (doc,))}
        store.run("DELETE FROM entry WHERE doc = ?", (doc,))
        for n, entry in enumerate(record.entries):
            store.run("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?,?)",
                      (doc, n, entry.kind, entry.line, entry.decided_by, entry.key, entry.title,
                       dump([str(paper) for paper in entry.ids]),
                       dump([[f.field, f.value, f.line, f.column] for f in entry.facts]), nodes.get(n)))
            claimant = _claimant(doc, n, layer, record.path, entry.kind, entry.key, entry.title,
                                 [str(paper) for paper in entry.ids], list(entry.facts))
            keys = identity_keys(claimant) or [f"alone:{layer}:{record.path}:{n}"]
            store.run_many("INSERT OR IGNORE INTO identity VALUES (?, ?, ?)", ((key, doc, n) for key in keys))
            self.identities |= set(keys)
        self._own_node(doc, layer, record)

    def _own_node(self, doc: int, layer: Layer, record: Record) -> None:
        """A document that is not about exactly one thing is a node itself."""
        [(node,)] = self.store.rows("SELECT node FROM document WHERE id = ?", (doc,))
        if len(record.entries) == 1:
            if node:
                self._drop_node(node)
                self.store.run("UPDATE document SET node = NULL WHERE id = ?", (doc,))
            return
        if not node:
            key = record.path if layer == "own" else f"{layer}:{record.path}"
            node = self.store.run("INSERT INTO node (kind, key, title, path, layer) VALUES ('document', ?, '', ?, ?)",
                                  (key, record.path, layer))
            self.store.run("UPDATE document SET node = ? WHERE id = ?", (node, doc))
        self.store.run("UPDATE node SET title = ? WHERE id = ?", (record.title, node))
        self._write_values(node, {"name": {title_key(name) for name in (record.title, *record.aliases)} - {""},
                                  "alias": set(record.aliases)})

    def _closure(self) -> dict[tuple[int, int], list[Fact]]:
        """Entries that share an identity key with what changed, and those that share one with them, and so on."""
        facts_of: dict[tuple[int, int], list[Fact]] = {}
        self.claimants: list[Claimant] = []
        seen: set[str] = set()
        frontier = self.identities
        while frontier:
            with self.store.listed("frontier", frontier) as table:
                rows = self.store.rows(
                    "SELECT DISTINCT e.doc, e.n, d.layer, d.path, e.kind, e.key, e.title, e.ids, e.facts "
                    f"FROM {table} f JOIN identity i ON i.key = f.value JOIN entry e ON e.doc = i.doc AND e.n = i.n "
                    "JOIN document d ON d.id = e.doc")
            seen |= frontier
            frontier = set()
            for doc, n, layer, path, kind, key, title, identifiers, raw_facts in rows:
                if (doc, n) in facts_of:
                    continue
                facts_of[doc, n] = [Fact(*fact) for fact in json.loads(raw_facts)]
                claimant = _claimant(doc, n, layer, path, kind, key, title, json.loads(identifiers), facts_of[doc, n])
                self.claimants.append(claimant)
                frontier |= set(identity_keys(claimant)) - seen
        return facts_of

    def identify(self) -> None:
        """Merge the touched entries into things anew, keep the node of each primary note, settle the keys."""
        facts_of = self._closure()
        before = {(doc, n): node for doc, n, node in self._entries_of(self.claimants)}
        members_before: dict[int, set[tuple[int, int]]] = {}
        for place, node in before.items():
            if node:
                members_before.setdefault(node, set()).add(place)
        old = set(members_before) | self._orphans()
        kept: set[int] = set()
        wishes: set[tuple[str, str]] = set()
        for group in merge(self.claimants):
            places = {(member.doc, member.n) for member in group.members}
            node = next((before[m.doc, m.n] for m in group.members if before[m.doc, m.n] not in (None, *kept)), None)
            wishes |= self._wish_of(node)
            primary_before = self.store.one("SELECT path, layer FROM node WHERE id = ?", (node,)) if node else None
            node = self._write_thing(group, facts.gather(group, facts_of), node)
            kept.add(node)
            wishes.add((group.primary.kind, wish(group).key))
            changed_primary = primary_before != (group.primary.path, group.primary.layer)
            if members_before.get(node) != places or changed_primary:
                self._all_offers(doc for doc, _ in places | members_before.get(node, set()))
        for node in sorted(old - kept):
            wishes |= self._wish_of(node)
            self._drop_node(node)
        self._settle_keys(wishes)

    def _entries_of(self, claimants: list[Claimant]) -> list[tuple[int, int, int | None]]:
        found = []
        for claimant in claimants:
            found += self.store.rows("SELECT doc, n, node FROM entry WHERE doc = ? AND n = ?", (claimant.doc, claimant.n))
        return found

    def _orphans(self) -> set[int]:
        """Things whose last entry is gone."""
        return {row[0] for row in self.store.rows(
            "SELECT id FROM node WHERE kind IN ('paper', 'pattern', 'constraint') "
            "AND id NOT IN (SELECT node FROM entry WHERE node IS NOT NULL)")}

    def _all_offers(self, documents: Iterable[int]) -> None:
        for doc in sorted(set(documents)):
            for offer in self._offers(doc):
                self.keys |= set(touched(offer))

    def _wish_of(self, node: int | None) -> set[tuple[str, str]]:
        row = self.store.one("SELECT kind, wish FROM node WHERE id = ?", (node,)) if node else None
        return {(row[0], row[1])} if row else set()

    def _write_thing(self, group: Group, thing: Thing, node: int | None) -> int:
        store, primary, wanted = self.store, group.primary, wish(group)
        if node is None:
            node = store.run("INSERT INTO node (kind, key, title) VALUES (?, ?, '')",
                             (primary.kind, f"\0new:{primary.doc}:{primary.n}"))
        identifiers = list(dict.fromkeys(i for member in group.members for i in member.ids))
        date = thing.date
        values = {
            "kind": primary.kind, "title": thing.title, "date": str(date) if date else None,
            "first_day": date.first().isoformat() if date else None,
            "last_day": date.last().isoformat() if date else None,
            "arxiv_id": thing.value("arxiv_id") or None, "doi": thing.value("doi") or None,
            **{column: thing.value(column) or None for column in COLUMNS if column != "implementation"},
            "code_status": "none" if primary.kind == "paper" else None, "path": primary.path, "layer": primary.layer,
            "facts": thing.as_json(), "wish": wanted.key, "wish_rank": wanted.rank, "spare": wanted.spare,
        }
        store.run(f"UPDATE node SET {', '.join(f'{name} = ?' for name in values)} WHERE id = ?", (*values.values(), node))
        aliases = thing.values("aliases")
        stems = [member.path.rpartition("/")[2].rpartition(".")[0] for member in group.members if member.n == 0]
        self._write_values(node, {
            "author": thing.values("authors"), "tag": thing.values("tags"), "alias": aliases, "id": identifiers,
            "name": sorted({title_key(name) for name in (thing.title, *aliases, *stems)} - {""}),
        })
        for member in group.members:
            store.run("UPDATE entry SET node = ? WHERE doc = ? AND n = ?", (node, member.doc, member.n))
        return node

    def _write_values(self, node: int, fields: dict[str, Iterable[str]]) -> None:
        self.store.run("DELETE FROM value WHERE node = ?", (node,))
        for name, found in fields.items():
            ordered = list(found) if isinstance(found, list) else sorted(found)
            self.store.run_many("INSERT OR IGNORE INTO value VALUES (?, ?, ?, ?)",
                                ((name, item, node, position) for position, item in enumerate(ordered)))

    def _drop_node(self, node: int) -> None:
        for statement in ("DELETE FROM value WHERE node = ?", "DELETE FROM edge WHERE target = ?",
                          "DELETE FROM edge WHERE source = ?", "DELETE FROM node WHERE id = ?"):
            self.store.run(statement, (node,))

    def _settle_keys(self, wishes: set[tuple[str, str]]) -> None:
        """Who gets which key: the strongest right wins, equal file names all take their paths instead."""
        for kind, key in sorted(wishes):
            rows = self.store.rows("SELECT id, wish_rank, spare, path FROM node WHERE kind = ? AND wish = ? "
                                   "ORDER BY wish_rank, path, spare", (kind, key))
            self.store.run_many("UPDATE node SET key = ? WHERE id = ?", ((f"\0{row[0]}", row[0]) for row in rows))
            strongest = [row for row in rows if row[1] == rows[0][1]]
            winner = rows[0][0] if rows and (len(strongest) == 1 or rows[0][1] < 2) else None
            spares = [row[2] for row in rows]
            for node, _, spare, path in rows:
                taken = spares.count(spare) > 1 or spare == key
                final = key if node == winner else path if taken and winner or spares.count(spare) > 1 else spare
                self.store.run("UPDATE node SET key = ? WHERE id = ?", (final, node))

    # -- links -----------------------------------------------------------------------------------------------------

    def link(self) -> None:
        """Resolve again every link that may now lead elsewhere."""
        self.identify()
        with self.store.listed("dirty", self.keys) as table:
            self.documents |= {row[0] for row in self.store.rows(
                f"SELECT DISTINCT w.doc FROM {table} k JOIN want w ON w.key = k.value")}
        for doc in sorted(self.documents):
            self._old_targets(doc)
        self.things |= relink.relink(self.store, self.documents)
        self._settle_ghosts()

    def _settle_ghosts(self) -> None:
        """A ghost lives as long as something wants it, and is called what the first of its spellings says."""
        for ghost in sorted(self.things):
            row = self.store.one("SELECT kind FROM node WHERE id = ?", (ghost,))
            if not row or row[0] != "ghost":
                continue
            [(title,)] = self.store.rows("SELECT min(target) FROM link WHERE to_node = ?", (ghost,))
            if title is None:
                self._drop_node(ghost)
                continue
            spellings = {row[0] for row in self.store.rows("SELECT DISTINCT target FROM link WHERE to_node = ?", (ghost,))}
            self.store.run("UPDATE node SET title = ? WHERE id = ?", (title, ghost))
            folds = {title_key(spelling) for spelling in spellings} - {""}
            identifiers = {str(paper) for paper in map(ids.parse_id, spellings) if paper}
            self._write_values(ghost, {"name": folds, "id": identifiers})

    # -- implementations -------------------------------------------------------------------------------------------

    def implementations(self, found: Iterable[Implementation]) -> None:
        """Tie implementations to the papers that their cards name."""
        store = self.store
        store.run("DELETE FROM edge WHERE type = 'implements'")
        store.run("DELETE FROM value WHERE node IN (SELECT id FROM node WHERE kind = 'implementation')")
        store.run("DELETE FROM node WHERE kind = 'implementation'")
        store.run("DELETE FROM implementation")
        store.run("UPDATE node SET implementation = NULL, code_status = 'none' WHERE kind = 'paper' "
                  "AND (implementation IS NOT NULL OR code_status IS NOT 'none')")
        for card in found:
            node = store.run("INSERT INTO node (kind, key, title, family, code_status, path) VALUES "
                             "('implementation', ?, ?, ?, ?, ?)",
                             (card.id, card.summary, card.family, card.status, card.place[0]))
            self._write_values(node, {"name": {title_key(card.id)}})
            store.run("INSERT INTO implementation VALUES (?, ?, ?)", (card.id, node, dump(_card(card))))
            for name in card.papers:
                for (paper,) in self._papers_named(name):
                    store.run("INSERT INTO edge VALUES ('implements', ?, ?, '', '', NULL, ?)", (node, paper, card.place[1]))
                    store.run("UPDATE node SET implementation = ?, code_status = ? WHERE id = ?",
                              (card.id, card.status, paper))

    def _papers_named(self, name: str) -> list[tuple[int]]:
        if name.startswith("key:"):
            return self.store.rows("SELECT id FROM node WHERE kind = 'paper' AND key = ?", (slug(name[4:]),))  # type: ignore[return-value]
        return self.store.rows("SELECT v.node FROM value v JOIN node n ON n.id = v.node WHERE v.field = 'id' "
                               "AND v.value = ? AND n.kind = 'paper'", (name,))  # type: ignore[return-value]


def _card(card: Implementation) -> dict[str, object]:
    return {name: getattr(card, name) for name in card.__slots__}


def _claimant(doc: int, n: int, layer: Layer, path: str, kind: str, key: str, title: str, identifiers: list[str],
              found: list[Fact]) -> Claimant:
    aliases = tuple(fact.value for fact in found if fact.field == "aliases")
    authors = tuple(fact.value for fact in found if fact.field == "authors")
    return Claimant(doc, n, layer, path, kind, key, title, aliases, tuple(identifiers), authors,  # type: ignore[arg-type]
                    len({fact.field for fact in found}))
