"""The Python API behind `import paperkb`: the questions of the command line, answered with plain values.

Dictionaries have the keys that `--json` prints; `docs/programs.md` explains each of them.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, get_args

from cli.answers import lineage as trees
from cli.answers import patterns
from cli.export import Format
from cli.implementations import Installed
from kb.model import Diagnostic
from kb.query.answer import Answer, ask
from kb.query.names import Named, find
from kb.store import DatabaseError, StoreError
from linker import card, check, graph, lineage, taxonomy, whole
from linker.changes import Changes
from linker.vault import CURATED, open_vault
from linker.wishes import Ghost, ranked

if TYPE_CHECKING:
    import networkx


def open(
    path: str | Path | None = None, *, own: bool = False, index: str | Path | None = None, refresh: bool = True
) -> "Vault":
    """Open a folder of notes and bring its index up to date.

    Args:
        path: the folder. Default: the curated vault that ships with paperkb.
        own: leave out the curated vault.
        index: path of the index file. Default: a file in the user's cache folder.
        refresh: look for changed files. If false, the index is used as it is (and built if there is none).

    Raises:
        NotADirectoryError: the folder does not exist.
        ConfigError: its `paperkb.toml` cannot be used.
        StoreError: the index cannot be read or written.
    """
    return Vault(CURATED if path is None else path, own, index or None, refresh)


class Vault:
    """An open vault. Use it in a `with` statement, or close it.

    Files are checked when the vault is opened and not again; each answer reflects one state of the index. A vault
    belongs to the thread and process that opened it. A name is whatever a person would type, as on the command line.
    Every question raises `StoreError` if the vault is closed or another thread's, or its index is gone.
    """

    def __init__(self, root: "str | Path", own: bool, index: "str | Path | None", refresh: bool) -> None:
        self._vault = open_vault(root, Installed(), base=not own, index=index, update=refresh)
        self._store = self._vault.store
        self._owner, self._is_open = _this_thread(), True

    def __enter__(self) -> "Vault":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<paperkb.Vault {self._vault.folder!r}{'' if self._is_open else ', closed'}>"

    def close(self) -> None:
        """Close the index; again does no harm.

        Raises:
            StoreError: it is another thread's.
        """
        self._check_owner()
        self._vault.close()
        self._is_open = False

    @property
    def changes(self) -> Changes:
        """Paths of the notes that opening found added, changed or removed since the index was last refreshed."""
        return self._vault.changes

    def query(self, expression: str = "", *, sort: str = "", limit: int | None = None) -> Answer:
        """Papers that match, as `paperkb query` finds them.

        Args:
            expression: in the query language; an empty one matches every paper.
            sort: relevance, date, title, key or influence; a leading `-` reverses it. Default: by relevance if the
                expression has free words, else oldest first.
            limit: return at most this many papers; `total` of the answer counts all.

        Raises:
            QueryError: the expression cannot be understood, or the limit is below 0.
        """
        with self._asked():
            return ask(self._store, expression, sort=sort, limit=limit)

    def show(self, name: str) -> dict[str, Any]:
        """The card of one thing, as `paperkb show --json` prints it.

        Raises:
            UnknownName: nothing has that name.
            AmbiguousName: several things have it.
        """
        with self._asked():
            return card.card(self._store, find(self._store, name))

    def lineage(self, name: str, *, depth: int | None = None) -> dict[str, Any]:
        """What a paper builds on and what builds on it, as `paperkb lineage --json` prints it: trees, with every why.

        Args:
            name: of the paper.
            depth: go at most this many steps from it.

        Raises:
            UnknownName: nothing has that name.
            AmbiguousName: several things have it.
            RecursionError: the trees are hundreds of steps deep; pass a depth to cut them.
        """
        with self._asked():
            return trees.plain(self._store, self._paper(name), depth=depth)

    def paths(self, start: str, end: str) -> list[list[dict[str, Any]]]:
        """The shortest chains of builds-on between two papers, at most 1,000, each step with its why and place.

        Each chain leads from the later paper back to the earlier one.

        Raises:
            UnknownName: nothing has that name.
            AmbiguousName: several things have it.
        """
        with self._asked():
            one, other = self._paper(start).node, self._paper(end).node
            found = lineage.Lineage(self._store, lineage.between(self._store, one, other))
            return found.plain(found.paths(one, other))

    def patterns(self) -> list[dict[str, Any]]:
        """Every pattern with the papers that use it, their number, and what is broader and narrower."""
        with self._asked():
            return patterns.plain(self._store)["patterns"]

    def constraints(self) -> list[dict[str, Any]]:
        """Every limit on progress with the papers that raise it, in the form of `patterns`."""
        with self._asked():
            return patterns.plain(self._store)["constraints"]

    def gaps(self) -> list[dict[str, Any]]:
        """Patterns that a family has not tried although similar families (`near`) have, the most telling first."""
        with self._asked():
            return [gap._asdict() for gap in taxonomy.matrix(self._store).gaps]

    def check(self) -> list[Diagnostic]:
        """What is wrong or worth knowing in the notes, in the order of files; then what is most wanted.

        `str(finding)` is the line that `paperkb check` prints.
        """
        with self._asked():
            return check.findings(self._store, shipped=self._vault.is_shipped)

    def ghosts(self) -> list[Ghost]:
        """What the notes link to but have no note for, most wanted first."""
        with self._asked():
            return ranked(self._store)

    def influence(self) -> dict[str, float]:
        """PageRank over who cites and builds on whom, by `kind:key`, most influential first.

        A paper that nobody cites or builds on scores 1; divided by their sum, the scores are those of the usual
        definition. The curated papers count, too, unless the vault was opened with `own`.
        """
        with self._asked():
            return whole.influence(self._store)

    def cocited(self, name: str, *, limit: int = 20) -> list[tuple[str, int]]:
        """What else (`kind:key`) the papers that cite or build on this one cite or build on, and how many of them do.

        Raises:
            UnknownName: nothing has that name.
            AmbiguousName: several things have it.
        """
        with self._asked():
            return graph.cocited(self._store, self._paper(name).node, limit)

    def export(self, expression: str = "", *, form: Format = "bibtex") -> str:
        """The papers that match as the text of a bibliography, oldest first, as `paperkb export` prints it.

        Args:
            expression: as for `query`.
            form: `bibtex`, `biblatex` or `csl`.

        Raises:
            QueryError: the expression cannot be understood.
            ValueError: the form is unknown.
        """
        from cli.export import cited, works, write  # slow to import

        if form not in get_args(Format):
            raise ValueError(f"unknown form `{form}` - forms are {', '.join(get_args(Format))}")
        with self._asked():
            called = cited.citekeys(self._store).by_paper
            keys = [paper.key for paper in ask(self._store, expression).papers]
            return write.text(works.works(self._store, keys, called), form)

    def graph(self) -> "networkx.MultiDiGraph[str]":
        """Every node (`kind:key`) and every typed edge, from what cites or uses to what is cited or used.

        Nodes have kind, key, title, date, code_status and source; edges have type, why, path and line. Unknown values
        are empty strings, as graph file formats have no null.
        """
        with self._asked():
            return graph.to_networkx(self._store)

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """One state of the index for one answer.

        Raises:
            StoreError: the vault is closed or another thread's, or its index cannot be read any more.
        """
        self._check_owner()
        if not self._is_open:
            raise StoreError(f"{self._vault.folder}: this vault is closed - open it again")
        try:
            with self._store.held():
                yield
        except DatabaseError as error:
            raise StoreError(f"{self._store.path}: {error} - open the vault again") from None

    def _check_owner(self) -> None:
        if self._owner != _this_thread():
            why = "belongs to the thread and process that opened it - open one in each"
            raise StoreError(f"{self._vault.folder}: this vault {why}")

    def _paper(self, name: str) -> Named:
        return find(self._store, name, kinds=trees.KINDS)


def _this_thread() -> tuple[int, int]:
    return os.getpid(), threading.get_ident()
