"""The matrix of patterns and families for the terminal, and the gaps in it."""

from collections.abc import Iterator

from cli.printable import printable
from cli.render.parts import Columns, Part, Text, columns
from linker.taxonomy import Matrix

_GAPS = 12
_NARROWEST = 3
"""Terminal columns for a family, at least."""
_LONGEST = 32
"""Characters of a family's name; longer names are cut."""


def render_gaps(matrix: Matrix) -> Iterator[Part]:
    """The matrix with counts, then the empty cells next to full ones."""
    if not matrix.patterns:
        yield Text("nothing to compare: no paper with a family uses a pattern")
        return
    yield from _grid(matrix)
    yield Text()
    yield from _gaps(matrix)


def _grid(matrix: Matrix) -> Iterator[Text]:
    """One narrow column per family; its name is above and to the left, so that no line is wider than the rows."""
    names = {pattern: printable(pattern) for pattern in matrix.patterns}
    named = map(printable, matrix.families)
    families = [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in named]
    step = max([_NARROWEST, *(len(str(len(papers))) + 1 for papers in matrix.cells.values())])
    heads = (columns(family) + 1 - step * number for number, family in enumerate(families))
    left = max(max(map(columns, names.values())) + 2, *heads)
    gaps = {(gap.pattern, gap.family) for gap in matrix.gaps}
    for number in reversed(range(len(families))):
        blank = " " * (left + step * number - 1 - columns(families[number]))
        line = Text(blank + families[number], no_wrap=True)
        line.append(" ┐" + (" " * (step - 1) + "│") * (len(families) - 1 - number), "dim")
        yield line
    for pattern, name in names.items():
        line = Text(name + " " * (left - columns(name)), no_wrap=True)
        for number, family in enumerate(matrix.families, 1):
            count = len(matrix.cells.get((pattern, family), ()))
            shown = str(count) if count else "?" if (pattern, family) in gaps else "·"
            style = "bold green" if count else "yellow" if shown == "?" else "dim"
            line.append(shown.ljust(step if number < len(matrix.families) else 1), style)
        yield line


def _gaps(matrix: Matrix) -> Iterator[Part]:
    if not matrix.gaps:
        yield Text("no gaps: every family uses the patterns that two or more similar families use")
        return
    yield Text("? not tried here, although two or more similar families use it", "bold cyan")
    rows = [
        (
            Text(f"  {printable(gap.pattern)}", "bold"),
            Text.assemble("in ", (printable(gap.family), "bold")),
            Text(f"seen in {printable(', '.join(gap.near))}", "dim"),
        )
        for gap in matrix.gaps[:_GAPS]
    ]
    yield Columns(rows, 2)
    if len(matrix.gaps) > _GAPS:
        yield Text(f"  and {len(matrix.gaps) - _GAPS} more (--json lists all)", "dim")
