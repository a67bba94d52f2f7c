"""`paperkb show NAME`: the card of one thing."""

from typing import Annotated

import typer

from cli.session import Session, emit


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("show", epilog="Examples:  paperkb show transformer   paperkb show arxiv:1412.6980 --json")(show)


def show(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Key, id, title or its beginning, alias, or a note's path.")
    ],
) -> None:
    """Facts with sources, lineage with its why, patterns, claim and code, mentions, neighbors."""
    from cli.named import named
    from cli.render.card import render_card
    from linker.card import card

    session: Session = context.obj
    with session.open() as vault:
        found = card(vault.store, named(vault.store, name))
    if session.json:
        emit("show", found)
    else:
        session.show(render_card(found))
