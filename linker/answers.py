"""What links mean: resolve questions (`linker.meanings`) and store their answers with what they depend on."""

from collections.abc import Collection, Iterable, Iterator

from kb.ids import PaperId, parse_id
from kb.slugs import slug
from kb.store import Store, dump
from kb.typed import NamedTuple
from linker import ghosts
from linker.facts import date_of
from linker.layers import load
from linker.meanings import LABEL, PERSON, UNWAITED, WORK, Asked, Meanings
from linker.offers import wants, watched, watches
from linker.resolution import SHOWN, Resolution
from linker.resolve import Index, resolve

_AT_ONCE = 10_000
"""Maximum number of questions, or of documents whose edges are written, in memory together."""
_BY_NAME = ("wiki", "property", "field", "id")
"""Kinds of links that name a thing rather than the place of a file."""
BY_FOLDER = ("own-folder", "subtree", "shortest")
"""Ways of resolving a link that would find another file from another folder."""
_VAGUE = (*BY_FOLDER, "title-prefix")


class _Answer(NamedTuple):
    """The stored part of a resolution: columns of `meaning`."""

    how: str | None
    status: str | None
    to_doc: int | None
    to_node: int | None
    to_kind: str | None
    candidates: str | None


def in_chunks(numbers: Iterable[int]) -> Iterator[list[int]]:
    """The numbers in ascending order, in lists of at most `_AT_ONCE`."""
    ordered = sorted(numbers)
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))


class Answers:
    """Answers questions and records the changes: questions with another node, ghosts that may have come or gone."""

    def __init__(self, store: Store, meanings: Meanings) -> None:
        self.store, self.meanings = store, meanings
        self.is_strict = store.meta("links") == "obsidian"
        self.changed: set[int] = set()  # questions whose answer is another node now
        self.ghosts: set[int] = set()
        self._ghost_of: dict[str, int] = {}

    def give(self, due: Collection[int]) -> None:
        self.layers = self._load(due)
        while due:
            by_folder: list[tuple[int, Asked]] = []
            for chunk in in_chunks(due):
                with self.store.listed("asked", chunk) as table:
                    by_folder += self._answer_all(table)
            due = self._split(by_folder)

    def _load(self, due: Collection[int]) -> dict[str, Index]:
        [(documents,)] = self.store.rows("SELECT coalesce(max(id), 0) FROM document")
        if 5 * len(due) > documents:
            return load(self.store, None)
        with self.store.listed("asked", due) as table:
            rows = self.store.rows(f"SELECT m.target, m.kind FROM {table} t CROSS JOIN meaning m ON m.id = t.value")
        return load(self.store, {key for target, kind in rows for key in wants(target, kind)})

    def _answer_all(self, table: str) -> list[tuple[int, Asked]]:
        """Answer the listed questions; return those whose answer depends on the folder."""
        updates: list[tuple[object, ...]] = []
        known: list[tuple[int]] = []
        want: list[tuple[int, int]] = []
        by_folder: list[tuple[int, Asked]] = []
        for number, layer, seen_from, target, fragment, kind, among, is_obsidians, *before in self.store.rows(
            "SELECT id, layer, seen_from, target, fragment, kind, among, is_obsidians, how, status, to_doc, to_node, "
            f"to_kind, candidates FROM {table} t CROSS JOIN meaning m ON m.id = t.value"
        ):
            asked: Asked = (layer, seen_from, target, fragment, kind, among, bool(is_obsidians))
            where, found = self._resolve(asked)
            answer = self._answer(asked, where, found)
            was = _Answer(*before)
            if was != answer:
                updates.append((*answer, number))
                if (was.to_node, was.to_kind) != (answer.to_node, answer.to_kind):
                    self.changed.add(number)
                self.ghosts |= {node for node in (was.to_node, answer.to_node) if node}
            if was.status is None or fragment:
                keys = watches(target, kind)
                if fragment and found.place:
                    keys |= {watched(f"fragments:{where}:{found.place.path}")}
                want += ((key, number) for key in keys)
                if was.status is not None:
                    known.append((number,))
            if not seen_from and where == layer and (found.how in BY_FOLDER or found.status == "ambiguous"):
                by_folder.append((number, asked))
        self.store.run_many(
            "UPDATE meaning SET how=?, status=?, to_doc=?, to_node=?, to_kind=?, candidates=? WHERE id=?", updates
        )
        self.store.run_many("DELETE FROM want WHERE meaning = ?", known)
        self.store.run_many("INSERT INTO want VALUES (?, ?)", want)
        return by_folder

    def _split(self, by_folder: list[tuple[int, Asked]]) -> list[int]:
        """Give the links in each folder a question of their own; return the new questions."""
        if not by_folder:
            return []
        store, meanings = self.store, self.meanings
        store.make_indexes("written_meaning")
        before = len(meanings.new)
        moves: list[tuple[int, int, int]] = []
        for number, (layer, _, *rest) in by_folder:
            for doc, path in store.rows(
                "SELECT DISTINCT w.doc, d.path FROM written_link w JOIN document d ON d.id = w.doc "
                "WHERE w.meaning = ? AND instr(d.path, '/')",
                (number,),
            ):
                asked: Asked = (layer, path[: path.rfind("/") + 1], *rest)
                moves.append((meanings.number(asked), doc, number))
        meanings.flush()
        store.run_many("UPDATE written_link SET meaning = ? WHERE doc = ? AND meaning = ?", moves)
        meanings.lost |= {number for _, _, number in moves}
        self.changed |= {number for number, _, _ in moves}  # links that lead to another question now
        return meanings.new[before:]

    # -- one question ----------------------------------------------------------------------------------------------

    def _answer(self, asked: Asked, where: str, found: Resolution) -> _Answer:
        _, seen_from, target, _, kind, among, _ = asked
        place, candidates = found.place, dump(found.candidates[: SHOWN + 1]) if found.candidates else None
        if found.how == "self":
            row = self.store.one("SELECT id FROM document WHERE layer = ? AND path = ?", (where, seen_from))
            return _Answer(found.how, found.status, row[0] if row else None, None, None, candidates)
        if place:
            doc = None if place.is_mention else place.doc
            node, to_kind = (place.node, place.kind) if place.node else (None, None)
            return _Answer(found.how, found.status, doc, node, to_kind, candidates)
        if found.status == "missing" and among in UNWAITED:
            return _Answer(found.how, among, None, None, None, None)
        ghost = self._ghost(target, kind) if found.status == "missing" else None
        return _Answer(found.how, found.status, None, ghost, "ghost" if ghost else None, candidates)

    def _resolve(self, asked: Asked) -> tuple[str, Resolution]:
        """Look in the asking layer first, then in the other one; return the layer, too.

        A link of the curated vault leads to the reader's own vault only if a note about a paper plainly has that name.
        """
        layer, seen_from, target, fragment, kind, among, is_obsidians = asked
        if self.is_strict and layer == "own" and is_obsidians:
            index = self.layers["own"]
            return "own", resolve(target, seen_from, index, fragment=fragment, written=kind, papers=False)
        if among == WORK:
            known = ((where, self._in_layer(where, asked)) for where in dict.fromkeys((layer, "curated")))
            return next((each for each in known if each[1].place), (layer, Resolution("missing")))
        found = self._in_layer(layer, asked)
        if found.status != "missing" or among in UNWAITED:
            return layer, found
        if layer == "curated":
            own = self._in_layer("own", asked) if kind in _BY_NAME else found
            is_note = own.place is not None and own.place.kind == "paper" and not own.place.is_mention
            return ("own", own) if is_note and own.how not in _VAGUE else (layer, found)
        curated = self._in_layer("curated", asked)
        usable = curated.place is not None and curated.place.kind not in ("document", "attachment")
        return ("curated", curated) if usable else (layer, found)

    def _in_layer(self, where: str, asked: Asked) -> Resolution:
        layer, seen_from, target, fragment, kind, among, _ = asked
        index = self.layers[where]
        source = seen_from if where == layer else ""
        if among in (PERSON, LABEL):  # a note of that name, or a document about no paper
            found = resolve(target, source, index, fragment=fragment, written=kind, papers=False)
            if found.status != "missing":
                return found
            return resolve(target, source, index, fragment=fragment, written=kind, among="document")
        if among and among != WORK:
            found = resolve(target, source, index, fragment=fragment, written=kind, among=among)
            if found.status != "missing" or (kind == "property" and among != "paper"):
                return found
        return resolve(target, source, index, fragment=fragment, written=kind)

    # -- ghosts ----------------------------------------------------------------------------------------------------

    def _ghost(self, target: str, kind: str) -> int | None:
        """The node of something without a note: one for all spellings of its name."""
        name, paper = ghosts.wanted(target, kind)
        if not name:
            return None
        key = name if paper else slug(name)
        if key not in self._ghost_of:
            self._ghost_of[key] = self._ghost_node(key, parse_id(key) if paper else None, name)
        return self._ghost_of[key]

    def _ghost_node(self, key: str, paper: PaperId | None, name: str) -> int:
        row = self.store.one("SELECT id FROM node WHERE kind = 'ghost' AND key = ?", (key,))
        if row:
            return int(row[0])
        date = date_of(*paper) if paper else None
        days = (str(date), date.first().isoformat(), date.last().isoformat()) if date else (None, None, None)
        return self.store.run(
            "INSERT INTO node (kind, key, title, date, first_day, last_day, arxiv_id) "
            "VALUES ('ghost', ?, ?, ?, ?, ?, ?)",
            (key, name, *days, paper.value if paper and paper.scheme == "arxiv" else None),
        )
