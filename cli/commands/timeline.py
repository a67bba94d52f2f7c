"""`paperkb timeline [EXPR]`: ideas over time, in the terminal or as a picture."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.answers.timeline import answer
from cli.commands import examples
from cli.commands.drawing_options import ThemeOption, WidthOption


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "timeline",
        epilog=examples(
            "paperkb timeline",
            "paperkb timeline 'year:2014..2020' --lanes pattern -o timeline.svg",
            "paperkb timeline -o timeline.html",
        ),
    )(timeline)


def timeline(
    context: typer.Context,
    expression: Annotated[
        list[str] | None, typer.Argument(metavar="[EXPR]", help="A query; without, the papers of your own notes.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write FILE.svg .png .html .json .mmd .dot .graphml .canvas"
        ),
    ] = None,
    form: Annotated[
        Literal["log", "lanes"],
        typer.Option("--format", help="In the terminal: a paper a line, or time to the right."),
    ] = "log",
    lanes: Annotated[
        str,
        typer.Option(
            metavar="FACET",
            help="What a lane has in common: family, category, pattern, constraint, tag, venue, status, folder, none; "
            "without, what tells most of the papers apart.",
        ),
    ] = "",
    scale: Annotated[Literal["density", "linear"], typer.Option(help="Busy years wider, or all alike.")] = "density",
    edges: Annotated[
        Literal["builds-on", "cites", "all", "none"] | None,
        typer.Option(help="Which links are drawn: builds-on unless said; files for other programs have all."),
    ] = None,
    width: WidthOption = 1600,
    theme: ThemeOption = None,
    plain: Annotated[bool, typer.Option("--plain", help="ASCII only.")] = False,
) -> int:
    """Papers over time, and what builds on what. Filled dots have code that runs."""
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
