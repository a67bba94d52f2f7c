"""The table of an experiment from its record, with arms as rows and measures as columns. No torch: `show` prints it."""
from collections.abc import Sequence
from typing import Any

WIDTH = 100         # columns of text; measures that do not fit go into another block below
GAP = "  "


def experiment_table(record: dict[str, Any], width: int = WIDTH) -> list[str]:
    """Lines with the mean and range over the seeds of every measure, and the settings that tuning chose."""
    arms: dict[str, dict[str, Any]] = record["arms"]
    first = ["arm", *arms]
    columns = [[name, *(cell([trial["measures"].get(name) for trial in arm["trials"]]) for arm in arms.values())]
               for name in record["measures"]]
    settings = [" ".join(f"{name}={value}" for name, value in arm["settings"].items()) for arm in arms.values()]
    columns += [["settings", *settings]] if any(settings) else []
    lines: list[str] = []
    for block in _blocks(first, columns, width):
        lines += [""] if lines else []
        widths = [max(map(len, column)) for column in block]
        lines += [GAP.join(map(str.ljust, row, widths)).rstrip() for row in zip(*block, strict=True)]
    return lines


def _blocks(first: list[str], columns: Sequence[list[str]], width: int) -> list[list[list[str]]]:
    """Blocks of as many columns as fit next to the first one; at least one in each block."""
    def extent(block: list[list[str]]) -> int:
        return sum(max(map(len, column)) + len(GAP) for column in block)

    blocks = [[first]]
    for column in columns:
        if len(blocks[-1]) > 1 and extent([*blocks[-1], column]) > width:
            blocks.append([first])
        blocks[-1].append(column)
    return blocks


def cell(values: Sequence[float | None]) -> str:
    """`mean (least to most)` of the runs that did not diverge, and how many diverged."""
    finite = [value for value in values if value is not None]
    diverged = len(values) - len(finite)
    if not finite:
        return "diverged"
    said = number(mean(finite))
    if min(finite) < max(finite):
        said += f" ({number(min(finite))} to {number(max(finite))})"
    return said + (f", {diverged} of {len(values)} diverged" if diverged else "")


def mean(values: Sequence[float]) -> float:
    """The mean of one or more values."""
    return sum(values) / len(values)


def number(value: float) -> str:
    """Three decimals from 0.1 to 10, which makes a column easy to compare; no decimals from 1,000 to a million.

    Otherwise three significant digits.
    """
    if value == 0 or 0.1 <= abs(value) < 10:
        return f"{value:.3f}"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"
