"""`paperkb index`: bring the index up to date and summarize it."""

from pathlib import Path
from typing import Annotated

import typer

from cli.answers.index import answer
from cli.commands import examples
from cli.commands.links_option import LinksOption
from cli.session import CommandError, Session

EPILOG = examples("paperkb index", "paperkb --vault ~/notes index --rebuild", "paperkb index ~/notes/changed.md")


def index(
    context: typer.Context,
    notes: Annotated[list[Path] | None, typer.Argument(metavar="NOTE", help="Read only these notes again.")] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Discard the index and read every note again.")] = False,
    links: LinksOption = None,
) -> int:
    """Refresh the index and summarize it. Prints counts, changes, the number of diagnostics and the time it took."""
    session: Session = context.obj
    session.links = links
    if notes and (rebuild or links):
        raise CommandError("--rebuild and --links apply to the whole vault - leave out the notes")
    if rebuild:
        session.forget(base=not session.own)
    return answer(session, notes or ())
