"""The card of one thing."""

import os
import sys

from cli.session import CommandError, Session, emit
from kb.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kb.query.names import Named
    from linker.vault import Vault


def answer(session: Session, name: str) -> int:
    """Print the card of one thing; return the exit code.

    Raises:
        CommandError: nothing has that name, or several things have it.
    """
    from kb.query.names import namesakes
    from linker.card import card

    with session.open() as vault:
        thing = _named(vault, name)
        found, notes = card(vault.store, thing), namesakes(vault.store, name, thing)
    if session.json:
        emit("show", found)
    else:
        from cli.render.card import render_card

        session.show_parts(render_card(found))
    if notes:
        from shlex import quote  # few names are those of several things

        _say(f"your note {path} has this name, too - `paperkb show {quote(path)}`" for path in notes)
    if found["code"]:
        _say_unread(found["code"])
    return 0


def _named(vault: "Vault", name: str) -> "Named":
    """What has that name, else the note at that path from the current folder, as a shell completes it.

    Raises:
        CommandError: there is neither, or several things have that name.
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
    """Report files of records that cannot be used, as what they hold is missing from the card."""
    lines = [line for each in (code, *code["trainings"]) for line in each["unread"]]
    _say(dict.fromkeys(lines))  # a training may share the file of its implementation


def _say(lines: "Iterable[str]") -> None:
    for line in lines:
        from cli.printable import printable  # few cards need it

        print(printable(f"paperkb: {line}"), file=sys.stderr)
