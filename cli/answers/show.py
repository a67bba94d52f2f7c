"""The card of one thing."""

import os
import sys

from cli.session import CommandError, Session, emit
from kb.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kb.query.names import Named
    from linker.vault import Vault


def answer(session: Session, name: str) -> int:
    """Print the card of one thing; return the exit code.

    Raises:
        CommandError: nothing is called so, or several things are.
    """
    from linker.card import card

    with session.open() as vault:
        found = card(vault.store, _named(vault, name))
    if session.json:
        emit("show", found)
    else:
        from cli.render.card import render_card

        session.show_parts(render_card(found))
    if found["code"]:
        _say_unread(found["code"])
    return 0


def _named(vault: "Vault", name: str) -> "Named":
    """What is called so, else the note that a shell calls so, from where one stands.

    Raises:
        CommandError: there is neither, or several things are called so.
    """
    from cli.named import named

    try:
        return named(vault.store, name)
    except CommandError:
        if not os.path.isfile(name):
            raise
    from linker.refresh import NoNote
    from linker.vault import inside

    try:
        return named(vault.store, inside(vault.folder, name))
    except NoNote as error:
        raise CommandError(str(error)) from None


def _say_unread(code: dict[str, Any]) -> None:
    """Tell of files of records that cannot be used: what they would say is missing from the card."""
    lines = [line for each in (code, *code["trainings"]) for line in each["unread"]]
    for line in dict.fromkeys(lines):  # a training may share the file of its implementation
        from cli.printable import printable  # few cards need it

        print(printable(f"paperkb: {line}"), file=sys.stderr)
