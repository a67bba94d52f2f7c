"""`paperkb timeline [EXPR]`: ideas over time, in the terminal or as a picture."""

import shlex
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.commands import examples
from cli.pictures import Theme, known_ending, save
from cli.session import CommandError, Session, emit

if TYPE_CHECKING:
    from cli.render.timeline.model import Edge, Paper, Scale
    from cli.render.timeline.picture import Picture
    from kb.query.answer import Paper as Answered
    from kb.store import Store

Drawn = Literal["builds-on", "cites", "all", "none"]
EDGES: dict[Drawn, tuple[str, ...]] = {
    "builds-on": ("builds-on",),
    "cites": ("cites",),
    "all": ("builds-on", "cites"),
    "none": (),
}


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
    expression: Annotated[list[str] | None, typer.Argument(metavar="[EXPR]", help="A query; empty for all.")] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write FILE.svg .png .html .json .mmd .dot .graphml .canvas"
        ),
    ] = None,
    form: Annotated[Literal["log", "lanes"], typer.Option("--format", help="In the terminal.")] = "log",
    lanes: Annotated[
        str, typer.Option(metavar="FACET", help="family, category, pattern, constraint, tag, venue, status.")
    ] = "",
    scale: Annotated[Literal["density", "linear"], typer.Option(help="Busy years wider, or all alike.")] = "density",
    edges: Annotated[
        Drawn | None, typer.Option(help="Which are drawn: builds-on unless said; exports of graphs have all.")
    ] = None,
    width: Annotated[int, typer.Option(min=300, max=20_000, help="Pixels of the picture.")] = 1600,
    theme: Annotated[Theme | None, typer.Option(help="Literal colors; without, an SVG follows its reader.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="ASCII only.")] = False,
) -> None:
    """Papers over time, and what builds on what. Filled dots have code that runs."""
    from cli.render.timeline.gather import FACETS, apart, best_facet, gather, linked
    from kb.query.answer import ask
    from kb.query.syntax import QueryError
    from linker.graph import among, labels, pages_elsewhere

    session: Session = context.obj
    query = " ".join(expression or [])
    if lanes and lanes not in FACETS:
        raise CommandError(f"unknown --lanes `{lanes}` - known are {', '.join(FACETS)}")
    if output:
        from cli.render.timeline.write import ENDINGS

        known_ending(output, (*ENDINGS, ".html"))
    with session.open() as vault:
        try:
            answered = apart(ask(vault.store, query, sort="date").papers)
        except QueryError as error:
            raise CommandError(str(error)) from None
        keys = [paper.key for paper in answered if paper.source]
        is_page = output is not None and output.suffix.lower() == ".html"  # which has edges to ghosts in its panels
        ghosts = [] if is_page else [paper.key for paper in answered if not paper.source]
        links = among(vault.store, keys, EDGES[edges or ("all" if output else "builds-on")], ghosts)
        facet = lanes or best_facet(answered)
        papers, related = gather(answered, labels(vault.store, keys), links, facet)
        drawn = [edge for edge in related if edge.kind in EDGES[edges or "builds-on"]]
        if not output and not session.json:
            if papers:
                _print(papers, drawn, session, form, scale, plain)
            else:
                print("no paper matches")
            return
        # what draws pictures costs time to import: only where one is asked for
        from cli.render.timeline.model import Options
        from cli.render.timeline.picture import Picture, notes_of
        from cli.render.timeline.remembered import remembered
        from cli.render.timeline.svg import PIXELS

        keep = remembered(output, facet) if output and output.suffix.lower() in (".svg", ".html") else None
        picture = Picture(
            tuple(linked(papers, pages_elsewhere(vault.store))),
            tuple(drawn),
            tuple(related),
            Options(width, PIXELS, scale, keep=keep),
            title=f"Timeline of {query}" if query else "Timeline",
            theme=theme or ("light" if output and output.suffix.lower() == ".png" else "auto"),
            facet=facet,
            notes=notes_of(answered),
        )
        if not output:
            emit("timeline", asdict(picture.layout))
            return
        from cli.render.timeline.write import write, write_text

        if is_page:
            asked = [*([query] if query else []), *(["--lanes", lanes] if lanes else [])]
            command = shlex.join(["paperkb", "timeline", *asked])
            text = _page(vault.store, answered, picture, query, command, facet)
            save(output, lambda: write_text(output, text))
        else:
            save(output, lambda: write(output, picture))
    if session.json:
        emit("timeline", {"written": str(output), "papers": len(papers)})
    else:
        print(f"{output}: {len(papers)} papers")


def _page(
    store: "Store", papers: "list[Answered]", picture: "Picture", query: str, command: str, facet: str
) -> str:
    """The page that lives, with the picture in it for readers without JavaScript."""
    from cli.page.assemble import DRAWN, page
    from cli.page.data import page_data
    from cli.render.timeline.svg import render_svg

    data = page_data(store, papers, picture.layout, query=query, command=command, title=picture.title, facet=facet)
    static = render_svg(picture.layout, picture.title, styled=False) if len(papers) <= DRAWN else ""
    return page(data, static)


def _print(
    papers: "list[Paper]", edges: "list[Edge]", session: Session, form: str, scale: "Scale", plain: bool
) -> None:
    width = shutil.get_terminal_size((100, 24)).columns
    if form == "lanes":
        from cli.render.timeline.terminal_lanes import render_lanes

        session.show_parts(render_lanes(papers, edges, width, plain=plain, scale=scale))
    else:
        from cli.render.timeline.terminal_log import render_log

        session.show_parts(render_log(papers, edges, width, plain=plain))
