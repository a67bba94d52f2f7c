"""Ideas over time: in the terminal, or as a picture or page in a file."""

from collections.abc import Sequence

from cli.session import CommandError, Session, emit
from kb.typed import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from cli.pictures import Theme
    from cli.render.timeline.model import Scale
    from cli.render.timeline.papers import Edge, Paper
    from cli.render.timeline.picture import Picture
    from kb.query.answer import Paper as Answered
    from kb.store import Store
    from linker.graph import Kind

Form = Literal["log", "lanes"]
Drawn = Literal["builds-on", "cites", "links", "all", "none"]
_KINDS: "dict[Drawn, tuple[Kind, ...]]" = {
    "builds-on": ("builds-on",),
    "cites": ("cites",),
    "links": ("links",),
    "all": ("builds-on", "cites", "links"),
    "none": (),
}


def answer(
    session: Session,
    expression: Sequence[str] = (),
    *,
    output: "Path | None" = None,
    form: Form = "log",
    lanes: str = "",
    scale: "Scale" = "density",
    edges: Drawn | None = None,
    width: int = 1600,
    theme: "Theme | None" = None,
    plain: bool = False,
) -> int:
    """Print or draw the papers that match and what builds on what; return the exit code.

    Raises:
        CommandError: the query cannot be understood, a facet or ending is unknown, or the file cannot be written.
    """
    from cli.render.timeline.facets import FACETS, best_facet
    from cli.render.timeline.gather import gather, wanted
    from kb.query.syntax import QueryError
    from linker.graph import KINDS, among, labels, telling

    asked, is_export = " ".join(expression), False
    if lanes and lanes not in FACETS:
        from cli.mistakes import unknown

        raise unknown("--lanes", lanes, FACETS)
    if output:
        from cli.pictures import known_ending
        from cli.render.timeline.write import ENDINGS, EXPORTS

        known_ending(output, (*ENDINGS, ".html"))
        is_export = output.suffix.lower() in EXPORTS
    with session.open() as vault:
        try:
            answered, query = wanted(vault.store, asked)
        except QueryError as error:
            raise CommandError(str(error)) from None
        keys = [paper.key for paper in answered if paper.source]
        is_page = output is not None and output.suffix.lower() == ".html"  # its panels have the edges to ghosts
        ghosts = [] if is_page else [paper.key for paper in answered if not paper.source]
        kinds = _KINDS[edges] if edges else telling(vault.store, keys)
        links = among(vault.store, keys, KINDS if is_export and not edges else kinds, ghosts)
        facet = lanes or best_facet(answered)
        keep = None
        if output and output.suffix.lower() in (".svg", ".html"):
            from cli.render.timeline.remembered import remembered

            keep = remembered(output, facet)
        papers, related = gather(answered, labels(vault.store, keys), links, facet, keep.lanes if keep else ())
        drawn = [edge for edge in related if edge.kind in kinds]
        if not output and not session.json:
            if papers:
                _print(papers, drawn, session, form, scale, plain)
            else:
                print("no paper matches")
            return 0
        # slow to import: only when a picture is drawn
        from dataclasses import asdict

        from cli.render.timeline.gather import linked
        from cli.render.timeline.model import Options
        from cli.render.timeline.picture import Picture, notes_of
        from cli.render.timeline.svg import PIXELS
        from linker.graph import pages_elsewhere

        picture = Picture(
            tuple(linked(papers, pages_elsewhere(vault.store))),
            tuple(drawn),
            tuple(related),
            Options(width, PIXELS, scale, keep=keep),
            title=f"Timeline of {asked}" if asked else "Timeline",
            theme=theme,
            facet=facet,
            notes=notes_of(answered),
        )
        if not output:
            emit("timeline", asdict(picture.layout))
            return 0
        from cli.pictures import save
        from cli.render.timeline.write import write, write_text

        if is_page:
            text = _page(vault.store, answered, picture, query, lanes)
            save(output, lambda: write_text(output, text))
        else:
            save(output, lambda: write(output, picture))
    if session.json:
        emit("timeline", {"written": str(output), "papers": len(papers)})
    else:
        print(f"{output}: {len(papers)} paper{'s' * (len(papers) != 1)}")
    return 0


def _print(
    papers: "list[Paper]", edges: "list[Edge]", session: Session, form: Form, scale: "Scale", plain: bool
) -> None:
    import shutil

    width = shutil.get_terminal_size((100, 24)).columns
    if form == "lanes":
        from cli.render.timeline.terminal_lanes import render_lanes

        session.show_parts(render_lanes(papers, edges, width, plain=plain, scale=scale))
    else:
        from cli.render.timeline.terminal_log import render_log

        session.show_parts(render_log(papers, edges, width, plain=plain))


def _page(store: "Store", papers: "list[Answered]", picture: "Picture", query: str, lanes: str) -> str:
    """The interactive page, with a static picture in it for readers without JavaScript."""
    from cli.page.assemble import DRAWN, page
    from cli.page.data import page_data
    from cli.render.timeline.svg import render_svg

    data = page_data(
        store,
        papers,
        picture.layout,
        query=query,
        lanes=lanes,
        title=picture.title,
        facet=picture.facet,
    )
    static = render_svg(picture.layout, picture.title, styled=False) if len(papers) <= DRAWN else ""
    return page(data, static)
