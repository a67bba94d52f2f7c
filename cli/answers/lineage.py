"""What led to a paper and what it led to: as a tree, as the shortest paths to another one, or drawn."""

from cli.session import CommandError, Session, emit
from kb.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from cli.pictures import Theme
    from kb.query.names import Named
    from kb.store import Store
    from linker.lineage import Branch, Lineage, Node
    from linker.vault import Vault

KINDS = ("paper", "ghost")
"""What has a lineage."""
_NAMED = 5
"""Papers that a hint names, at most."""


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
        CommandError: nothing has that name, or several things have it; the picture cannot be drawn; `depth` with `to`.
    """
    if to is not None and depth:
        raise CommandError("--depth cuts the tree, but --to shows whole paths - leave one of them out")
    if output:
        from cli.pictures import known_ending
        from cli.render.timeline.write import ENDINGS

        known_ending(output, ENDINGS)
    with session.open() as vault:
        start, end = ends(vault.store, name, to)
        if session.json and not output:
            _emit(vault.store, start, end, depth)
            return 0
        root, graph = _found(vault.store, start, end, depth)
        if output:
            papers = _draw(output, vault, graph, root, end, depth, width, theme)
        linked = [] if graph.nodes or end else _only_linked(vault.store, root)
    if not output:
        _show(session, graph, root, end, depth)
        if linked:
            _advise(session, linked)
    elif session.json:
        emit("lineage", {"written": str(output), "papers": papers})
    else:
        print(f"{output}: {papers} paper{'s' * (papers != 1)}")
    return 0


def ends(store: "Store", name: str, to: str | None) -> "tuple[Named, Named | None]":
    """The paper, and the other one if it is named.

    Raises:
        CommandError: nothing has that name, or several things have it.
    """
    from cli.named import named

    return named(store, name, kinds=KINDS), named(store, to, kinds=KINDS) if to is not None else None


def _found(store: "Store", start: "Named", end: "Named | None", depth: int | None) -> "tuple[Node, Lineage]":
    """The paper, with what connects it to the other one, or with its ancestors and descendants."""
    from linker.lineage import Lineage, Node, around, between

    graph = Lineage(store, between(store, start.node, end.node) if end else around(store, start.node, depth))
    return graph.nodes.get(start.node) or Node(start.node, start.kind, start.key, start.title, None, None), graph


def _show(session: Session, graph: "Lineage", root: "Node", end: "Named | None", depth: int | None) -> None:
    from cli.render.parts import Text
    from cli.render.tree import render_paths, render_tree

    if end:
        session.show_parts(render_paths(graph.paths(root.id, end.node), graph.nodes, root.key, end.key))
        return
    up, down = graph.tree(root, depth, up=True), graph.tree(root, depth, up=False)
    width = session.width()
    session.show_parts(
        [
            render_tree(f"what led to {root.title}", up, width),
            Text(),
            render_tree(f"what {root.title} led to", down, width),
        ]
    )


def _only_linked(store: "Store", root: "Node") -> list[str]:
    """The papers that a paper's notes link without saying how they are related."""
    from linker.edges import out_of

    ends = (edge.target.partition(":") for edge in out_of(store, root.id) if edge.type == "links")
    return list(dict.fromkeys(key for kind, _, key in ends if kind == "paper"))


def _advise(session: Session, linked: list[str]) -> None:
    from cli.printable import printable
    from cli.render.parts import Text

    names = printable(", ".join(linked[:_NAMED])) + ", ..." * (len(linked) > _NAMED)
    session.show_parts([Text(), Text(f"its notes link {names} - what it builds on goes under `## Builds on`", "dim")])


def _emit(store: "Store", start: "Named", end: "Named | None", depth: int | None) -> None:
    try:
        emit("lineage", plain(store, start, end, depth=depth))
    except RecursionError:  # few programs could read it
        deep = "the tree is hundreds of steps deep, too many for JSON"
        raise CommandError(f"{deep} - limit it with --depth, or ask for one path with --to") from None


def plain(store: "Store", start: "Named", end: "Named | None" = None, *, depth: int | None = None) -> dict[str, Any]:
    """The answer as JSON: the shortest paths to another paper, or the trees of ancestors and descendants.

    `total` counts all of them, whatever the depth; `more` counts a paper's branches beyond the depth.

    Raises:
        RecursionError: the trees are hundreds of steps deep.
    """
    from linker.lineage import reached

    root, graph = _found(store, start, end, depth and depth + 1)
    if end:
        chains = graph.paths(root.id, end.node)
        papers = [_node(node) for node in graph.along(chains)]
        return {"from": root.key, "to": end.key, "paths": graph.plain(chains), "papers": papers}
    sides = {"ancestors": True, "descendants": False}
    return {
        "key": root.key,
        **{side: _plain(graph.tree(root, depth, up=up), graph, up=up)["branches"] for side, up in sides.items()},
        "total": {side: len(reached(store, root.id, up=up)) - 1 for side, up in sides.items()},
    }


def _node(node: "Node") -> dict[str, Any]:
    return {name: value for name, value in node._asdict().items() if name != "id"}


def _plain(branch: "Branch", graph: "Lineage", *, up: bool) -> dict[str, Any]:
    shown = [_plain(child, graph, up=up) for child in branch.branches]
    there = 0 if branch.seen else len((graph.parents if up else graph.children).get(branch.node.id, ()))
    more = {"more": there} if there > len(shown) else {}
    step = {"why": branch.why, "path": branch.path, "line": branch.line}
    return {**_node(branch.node), **step, "seen": branch.seen, "branches": shown, **more}


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
    """Write the lineage, or the paths, as a timeline; return how many papers it shows."""
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
        theme=theme,
        chosen=frozenset({root.key, *([end.key] if end else [])}),
        notes=notes_of(answered),
    )
    save(output, lambda: write(output, picture))
    return len(papers)
