"""`paperkb bench NAME|--all`: what clarity costs, timed against torch's own."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands import examples
from cli.commands.name_argument import runnable
from cli.failure import reason
from cli.pictures import known_ending
from cli.session import CommandError, Session, emit

EPILOG = examples("paperkb bench layernorm", "paperkb bench --all --quick", "paperkb bench report old/ new/")


def bench(
    context: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(
        metavar="NAME", help="An implementation, or a paper that has one. Or `report RECORDS`: a table of a folder or "
        "file of records. Or `report OLD NEW`: compare two; exit code 2 if something became slower. Or "
        "`roofline RECORDS PICTURE`: draw an SVG file.",
        autocompletion=runnable)] = None,
    every: Annotated[bool, typer.Option("--all", help="All implementations.")] = False,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="cpu, cuda or cuda:N.")] = "cpu",
    quick: Annotated[bool, typer.Option("--quick", help="Use fewer repetitions.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Skip the cases that were measured before.")] = False,
) -> None:
    """Time an implementation against torch's own.

    Every case follows protocol rb1: verified first, timed interleaved, reported with its spread. Writes records.
    """
    session: Session = context.obj
    match words or []:
        case ["report", old, new] if not every:
            raise typer.Exit(_compare(session, Path(old), Path(new)))
        case ["report", place] if not every:
            _overview(session, Path(place))
        case ["roofline", place, picture] if not every:
            _draw_roofline(session, Path(place), Path(picture))
        case [name] if name not in ("report", "roofline"):
            raise typer.Exit(_measure(session, name, every, device, quick, resume))
        case []:
            raise typer.Exit(_measure(session, "", every, device, quick, resume))
        case _:
            raise CommandError("bench takes NAME, --all, report RECORDS, report OLD NEW, or roofline RECORDS PICTURE")


def _measure(session: Session, name: str, every: bool, device: str, quick: bool, resume: bool) -> int:
    from cli.runnable import chosen, need_torch

    need_torch()
    found = chosen(session, name, every)
    from reference_impls.harness import tasks, text
    from reference_impls.harness.claim import Paused

    records: list[dict[str, Any]] = []
    try:
        for result in tasks.bench_all(found, device, quick, resume, sys.stderr):
            records += result.records
            if not session.json:
                print(text.benchmark(result.benchmark), flush=True)
    except BrokenPipeError:  # the reader is gone
        raise
    except (Paused, OSError, ValueError) as error:
        raise CommandError(reason(error)) from None
    if session.json:
        emit("bench", {"records": records})
    return int(any(record["status"] in ("unverified", "oom") for record in records))


def _compare(session: Session, old: Path, new: Path) -> int:
    """Compare two sets of records; findings are variants that became slower."""
    from reference_impls.harness.bench import report

    try:
        found = report.compare_places(old, new)
    except report.ReportError as error:
        raise CommandError(str(error)) from None
    if session.json:
        emit("bench-report", report.as_json(found))
    else:
        print(report.as_text(found))
    return 2 if found.slower else 0


def _overview(session: Session, place: Path) -> None:
    """Show one set of records, as a table or as they are."""
    from reference_impls.harness.bench import overview, report

    try:
        if session.json:
            emit("bench", {"records": report.read(place)})
        else:
            print(overview.of_place(place))
    except report.ReportError as error:
        raise CommandError(str(error)) from None


def _draw_roofline(session: Session, place: Path, picture: Path) -> None:
    from reference_impls.harness.bench import report, roofline

    known_ending(picture, (".svg",))
    try:
        picture.write_text(roofline.draw(report.read(place)), encoding="utf-8")
    except (ValueError, OSError) as error:
        raise CommandError(reason(error)) from None
    if session.json:
        emit("bench-roofline", {"file": str(picture)})
    else:
        print(picture)
