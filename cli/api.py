"""The Python API behind `import paperkb`: the questions of the command line, answered with plain values."""

from pathlib import Path
from types import TracebackType

from cli.answers import patterns
from cli.implementations import Installed
from kb.model import Diagnostic
from kb.query.answer import Answer, ask
from kb.query.names import find
from kb.typed import TYPE_CHECKING, Any
from linker import card, check, graph, lineage, whole
from linker.vault import CURATED, open_vault

if TYPE_CHECKING:
    import networkx


def open(
    path: str | Path | None = None, *, own: bool = False, index: str | Path | None = None, refresh: bool = True
) -> "Vault":
    """Open a folder of notes and bring its index up to date.

    Args:
        path: the folder; without, the curated vault that ships.
        own: leave the curated vault out.
        index: where the index lies, instead of the user's cache folder.
        refresh: look for changed files.

    Raises:
        NotADirectoryError: there is no such folder.
    """
    return Vault(CURATED if path is None else path, own, index or None, refresh)


class Vault:
    """An open vault. Use it in a `with` statement, or close it."""

    def __init__(self, root: "str | Path", own: bool, index: "str | Path | None", refresh: bool) -> None:
        self._vault = open_vault(root, Installed(), base=not own, index=index, update=refresh)
        self._store = self._vault.store

    def __enter__(self) -> "Vault":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index."""
        self._vault.close()

    def query(self, expression: str = "", *, sort: str = "", limit: int | None = None) -> Answer:
        """Papers that match, as `paperkb query` finds them.

        Raises:
            QueryError: the expression cannot be understood, or the limit is below 0.
        """
        with self._store.held():
            return ask(self._store, expression, sort=sort, limit=limit)

    def show(self, name: str) -> dict[str, Any]:
        """The card of one thing, as `paperkb show --json` prints it.

        Raises:
            UnknownName: nothing is called so.
            AmbiguousName: several things are.
        """
        with self._store.held():
            return card.card(self._store, find(self._store, name))

    def paths(self, start: str, end: str) -> list[list[dict[str, Any]]]:
        """The shortest chains of builds-on between two papers, each step with its why and place; names as for `show`.

        There are 1,000 at the most.
        """
        with self._store.held():
            papers = ("paper", "ghost")
            one, other = (find(self._store, name, kinds=papers).node for name in (start, end))
            found = lineage.Lineage(self._store, lineage.between(self._store, one, other))
            return found.plain(found.paths(one, other))

    def patterns(self) -> list[dict[str, Any]]:
        """Every pattern with the papers that use it, how many they are, and what is broader and narrower."""
        with self._store.held():
            return patterns.plain(self._store)["patterns"]

    def check(self) -> list[Diagnostic]:
        """What is wrong or worth knowing."""
        with self._store.held():
            return check.findings(self._store, shipped=self._vault.is_shipped)

    def influence(self) -> dict[str, float]:
        """PageRank of every paper (`kind:key`), most influential first; 1 for one that nobody cites or builds on."""
        with self._store.held():
            return whole.influence(self._store)

    def cocited(self, name: str, *, limit: int = 20) -> list[tuple[str, int]]:
        """What is cited together with a paper, and by how many; names as for `show`."""
        with self._store.held():
            return graph.cocited(self._store, find(self._store, name, kinds=("paper", "ghost")).node, limit)

    def graph(self) -> "networkx.MultiDiGraph":
        """Every node (`kind:key`) and every typed edge."""
        with self._store.held():
            return graph.to_networkx(self._store)
