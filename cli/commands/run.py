"""`paperkb run NAME`: the idea runs, and its claim is judged."""

from pathlib import Path
from typing import Annotated

import typer

from cli.session import CommandError, Session, emit


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run", epilog="Examples:  paperkb run lora   paperkb run 'Attention Is All You Need' --device cuda")(
        run
    )


def run(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="An implementation, or a paper that has one.")],
    seed: Annotated[int, typer.Option(help="Seed of every arm; 0 to 2 were used for tuning.")] = 3,
    device: Annotated[str, typer.Option(help="cpu, cuda or cuda:N.")] = "cpu",
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Where curves, pictures and record go.")
    ] = Path("runs"),
) -> None:
    """Run every arm of the claim once: progress, measured figures, verdict, pictures."""
    from cli.runnable import implementation, need_torch, progress

    session: Session = context.obj
    need_torch()
    found = implementation(session, name)
    from reference_impls.harness import tasks, text

    try:
        result = tasks.run(found, seed, device, output, progress())
    except (LookupError, ValueError, OSError) as error:
        raise CommandError(str(error.args[0] if isinstance(error, LookupError) else error)) from None
    if session.json:
        emit("run", {"records": [result.record], "files": [str(file) for file in result.files]})
    else:
        print(f"{found.summary}\n\n{text.judgement(result.judgement)}\n")
        print("\n".join(f"wrote {file}" for file in result.files))
    raise typer.Exit(0 if result.judgement.as_declared else 2)
