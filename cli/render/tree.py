"""Lineage for the terminal: a tree with why lines, and paths between two papers."""

from collections.abc import Iterator

from cli.printable import printable
from cli.render.parts import Columns, Part, Text, Tree
from linker.lineage import WAYS, Branch, Node, Step

_ROOM = 30
"""Columns that a paper needs after the tree's guides, which take four columns per level."""


def render_tree(title: str, top: Branch, width: int) -> Tree:
    """One branch per paper, its why dimmed after it; what is too deep for the width becomes a command to run."""
    tree = Tree(Text(printable(title) if top.branches else f"{printable(title)}: nothing", "bold cyan"))
    ahead = _ahead(top)
    pending = [(tree, top, 1)]
    while pending:
        drawn, branch, depth = pending.pop()
        if branch.branches and depth > 1 and 4 * depth > width - _ROOM:
            drawn.add(Text(f"… paperkb lineage {printable(branch.node.key)}", "dim italic"))
            continue
        for child in branch.branches:
            line = _name(child.node)
            if child.why:
                line.append(f"  {printable(child.why)}", "dim")
            if child.seen:
                line.append("  (below)" if id(child) in ahead else "  (above)", "dim italic")
            pending.append((drawn.add(line), child, depth + 1))
    return tree


def _ahead(top: Branch) -> set[int]:
    """`id`s of the branches whose paper unfolds further down: each paper unfolds where it is nearest to the root."""
    met, ahead, pending = {top.node.id}, set[int](), [top]
    while pending:
        branch = pending.pop()
        if not branch.seen:
            met.add(branch.node.id)
        elif branch.node.id not in met:
            ahead.add(id(branch))
        pending += reversed(branch.branches)
    return ahead


def _name(node: Node) -> Text:
    mark = "●" if node.code_status and node.code_status != "none" else "○"
    year = f" {node.date[:4]}" if node.date else ""
    return Text.assemble(
        (mark, "green"), " ", (printable(node.key), "bold" if node.kind == "paper" else ""), (year, "dim")
    )


def render_paths(paths: list[list[Step]], nodes: dict[int, Node], start: str, end: str) -> Iterator[Part]:
    """Each path from the later paper to the earlier one."""
    if not paths:
        yield Text(f"no chain of builds-on joins {printable(start)} and {printable(end)}")
        return
    steps, count = len(paths[0]), len(paths)
    many = f"{'at least ' * (count == WAYS)}{count} shortest path{'s' * (count != 1)}"
    yield Text(f"{many} of {steps} step{'s' * (steps != 1)}", "bold cyan")
    for number, path in enumerate(paths, 1):
        yield Text()
        yield Text.assemble(f"{number}. ", _name(nodes[path[0].source]))
        step_by_step = [
            (
                Text("   └ builds on", no_wrap=True),
                Text.assemble(_name(nodes[step.target]), (f"  {printable(step.why)}", "dim")),
            )
            for step in path
        ]
        yield Columns(step_by_step, 1)
