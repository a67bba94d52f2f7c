"""The taxonomy of patterns with counts, and its gaps."""

from cli.session import CommandError, Session, emit
from kb.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from cli.pictures import Theme
    from kb.store import Store
    from linker.taxonomy import Matrix

ENDINGS = (".svg", ".png", ".json")


def answer(session: Session, what: str = "", *, output: "Path | None" = None, theme: "Theme | None" = None) -> int:
    """Print every pattern with the papers that use it; with `gaps`, print or draw the matrix; return the exit code.

    Raises:
        CommandError: `what` is something else, or the matrix cannot be drawn.
    """
    if what not in ("", "gaps"):
        raise CommandError(f"unknown `{what}` - write `paperkb patterns` or `paperkb patterns gaps`")
    if output:
        from cli.pictures import known_ending

        known_ending(output, ENDINGS)
        if not what:
            raise CommandError("only the matrix can be drawn - write `paperkb patterns gaps -o FILE`")
    if what:
        _gaps(session, output, theme)
    else:
        _taxonomy(session)
    return 0


def _taxonomy(session: Session) -> None:
    from itertools import chain

    from cli.render.parts import Text
    from cli.render.taxonomy import render_taxonomy
    from linker.taxonomy import patterns

    with session.open() as vault:
        if session.json:
            emit("patterns", plain(vault.store))
            return
        known, limits = patterns(vault.store), patterns(vault.store, "constraint")
    if not (known or limits):
        print("no patterns: notes name them in a field `patterns:` or in a list under `## Uses`")
        return
    between = [Text()] if known and limits else []
    session.show_parts(chain(render_taxonomy("patterns", known), between, render_taxonomy("constraints", limits)))


def plain(store: "Store") -> dict[str, list[dict[str, Any]]]:
    """The taxonomy as JSON; `total` counts the papers of each pattern or constraint."""
    from linker.taxonomy import patterns

    kinds = {"patterns": patterns(store), "constraints": patterns(store, "constraint")}
    return {
        name: [{**each._asdict(), "total": len(each.papers)} for each in found.values()]
        for name, found in kinds.items()
    }


def _gaps(session: Session, output: "Path | None", theme: "Theme | None") -> None:
    from linker.taxonomy import matrix

    with session.open() as vault:
        found = matrix(vault.store)
    if output:
        _draw(output, found, theme)
        if session.json:
            emit("patterns", {"written": str(output), "patterns": len(found.patterns)})
        else:
            print(f"{output}: {len(found.patterns)} patterns in {len(found.families)} families")
    elif session.json:
        emit("patterns", plain_gaps(found))
    else:
        from cli.render.gaps import render_gaps

        session.show_parts(render_gaps(found))


def _draw(output: "Path", found: "Matrix", theme: "Theme | None") -> None:
    from cli.pictures import save
    from cli.render.matrix import render_matrix_svg
    from cli.render.timeline.write import json_text, write_png, write_text

    if output.suffix.lower() == ".png":
        save(output, lambda: write_png(output, render_matrix_svg(found, theme or "light")))
    elif output.suffix.lower() == ".svg":
        save(output, lambda: write_text(output, render_matrix_svg(found, theme or "auto")))
    else:
        save(output, lambda: write_text(output, json_text("patterns", plain_gaps(found))))


def plain_gaps(found: "Matrix") -> dict[str, Any]:
    """The matrix as JSON."""
    return {
        "patterns": list(found.patterns),
        "families": list(found.families),
        "cells": [
            {"pattern": pattern, "family": family, "papers": list(papers)}
            for (pattern, family), papers in sorted(found.cells.items())
        ],
        "gaps": [gap._asdict() for gap in found.gaps],
    }
