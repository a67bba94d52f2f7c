"""`paperkb run NAME`: train the model of an idea, run its experiment, or judge its claim."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.commands import examples
from cli.commands.name_argument import runnable
from cli.failure import reason
from cli.session import CommandError, Session, emit

EPILOG = examples("paperkb run vit", "paperkb run 'Attention Is All You Need' --device cuda")


def run(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="A training, an implementation or its paper.", autocompletion=runnable),
    ],
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="One seed. Default: 3 for a claim; 3, 4 and 5 for an experiment; 0 for a training."
        ),
    ] = None,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="cpu, cuda or cuda:N.")] = "cpu",
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for curves, pictures and records.")
    ] = Path("runs"),
) -> None:
    """Train a model, or run every arm of an experiment or claim.

    Prints figures, writes pictures and a record. After Ctrl-C, the same command resumes a training.
    """
    from cli.runnable import need_torch, runnable

    session: Session = context.obj
    need_torch()
    found = runnable(session, name)
    from reference_impls.harness import tasks
    from reference_impls.harness.claim import Paused

    try:
        result = tasks.run(found, seed, device, output, sys.stderr)
    except (Paused, LookupError, ValueError, OSError) as error:
        raise CommandError(reason(error)) from None
    if session.json:
        emit("run", {"records": [result.record], "files": [str(file) for file in result.files]})
    else:
        print(f"{found.summary}\n\n{result.report}\n")
        print("\n".join(f"wrote {file}" for file in result.files))
    raise typer.Exit(0 if result.as_declared else 2)
