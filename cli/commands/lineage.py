"""`paperkb lineage NAME`: what led to a paper and what it led to."""

from pathlib import Path
from typing import Annotated

import typer

from cli.answers.lineage import answer
from cli.commands import examples
from cli.commands.drawing_options import ThemeOption, WidthOption
from cli.commands.name_argument import keys

_PAPERS = keys("paper", "ghost")

EPILOG = examples(
    "paperkb lineage vit --depth 2",
    "paperkb lineage lora --to batchnorm",
    "paperkb lineage vit -o vit.svg",
)


def lineage(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A paper.", autocompletion=_PAPERS)],
    to: Annotated[
        str | None,
        typer.Option(
            metavar="OTHER", help="Show the shortest paths to this paper instead.", autocompletion=_PAPERS
        ),
    ] = None,
    depth: Annotated[int | None, typer.Option(metavar="N", min=1, help="Show at most N steps of the tree.")] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Draw a .svg, .png, .json, .mmd, .dot, .graphml or .canvas file."
        ),
    ] = None,
    width: WidthOption = 1600,
    theme: ThemeOption = None,
) -> int:
    """Show what led to a paper and what it led to, and why.

    Prints two trees, or with --to the shortest paths between two papers.
    """
    return answer(context.obj, name, to=to, depth=depth, output=output, width=width, theme=theme)
