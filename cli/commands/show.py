"""`paperkb show NAME`: the card of one thing."""

from typing import Annotated

import typer

from cli.answers.show import answer
from cli.commands import examples
from cli.commands.name_argument import keys

EPILOG = examples("paperkb show transformer", "paperkb show arxiv:1412.6980 --json")


def show(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="Key, id, alias, title or its beginning, or path of a note.",
            autocompletion=keys("paper", "pattern", "constraint", "implementation", "ghost"),
        ),
    ],
) -> int:
    """Show everything about a paper, pattern, implementation or note.

    Facts with their sources, lineage and the reason for each step, patterns, claim and code, mentions, neighbors.
    """
    return answer(context.obj, name)
