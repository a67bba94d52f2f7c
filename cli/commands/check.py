"""`paperkb check`: what is wrong or worth knowing; on request, the safe fixes."""

from pathlib import Path
from typing import Annotated

import typer

from cli.answers.check import answer
from cli.commands import examples
from cli.commands.links_option import LinksOption


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "check",
        epilog=examples(
            "paperkb check",
            "paperkb check --json > known.json",
            "paperkb check --baseline known.json",
            "paperkb check --fix --dry-run",
        ),
    )(check)


def check(
    context: typer.Context,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="An earlier answer of `check --json`: only what is not in it counts."),
    ] = None,
    links: LinksOption = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Quote ids and titles, make lists of aliases: what cannot change meaning.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --fix: show the change, write nothing.")] = False,
) -> int:
    """What is wrong or doubtful in the notes.

    A line each, `path:line:col code message - hint`; exit code 2 from warnings up.
    """
    return answer(context.obj, baseline=baseline, links=links, fix=fix, dry_run=dry_run)
