"""Tags: one that nearly every note of a folder has says nothing; any other that names a pattern counts as its use.

Generators put the same tags on everything they write, and people mark all notes of a folder with one tag. Both are
habits, not facts about a paper.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from kb.store import Store, dump
from kb.typed import TYPE_CHECKING, NamedTuple
from linker.nodes import EdgeRow

if TYPE_CHECKING:
    from kb.model import Entry
    from linker.resolve import Index

FEWEST = 5
"""Notes about papers that a folder needs before a habit can be recognized."""
_SHARE = (4, 5)
"""A tag is boilerplate if at least this share of them has it."""


def of_notes(entries: "Iterable[Entry]") -> list[set[str]]:
    """The tags of each paper that a document is a note about, in the form in which they are compared."""
    return [
        {_fold(tag) for tag in entry.values("tags")} - {""}
        for entry in entries
        if entry.kind == "paper" and not entry.mentioned
    ]


def of_facts(facts: str) -> set[str]:
    """The same for one such paper, from its facts in the index."""
    return {_fold(value) for field, value, *_ in json.loads(facts) if field == "tags"} - {""}


def boilerplate(store: Store, layer: str, path: str) -> frozenset[str]:
    """The tags, in lower case, that say nothing in the note at `path`."""
    return frozenset(json.loads(store.meta(f"boilerplate {layer} {_folder(path)}") or "[]"))


def of_paper(store: Store, node: int) -> list[str]:
    """The tags of a paper that are boilerplate in every note that has them."""
    rows = store.rows(
        "SELECT d.layer, d.path, e.facts FROM entry e JOIN document d ON d.id = e.doc "
        "WHERE e.node = ? AND e.kind = 'paper' AND NOT e.mentioned ORDER BY d.layer DESC, d.path, e.n",
        (node,),
    )
    empty: dict[str, bool] = {}
    for layer, path, facts in rows:
        known = boilerplate(store, layer, path)
        for tag in (value for field, value, *_ in json.loads(facts) if field == "tags"):
            empty[tag] = empty.get(tag, True) and _fold(tag) in known
    return [tag for tag, is_empty in empty.items() if is_empty]


def _fold(tag: str) -> str:
    return tag.strip().casefold()


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


# -- how many notes of a folder have a tag ---------------------------------------------------------------------------


class Tally:
    """Counts the notes that one update adds and removes."""

    def __init__(self) -> None:
        self.changes: dict[tuple[str, str], Counter[str]] = {}

    def add(self, layer: str, folder: str, counts: Mapping[str, int]) -> None:
        """Add counts: the notes of the folder, under the empty tag, and those that have each tag."""
        self.changes.setdefault((layer, folder), Counter()).update(counts)

    def take_away(self, layer: str, path: str, tags: Iterable[str]) -> None:
        """Subtract one note with its tags."""
        self.changes.setdefault((layer, _folder(path)), Counter()).subtract(("", *tags))

    def settle(self, store: Store) -> set[str]:
        """Write the counts; return the keys of tags that became boilerplate or ceased to be."""
        turned: set[str] = set()
        for (layer, folder), changes in sorted(self.changes.items()):
            before = _counts(store, layer, folder)
            now = Counter(before)
            now.update(changes)
            there = {tag: notes for tag, notes in sorted(now.items()) if notes > 0}
            empty = _boilerplate(now)
            _write(store, f"tags {layer} {folder}", there)
            _write(store, f"boilerplate {layer} {folder}", sorted(empty))
            turned |= _boilerplate(before) ^ empty
        self.changes.clear()
        return {key_of(tag) for tag in turned}


def _counts(store: Store, layer: str, folder: str) -> Counter[str]:
    """How many notes about papers there are (under the empty tag), and how many of them have each tag."""
    return Counter(json.loads(store.meta(f"tags {layer} {folder}") or "{}"))


def _write(store: Store, name: str, found: dict[str, int] | list[str]) -> None:
    if found:
        store.set_meta(name, dump(found))
    else:
        store.run("DELETE FROM meta WHERE name = ?", (name,))


def _boilerplate(counts: Counter[str]) -> frozenset[str]:
    notes, (share, of) = counts[""], _SHARE
    if notes < FEWEST:
        return frozenset()
    return frozenset(tag for tag, carried in counts.items() if tag and of * carried >= share * notes)


# -- tags that name a pattern ----------------------------------------------------------------------------------------


class Tag(NamedTuple):
    """A tag in a note about a paper; `key` is the key that a pattern must offer to match."""

    doc: int
    layer: str
    paper: int
    key: str
    line: int


def _named(tag: str) -> str:
    from kb.titles import title_key  # slow to import, and `show`, which asks only for boilerplate, does not need it

    return title_key(tag)


def key_of(tag: str) -> str:
    """The key that a pattern must offer to match a tag."""
    return f"tag:{_named(tag)}"


def pattern_keys(names: Iterable[str]) -> set[str]:
    """The keys that a pattern with these names offers to tags."""
    return {key_of(name) for name in names if _named(name)}


def tagged(store: Store, table: str) -> list[Tag]:
    """Every tag, unless it is boilerplate, of the papers that the documents of the table are notes about."""
    known: dict[tuple[str, str], frozenset[str]] = {}
    found: list[Tag] = []
    for doc, layer, path, node, facts in store.rows(
        f"SELECT d.id, d.layer, d.path, e.node, e.facts FROM {table} t JOIN entry e ON e.doc = t.value "
        "JOIN document d ON d.id = e.doc "
        "WHERE e.kind = 'paper' AND NOT e.mentioned AND instr(e.facts, '[\"tags\"') ORDER BY d.id, e.n"
    ):
        folder = layer, _folder(path)
        if folder not in known:
            known[folder] = boilerplate(store, layer, path)
        for field, value, line, _ in json.loads(facts):
            if field == "tags" and _named(value) and _fold(value) not in known[folder]:
                found.append(Tag(doc, layer, node, key_of(value), line))
    return found


def edges(found: Iterable[Tag], indexes: "Mapping[str, Index]") -> Iterator[EdgeRow]:
    """An edge for each tag that names one pattern; if several name the same, for the first."""
    seen: set[tuple[int, int, int]] = set()
    for tag in found:
        pattern = _pattern(tag, indexes)
        if pattern and (tag.doc, tag.paper, pattern) not in seen:
            seen.add((tag.doc, tag.paper, pattern))
            yield "uses-pattern", tag.paper, pattern, "tag", "", tag.doc, tag.line


def _pattern(tag: Tag, indexes: "Mapping[str, Index]") -> int | None:
    """The node of the one pattern of that name: in the reader's own vault, else in the curated one."""
    for layer in ("own", "curated") if tag.layer == "own" else ("curated",):
        places = indexes[layer].named.get("tag", {}).get(tag.key.removeprefix("tag:"), [])
        things = {place.thing for place in places}
        if things:
            return int(things.pop()) if len(things) == 1 else None
    return None
