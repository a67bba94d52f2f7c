"""`--theme` and `--width` of the commands that draw."""

from typing import Annotated

import typer

from cli.pictures import Theme

ThemeOption = Annotated[
    Theme | None,
    typer.Option(help="Colors for a light or a dark page. Default: both in an SVG, light in a PNG."),
]
WidthOption = Annotated[int, typer.Option(metavar="N", min=300, max=20_000, help="Width of the picture in pixels.")]
