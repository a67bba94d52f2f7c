"""The parts of a note's body that a page leaves out: comments, and lists of edges that the page itself shows."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from kb import roles
from kb.prose import Marks

Event = tuple[str | dict[str, Any], dict[str, int]]
"""An event from pyromark, and the bytes that it covers."""


class Comments:
    """Obsidian's `%%` comments, counted as `kb.markdown` counts them: not in code, not in links."""

    def __init__(self, body: bytes, events: Sequence[Event]) -> None:
        self.body, self.marks = body, Marks(body)
        links, in_code = 0, False
        for event, span in events:
            if isinstance(event, str):
                continue
            [(name, value)] = event.items()
            step, kind = (name == "Start") - (name == "End"), kind_of(value)
            links += step * (kind in ("Link", "Image"))
            in_code = step > 0 if step and kind == "CodeBlock" else in_code
            if name == "Text" and not links and not in_code:
                self.marks.percents += self.marks.places(b"%%", span["start"], span["end"])

    def hides(self, offset: int) -> bool:
        return self.marks.is_comment(offset)

    def shown(self, value: str, start: int, end: int) -> list[tuple[str, int]]:
        """The pieces of a text that are outside comments, each with its offset."""
        signs = self.marks.percents
        inside = signs[bisect_right(signs, start - 1) : bisect_right(signs, end - 1)]
        if not inside:
            return [] if self.hides(start) else [(value, start)]
        pieces = []
        for first, last in zip([start, *inside], [*inside, end]):
            if first < last and not self.hides(first):
                before = bisect_right(signs, first)
                closes = before % 2 == 0 and before > 0 and signs[before - 1] == first
                begin = first + 2 if closes else first
                pieces.append((self.body[begin:last].decode(errors="replace"), begin))
        return pieces


def kind_of(value: Any) -> str:
    """The kind of element that a start or end belongs to."""
    return str(next(iter(value)) if isinstance(value, dict) else value)


def told_lists(events: Sequence[Event], role_at: Callable[[int], str]) -> list[tuple[int, int]]:
    """Sections that consist of a list of edges only: a heading such as `Builds on`, then one flat list of such links.

    Args:
        role_at: the edge that the link at an offset makes.

    Returns:
        The first byte of each, and the one after its last.
    """
    found = []
    for at, (event, span) in enumerate(events):
        if isinstance(event, dict) and kind_of(event.get("Start")) == "Heading":
            role, after = _heading(events, at)
            end = _list(events, after, role, role_at) if role in roles.TYPED else None
            if end is not None:
                found.append((span["start"], end))
    return found


def _heading(events: Sequence[Event], at: int) -> tuple[str, int]:
    """The role of the heading that starts there, and the event after it."""
    words: list[str] = []
    for after in range(at + 1, len(events)):
        event = events[after][0]
        if isinstance(event, dict):
            if kind_of(event.get("End")) == "Heading":
                return roles.of_heading("".join(words)), after + 1
            words.append(str(event.get("Text", "")))
    return "", len(events)


def _list(events: Sequence[Event], at: int, role: str, role_at: Callable[[int], str]) -> int | None:
    """Where the list ends, if every item is an edge, none holds a list, and the section ends with it."""
    if at >= len(events) or not _starts(events[at], "List"):
        return None
    is_edge = True
    for after in range(at + 1, len(events)):
        event, span = events[after]
        if _starts(events[after], "Item"):
            if not is_edge:
                return None
            is_edge = False
        elif _starts(events[after], "Link"):
            is_edge = is_edge or role_at(span["start"]) == role
        elif _starts(events[after], "List") or _starts(events[after], "CodeBlock"):
            return None
        elif isinstance(event, dict) and kind_of(event.get("End")) == "List":
            is_last = after + 1 == len(events) or _starts(events[after + 1], "Heading")
            return span["end"] if is_edge and is_last else None
    return None


def _starts(event: Event, kind: str) -> bool:
    return isinstance(event[0], dict) and "Start" in event[0] and kind_of(event[0]["Start"]) == kind
