"""A drawing of a set by one tool, and what the tools share."""

from dataclasses import dataclass

from benchmarks.timeline.faults import Drawing
from benchmarks.timeline.sets import PaperSet

LIMIT = 120.0                   # time limit of a tool, in seconds
Links = list[tuple[str, str]]   # (source, target)


@dataclass(frozen=True)
class Picture:
    """One drawing by one tool; `seconds` are from papers to file and, for pages, until the browser shows them."""

    tool: str
    drawing: Drawing
    seconds: float
    kilobytes: float
    size: str


def lanes_of(drawn: PaperSet) -> list[str]:
    """The lanes, in the order of their first paper."""
    return list(dict.fromkeys(paper.lane for paper in drawn.papers))
