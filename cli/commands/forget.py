"""`paperkb forget`: remove the index, which holds a copy of the notes' text."""

import typer

from cli.commands import examples
from cli.session import Session, emit

EPILOG = examples("paperkb forget", "paperkb --vault ~/notes forget")


def forget(context: typer.Context) -> None:
    """Remove the index of the vault; the notes stay as they are."""
    session: Session = context.obj
    removed = [str(place) for place in (session.forget(base=base) for base in (True, False)) if place]
    if session.json:
        emit("forget", {"removed": removed})
    else:
        print("\n".join(f"removed {place}" for place in removed) or "there was no index")
