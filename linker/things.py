"""Identity: entries that changed, and those that may be the same, become papers, patterns and constraints again.

Nearly every entry is alone with its keys. A new index therefore takes each entry for a thing of its own when it is
written (`alone`), and only those that share a key are processed again here.
"""

import json
from collections.abc import Collection, Iterator, Sequence

from kb.model import CITED_YEAR, NOTED_IN, Entry, Fact, Layer
from kb.store import Store
from kb.titles import title_key
from kb.typed import NamedTuple
from linker import facts, nodes
from linker.components import AT_PLACE, Place, batches, closure, shared
from linker.facts import COLUMNS, Thing
from linker.identity import Claimant, Group, merge, wish
from linker.nodes import ValueRow

NODE = ("kind", "key", "title", "date", "first_day", "last_day", "code_status", "path", "layer", "facts", "wish",
        "wish_rank", "spare", *COLUMNS)  # fmt: skip
"""Columns of a thing's node, in the order of `NodeRow`; its key is its wish until the keys are settled."""

NodeRow = tuple[str | int | None, ...]

_KIND, _KEY, _PATH, _LAYER, _WISH = (NODE.index(name) for name in ("kind", "key", "path", "layer", "wish"))
Wishes = set[tuple[str, str]]
"""(kind, wished key) for which the holder must be decided again."""


def claimant(doc: int, n: int, several: bool, layer: Layer, path: str, entry: Entry, ids: Sequence[str]) -> Claimant:
    """An entry as identity sees it; `ids` are its ids as text."""
    given: dict[str, list[str]] = {}
    for fact in entry.facts:
        given.setdefault(fact.field, []).append(fact.value)
    aliases, authors, cited = (tuple(given.get(field, ())) for field in ("aliases", "authors", "citekey"))
    dated = (*given.get("date", ()), *given.get(CITED_YEAR, ()))
    place, names = (doc, n, several, entry.mentioned, layer, path), (entry.kind, entry.key, entry.title, aliases)
    noted_in = given.get(NOTED_IN, [""])[0]
    return Claimant(*place, *names, tuple(ids), authors, len(given), dated, entry.line, cited, noted_in)


def alone(entry: Claimant, found: list[Fact]) -> tuple[NodeRow, list[ValueRow]]:
    """The node and values of an entry that is alone."""
    return _rows(Group((entry,)), {(entry.doc, entry.n): found})


def _rows(group: Group, facts_of: dict[tuple[int, int], list[Fact]]) -> tuple[NodeRow, list[ValueRow]]:
    thing = facts.gather(group, facts_of)
    primary, wanted, date = group.primary, wish(group), thing.date
    row: NodeRow = (
        primary.kind,
        wanted.key,
        thing.title,
        str(date) if date else None,
        date.first().isoformat() if date else None,
        date.last().isoformat() if date else None,
        "none" if primary.kind == "paper" else None,
        primary.path,
        primary.layer,
        thing.as_json(),
        wanted.key,
        wanted.rank,
        wanted.spare,
        *(thing.value(column) or None for column in COLUMNS),
    )
    return row, nodes.value_rows(_fields(group, thing))


def _fields(group: Group, thing: Thing) -> dict[str, list[str]]:
    aliases = thing.values("aliases")
    filed = [member.filed_as for member in group.members]
    return {
        "author": thing.values("authors"),
        "cut": ["authors"] * thing.has_more_authors,
        "tag": thing.values("tags"),
        "alias": aliases,
        "id": [identifier for member in group.members for identifier in member.ids],
        "name": sorted({title_key(name) for name in {thing.title, *aliases, *filed}} - {""}),
    }


# -- all entries that a change touches -------------------------------------------------------------------------------


class Identified(NamedTuple):
    """What changed.

    Args:
        moved: documents that now belong to another thing, or to one whose notes changed: links to them are due again.
        touched: nodes that were added, removed or rewritten.
    """

    moved: set[int]
    touched: set[int]


def identify(store: Store, keys: Collection[str] | None, before: Collection[int] = ()) -> Identified:
    """Merge all entries that these identity keys affect; each thing keeps the node of its primary entry.

    Args:
        keys: keys that were added or removed; None for a new index, where every entry is still its own thing.
        before: nodes of entries before these were rewritten or removed.
    """
    return _Identify(store, keys is None).run(shared(store) if keys is None else closure(store, keys), before)


class _Identify:
    """One pass over entries that may be one; only numbers are in memory for all of them."""

    def __init__(self, store: Store, is_fresh: bool) -> None:
        self.store, self.is_fresh = store, is_fresh
        self.kept: set[int] = set()
        self.moved: set[int] = set()
        self.touched: set[int] = set()
        self.wishes: Wishes = set()
        self.last = int(store.rows("SELECT coalesce(max(id), 0) FROM node")[0][0])

    def run(self, components: list[list[Place]], before: Collection[int]) -> Identified:
        store = self.store
        if components or before:
            with store.listed("places", (place for component in components for place in component)) as table:
                found = store.rows(
                    f"SELECT t.value, e.node FROM {table} t JOIN entry e ON {AT_PLACE} WHERE e.node IS NOT NULL"
                )
            self.node_of: dict[Place, int] = dict(found)
            self.places_of: dict[int, set[Place]] = {}
            for place, node in found:
                self.places_of.setdefault(node, set()).add(place)
            gone = self._gone(before)
            with store.listed("rewritten", self.places_of) as table:
                store.run(f"DELETE FROM value WHERE node IN (SELECT value FROM {table})")
            for batch in batches(components):
                self._merge(batch)
            gone |= set(self.places_of) - self.kept
            self._drop(gone)
            self.touched = self.kept | gone
        if self.is_fresh:
            self.wishes |= _equal_wishes(store)
        self.touched |= _settle_keys(store, self.wishes)
        return Identified(self.moved, self.touched)

    def _gone(self, before: Collection[int]) -> set[int]:
        """The things among these nodes that no entry belongs to any more."""
        with self.store.listed("before", before) as table:
            rows = self.store.rows(
                f"SELECT n.id FROM {table} t JOIN node n ON n.id = t.value "
                "WHERE n.kind IN ('paper', 'pattern', 'constraint') "
                "AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.node = n.id)"
            )
        return {row[0] for row in rows} - set(self.places_of)

    def _merge(self, places: list[Place]) -> None:
        """Group the entries of whole components and write the resulting things."""
        store = self.store
        claimants, facts_of = load(store, places)
        with store.listed("known", {self.node_of[place] for place in places if place in self.node_of}) as table:
            known = {
                node: seen
                for node, *seen in store.rows(
                    f"SELECT n.id, n.kind, n.path, n.layer, n.wish FROM {table} t JOIN node n ON n.id = t.value"
                )
            }
        inserts: list[tuple[int, NodeRow]] = []
        updates: list[tuple[int, NodeRow]] = []
        values: list[tuple[int, list[ValueRow]]] = []
        entries: list[tuple[int, int, int]] = []
        for group in merge(claimants):
            members = {member.doc << 20 | member.n for member in group.members}
            old = next((node for node in self._nodes(group) if node not in self.kept), None)
            node = old or self._new()
            self.kept.add(node)
            row, valued = _rows(group, facts_of)
            (updates if old else inserts).append((node, row))
            values.append((node, valued))
            entries += [(node, member.doc, member.n) for member in group.members]
            was, seen = self.places_of.get(node, set()), known[node] if old else None
            self.wishes.add((str(row[_KIND]), str(row[_WISH])))
            if seen:
                self.wishes.add((seen[0], seen[3]))
            if members != was or not seen or seen[:3] != [row[_KIND], row[_PATH], row[_LAYER]]:
                self.moved |= {place >> 20 for place in members | was}
        names, marks = ", ".join(NODE), ", ".join("?" * len(NODE))
        store.run_many(
            f"INSERT INTO node (id, {names}) VALUES (?, {marks})",
            ((node, *_unsettled(node, row)) for node, row in inserts),
        )
        assigned = ", ".join(f"{name} = ?" for name in NODE)
        store.run_many(
            f"UPDATE node SET {assigned}, implementation = NULL WHERE id = ?",
            ((*_unsettled(node, row), node) for node, row in updates),
        )
        nodes.add_values(store, values)
        store.run_many("UPDATE entry SET node = ? WHERE doc = ? AND n = ?", entries)

    def _nodes(self, group: Group) -> Iterator[int]:
        places = (member.doc << 20 | member.n for member in group.members)
        return (self.node_of[place] for place in places if place in self.node_of)

    def _new(self) -> int:
        self.last += 1
        return self.last

    def _drop(self, gone: set[int]) -> None:
        with self.store.listed("gone", gone) as table:
            wished = self.store.rows(f"SELECT n.kind, n.wish FROM {table} t JOIN node n ON n.id = t.value")
        self.wishes |= set(wished)
        nodes.drop(self.store, *sorted(gone))


def _unsettled(node: int, row: NodeRow) -> NodeRow:
    """The row with a unique placeholder key, until keys are settled."""
    return (*row[:_KEY], f"\0{node}", *row[_KEY + 1 :])


def load(store: Store, places: list[Place]) -> tuple[list[Claimant], dict[tuple[int, int], list[Fact]]]:
    """Entries of the index as identity sees them, and the facts of each."""
    facts_of: dict[tuple[int, int], list[Fact]] = {}
    claimants: list[Claimant] = []
    with store.listed("places", places) as table:
        rows = store.rows(
            "SELECT e.doc, e.n, CASE WHEN e.mentioned THEN 1 ELSE (SELECT count(*) FROM ("
            "SELECT 1 FROM entry s WHERE s.doc = e.doc AND NOT s.mentioned LIMIT 2)) > 1 END, e.mentioned, "
            f"d.layer, d.path, e.kind, e.key, e.title, e.ids, e.facts, e.line FROM {table} t "
            f"JOIN entry e ON {AT_PLACE} JOIN document d ON d.id = e.doc"
        )
    for doc, n, several, mentioned, layer, path, kind, key, title, ids, raw_facts, line in rows:
        found = facts_of[doc, n] = [Fact(*fact) for fact in json.loads(raw_facts)]
        entry = Entry(kind, line, "", key, title, tuple(found), mentioned=bool(mentioned))
        claimants.append(claimant(doc, n, bool(several), layer, path, entry, json.loads(ids)))
    return claimants, facts_of


# -- keys ------------------------------------------------------------------------------------------------------------


def _equal_wishes(store: Store) -> Wishes:
    store.make_indexes("node_wish")
    return set(store.rows("SELECT kind, wish FROM node WHERE wish IS NOT NULL GROUP BY wish, kind HAVING count(*) > 1"))


def _settle_keys(store: Store, wishes: Wishes) -> set[int]:
    """Decide who gets which key: the strongest right wins; if only file names coincide, all take their paths instead.

    Returns:
        Nodes whose key changed.
    """
    holders: dict[tuple[str, str], list[tuple[int, str, int, str]]] = {wished: [] for wished in sorted(wishes)}
    with store.listed("wishes", {key for _, key in wishes}) as table:
        for kind, wished, *holder in store.rows(
            f"SELECT n.kind, n.wish, n.id, n.key, n.wish_rank, n.spare FROM {table} t CROSS JOIN node n "
            "ON n.wish = t.value ORDER BY n.wish_rank, n.path, n.spare"
        ):
            if (kind, wished) in holders:
                node, key, rank, spare = holder
                holders[kind, wished].append((node, key, rank, spare))
    changes: list[tuple[str, int]] = []
    for (_, wished), rows in holders.items():
        strongest = [row for row in rows if row[2] == rows[0][2]]
        winner = rows[0][0] if rows and (len(strongest) == 1 or rows[0][2] < 2) else None
        due = ((wished if node == winner else spare, node, key) for node, key, _, spare in rows)
        changes += [(new, node) for new, node, old in due if new != old]
    store.run_many("UPDATE node SET key = ? WHERE id = ?", ((f"\0{node}", node) for _, node in changes))
    store.run_many("UPDATE node SET key = ? WHERE id = ?", changes)
    return {node for _, node in changes}
