"""What goes into a timeline: papers, their dates, and the edges between them."""
import re

from kb.typed import Literal, NamedTuple
from linker.graph import Kind

Precision = Literal["day", "month", "year", "none"]
WORDS: dict[Kind, str] = {"builds-on": "builds on", "cites": "cites", "links": "is linked with"}
OTHER = "other"                             # the lane of the papers that are in no other; always the last
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?\Z", re.ASCII)


class Paper(NamedTuple):
    """One paper to draw. `date` is "2017", "2017-06", "2017-06-12" or None; an unreadable date counts as None."""

    key: str
    label: str
    title: str
    date: str | None
    lane: str
    runnable: bool
    href: str | None = None


class Edge(NamedTuple):
    """`source` builds on `target`, cites it or is the later of two linked papers: time runs from `target` to it."""

    source: str
    target: str
    kind: Kind
    why: str = ""


class Moment(NamedTuple):
    """A point in time in years (2017.5 is the middle of 2017), and how exactly it is known."""

    years: float
    precision: Precision


def moment(date: str | None) -> Moment | None:
    """The moment of a date; a year or a month counts as its middle. None without a readable date."""
    match = _DATE.match(date.strip()) if date else None
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    if year is None or (month is not None and not 1 <= month <= 12) or (day is not None and not 1 <= day <= 31):
        return None
    if month is None:
        return Moment(year + 0.5, "year")
    if day is None:
        return Moment(year + (month - 0.5) / 12, "month")
    return Moment(year + (month - 1 + (day - 0.5) / 31) / 12, "day")
