"""`paperkb verify NAME|--all`: check that the implementation is right and that the claim holds."""

import sys
from typing import Annotated, Any

import typer

from cli.commands import examples
from cli.commands.name_argument import runnable
from cli.failure import reason
from cli.session import CommandError, Session, emit

EPILOG = examples("paperkb verify adam", "paperkb verify --all --no-claims")


def verify(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="An implementation, or a paper that has one.", autocompletion=runnable),
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="All implementations.")] = False,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="cpu, cuda or cuda:N.")] = "cpu",
    claims: Annotated[bool, typer.Option("--claims/--no-claims", help="Also judge the claim on fresh seeds.")] = True,
    calibrate: Annotated[bool, typer.Option("--calibrate", help="First repeat the tuning of every arm.")] = False,
) -> None:
    """Check an implementation, from its shapes to its claim.

    Checks shapes, properties, oracle, gradients, mutants and claim; writes a record. Exit code 2 if a verdict differs
    from the declared one.
    """
    from cli.runnable import chosen, need_torch

    session: Session = context.obj
    need_torch()
    found = chosen(session, name, every)
    from reference_impls.harness import tasks, text

    records: list[dict[str, Any]] = []
    code = 0
    for implementation in found:
        shown: list[str] = []
        with text.Screen(sys.stderr) as screen:
            try:
                if calibrate and tasks.can_calibrate(implementation):
                    shown.append(text.calibration(tasks.calibrate(implementation, device, screen)))
                result = tasks.verify(implementation, device, claims, screen.on_event)
            except (ValueError, LookupError, OSError) as error:
                if not every:
                    raise CommandError(reason(error)) from None
                screen.say(f"paperkb: {implementation.card.id}: {reason(error)}")
                code = 1
                continue
        records += result.records
        shown.append(text.verification(result.verification))
        if result.judgement:
            shown.append(text.judgement(result.judgement))
        if not session.json:
            print("\n".join(shown), flush=True)
        if result.verification.status in ("failed", "oom"):
            code = 1
        elif not result.as_declared and code == 0:
            code = 2
    if session.json:
        emit("verify", {"records": records})
    raise typer.Exit(code)
