"""`paperkb patterns`: the taxonomy with counts, and its gaps."""

from dataclasses import asdict
from itertools import chain
from typing import Annotated

import typer

from cli.session import CommandError, Session, emit


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("patterns", epilog="Examples:  paperkb patterns   paperkb patterns gaps")(patterns)


def patterns(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="[gaps]", help="`gaps`: the matrix of patterns and families.")] = "",
) -> None:
    """Every pattern with the papers that use it, narrower ones below broader ones."""
    from cli.render.taxonomy import render_gaps, render_taxonomy
    from linker.taxonomy import matrix
    from linker.taxonomy import patterns as taxonomy

    session: Session = context.obj
    if what not in ("", "gaps"):
        raise CommandError(f"unknown `{what}` - write `paperkb patterns` or `paperkb patterns gaps`")
    with session.open() as vault:
        if what:
            found = matrix(vault.store)
            if session.json:
                cells = [
                    {"pattern": p, "family": f, "papers": list(papers)}
                    for (p, f), papers in sorted(found.cells.items())
                ]
                emit(
                    "patterns",
                    {
                        "patterns": list(found.patterns),
                        "families": list(found.families),
                        "cells": cells,
                        "gaps": [asdict(gap) for gap in found.gaps],
                    },
                )
                return
            parts = render_gaps(found)
        else:
            known, limits = taxonomy(vault.store), taxonomy(vault.store, "constraint")
            if session.json:
                emit(
                    "patterns",
                    {
                        "patterns": [asdict(pattern) for pattern in known.values()],
                        "constraints": [asdict(limit) for limit in limits.values()],
                    },
                )
                return
            parts = chain(render_taxonomy("patterns", known), [""], render_taxonomy("constraints", limits))
    session.show(parts)
