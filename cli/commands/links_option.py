"""`--links` of the commands that tell where links lead."""

from typing import Annotated, Literal

import typer

LinksOption = Annotated[
    Literal["papers", "obsidian"] | None,
    typer.Option(
        help="Follow links between notes as far as papers, or only as Obsidian does; for this run, "
        "instead of what paperkb.toml says."
    ),
]
