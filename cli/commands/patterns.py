"""`paperkb patterns`: the taxonomy with counts, and its gaps."""

from pathlib import Path
from typing import Annotated

import typer

from cli.answers.patterns import answer
from cli.commands import examples
from cli.commands.drawing_options import ThemeOption

EPILOG = examples("paperkb patterns", "paperkb patterns gaps -o gaps.svg")


def patterns(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="[gaps]", help="`gaps`: show which families of papers use a pattern and which have not tried it."
        ),
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Draw `gaps` as a .svg, .png or .json file."),
    ] = None,
    theme: ThemeOption = None,
) -> int:
    """List every pattern with the papers that use it. Narrower patterns are below broader ones."""
    return answer(context.obj, what, output=output, theme=theme)
