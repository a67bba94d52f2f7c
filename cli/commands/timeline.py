"""`paperkb timeline [EXPR]`: ideas over time, in the terminal or as a picture."""

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.session import CommandError, Session, emit

if TYPE_CHECKING:
    from cli.render.timeline.model import Layout

EDGES = {"builds-on": ("builds-on",), "cites": ("cites",), "all": ("builds-on", "cites"), "none": ()}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "timeline",
        epilog="Examples:  paperkb timeline   paperkb timeline 'year:2014..2020' --lanes pattern -o timeline.svg",
    )(timeline)


def timeline(
    context: typer.Context,
    expression: Annotated[list[str] | None, typer.Argument(metavar="[EXPR]", help="A query; empty for all.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write FILE.svg or FILE.json.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="In the terminal: log or lanes.")] = "log",
    lanes: Annotated[
        str, typer.Option(metavar="FACET", help="family, category, pattern, constraint, tag, venue, status.")
    ] = "",
    scale: Annotated[str, typer.Option(help="density or linear.")] = "density",
    edges: Annotated[str, typer.Option(help="builds-on, cites, all or none.")] = "builds-on",
    width: Annotated[int, typer.Option(min=300, max=20_000, help="Pixels of the SVG.")] = 1600,
    plain: Annotated[bool, typer.Option("--plain", help="ASCII only.")] = False,
) -> None:
    """Papers over time, what builds on what; filled dots have code that runs."""
    from cli.render.timeline.gather import FACETS, best_facet, gather
    from kb.query.answer import ask
    from kb.query.syntax import QueryError
    from linker.graph import among, labels

    session: Session = context.obj
    for name, value, known in (
        ("--format", form, ("log", "lanes")),
        ("--lanes", lanes or FACETS[0], FACETS),
        ("--scale", scale, ("density", "linear")),
        ("--edges", edges, tuple(EDGES)),
    ):
        if value not in known:
            raise CommandError(f"unknown {name} `{value}` - known are {', '.join(known)}")
    if output and output.suffix not in (".svg", ".json"):
        raise CommandError(f"cannot write `{output.suffix or output}` - write a .svg or .json file")
    with session.open() as vault:
        try:
            answer = ask(vault.store, " ".join(expression or []), sort="date")
        except QueryError as error:
            raise CommandError(str(error)) from None
        links = among(vault.store, [paper.key for paper in answer.papers], EDGES[edges])
        papers, drawn = gather(answer.papers, labels(vault.store), links, lanes or best_facet(answer.papers))
    if output or session.json:
        from cli.render.timeline.layout import layout
        from cli.render.timeline.model import Options
        from cli.render.timeline.svg import PIXELS

        found = layout(papers, drawn, Options(width, PIXELS, "linear" if scale == "linear" else "density"))
        if session.json and not output:
            emit("timeline", asdict(found))
        elif output:
            _write(output, found, " ".join(expression or []))
            if session.json:
                emit("timeline", {"written": str(output), "papers": len(found.nodes)})
            else:
                print(f"{output}: {len(found.nodes)} papers in {len(found.lanes)} lanes")
        return
    console = session.console()
    if not papers:
        print("no paper matches")
        return
    from cli.render.timeline.terminal_lanes import render_lanes
    from cli.render.timeline.terminal_log import render_log

    size = shutil.get_terminal_size((100, 24)).columns
    lines = (
        render_lanes(papers, drawn, size, plain=plain, scale="linear" if scale == "linear" else "density")
        if form == "lanes"
        else render_log(papers, drawn, size, plain=plain)
    )
    for line in lines:
        console.print(line, soft_wrap=True)


def _write(output: Path, found: "Layout", expression: str) -> None:
    import json

    from cli.render.timeline.svg import render_svg

    if output.suffix == ".svg":
        text = render_svg(found, f"Timeline of {expression}" if expression else "Timeline")
    else:
        text = (
            json.dumps({"schema": "paperkb.timeline/1", **asdict(found)}, ensure_ascii=False, sort_keys=True, indent=1)
            + "\n"
        )
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{output}: {error.strerror} - choose another place with -o") from None
