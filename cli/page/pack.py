"""Columns for the page: a bit or a number for each paper, or only the values that exist, by index."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from cli.render.timeline.model import Point


def bits(values: Iterable[bool]) -> str:
    """`0110`; empty if no bit is set."""
    written = "".join("01"[value] for value in values)
    return written if "1" in written else ""


def sparse(values: Iterable[Any]) -> dict[str, Any]:
    """The values that are not empty, by index."""
    return {str(i): value for i, value in enumerate(values) if value}


def coded(values: Sequence[str]) -> dict[str, Any]:
    """A few distinct values as `{of: the values, at: the place of each, -1 for none}`; anything else as `sparse`."""
    different = sorted(set(values) - {""})
    if len(different) * 4 > len(values) or sum(map(bool, values)) * 2 < len(values):
        return sparse(values)
    place = {value: i for i, value in enumerate(different)}
    return {"of": different, "at": [place.get(value, -1) for value in values]}


def paths(keys: Sequence[str], values: Sequence[str]) -> tuple[tuple[str, str], dict[str, str]]:
    """What most paths have before and after their paper's key, and the paths that differ."""
    around = Counter(value.partition(key)[::2] for key, value in zip(keys, values) if key in value)
    [((before, after), _)] = around.most_common(1) or [(("", ""), 0)]
    return (before, after), {
        str(i): value for i, (key, value) in enumerate(zip(keys, values)) if value != before + key + after
    }


def number(value: float) -> float | int:
    """The value rounded: a tenth of a pixel is enough."""
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def numbers(values: Iterable[float]) -> list[float | int]:
    return [number(value) for value in values]


def path(points: Sequence[Point]) -> str:
    """Béziers as an SVG path, written as lines where they are level."""
    if not points:
        return ""
    x, y = (number(part) for part in points[0])
    written = f"M{x} {y}"
    for first, second, end in zip(points[1::3], points[2::3], points[3::3]):
        level = {number(point[1]) for point in (first, second, end)} == {y}
        x, y = (number(part) for part in end)
        controls = " ".join(f"{number(part)}" for point in (first, second) for part in point)
        written += f"H{x}" if level else f"C{controls} {x} {y}"
    return written


def full(columns: dict[str, Any]) -> dict[str, Any]:
    """The columns that have any values."""
    return {name: column for name, column in columns.items() if any(column)}
