"""Finding what a person named, with a helpful failure."""

from cli.session import CommandError
from kb.query.names import AmbiguousName, Named, UnknownName, find
from kb.store import Store


def named(store: Store, name: str, *, kinds: tuple[str, ...] | None = None) -> Named:
    """The one thing meant.

    Raises:
        CommandError: nothing is called so (with what is near), or several things are (listed).
    """
    try:
        return find(store, name, kinds=kinds) if kinds else find(store, name)
    except UnknownName as error:
        raise CommandError(str(error)) from None
    except AmbiguousName as error:
        listed = "\n".join(f"  {candidate}" for candidate in error.candidates[:20])
        raise CommandError(f"{error}\n{listed}") from None
