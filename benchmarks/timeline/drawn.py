"""One drawing of a set by one tool, and what the tools share."""

from dataclasses import dataclass

from benchmarks.timeline.faults import Drawing
from benchmarks.timeline.sets import PaperSet

LIMIT = 120.0                   # seconds that a tool has
Links = list[tuple[str, str]]   # (source, target)


@dataclass(frozen=True)
class Picture:
    """One drawing by one tool; `seconds` from papers to file, and for pages until the browser shows it."""

    tool: str
    drawing: Drawing
    seconds: float
    kilobytes: float
    size: str


def lanes_of(drawn: PaperSet) -> list[str]:
    """In the order of their first paper."""
    return list(dict.fromkeys(paper.lane for paper in drawn.papers))
