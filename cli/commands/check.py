"""`paperkb check`: what is wrong or worth knowing; on request, the safe fixes."""

from pathlib import Path
from typing import Annotated

import typer

from cli.answers.check import answer
from cli.commands import examples
from cli.commands.links_option import LinksOption

EPILOG = examples(
    "paperkb check",
    "paperkb check --json > known.json",
    "paperkb check --baseline known.json",
    "paperkb check --fix --dry-run",
)


def check(
    context: typer.Context,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Saved output of `check --json`; only findings not in it count."),
    ] = None,
    links: LinksOption = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Make safe fixes: quote ids and titles, turn aliases into lists.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --fix: show the changes, write nothing.")] = False,
) -> int:
    """Report what is wrong or doubtful in the notes.

    One line per finding: `path:line:col: code message - hint`. Exit code 2 if there are warnings or errors.
    """
    return answer(context.obj, baseline=baseline, links=links, fix=fix, dry_run=dry_run)
