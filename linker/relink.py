"""Resolve what links mean, and write the edges of the documents that hold them.

Work is proportional to what changed: a question is answered again if something it depends on was added or removed, and
the edges of a document are rewritten if one of its answers changed, or what its links start from.
"""

from collections.abc import Collection, Iterable, Iterator

from kb.store import Store
from linker import ghosts, tags
from linker.answers import BY_FOLDER, Answers, in_chunks
from linker.layers import load
from linker.meanings import Meanings
from linker.nodes import EdgeRow, forget_order


def relink(
    store: Store,
    meanings: Meanings,
    documents: Collection[int] | None,
    keys: Collection[int] = (),
    tag_keys: Collection[str] = (),
    layers: Collection[str] = (),
) -> None:
    """Answer new questions and those that depend on what changed, and write the resulting edges.

    Args:
        documents: documents whose edges are due in any case; None for a new index, where all are.
        keys: numbers of wanted keys (`linker.offers.watched`) that may now mean something else.
        tag_keys: keys of tags that may now mean another pattern, or none.
        layers: layers in which every question is answered again.
    """
    meanings.flush()
    answers = Answers(store, meanings)
    if documents is None:
        store.make_indexes("node_name")
        answers.give(meanings.new)
        write_edges(store, (doc for (doc,) in store.rows("SELECT id FROM document WHERE dialect IS NOT NULL")))
    else:
        answers.give({*meanings.new, *_due(store, documents, keys, layers)})
        with store.listed("changed", answers.changed) as table:
            asking = store.rows(
                f"SELECT DISTINCT w.doc FROM {table} t CROSS JOIN written_link w ON w.meaning = t.value"
            )
        write_edges(store, {*documents, *_tagged(store, tag_keys), *(doc for (doc,) in asking)})
    ghosts.settle(store, answers.ghosts | meanings.clear())


def _due(store: Store, documents: Collection[int], keys: Collection[int], layers: Collection[str]) -> set[int]:
    """Questions to answer again."""
    with store.listed("dirty", keys) as table:
        asked = store.rows(f"SELECT w.meaning FROM {table} k CROSS JOIN want w ON w.key = k.value")
    with store.listed("relinked", documents) as table:  # if the folder matters, each has its own question
        asked += store.rows(
            f"SELECT DISTINCT w.meaning FROM {table} t CROSS JOIN written_link w ON w.doc = t.value "
            "CROSS JOIN meaning m ON m.id = w.meaning CROSS JOIN document d ON d.id = w.doc WHERE m.seen_from = '' "
            f"AND instr(d.path, '/') AND (m.how IN {BY_FOLDER} OR m.status = 'ambiguous')"
        )
    for layer in layers:
        asked += store.rows("SELECT id FROM meaning WHERE layer = ?", (layer,))
    return {number for (number,) in asked}


def _tagged(store: Store, keys: Collection[str]) -> set[int]:
    """Documents with tags of these keys."""
    if not keys:
        return set()
    written = store.rows("SELECT DISTINCT value FROM value WHERE field = 'tag'")
    with store.listed("tags", (tag for (tag,) in written if tags.key_of(tag) in keys)) as table:
        rows = store.rows(
            f"SELECT e.doc FROM {table} t CROSS JOIN value v ON v.field = 'tag' AND v.value = t.value "
            "CROSS JOIN entry e ON e.node = v.node"
        )
    return {doc for (doc,) in rows}


# -- edges -----------------------------------------------------------------------------------------------------------


_TEMPORARY = (
    "CREATE TEMP TABLE IF NOT EXISTS start (place INTEGER PRIMARY KEY, node INTEGER, kind TEXT)",
    "CREATE TEMP TABLE IF NOT EXISTS told (doc INTEGER, node INTEGER, line INTEGER, PRIMARY KEY (doc, node, line)) "
    "WITHOUT ROWID",
)
"""With types: SQLite does not look up an integer column's values in a column without a type."""
_ENDS = {
    "builds-on": ("paper", "paper"),
    "cites": ("paper", "paper"),
    "uses-pattern": ("paper", "pattern"),
    "raises-constraint": ("paper", "constraint"),
    "broader": ("pattern", "pattern"),
}
"""The kinds that a typed edge connects; its target may also be a ghost."""
_FITTING = ", ".join(
    f"('{role}', '{source}', '{kind}')" for role, (source, target) in _ENDS.items() for kind in (target, "ghost")
)
_TYPE = (
    f"CASE WHEN (w.role, s.kind, m.to_kind) IN (VALUES {_FITTING}) THEN w.role "
    "WHEN s.kind = 'document' AND m.to_kind = 'paper' THEN 'discusses' ELSE 'links' END"
)
"""The edge that a link becomes: the type that the writer gave if the kinds fit, else a plain one with its role kept."""
_OF_LINKS = (
    f"INSERT INTO edge SELECT {_TYPE}, s.node, m.to_node, w.role, w.why, w.doc, w.line "
    "FROM {table} c CROSS JOIN written_link w ON w.doc = c.value CROSS JOIN meaning m ON m.id = w.meaning "
    "CROSS JOIN temp.start s ON s.place = (w.doc << 20 | w.entry) WHERE m.to_node <> s.node "
    "AND NOT EXISTS (SELECT 1 FROM temp.told t WHERE t.doc = w.doc AND t.node = m.to_node AND t.line = w.line)"
)


def write_edges(store: Store, documents: Iterable[int]) -> None:
    """Rewrite the edges of these documents; those of links, which are most, within SQL."""
    for statement in _TEMPORARY:
        store.run(statement)
    for chunk in in_chunks(documents):
        with store.listed("chunk", chunk) as table:
            before = _lineage(store, table)
            if not store.is_fresh:
                store.run(f"DELETE FROM edge WHERE doc IN (SELECT value FROM {table})")
            found = [*_of_tags(store, table), *_of_mentions(store, table)]
            store.run_many("INSERT INTO edge VALUES (?, ?, ?, ?, ?, ?, ?)", found)
            store.run(_OF_LINKS.format(table=table))
            if _lineage(store, table) != before:
                forget_order(store)


def _lineage(store: Store, table: str) -> set[tuple[int, int]]:
    """What builds on what according to these documents, if an order is kept at all; most changes do not affect it."""
    if not store.one("SELECT 1 FROM ordered"):
        return set()
    return set(
        store.rows(
            f"SELECT g.source, g.target FROM {table} t CROSS JOIN edge g ON g.doc = t.value WHERE g.type = 'builds-on'"
        )
    )


def _of_mentions(store: Store, table: str) -> Iterator[EdgeRow]:
    """An edge to each paper that a document mentions; the link in that line says the same and makes no second one.

    Also records (`start`) where the links of each entry start: at its paper, if the document is a note about that;
    else at the paper that the document is about, else at the document itself.
    """
    own: dict[int, tuple[int, str]] = {
        doc: (node, "document")
        for doc, node in store.rows(
            f"SELECT d.id, d.node FROM {table} t CROSS JOIN document d ON d.id = t.value WHERE d.node IS NOT NULL"
        )
    }
    starts: dict[int, tuple[int, str]] = {}
    mentions: list[int] = []
    whys: dict[tuple[int, int, int], str] = {}
    for doc, n, node, kind, is_mention, why, line in store.rows(
        "SELECT e.doc, e.n, e.node, e.kind, e.mentioned, e.why, e.line "
        f"FROM {table} t CROSS JOIN entry e ON e.doc = t.value ORDER BY e.doc, e.n"
    ):
        if is_mention:
            mentions.append(doc << 20 | n)
            whys[doc, node, line] = why
        else:
            own.setdefault(doc, (node, kind))
            starts[doc << 20 | n] = node, kind
    for place in (*mentions, *(doc << 20 for doc in own)):
        starts.setdefault(place, own[place >> 20])
    told = [(*key, why) for key, why in whys.items() if key[1] != own[key[0]][0]]
    store.run("DELETE FROM temp.start")
    store.run("DELETE FROM temp.told")
    store.run_many("INSERT INTO temp.start VALUES (?, ?, ?)", ((place, *start) for place, start in starts.items()))
    store.run_many("INSERT INTO temp.told VALUES (?, ?, ?)", (row[:3] for row in told))
    for doc, node, line, why in told:
        yield "discusses", own[doc][0], node, "", why, doc, line


def _of_tags(store: Store, table: str) -> Iterator[EdgeRow]:
    """An edge for each tag that names a pattern; notes without such tags are not read."""
    offered = {key for (key,) in store.rows("SELECT DISTINCT key FROM offer WHERE key > 'tag:' AND key < 'tag;'")}
    if not offered:
        return
    store.make_indexes("value_node")
    of_listed = (  # +: keeps SQLite from going through all tags of the vault
        f"FROM {table} t CROSS JOIN entry e ON e.doc = t.value CROSS JOIN value v ON v.node = e.node "
        "WHERE +v.field = 'tag'"
    )
    names = {tag: tags.key_of(tag) for (tag,) in store.rows(f"SELECT DISTINCT v.value {of_listed}")}
    naming = {tag for tag, key in names.items() if key in offered}
    if not naming:
        return
    with store.listed("naming", naming) as named:
        rows = store.rows(f"SELECT DISTINCT e.doc {of_listed} AND v.value IN (SELECT value FROM {named})")
    with store.listed("tagged", (doc for (doc,) in rows)) as tagged:
        found = tags.tagged(store, tagged)
    layers = load(store, {tag.key for tag in found} & offered)
    yield from tags.edges(found, layers)
