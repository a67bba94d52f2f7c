"""`paperkb index`: bring the index up to date and say what is in it."""

from pathlib import Path
from typing import Annotated

import typer

from cli.answers.index import answer
from cli.commands import examples
from cli.commands.links_option import LinksOption
from cli.session import CommandError, Session


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "index",
        epilog=examples("paperkb index", "paperkb --vault ~/notes index --rebuild", "paperkb index ~/notes/changed.md"),
    )(index)


def index(
    context: typer.Context,
    notes: Annotated[list[Path] | None, typer.Argument(metavar="NOTE", help="Only these notes changed.")] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Forget the index and read every note again.")] = False,
    links: LinksOption = None,
) -> int:
    """Refresh the index and say what is in it. Counts, what changed, how many diagnostics, how long it took."""
    session: Session = context.obj
    session.links = links
    if notes and (rebuild or links):
        raise CommandError("--rebuild and --links are for the whole vault - leave out the notes")
    if rebuild:
        session.forget(base=not session.own)
    return answer(session, notes or ())
