"""Lines, grids and trees as rich draws them on a terminal, wrapped to its width."""

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Drawn
from rich.tree import Tree as Branching

from cli.render.parts import Columns, Counted, Grid, Part, Text, Tree

_HEAD, _COUNTED_HEAD = 24, 30
"""Heads of up to this many characters are never wrapped, however narrow the terminal."""


def on_terminal(parts: Iterable[Part]) -> Iterator[RenderableType]:
    """The same parts, ready for a rich console."""
    for part in parts:
        match part:
            case Text():
                yield Padding(_line(part), 0) if part.no_wrap else _line(part)  # rich joins bare texts and wraps them
            case Grid():
                yield _grid(part)
            case Counted():
                yield _counted(part)
            case Columns():
                yield _columns(part)
            case Tree():
                yield _tree(part)


def _line(line: Text) -> Drawn:
    return Drawn.assemble(*line.pieces, no_wrap=line.no_wrap or None, overflow="ellipsis" if line.no_wrap else None)


def _grid(grid: Grid) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style=grid.style, no_wrap=max(len(head) for head, _ in grid.rows) <= _HEAD, overflow="fold")
    table.add_column(overflow="fold")
    for head, said in grid.rows:
        table.add_row(Drawn(head), _line(said))
    return Padding(table, (0, 0, 0, 2), expand=False)


def _counted(part: Counted) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    whole = max((len(head) for head, _, _ in part.rows), default=0) <= _COUNTED_HEAD
    table.add_column(style=part.style, no_wrap=whole, overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for head, count, said in part.rows:
        table.add_row(Drawn(head), str(count), _line(said))
    return Padding(table, (0, 0, 0, 2), expand=False)


def _columns(part: Columns) -> RenderableType:
    table = Table.grid(padding=(0, part.gap))
    for row in part.rows:
        table.add_row(*map(_line, row))
    return table


def _tree(tree: Tree) -> RenderableType:
    top = Branching(_line(tree.line), guide_style="dim")
    pending = [(top, tree)]
    while pending:
        drawn, branch = pending.pop()
        pending += [(drawn.add(_line(each.line)), each) for each in branch.branches]
    return top
