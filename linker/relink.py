"""Resolve the links of some documents, and write what they mean: links, wanted keys, edges, ghosts."""

from collections.abc import Iterable
from dataclasses import dataclass

from kb import dates, roles
from kb.ids import PaperId
from kb.markdown import external
from kb.model import Link
from kb.slugs import slug
from kb.store import Store, dump
from linker import ghosts, tags
from linker.layers import load
from linker.nodes import EdgeRow
from linker.offers import wants
from linker.resolution import SHOWN, Resolution
from linker.resolve import resolve

_AMONG = {"uses-pattern": "pattern", "raises-constraint": "constraint", "broader": "pattern"}


@dataclass(frozen=True, slots=True)
class _Source:
    """A document whose links are resolved.

    Args:
        own: what a link starts from that belongs to no entry: the paper of its one note, else the document itself.
        nodes: the node and kind of each entry that it is a note of.
        told: an edge to each paper that it mentions, by that paper's node and the line; the link in this line is no
            second one.
    """

    doc: int
    layer: str
    path: str
    own: tuple[int, str] | None
    nodes: dict[int, tuple[int, str]]
    told: dict[tuple[int, int], EdgeRow]

    def start(self, entry: int) -> tuple[int, str] | None:
        return self.nodes.get(entry, self.own)


def relink(store: Store, documents: Iterable[int]) -> set[int]:
    """Resolve every link of these documents anew; return the nodes that they lead to."""
    with store.listed("relinked", documents) as table:
        return _Relink(store, table).run()


class _Relink:
    """One pass over the links of the listed documents."""

    def __init__(self, store: Store, table: str) -> None:
        self.store, self.table = store, table
        self.is_strict = store.meta("links") == "obsidian"
        self.ghosts: dict[str, int] = {}
        self.reached: set[int] = set()

    def run(self) -> set[int]:
        store, table = self.store, self.table
        links: dict[int, list[tuple[int, Link]]] = {}
        for doc, n, *values in store.rows(
            "SELECT doc, n, raw, line, col, kind, target, fragment, role, why, entry FROM link "
            f"JOIN {table} t ON t.value = doc ORDER BY doc, n"
        ):
            links.setdefault(doc, []).append((n, Link(*values)))
        keys: dict[int, set[str]] = {
            doc: set().union(*(wants(link) for _, link in found)) for doc, found in links.items()
        }
        tagged = tags.tagged(store, table)
        for tag in tagged:
            keys.setdefault(tag.doc, set()).add(tag.key)
        self.layers = load(store, set().union(*keys.values()) if keys else set())
        store.run(f"DELETE FROM want WHERE doc IN (SELECT value FROM {table})")
        store.run(f"DELETE FROM edge WHERE doc IN (SELECT value FROM {table})")
        updates: list[tuple[object, ...]] = []
        edges = list(tags.edges(tagged, {name: layer.index for name, layer in self.layers.items()}))
        for source in self._sources():
            edges += source.told.values()
            for n, link in links.get(source.doc, []):
                self._one(source, n, link, keys[source.doc], updates, edges)
        store.run_many(
            "UPDATE link SET how=?, status=?, to_doc=?, to_node=?, candidates=? WHERE doc=? AND n=?", updates
        )
        store.run_many("INSERT INTO edge VALUES (?, ?, ?, ?, ?, ?, ?)", edges)
        store.run_many(
            "INSERT OR IGNORE INTO want VALUES (?, ?)", ((key, doc) for doc in keys for key in sorted(keys[doc]))
        )
        return self.reached

    def _sources(self) -> list[_Source]:
        nodes: dict[int, dict[int, tuple[int, str]]] = {}
        told: dict[int, list[tuple[int, str, int]]] = {}
        for doc, n, node, kind, mentioned, why, line in self.store.rows(
            "SELECT e.doc, e.n, e.node, e.kind, e.mentioned, e.why, e.line FROM entry e "
            f"JOIN {self.table} t ON t.value = e.doc ORDER BY e.doc, e.n"
        ):
            if mentioned:
                told.setdefault(doc, []).append((node, why, line))
            else:
                nodes.setdefault(doc, {})[n] = (node, kind)
        sources: list[_Source] = []
        for doc, layer, path, node in self.store.rows(
            f"SELECT id, layer, path, node FROM document JOIN {self.table} t ON t.value = id ORDER BY layer DESC, path"
        ):
            found = nodes.get(doc, {})
            own = (node, "document") if node else next(iter(found.values()), None)
            edges: dict[tuple[int, int], EdgeRow] = {
                (target, line): ("discusses", own[0], target, "", why, doc, line)
                for target, why, line in told.get(doc, [])
                if own and target != own[0]
            }
            sources.append(_Source(doc, layer, path, own, found, edges))
        return sources

    # -- one link --------------------------------------------------------------------------------------------------

    def _one(
        self,
        source: _Source,
        n: int,
        link: Link,
        keys: set[str],
        updates: list[tuple[object, ...]],
        edges: list[EdgeRow],
    ) -> None:
        layer, found = self._resolve(source, link)
        if link.fragment and found.place:
            keys.add(f"fragments:{layer}:{found.place.path}")
        leads_to_note = found.place and (found.place.path, found.place.n) not in self.layers[layer].mentions
        doc = self.layers[layer].documents.get(found.place.path) if found.place and leads_to_note else None
        target: tuple[int, str] | None = None
        if found.place and found.how != "self":
            target = self.layers[layer].nodes.get((found.place.path, found.place.n))
        elif found.how == "self":
            doc = source.doc
        elif found.status == "missing":
            target = self._ghost(link)
        start = source.start(link.entry)
        if target:
            self.reached.add(target[0])
        if target and start and target[0] != start[0] and (target[0], link.line) not in source.told:
            edges.append(
                (
                    edge_type(link.role, start[1], target[1]),
                    start[0],
                    target[0],
                    link.role,
                    link.why,
                    source.doc,
                    link.line,
                )
            )
        updates.append(
            (
                found.how,
                found.status,
                doc,
                target[0] if target else None,
                dump(found.candidates[: SHOWN + 1]) if found.candidates else None,
                source.doc,
                n,
            )
        )

    def _resolve(self, source: _Source, link: Link) -> tuple[str, Resolution]:
        """Look in the source's own layer first, then, from the reader's vault, in the curated one."""
        if self.is_strict and source.layer == "own" and _is_obsidians(link):
            index = self.layers["own"].index
            return "own", resolve(
                link.target, source.path, index, fragment=link.fragment, written=link.kind, papers=False
            )
        found = self._in_layer(source.layer, source, link)
        if found.status != "missing" or source.layer == "curated":
            return source.layer, found
        curated = self._in_layer("curated", source, link)
        usable = curated.place is not None and curated.place.kind not in ("document", "attachment")
        return ("curated", curated) if usable else (source.layer, found)

    def _in_layer(self, layer: str, source: _Source, link: Link) -> Resolution:
        index = self.layers[layer].index
        path = source.path if layer == source.layer else ""
        wanted = {"builds-on": "paper", "cites": "paper"}.get(link.role) or _AMONG.get(link.role, "")
        if wanted:
            found = resolve(link.target, path, index, fragment=link.fragment, written=link.kind, among=wanted)
            if found.status != "missing" or (link.kind == "property" and link.role in _AMONG):
                return found
        return resolve(link.target, path, index, fragment=link.fragment, written=link.kind)

    # -- ghosts ----------------------------------------------------------------------------------------------------

    def _ghost(self, link: Link) -> tuple[int, str] | None:
        """The node of something that has no note: one for all spellings of its name."""
        name, paper = ghosts.wanted(link.target, link.kind)
        if not name:
            return None
        key = str(paper) if paper else slug(name)
        if key not in self.ghosts:
            self.ghosts[key] = self._ghost_node(key, paper, name)
        return self.ghosts[key], "ghost"

    def _ghost_node(self, key: str, paper: PaperId | None, name: str) -> int:
        row = self.store.one("SELECT id FROM node WHERE kind = 'ghost' AND key = ?", (key,))
        if row:
            return int(row[0])
        date = dates.from_arxiv(paper.value) if paper and paper.scheme == "arxiv" else None
        days = (str(date), date.first().isoformat(), date.last().isoformat()) if date else (None, None, None)
        return self.store.run(
            "INSERT INTO node (kind, key, title, date, first_day, last_day, arxiv_id, doi) "
            "VALUES ('ghost', ?, ?, ?, ?, ?, ?, ?)",
            (
                key,
                name,
                *days,
                paper.value if paper and paper.scheme == "arxiv" else None,
                paper.value if paper and paper.scheme == "doi" else None,
            ),
        )


def _is_obsidians(link: Link) -> bool:
    """Is it what Obsidian calls a link? Addresses, ids and names in fields are not; they go on to mean papers."""
    return link.raw.startswith(("[[", "![[")) or (link.kind in ("markdown", "embed") and not external(link.target))


def edge_type(role: str, source: str, target: str) -> str:
    """The edge that a link becomes: what the writer asked for where kinds fit, else a plain one with its role kept."""
    fits = {
        "builds-on": source == "paper" and target in ("paper", "ghost"),
        "cites": source == "paper" and target in ("paper", "ghost"),
        "uses-pattern": source == "paper" and target in ("pattern", "ghost"),
        "raises-constraint": source == "paper" and target in ("constraint", "ghost"),
        "broader": source == "pattern" and target in ("pattern", "ghost"),
    }
    if role in (*roles.TYPED, "broader") and fits[role]:
        return role
    return "discusses" if source == "document" and target == "paper" else "links"
