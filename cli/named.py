"""Find what a person named, or fail helpfully."""

from cli.session import CommandError
from kb.query.names import AmbiguousName, Named, UnknownName, find
from kb.store import Store


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
    name = error.name.removeprefix("@")
    if "paper" in error.kinds and any(map(str.isdigit, name)) and " " not in name:
        from cli.export.cited import citekeys  # generates the key of every paper: only if nothing else has the name
        from kb.misspelled import near_each

        paper_of = {key.lower(): paper for paper, key in citekeys(store).by_paper.items()}
        if paper := paper_of.get(name.lower()):
            return find(store, paper, kinds=("paper", "ghost"))
        if not error.near:
            error = UnknownName(error.name, near_each([name.lower()], paper_of)[name.lower()], error.kinds)
    raise CommandError(str(error)) from None
