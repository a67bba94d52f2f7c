"""Answers made to fit where room is short, as in the context of a model: nothing is left out without being counted."""

from collections.abc import Iterator, Mapping
from typing import Any


def cut(answer: dict[str, Any], most: Mapping[str, int | None]) -> dict[str, Any]:
    """The answer with so many entries of each list at the most; `left_out` says how many more there are.

    Args:
        answer: is changed.
        most: by the list's name, with the names of what holds it before: `code.records`. None takes the list itself
            away, unless it is empty.
    """
    left_out: dict[str, int] = {}
    for place, count in most.items():
        *way, name = place.split(".")
        for holder in _holders(answer, way):
            entries = holder.get(name) or ()
            more = len(entries) - (count or 0)
            if more <= 0:
                continue
            left_out[place] = left_out.get(place, 0) + more
            if count is None:
                del holder[name]
            else:
                holder[name] = entries[:count]
    return {**answer, "left_out": left_out} if left_out else answer


def _holders(answer: Any, way: list[str]) -> Iterator[dict[str, Any]]:
    """Every object at the end of the way; a list on it stands for each of its entries."""
    if isinstance(answer, list):
        for each in answer:
            yield from _holders(each, way)
    elif isinstance(answer, dict):
        if way:
            yield from _holders(answer.get(way[0]), way[1:])
        else:
            yield answer
