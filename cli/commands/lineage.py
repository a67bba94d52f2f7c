"""`paperkb lineage NAME`: what led to a paper and what it led to."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from cli.session import Session, emit


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lineage", epilog="Examples:  paperkb lineage vit --depth 2   paperkb lineage lora --to batchnorm")(
        lineage
    )


def lineage(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A paper.")],
    to: Annotated[str, typer.Option(metavar="OTHER", help="Show all shortest paths to this paper instead.")] = "",
    depth: Annotated[int | None, typer.Option(min=1, help="At most so many steps.")] = None,
) -> None:
    """Ancestors and descendants as a tree with their why; with --to, all shortest paths between two papers."""
    from cli.named import named
    from cli.render.tree import render_paths, render_tree
    from linker.lineage import Lineage, Node

    session: Session = context.obj
    with session.open() as vault:
        start = named(vault.store, name, kinds=("paper", "ghost"))
        end = named(vault.store, to, kinds=("paper", "ghost")) if to else None
        graph = Lineage(vault.store)
    root = graph.nodes.get(start.node) or Node(start.node, start.kind, start.key, start.title, None, None)
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
        session.show(render_paths(paths, graph.nodes, start.key, end.key))
        return
    up, down = graph.tree(root, depth, up=True), graph.tree(root, depth, up=False)
    if session.json:
        emit(
            "lineage", {"key": start.key, "ancestors": _plain(up)["branches"], "descendants": _plain(down)["branches"]}
        )
        return
    width = session.console().width
    session.show(
        [
            render_tree(f"what led to {root.title}", up, width),
            "",
            render_tree(f"what {root.title} led to", down, width),
        ]
    )


def _plain(branch: Any) -> dict[str, Any]:
    node = asdict(branch.node)
    del node["id"]
    return {**node, "why": branch.why, "seen": branch.seen, "branches": [_plain(child) for child in branch.branches]}
