"""The card of one thing."""

import sys

from cli.session import Session, emit
from kb.typed import Any


def answer(session: Session, name: str) -> int:
    """Print the card of one thing; return the exit code.

    Raises:
        CommandError: nothing is called so, or several things are.
    """
    from cli.named import named
    from linker.card import card

    with session.open() as vault:
        found = card(vault.store, named(vault.store, name))
    if session.json:
        emit("show", found)
    else:
        from cli.render.card import render_card

        session.show_parts(render_card(found))
    if found["code"]:
        _say_unread(found["code"])
    return 0


def _say_unread(code: dict[str, Any]) -> None:
    """Tell of files of records that cannot be used: what they would say is missing from the card."""
    from cli.printable import printable

    lines = [line for each in (code, *code["trainings"]) for line in each["unread"]]
    for line in dict.fromkeys(lines):  # a training may share the file of its implementation
        print(printable(f"paperkb: {line}"), file=sys.stderr)
