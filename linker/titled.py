"""Notes that do not say what they are about: a paper has their name, or a list links them.

    Attention Is All You Need.md: See also [[Adam A Method for Stochastic Optimization]].
    README.md: - Adam: A Method for Stochastic Optimization [[arXiv](...)] [[notes](adam.md)]

A paper is known if a note, list or bibliography tells of it, or the curated vault does. Then such a note has an entry
as if it gave the title itself; without that paper, it is an ordinary document again.
"""

from collections.abc import Collection, Iterable

from kb.config import NOTES
from kb.conventions import PAGES_OF_FOLDERS, called, post, spots
from kb.dialects.note_titles import told
from kb.model import BY_OTHERS, KNOWN_TITLE, LINKED_NOTE, Record
from kb.regex import rare
from kb.store import Store
from kb.titles import title_key
from kb.typed import NamedTuple
from linker.identity import NOTE, note_key

_FEWEST_WORDS = 3
"""A shorter title is just as often the name of a topic."""
_CALLED = "called:"
_PAGES = ("README", "readme", "Readme", *PAGES_OF_FOLDERS)
_YEAR_FIRST = rare(r"(?:19|20)\d\d(?:-\d\d){0,2}[\s_.:-]+")


class Retold(NamedTuple):
    """A note that is now about the paper of this title, or about nothing if it is empty, and what shows it."""

    doc: int
    path: str
    digest: bytes
    title: str
    by: str


def names(record: Record) -> set[str]:
    """The names of a document as they are compared: its title, that of its file, its aliases, and their parts.

    `Ann et al. - Nets of Ends`, `2019 Nets of Ends` and `Nets of Ends (2019)` are also called `Nets of Ends`.
    """
    found: set[str] = set()
    for name in (record.title, post(called(record.path))[1] or called(record.path), *record.aliases):
        bare = _YEAR_FIRST.sub("", told(name, has_id=True).title, count=1)
        found |= {title_key(part) for part in (name, bare, *name.split(" - "))}
    return found - {""}


def key_of(name: str) -> str:
    """The identity key by which a note with such an entry is found, whatever the paper is called."""
    return f"{_CALLED}{name}"


def retold(store: Store, documents: Collection[int] | None, keys: Iterable[str] = ()) -> list[Retold]:
    """The reader's notes for which this has changed.

    Args:
        documents: those that were written; None for a new index, where all were.
        keys: identity keys that were added or removed.
    """
    is_fresh = documents is None
    called_so = _of_all(store) if documents is None else _of_some(store, documents, {*keys})
    if not called_so:
        return []
    titles = _titles(store, set().union(*called_so.values()), is_fresh=is_fresh)
    with store.listed("called", called_so) as table:
        rows = store.rows(
            "SELECT d.id, d.path, d.digest, coalesce(e.title, ''), coalesce(e.decided_by, '') "
            f"FROM {table} t CROSS JOIN document d ON d.id = t.value LEFT JOIN entry e ON e.doc = d.id AND e.n = 0"
        )
    noted = _noted(store, {place for _, path, *_ in rows for place in spots(path)}, is_fresh=is_fresh)
    found = []
    for doc, path, digest, *before in rows:
        called = min((titles[name] for name in called_so[doc] if name in titles), default="")
        linked = next((noted[place] for place in spots(path) if place in noted), "")
        now = (called, KNOWN_TITLE) if called else (linked, LINKED_NOTE if linked else "")
        if [*now] != before:
            found.append(Retold(doc, path, digest, *now))
    return found


def _of_all(store: Store) -> dict[int, set[str]]:
    """The long names of all documents of the reader that are about nothing and mention nothing."""
    plain = store.rows(
        "SELECT d.node, d.id FROM document d WHERE d.layer = 'own' AND d.node IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.doc = d.id)"
    )
    documents = dict(plain)
    found: dict[int, set[str]] = {doc: set() for doc in documents.values()}
    for node, name in store.rows("SELECT node, value FROM value WHERE field = 'name'") if documents else ():
        if node in documents and _is_long(name):
            found[documents[node]].add(name)
    return found


def _of_some(store: Store, documents: Collection[int], keys: Collection[str]) -> dict[int, set[str]]:
    """The same for the documents that were written, and those that are called or linked like a paper that was."""
    affected = {key.partition(":")[2] for key in keys if key.startswith("name:")}
    linked = _at(store, {key.removeprefix(NOTE) for key in keys if key.startswith(NOTE)})
    with store.listed("names", filter(_is_long, affected)) as table:
        due = store.rows(
            f"SELECT d.id FROM {table} t CROSS JOIN value v ON v.field = 'name' AND v.value = t.value "
            "CROSS JOIN node n ON n.id = v.node AND n.kind = 'document' AND n.layer = 'own' "
            "CROSS JOIN document d ON d.layer = n.layer AND d.path = n.path "
            f"UNION SELECT i.doc FROM {table} t CROSS JOIN identity i ON i.key = '{_CALLED}' || t.value"
        )
    with store.listed("due", {*documents, *linked, *(doc for (doc,) in due)}) as table:
        rows = store.rows(
            f"SELECT d.id, v.value FROM {table} t CROSS JOIN document d ON d.id = t.value AND d.layer = 'own' "
            "CROSS JOIN value v ON v.node = d.node AND +v.field = 'name' "
            "WHERE NOT EXISTS (SELECT 1 FROM entry e WHERE e.doc = d.id) "
            f"UNION SELECT i.doc, substr(i.key, {len(_CALLED) + 1}) FROM {table} t "
            f"CROSS JOIN identity i ON i.doc = t.value AND i.key > '{_CALLED}' AND i.key < '{_CALLED[:-1]};'"
        )
    found: dict[int, set[str]] = {}
    for doc, name in rows:
        found.setdefault(doc, set()).update([name] if _is_long(name) else [])
    return found


def _at(store: Store, places: Collection[str]) -> list[int]:
    """The documents of the reader that links to these places may mean."""
    if not places:
        return []
    endings = ["", *NOTES, *(f"/{name}{ending}" for name in _PAGES for ending in NOTES)]
    with store.listed("paths", (place + ending for place in places for ending in endings)) as table:
        rows = store.rows(f"SELECT d.id FROM {table} t CROSS JOIN document d ON d.layer = 'own' AND d.path = t.value")
    return [doc for (doc,) in rows]


def _noted(store: Store, places: Collection[str], *, is_fresh: bool) -> dict[str, str]:
    """The title that all lists give which link a note at one of these places."""
    mentions = "e.doc = i.doc AND e.n = i.n AND e.mentioned AND e.kind = 'paper'"
    if is_fresh:  # without an index of keys
        rows = store.rows(
            f"SELECT i.key, e.title FROM identity i CROSS JOIN entry e ON {mentions} "
            f"WHERE i.key > '{NOTE}' AND i.key < '{NOTE[:-1]};'"
        )
    else:
        with store.listed("places", map(note_key, places)) as table:
            rows = store.rows(
                f"SELECT i.key, e.title FROM {table} t CROSS JOIN identity i ON i.key = t.value "
                f"CROSS JOIN entry e ON {mentions}"
            )
    told: dict[str, set[str]] = {}
    for key, title in rows:
        told.setdefault(key.removeprefix(NOTE), set()).add(title)
    return {place: min(given) for place, given in told.items() if len({*map(title_key, given)}) == 1}


def _is_long(name: str) -> bool:
    return name.count(" ") >= _FEWEST_WORDS - 1


def _titles(store: Store, called_so: set[str], *, is_fresh: bool) -> dict[str, str]:
    """For each of these names that is the title of a paper known otherwise: the title as it is written."""
    others = f"e.kind = 'paper' AND e.decided_by NOT IN {BY_OTHERS}"
    if is_fresh:
        rows = store.rows(f"SELECT e.title FROM entry e WHERE {others}")
    else:
        with store.listed("titles", called_so) as table:
            rows = store.rows(
                f"SELECT e.title FROM {table} t CROSS JOIN identity i ON i.key = 'name:' || t.value "
                f"CROSS JOIN entry e ON e.doc = i.doc AND e.n = i.n AND {others}"
            )
    found: dict[str, str] = {}
    for (title,) in rows:
        name = title_key(title)
        if name in called_so:
            found[name] = min(title, found.get(name, title))
    return found
