"""Find what a person named, or fail helpfully."""

import re

from cli.session import CommandError
from kb.query.names import AmbiguousName, Named, UnknownName, find
from kb.store import Store

_KEY = re.compile(r"[a-z][a-z-]*(?:19|20)\d\d[a-z0-9]*")


def named(store: Store, name: str, *, kinds: tuple[str, ...] | None = None) -> Named:
    """The one thing meant.

    Raises:
        CommandError: nothing has that name (close names are offered), or several things have it (they are listed).
    """
    try:
        return find(store, name, kinds=kinds) if kinds else find(store, name)
    except UnknownName as error:
        return _exported(store, error)
    except AmbiguousName as error:
        listed = "\n".join(f"  {candidate}" for candidate in error.candidates[:20])
        raise CommandError(f"{error}\n{listed}") from None


def _exported(store: Store, error: UnknownName) -> Named:
    """The paper that `export` would give this name as its citation key; people copy it from their LaTeX.

    Raises:
        CommandError: there is none.
    """
    name = error.name.removeprefix("@").lower()
    if "paper" in error.kinds and _KEY.fullmatch(name):
        from cli.export.cited import citekeys  # generates the key of every paper: only if nothing else has the name
        from kb.misspelled import near_each

        paper_of = {key.lower(): paper for paper, key in citekeys(store).by_paper.items()}
        if paper := paper_of.get(name):
            return find(store, paper, kinds=("paper", "ghost"))
        if near := near_each([name], paper_of)[name]:
            error = UnknownName(error.name, near, error.kinds)
    raise CommandError(str(error)) from None
