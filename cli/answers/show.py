"""The card of one thing."""

from cli.session import Session, emit


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
    return 0
