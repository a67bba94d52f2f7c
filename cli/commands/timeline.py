"""`paperkb timeline [EXPR]`: ideas over time, in the terminal or as a picture."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.answers.timeline import answer
from cli.commands import examples
from cli.commands.drawing_options import ThemeOption, WidthOption

EPILOG = examples(
    "paperkb timeline",
    "paperkb timeline 'year:2014..2020' --lanes pattern -o timeline.svg",
    "paperkb timeline -o timeline.html",
)


def timeline(
    context: typer.Context,
    expression: Annotated[
        list[str] | None, typer.Argument(metavar="[EXPR]", help="A query. Default: the papers of your own notes.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Draw a .svg, .png, .html, .json, .mmd, .dot, .graphml or .canvas file.",
        ),
    ] = None,
    form: Annotated[
        Literal["log", "lanes"],
        typer.Option("--format", help="In the terminal: one paper per line, or lanes with time to the right."),
    ] = "log",
    lanes: Annotated[
        str,
        typer.Option(
            metavar="FACET",
            help="Group papers by family, category, pattern, constraint, tag, venue, status, folder or none. Default: "
            "the one that tells most of the papers apart.",
        ),
    ] = "",
    scale: Annotated[Literal["density", "linear"], typer.Option(help="Widen busy years, or not.")] = "density",
    edges: Annotated[
        Literal["builds-on", "cites", "links", "all", "none"] | None,
        typer.Option(
            help="Links to draw. Default: builds-on; where nothing says what it builds on, cites, else plain links; "
            "all in files for other programs."
        ),
    ] = None,
    width: WidthOption = 1600,
    theme: ThemeOption = None,
    plain: Annotated[bool, typer.Option("--plain", help="Use ASCII only.")] = False,
) -> int:
    """Show papers over time and what builds on what. A filled dot means the paper has code that runs."""
    return answer(
        context.obj,
        expression or (),
        output=output,
        form=form,
        lanes=lanes,
        scale=scale,
        edges=edges,
        width=width,
        theme=theme,
        plain=plain,
    )
