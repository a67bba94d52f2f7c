"""Records as rows of the index. Pure, and plain values only, as other processes prepare them, too."""

from kb.ids import known_as
from kb.model import BY_OTHERS, Layer, Record
from kb.searchable import searchable
from kb.store import dump
from kb.typed import Any
from linker import tags, things, titled
from linker.identity import identity_keys
from linker.meanings import Asked, ask
from linker.nodes import ValueRow, value_rows
from linker.offers import offers
from linker.things import NodeRow

Stamp = tuple[int, int, bool, bytes | None]
"""Time of the last change in ns, size, whether both can be trusted, digest of the content."""


class Rows:
    """The content of some documents, by table; every row that belongs to a document begins with its number.

    Args:
        documents: columns of `document` without its node; the number first, the layer second.
        things: the node of each entry, in the order of `entries`, as if it were alone; only for a new index.
        selves: documents that are nodes themselves: number, key, title, path, values.
        links: columns of `written_link` without its meaning.
        asks: for each link, the number of its question in `asked`.
        asked: questions of links, each once, numbered.
        waiting: texts, serialized with `marshal` to be passed between processes.
        tags: per folder, how many notes about papers there are (under the empty tag) and how many have each tag.
        rewritten: numbers of the documents that the index knew before.
        same: time, size, trust and number of documents with unchanged content.
    """

    def __init__(self) -> None:
        self.documents: list[tuple[Any, ...]] = []
        self.entries: list[tuple[Any, ...]] = []
        self.things: list[tuple[NodeRow, list[ValueRow]]] = []
        self.selves: list[tuple[int, str, str, str, list[ValueRow]]] = []
        self.identities: list[tuple[str, int, int]] = []
        self.offers: list[tuple[str, int, int, str]] = []
        self.items: list[tuple[Any, ...]] = []
        self.links: list[tuple[Any, ...]] = []
        self.asks: list[int] = []
        self.asked: dict[Asked, int] = {}
        self.texts: list[tuple[int, str, str]] = []
        self.waiting = b""
        self.tags: dict[str, dict[str, int]] = {}
        self.rewritten: list[int] = []
        self.same: list[tuple[int, int, bool, int]] = []

    def plain(self) -> tuple[Any, ...]:
        """All rows without our own classes, for `of`."""
        return tuple(vars(self).values())

    @classmethod
    def of(cls, plain: tuple[Any, ...]) -> "Rows":
        """The rows from `plain`."""
        rows = cls()
        vars(rows).update(zip(vars(rows), plain))
        return rows

    def add(self, doc: int, layer: Layer, record: Record, stamp: Stamp, *, is_fresh: bool) -> None:
        """Add the content of a document.

        Args:
            is_fresh: whether the index is new.
        """
        diagnostics = [[d.line, d.column, d.code, d.severity, d.message, d.hint] for d in record.diagnostics]
        texts = dump(record.fragments), dump(diagnostics) if diagnostics else "[]"
        origin = record.dialect, record.dialect_by, record.title
        self.documents.append((doc, layer, record.path, *stamp, *origin, *texts))
        self.texts.append((doc << 20, searchable(record.title), searchable(record.text)))  # before those of entries
        about = record.about
        if about is None:
            self._add_self(doc, layer, record)
        for n in range(len(record.entries)):
            self._add_entry(doc, n, n != about, layer, record, is_fresh)
        self.offers += [(key, doc, n, stage) for key, n, stage in offers(record)]
        self.items += [(doc, n, x.entry, x.kind, x.line, x.text, dump(x.parts)) for n, x in enumerate(record.items)]
        path, asked = record.path, self.asked
        self.links += [(doc, n, x.entry, x.raw, x.line, x.column, x.role, x.why) for n, x in enumerate(record.links)]
        self.asks += [asked.setdefault(ask(layer, path, x), len(asked)) for x in record.links]
        counts = self.tags.setdefault(record.path.rpartition("/")[0], {})
        for found in tags.of_notes(record.entries):
            for tag in ("", *found):
                counts[tag] = counts.get(tag, 0) + 1

    def _add_entry(self, doc: int, n: int, several: bool, layer: Layer, record: Record, is_fresh: bool) -> None:
        entry = record.entries[n]
        told = [str(paper) for paper in entry.ids]
        ids = list(dict.fromkeys([*told, *map(known_as, told)]))
        origin = entry.kind, entry.line, entry.decided_by, entry.key, entry.title
        self.entries.append((doc, n, *origin, dump(ids), dump(entry.facts), entry.mentioned, entry.why, entry.text))
        if entry.mentioned:
            self.texts.append((doc << 20 | n + 1, searchable(entry.title), searchable(entry.text)))
        claimant = things.claimant(doc, n, several, layer, record.path, entry, ids)
        keys = identity_keys(claimant) or [f"alone:{layer}:{record.path}:{n}"]
        if entry.decided_by in BY_OTHERS:
            keys = [*keys, *map(titled.key_of, titled.names(record))]
        self.identities += [(key, doc, n) for key in keys]
        if is_fresh:
            self.things.append(things.alone(claimant, list(entry.facts)))

    def _add_self(self, doc: int, layer: Layer, record: Record) -> None:
        """A document that is not about exactly one thing is a node itself."""
        key = record.path if layer == "own" else f"{layer}://{record.path}"  # no path of the reader's has `//`
        values = value_rows({"name": titled.names(record), "alias": set(record.aliases)})
        self.selves.append((doc, key, record.title, record.path, values))
