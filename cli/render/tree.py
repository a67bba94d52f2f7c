"""Lineage for the terminal: a tree with why lines, and paths between two papers."""

from collections.abc import Iterator

from rich.text import Text

from cli.render.timeline.printable import printable
from linker.lineage import Branch, Node, Step


def render_tree(title: str, top: Branch) -> Iterator[Text]:
    """One line a paper, the why dimmed behind it."""
    yield Text(printable(title) if top.branches else f"{printable(title)}: nothing", style="bold cyan")
    yield from _branches(top.branches, "")
    yield Text()


def _branches(branches: list[Branch], indent: str) -> Iterator[Text]:
    for branch in branches:
        last = branch is branches[-1]
        line = Text.assemble(indent, "└─ " if last else "├─ ", _name(branch.node))
        if branch.why:
            line.append(f"  {printable(branch.why)}", style="dim")
        if branch.seen:
            line.append("  (above)", style="dim italic")
        yield line
        yield from _branches(branch.branches, indent + ("   " if last else "│  "))


def _name(node: Node) -> Text:
    mark = "●" if node.code_status and node.code_status != "none" else "○"
    year = f" {node.date[:4]}" if node.date else ""
    return Text.assemble(
        (mark, "green"), " ", (printable(node.key), "bold" if node.kind == "paper" else ""), (year, "dim")
    )


def render_paths(paths: list[list[Step]], nodes: dict[int, Node], start: str, end: str) -> Iterator[Text]:
    """Each path from the later paper to the earlier one."""
    if not paths:
        yield Text(f"no chain of builds-on joins {start} and {end}")
        return
    steps = len(paths[0])
    yield Text(
        f"{len(paths)} shortest path{'s' * (len(paths) != 1)} of {steps} step{'s' * (steps != 1)}", style="bold cyan"
    )
    for number, path in enumerate(paths, 1):
        yield Text()
        yield Text.assemble(f"{number}. ", _name(nodes[path[0].source]))
        for step in path:
            yield Text.assemble("   └ builds on ", _name(nodes[step.target]), (f"  {printable(step.why)}", "dim"))
