"""`paperkb check`: what is wrong or worth knowing."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cli.render.timeline.printable import printable
from cli.session import CommandError, Session, emit


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "check",
        epilog="Examples:  paperkb check   paperkb check --json > known.json; paperkb check --baseline known.json",
    )(check)


def check(
    context: typer.Context,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="An earlier answer of `check --json`: only what is not in it counts."),
    ] = None,
) -> None:
    """Findings as `path:line:col code message - hint`; exit code 2 from warnings up."""
    from cli.implementations import Installed
    from linker.check import findings
    from linker.vault import CURATED

    session: Session = context.obj
    with session.open() as vault:
        shipped = vault.root == CURATED  # the notes that the installed implementations belong to
        found = findings(vault.store, shipped=shipped)
    known = _known(baseline) if baseline else set()
    shown = [finding for finding in found if (finding.path, finding.code, finding.message) not in known]
    cards = Installed().problems() if shipped else []
    problems = [problem for problem in cards if ("", "card", problem) not in known]
    counts = {
        severity: sum(finding.severity == severity for finding in shown) for severity in ("error", "warning", "notice")
    }
    counts["error"] += len(problems)
    if session.json:
        emit(
            "check",
            {
                "findings": [
                    {
                        "path": f.path,
                        "line": f.line,
                        "column": f.column,
                        "code": f.code,
                        "severity": f.severity,
                        "message": f.message,
                        "hint": f.hint,
                    }
                    for f in shown
                ],
                "cards": problems,
                "counts": counts,
            },
        )
    else:
        for line in [*map(str, shown), *problems]:
            print(printable(line))
        print(", ".join(f"{count} {severity}{'s' * (count != 1)}" for severity, count in counts.items()))
    raise typer.Exit(2 if counts["error"] or counts["warning"] else 0)


def _known(baseline: Path) -> set[tuple[str, str, str]]:
    try:
        answer = json.loads(baseline.read_text(encoding="utf-8"))
        known = {(finding["path"], finding["code"], finding["message"]) for finding in answer["findings"]}
        return known | {("", "card", problem) for problem in answer["cards"]}
    except OSError as error:
        raise CommandError(f"{baseline}: {error.strerror} - make one with `paperkb check --json`") from None
    except (ValueError, KeyError, TypeError):
        raise CommandError(f"{baseline}: no answer of `check --json` - make one with that") from None
