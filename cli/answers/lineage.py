"""What led to a paper and what it led to: as a tree, as the shortest paths to another one, or drawn."""

from cli.session import CommandError, Session, emit
from kb.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from cli.pictures import Theme
    from kb.query.names import Named
    from linker.lineage import Branch, Lineage, Node
    from linker.vault import Vault

_KINDS = ("paper", "ghost")


def answer(
    session: Session,
    name: str,
    *,
    to: str | None = None,
    depth: int | None = None,
    output: "Path | None" = None,
    width: int = 1600,
    theme: "Theme | None" = None,
) -> int:
    """Print the ancestors and descendants of a paper, or the paths to another one; return the exit code.

    Raises:
        CommandError: nothing is called so, or several things are; the picture cannot be drawn.
    """
    from cli.named import named
    from linker.lineage import Lineage, Node, around, between

    if output:
        from cli.pictures import known_ending
        from cli.render.timeline.write import ENDINGS

        known_ending(output, ENDINGS)
    with session.open() as vault:
        start = named(vault.store, name, kinds=_KINDS)
        end = named(vault.store, to, kinds=_KINDS) if to is not None else None
        near = between(vault.store, start.node, end.node) if end else around(vault.store, start.node, depth)
        graph = Lineage(vault.store, near)
        root = graph.nodes.get(start.node) or Node(start.node, start.kind, start.key, start.title, None, None)
        if output:
            papers = _draw(output, vault, graph, root, end, depth, width, theme)
    if output:
        if session.json:
            emit("lineage", {"written": str(output), "papers": papers})
        else:
            print(f"{output}: {papers} paper{'s' * (papers != 1)}")
    elif end:
        _tell_paths(session, graph, start, end)
    else:
        _tell_trees(session, graph, root, depth)
    return 0


def _tell_paths(session: Session, graph: "Lineage", start: "Named", end: "Named") -> None:
    paths = graph.paths(start.node, end.node)
    if not session.json:
        from cli.render.tree import render_paths

        session.show_parts(render_paths(paths, graph.nodes, start.key, end.key))
        return
    steps = [
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
    ]
    emit("lineage", {"from": start.key, "to": end.key, "paths": steps})


def _tell_trees(session: Session, graph: "Lineage", root: "Node", depth: int | None) -> None:
    up, down = graph.tree(root, depth, up=True), graph.tree(root, depth, up=False)
    if not session.json:
        from cli.render.parts import Text
        from cli.render.tree import render_tree

        width = session.width()
        session.show_parts(
            [
                render_tree(f"what led to {root.title}", up, width),
                Text(),
                render_tree(f"what {root.title} led to", down, width),
            ]
        )
        return
    try:
        ends = _plain(up)["branches"], _plain(down)["branches"]
        emit("lineage", {"key": root.key, "ancestors": ends[0], "descendants": ends[1]})
    except RecursionError:  # few programs could read it
        deep = "hundreds of steps inside each other are too many for JSON"
        raise CommandError(f"{deep} - ask for fewer with --depth, or for one way with --to") from None


def _plain(branch: "Branch") -> dict[str, Any]:
    node = branch.node._asdict()
    del node["id"]
    return {**node, "why": branch.why, "seen": branch.seen, "branches": [_plain(child) for child in branch.branches]}


def _draw(
    output: "Path",
    vault: "Vault",
    graph: "Lineage",
    root: "Node",
    end: "Named | None",
    depth: int | None,
    width: int,
    theme: "Theme | None",
) -> int:
    """Write the lineage, or the paths, as a timeline; answer how many papers it shows."""
    from cli.pictures import save
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
