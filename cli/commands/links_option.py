"""`--links` of the commands that report where links lead."""

from typing import Annotated, Literal

import typer

LinksOption = Annotated[
    Literal["papers", "obsidian"] | None,
    typer.Option(
        help="Resolve links to papers by id, alias or title too, or only as Obsidian does. For this run; overrides "
        "paperkb.toml."
    ),
]
