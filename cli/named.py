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
        raise CommandError(str(error)) from None
    except AmbiguousName as error:
        listed = "\n".join(f"  {candidate}" for candidate in error.candidates[:20])
        raise CommandError(f"{error}\n{listed}") from None
