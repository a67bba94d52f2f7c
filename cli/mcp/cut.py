"""Cut answers to fit a model's context; everything left out is counted."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any


def cut(answer: dict[str, Any], most: Mapping[str, int | None]) -> dict[str, Any]:
    """The answer with its lists cut to a maximum length; `left_out` counts the entries that were cut off.

    Args:
        answer: changed in place.
        most: maximum length by the list's path, such as `code.records`. None removes the list unless it is empty.
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
    """Every object at the end of the path; a list on the path stands for each of its entries."""
    if isinstance(answer, list):
        for each in answer:
            yield from _holders(each, way)
    elif isinstance(answer, dict):
        if way:
            yield from _holders(answer.get(way[0]), way[1:])
        else:
            yield answer


def prune(answer: dict[str, Any], trees: tuple[str, ...], most: int) -> dict[str, Any]:
    """The answer with at most `most` branches of each tree, those nearest to the root.

    `more` of a branch counts the branches it lost, now or before; `left_out` counts those that the root lost.
    """
    left_out: dict[str, int] = {}
    for tree in trees:
        root = {"branches": answer[tree]}
        pending, room = deque([root]), most
        while pending:
            branch = pending.popleft()
            kept = branch["branches"][:room]
            if len(kept) < len(branch["branches"]):
                branch["more"] = branch.get("more", 0) + len(branch["branches"]) - len(kept)
            branch["branches"] = kept
            pending += kept
            room -= len(kept)
        answer[tree] = root["branches"]
        if "more" in root:
            left_out[tree] = root["more"]
    return {**answer, "left_out": left_out} if left_out else answer
