"""Answers made to fit where room is short, as in the context of a model: nothing is left out without being counted."""

from collections import deque
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


def prune(answer: dict[str, Any], trees: tuple[str, ...], most: int) -> dict[str, Any]:
    """The answer with so many branches of each tree at the most, those nearest to the root.

    `more` of a branch counts what it lost, or had lost already; `left_out` what the root did.
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
