"""From a name to an implementation that can run, and what running ones report."""

import sys
from typing import TYPE_CHECKING

from cli.session import CommandError, Session
from reference_impls.harness import registry
from reference_impls.harness.registry import CardError, Implementation

if TYPE_CHECKING:
    from reference_impls.harness.claim import OnEvent

INSTALL = "this needs torch - install it with `pip install 'paperkb[torch]'`"


def need_torch() -> None:
    """Fail in one line where there is no torch.

    Raises:
        CommandError: torch is not installed.
    """
    import importlib.util

    if importlib.util.find_spec("torch") is None:
        raise CommandError(INSTALL)


def implementation(session: Session, name: str) -> Implementation:
    """The implementation called so, else the one of the paper called so.

    Raises:
        CommandError: there is none, or its card cannot be read.
    """
    known = registry.scan()
    if name in known.implementations:
        return known.implementations[name]
    for problem in known.problems:
        if f"/{name.replace('-', '_')}.py:" in str(problem):
            raise CommandError(str(problem))
    from cli.named import named

    with session.open() as vault:
        found = named(vault.store, name, kinds=("implementation", "paper"))
        row = vault.store.one("SELECT implementation FROM node WHERE id = ?", (found.node,))
    linked = found.key if found.kind == "implementation" else row[0] if row else None
    if not linked:
        raise CommandError(f"`{found.key}` has no implementation - `paperkb query has:code` lists papers that have one")
    try:
        return registry.find(linked)
    except (LookupError, CardError) as error:
        raise CommandError(str(error.args[0])) from None


def chosen(session: Session, name: str, every: bool) -> list[Implementation]:
    """The one called `name`, or all.

    Raises:
        CommandError: neither or both were asked for, or a card cannot be read.
    """
    if bool(name) == every:
        raise CommandError("name one implementation, or ask for --all")
    if not every:
        return [implementation(session, name)]
    known = registry.scan()
    if known.problems:
        raise CommandError("\n".join(map(str, known.problems)))
    return list(known.implementations.values())


def progress() -> "OnEvent":
    """Shows measurements on a terminal, nothing in a pipe."""
    from reference_impls.harness import text

    return text.progress(sys.stderr)
