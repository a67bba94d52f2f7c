"""What every page of a site needs to know: the address of everything, where links lead, what to call a paper."""

import posixpath
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cli.export.bibtex import bibtex_of
from cli.export.cited import citekeys
from cli.export.works import works
from cli.page.body import render_body
from cli.page.html import Html
from cli.page.references import Anchors, Reference, address
from cli.render.timeline.gather import wanted
from cli.site.addresses import FOLDERS, WANTED, file_names, relative
from cli.site.notes import PICTURES, is_picture, read_note
from kb import ids
from kb.query.answer import Paper, ask
from kb.query.names import Named
from kb.store import Store
from kb.titles import title_key
from linker.card import card
from linker.graph import labels
from linker.lineage import Lineage
from linker.stories import Story, stories
from linker.vault import CURATED

CURATED_LAYER = "curated"


@dataclass(frozen=True)
class Thing:
    """A node that has a page, or a place in one."""

    node: int
    kind: str
    key: str
    title: str
    date: str
    label: str
    address: str


@dataclass
class Site:
    """One vault as pages; everything is read from the index, note bodies from their files.

    Args:
        root: the vault's folder.
        name: the name of the site.
        url: its public address, without a trailing `/`; empty if not given.
        asked: the query whose papers the first page draws; empty for those of the vault's own notes.
    """

    store: Store
    root: Path
    name: str
    url: str = ""
    asked: str = ""
    _last: tuple[int, dict[str, Any]] = (0, {})

    def read_through(self, store: Store) -> None:
        """Read through another connection to the same state of the index; pictures may have changed meanwhile."""
        self.store = store
        vars(self).pop("pictures", None)

    # -- what there is ---------------------------------------------------------------------------------------------

    @cached_property
    def things(self) -> dict[int, Thing]:
        """Everything with an address, by node."""
        rows = self.store.rows(
            "SELECT id, kind, key, title, coalesce(date, ''), path FROM node WHERE kind <> 'implementation' "
            "ORDER BY kind, key"
        )
        names = {
            kind: file_names({key: _readable(kind, key) for _, of, key, *_ in rows if of == kind})
            for kind in (*FOLDERS, "ghost")
        }
        telling = {story.path for story in self.told}
        found = {}
        for node, kind, key, title, date, path in rows:
            stem = names[kind][key]
            folder = "stories" if kind == "document" and path in telling else FOLDERS.get(kind)
            where = f"{folder}/{stem}.html" if folder else f"{WANTED}#{stem}"
            shown = title or (path or key if kind == "document" else key)
            label = self.called.get(key) or shown if kind == "paper" else shown
            found[node] = Thing(node, kind, key, shown, date, label, where)
        return found

    @cached_property
    def called(self) -> dict[str, str]:
        """A short name for each paper, by key."""
        return labels(self.store)

    @cached_property
    def by_id(self) -> dict[str, Thing]:
        """By `kind:key`, as cards name the ends of edges."""
        return {f"{thing.kind}:{thing.key}": thing for thing in self.things.values()}

    def of_kind(self, kind: str) -> list[Thing]:
        return self._by_kind.get(kind, [])

    @cached_property
    def _by_kind(self) -> dict[str, list[Thing]]:
        found: dict[str, list[Thing]] = {}
        for thing in self.things.values():
            found.setdefault(thing.kind, []).append(thing)
        return found

    @cached_property
    def papers(self) -> dict[str, Paper]:
        """Every paper as a query returns it, oldest first, by key."""
        return {paper.key: paper for paper in ask(self.store, "", sort="date").papers}

    @cached_property
    def own(self) -> set[str]:
        """Keys of the papers in the vault's own notes."""
        return {paper.key for paper in ask(self.store, "is:own").papers}

    @cached_property
    def drawn(self) -> tuple[list[Paper], str]:
        """The papers of the first page, and the query that selects them.

        Raises:
            QueryError: the query cannot be understood.
        """
        return wanted(self.store, self.asked)

    @cached_property
    def lineage(self) -> Lineage:
        return Lineage(self.store)

    @cached_property
    def told(self) -> list[Story]:
        """The tours in the notes."""
        return stories(self.store)

    @cached_property
    def stories(self) -> list[tuple[Story, Thing]]:
        """Each tour with the page of its note."""
        places = ((story, self.documents.get(("own", story.path)) or self.documents.get((CURATED_LAYER, story.path)))
                  for story in self.told)  # fmt: skip
        return [(story, self.page_of[doc]) for story, doc in places if doc in self.page_of]

    def bibtex(self, key: str) -> str:
        """How to cite a paper."""
        return "".join(bibtex_of(work) for work in works(self.store, [key], self._citekeys))

    @cached_property
    def _citekeys(self) -> dict[str, str]:
        return citekeys(self.store).by_paper

    def card(self, thing: Thing) -> dict[str, Any]:
        """All that is known about it. Only the last card is kept: a page asks for one again and again."""
        if self._last[0] != thing.node:
            self._last = thing.node, card(self.store, Named(thing.kind, thing.key, thing.title, thing.node))
        return self._last[1]

    # -- notes -----------------------------------------------------------------------------------------------------

    @cached_property
    def page_of(self) -> dict[int, Thing]:
        """The page that shows each document: that of the one thing it is about, else its own."""
        about = self.store.rows(
            "SELECT d.id, coalesce(d.node, "
            "(SELECT e.node FROM entry e WHERE e.doc = d.id AND NOT e.mentioned LIMIT 1)) "
            "FROM document d WHERE d.digest IS NOT NULL"
        )
        return {doc: self.things[node] for doc, node in about if node in self.things}

    @cached_property
    def documents(self) -> dict[tuple[str, str], int]:
        """Documents by layer and path."""
        return {(layer, path): doc for doc, layer, path in self.store.rows("SELECT id, layer, path FROM document")}

    @cached_property
    def pictures(self) -> dict[int, tuple[str, str, str]]:
        """The pictures in notes: address, layer and path of each that may be copied, by document."""
        rows = [
            (doc, layer, path)
            for doc, layer, path in self.store.rows(
                "SELECT DISTINCT t.id, t.layer, t.path FROM link l JOIN document t ON t.id = l.to_doc "
                "WHERE t.digest IS NULL ORDER BY 2, 3"
            )
            if posixpath.splitext(path)[1].lower() in PICTURES and is_picture(self.folder(layer), path)
        ]
        names = file_names({f"{layer}:{path}": posixpath.splitext(path)[0] for _, layer, path in rows})
        return {
            doc: (f"media/{names[f'{layer}:{path}']}{posixpath.splitext(path)[1].lower()}", layer, path)
            for doc, layer, path in rows
        }

    def folder(self, layer: str) -> Path:
        return Path(CURATED) if layer == CURATED_LAYER else self.root

    def body(self, doc: int, page: str, anchors: Anchors, titles: list[str], *, told: bool, level: int) -> Html:
        """The body of a document for the page at an address; headings that repeat one of the titles are left out."""
        [(layer, path)] = self.store.rows("SELECT layer, path FROM document WHERE id = ?", (doc,))
        note = read_note(self.folder(layer), path)
        if note is None:
            return Html("")
        folds = [title_key(title) for title in titles]

        def is_title(heading: str) -> bool:
            fold = title_key(heading)
            return bool(fold) and any(title == fold or title.startswith(f"{fold} ") for title in folds)

        return render_body(
            note.text, note.begins, self.references(doc, page), anchors, is_title=is_title, told=told, level=level
        )

    def references(self, doc: int, page: str) -> dict[tuple[int, int], Reference]:
        """Where each link of a document leads, written for the page that shows it."""
        found = {}
        for line, column, raw, kind, target, fragment, role, status, to_doc, to_node in self.store.rows(
            "SELECT line, col, raw, kind, target, fragment, role, status, to_doc, to_node FROM link WHERE doc = ?",
            (doc,),
        ):
            picture = self.pictures.get(to_doc) if kind == "embed" else None
            thing = self.things.get(to_node) or self.page_of.get(to_doc)
            href: str | None = None
            if picture:
                href = relative(page, picture[0])
            elif thing and thing.kind == "ghost":
                href = relative(page, thing.address)
            elif thing:
                href = address(relative(page, thing.address), fragment if status == "ok" else "")
            elif status == "external":
                href = target
            elif paper := ids.parse_id(target):
                href = ids.page_of(paper)
            found[line, column] = Reference(
                raw,
                href,
                role if to_node else "",
                is_picture=bool(picture),
                is_mention=kind in ("id", "citekey", "handle", "reference"),
                is_wanted=bool(thing and thing.kind == "ghost"),
            )
        return found

    # -- addresses -------------------------------------------------------------------------------------------------

    def absolute(self, where: str) -> str:
        """The full address; relative if the site's own is not known."""
        return f"{self.url}/{relative('', where)}" if self.url else relative("", where)


def called(root: Path) -> str:
    """The name of a vault's site, if none is given."""
    return "A history of deep learning" if str(root) == CURATED else root.name


def _readable(kind: str, key: str) -> str:
    """The part of a key that makes a file's name."""
    return posixpath.splitext(key.rpartition("://")[2].removeprefix("stories/"))[0] if kind == "document" else key

