"""`paperkb lineage NAME`: what led to a paper and what it led to."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands import examples
from cli.pictures import Theme, known_ending, save
from cli.session import CommandError, Session, emit

if TYPE_CHECKING:
    from kb.query.names import Named
    from linker.lineage import Lineage, Node
    from linker.vault import Vault


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "lineage",
        epilog=examples(
            "paperkb lineage vit --depth 2",
            "paperkb lineage lora --to batchnorm",
            "paperkb lineage vit -o vit.svg",
        ),
    )(lineage)


def lineage(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A paper.")],
    to: Annotated[
        str | None, typer.Option(metavar="OTHER", help="Show the shortest paths to this paper instead.")
    ] = None,
    depth: Annotated[int | None, typer.Option(min=1, help="At most so many steps.")] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Draw FILE.svg .png .json .mmd .dot .graphml .canvas"),
    ] = None,
    width: Annotated[int, typer.Option(min=300, max=20_000, help="Pixels of the picture.")] = 1600,
    theme: Annotated[Theme | None, typer.Option(help="Literal colors; without, an SVG follows its reader.")] = None,
) -> None:
    """What led to a paper and what it led to, with the why.

    As a tree; with --to, the shortest paths between two papers.
    """
    from cli.named import named
    from linker.lineage import Lineage, Node, around, between

    session: Session = context.obj
    if output:
        from cli.render.timeline.write import ENDINGS

        known_ending(output, ENDINGS)
    with session.open() as vault:
        start = named(vault.store, name, kinds=("paper", "ghost"))
        end = named(vault.store, to, kinds=("paper", "ghost")) if to is not None else None
        near = between(vault.store, start.node, end.node) if end else around(vault.store, start.node, depth)
        graph = Lineage(vault.store, near)
        root = graph.nodes.get(start.node) or Node(start.node, start.kind, start.key, start.title, None, None)
        if output:
            papers = _draw(output, vault, graph, root, end, depth, width, theme)
    if output:
        if session.json:
            emit("lineage", {"written": str(output), "papers": papers})
        else:
            print(f"{output}: {papers} papers")
        return
    if end:
        paths = graph.paths(start.node, end.node)
        if session.json:
            emit(
                "lineage",
                {
                    "from": start.key,
                    "to": end.key,
                    "paths": [
                        [
                            {
                                "source": graph.nodes[step.source].key,
                                "target": graph.nodes[step.target].key,
                                "why": step.why,
                                "path": step.path,
                                "line": step.line,
                            }
                            for step in path
                        ]
                        for path in paths
                    ],
                },
            )
            return
        from cli.render.tree import render_paths

        session.show(render_paths(paths, graph.nodes, start.key, end.key))
        return
    up, down = graph.tree(root, depth, up=True), graph.tree(root, depth, up=False)
    if session.json:
        try:
            ends = _plain(up)["branches"], _plain(down)["branches"]
            emit("lineage", {"key": start.key, "ancestors": ends[0], "descendants": ends[1]})
        except RecursionError:  # few programs could read it
            deep = "hundreds of steps inside each other are too many for JSON"
            raise CommandError(f"{deep} - ask for fewer with --depth, or for one way with --to") from None
        return
    from cli.render.tree import render_tree

    width = session.console().width
    session.show(
        [
            render_tree(f"what led to {root.title}", up, width),
            "",
            render_tree(f"what {root.title} led to", down, width),
        ]
    )


def _draw(
    output: Path,
    vault: "Vault",
    graph: "Lineage",
    root: "Node",
    end: "Named | None",
    depth: int | None,
    width: int,
    theme: Theme | None,
) -> int:
    """Write the lineage, or the paths, as a timeline; answer how many papers it shows."""
    from cli.render.timeline.descent import descent, ways
    from cli.render.timeline.gather import linked
    from cli.render.timeline.model import Options
    from cli.render.timeline.picture import Picture, notes_of
    from cli.render.timeline.svg import PIXELS
    from cli.render.timeline.write import write
    from kb.query.answer import ask
    from linker.graph import labels, pages_elsewhere

    answered, called = ask(vault.store, "", sort="date").papers, labels(vault.store)
    if end:
        paths = graph.paths(root.id, end.node)
        if not paths:
            raise CommandError(f"no chain of builds-on joins {root.key} and {end.key} - there is nothing to draw")
        papers, edges = ways(paths, graph, answered, called)
        title = f"How {root.key} and {end.key} are joined"
    else:
        up, down = graph.tree(root, depth, up=True), graph.tree(root, depth, up=False)
        papers, edges = descent(up, down, graph, answered, called)
        title = f"What led to {root.title} and what it led to"
    picture = Picture(
        tuple(linked(papers, pages_elsewhere(vault.store))),
        tuple(edges),
        tuple(edges),
        Options(width, PIXELS),
        title=title,
        theme=theme or ("light" if output.suffix.lower() == ".png" else "auto"),
        chosen=frozenset({root.key, *([end.key] if end else [])}),
        notes=notes_of(answered),
    )
    save(output, lambda: write(output, picture))
    return len(papers)


def _plain(branch: Any) -> dict[str, Any]:
    node = asdict(branch.node)
    del node["id"]
    return {**node, "why": branch.why, "seen": branch.seen, "branches": [_plain(child) for child in branch.branches]}
