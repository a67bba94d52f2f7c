"""`paperkb bench NAME|--all`: what clarity costs, timed against torch's own."""

import sys
from typing import Annotated, Any

import typer

from cli.session import CommandError, Session, emit


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench", epilog="Examples:  paperkb bench layernorm   paperkb bench --all --quick")(bench)


def bench(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="An implementation, or a paper that has one.")] = "",
    every: Annotated[bool, typer.Option("--all", help="All implementations.")] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda or cuda:N.")] = "cpu",
    quick: Annotated[bool, typer.Option("--quick", help="Fewer repetitions.")] = False,
) -> None:
    """Time every case by protocol rb1: verified first, interleaved, with its spread; writes records."""
    from cli.runnable import chosen, need_torch

    session: Session = context.obj
    need_torch()
    found = chosen(session, name, every)
    from reference_impls.harness import tasks, text

    records: list[dict[str, Any]] = []
    code = 0
    for implementation in found:
        try:
            result = tasks.bench(implementation, device, quick, text.progress_line(sys.stderr))
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from None
        records += result.records
        if not session.json:
            print(text.benchmark(result.benchmark), flush=True)
        if any(measured.status in ("unverified", "oom") for measured in result.benchmark.measurements):
            code = 1
    if session.json:
        emit("bench", {"records": records})
    raise typer.Exit(code)
