"""The targets for a quiet machine with two cores, and whether the figures meet them, size by size."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Sizes = dict[int, dict[str, Any]]
"""Records by number of notes."""

HOT = ("query", "text", "ancestors", "descendants", "show")
OTHERS = ("help", "lineage", "patterns", "timeline", "check")
MEGA = 1e6


@dataclass(frozen=True)
class Target:
    """One target, with the value at each size that it applies to; None where it could not be measured."""

    name: str
    unit: str
    limit: float
    values: dict[int, float | None]
    at_least: bool = False

    def verdict(self, notes: int) -> str:
        """Whether it holds at a size; empty if it does not apply."""
        if notes not in self.values:
            return ""
        value = self.values[notes]
        if value is None:
            return "not measured"
        return "holds" if (value >= self.limit if self.at_least else value <= self.limit) else "does not hold"


def targets(sizes: Sizes) -> list[Target]:
    """Every target that applies to a measured size."""
    return [target for target in _targets(sizes) if target.values]


def _targets(sizes: Sizes) -> Iterator[Target]:
    def at(what: Callable[..., float | None], *arguments: str, only: int = 0) -> dict[int, float | None]:
        return {notes: what(record, *arguments) for notes, record in sorted(sizes.items()) if only in (0, notes)}

    yield Target("cold index", "s", 1.5, at(_of, "cold", "median", only=10_000))
    yield Target("cold index, as a multiple of reading all bytes, both from the disk", "x", 2.5,
                 at(_of, "cold-disk", "ratio", only=100_000))
    yield Target("memory of the cold index", "MB", 700, at(_megabytes, "cold", only=100_000))
    yield Target("CPU of the cold index per file, as a multiple of the next smaller size", "x", 1.25, _growth(sizes))
    yield Target("obsidiantools, as a multiple of our cold index, same notes", "x", 75,
                 at(_times_faster, only=1_000), at_least=True)
    yield Target("refresh without changes, as a multiple of listing and stat", "x", 2, at(_of, "noop", "ratio"))
    yield Target("refresh after one change, path known", "ms", 40, at(_milliseconds, "known"))
    for name in HOT:
        yield Target(_label(sizes, name), "ms", 60, at(_milliseconds, name))
    for name in ("query", "show"):
        yield Target(f"{_label(sizes, f'{name}-refresh')}: above listing and stat", "ms", 60,
                     at(_above_floor, f"{name}-refresh"))
    for name in OTHERS:
        yield Target(_label(sizes, name), "ms", 120, at(_milliseconds, name))
    yield Target("memory of a query", "MB", 60, at(_megabytes, "query"))


def _row(record: dict[str, Any], name: str) -> dict[str, Any]:
    return next((row for row in record["operations"] if row["name"] == name), {})


def _of(record: dict[str, Any], name: str, what: str) -> float | None:
    found: float | None = _row(record, name).get(what)
    return found


def _label(sizes: Sizes, name: str) -> str:
    return next((str(row["label"]) for record in sizes.values() if (row := _row(record, name))), name)


def _milliseconds(record: dict[str, Any], name: str) -> float | None:
    seconds = _of(record, name, "median")
    return None if seconds is None else 1000 * seconds


def _above_floor(record: dict[str, Any], name: str) -> float | None:
    whole, floor = _milliseconds(record, name), _milliseconds(record, "stat")
    return None if whole is None or floor is None else whole - floor


def _megabytes(record: dict[str, Any], name: str) -> float | None:
    peak = _of(record, name, "peak")
    return None if peak is None else peak / MEGA


def _times_faster(record: dict[str, Any]) -> float | None:
    """Compare whole processes."""
    ours = _of(record, "cold-own", "median")
    theirs = next((peer.get("wall") for peer in record.get("peers", ()) if peer["tool"] == "obsidiantools"), None)
    return theirs / ours if theirs and ours else None


def _growth(sizes: Sizes) -> dict[int, float | None]:
    each = {notes: None if (cpu := _of(record, "cold", "cpu")) is None else cpu / record["files"]
            for notes, record in sorted(sizes.items())}
    pairs = zip(each, list(each)[1:])
    return {large: b / a if (a := each[small]) and (b := each[large]) else None for small, large in pairs}
