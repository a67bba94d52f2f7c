"""Patterns for the terminal: an indented list with counts, and the matrix of patterns and families."""

from collections.abc import Iterator

from rich.text import Text

from cli.render.timeline.printable import printable
from linker.taxonomy import Matrix, Pattern

_GAPS = 12


def render_taxonomy(title: str, patterns: dict[str, Pattern]) -> list[Text]:
    """Broad patterns first, what is narrower below them, each with the papers that use it."""
    lines = [Text(title, style="bold cyan")]
    width = max((len(key) for key in patterns), default=0) + 6
    tops = [pattern for pattern in patterns.values() if not pattern.broader]

    def add(pattern: Pattern, depth: int, path: tuple[str, ...]) -> None:
        name = "  " * (depth + 1) + printable(pattern.key)
        line = Text.assemble(
            (f"{name:<{width}}", "bold"), f"{len(pattern.papers):>4}  ", (printable(", ".join(pattern.papers)), "dim")
        )
        if pattern.ghost:
            line.append("  no note yet", style="yellow")
        lines.append(line)
        for key in pattern.narrower:
            if key not in path:
                add(patterns[key], depth + 1, (*path, key))

    for pattern in tops:
        add(pattern, 0, (pattern.key,))
    return [*lines, Text()]


def render_gaps(matrix: Matrix) -> list[Text]:
    """The matrix with counts, then the empty cells next to full ones."""
    return [*_grid(matrix), Text(), *_gaps(matrix)]


def _grid(matrix: Matrix) -> Iterator[Text]:
    width = max((len(pattern) for pattern in matrix.patterns), default=0)
    gaps = {(gap.pattern, gap.family) for gap in matrix.gaps}
    yield Text(" " * width + "  " + "  ".join(matrix.families), style="dim")
    for pattern in matrix.patterns:
        line = Text(f"{printable(pattern):<{width}}  ")
        for family in matrix.families:
            count = len(matrix.cells.get((pattern, family), ()))
            shown = str(count) if count else "?" if (pattern, family) in gaps else "·"
            line.append(
                f"{shown:^{len(family)}}  ", style="bold green" if count else "yellow" if shown == "?" else "dim"
            )
        yield line


def _gaps(matrix: Matrix) -> Iterator[Text]:
    if not matrix.gaps:
        yield Text("no gaps: every pattern of a family is used by its relatives too")
        return
    yield Text("? nobody here has tried:", style="bold cyan")
    for gap in matrix.gaps[:_GAPS]:
        yield Text.assemble(
            "  ",
            (printable(gap.pattern), "bold"),
            " in ",
            (printable(gap.family), "bold"),
            (f"  its relatives {', '.join(gap.near)} use it", "dim"),
        )
    if len(matrix.gaps) > _GAPS:
        yield Text(f"  and {len(matrix.gaps) - _GAPS} more (--json lists all)", style="dim")
