"""The timeline as a log: one line per paper, newest first, undated last; a gutter of lanes, and what it builds on."""
from collections import defaultdict
from collections.abc import Iterable

from cli.render.parts import Text
from cli.render.timeline.arrange import Arrangement, arrange, shortest
from cli.render.timeline.papers import Edge, Paper
from cli.render.timeline.terminal import FANCY, PLAIN, Marks, explained, fit, lane_style
from cli.render.timeline.textwidth import cell_width, cut

YEAR = 6                                    # cells of the column of years
SHORTEST = 8                                # cells of a name that still identify a paper
GUTTER_SHARE = 1 / 3                        # of the width; lanes move closer rather than take more


def render_log(papers: Iterable[Paper], edges: Iterable[Edge], width: int, *, plain: bool = False) -> list[Text]:
    """Lines no wider than `width` cells: the names of the lanes over their columns, the papers, what the marks mean.

    Raises:
        ValueError: two papers have the same key.
    """
    marks = PLAIN if plain else FANCY
    arrangement = shortest(arrange(papers, edges))
    step = 2 if 2 * len(arrangement.lanes) <= width * GUTTER_SHARE else 1
    return [fit(line, width) for line in (*_names(arrangement, step, marks),
                                          *_papers(arrangement, step, width, marks),
                                          *explained(marks, (paper.runnable for paper in arrangement.papers),
                                                     arrangement.edges))]


def _names(arrangement: Arrangement, step: int, marks: Marks) -> Iterable[Text]:
    """A staircase that names each column, so that color is not needed to tell lanes apart."""
    for i, name in enumerate(arrangement.lanes):
        line = Text(" " * YEAR)
        for lane in range(i):
            line.append(marks.pipe.ljust(step), lane_style(lane, "dim"))
        line.append(f"{marks.corner} {name}", lane_style(i, "bold"))
        yield line


def _papers(arrangement: Arrangement, step: int, width: int, marks: Marks) -> Iterable[Text]:
    label = {paper.key: paper.label for paper in arrangement.papers}
    parents: dict[str, list[str]] = defaultdict(list)
    for edge in sorted(arrangement.edges, key=lambda edge: (edge.kind, -arrangement.children.get(edge.target, 0))):
        if label[edge.target] not in parents[edge.source]:
            parents[edge.source].append(label[edge.target])
    lane_of = {name: i for i, name in enumerate(arrangement.lanes)}
    dated = [paper for paper in arrangement.papers if arrangement.moments[paper.key]]
    ordered = [*reversed(dated), *arrangement.papers[len(dated):]]
    last = {lane_of[paper.lane]: paper.key for paper in ordered}
    open_lanes = set(lane_of.values())                          # the staircase opened all of them
    room = max(width - YEAR - step * len(arrangement.lanes) - 1, 0)
    above: str | None = None
    for paper in ordered:
        when = arrangement.moments[paper.key]
        year = str(int(when.years)) if when else "n.d."
        own = lane_of[paper.lane]
        line = Text()
        line.append((year if year != above else "").ljust(YEAR), "bold")
        above = year
        for lane in range(len(arrangement.lanes)):
            mark = (marks.runs if paper.runnable else marks.paper) if lane == own else \
                marks.pipe if lane in open_lanes else ""
            line.append(mark.ljust(step), lane_style(lane) if lane == own else lane_style(lane, "dim"))
        line.append(" ")
        name = cut(paper.label, room, cell_width, marks.ellipsis)
        line.append(name, "bold" if paper.key in arrangement.important else "")
        line.append(_built_on(parents[paper.key], room - cell_width(name), marks), "dim")
        if last[own] == paper.key:
            open_lanes.discard(own)
        yield line


def _built_on(names: list[str], room: float, marks: Marks) -> str:
    """An arrow, as many names as fit, the first of them cut if need be, and a count of the rest; or nothing."""
    arrow = f"  {marks.parents} "
    for shown in range(len(names), 0, -1):
        said, rest = ", ".join(names[:shown]), f" +{len(names) - shown}" if shown < len(names) else ""
        left = room - cell_width(arrow + rest)
        if cell_width(said) <= left:
            return arrow + said + rest
        if shown == 1 and left >= SHORTEST:
            return arrow + cut(said, left, cell_width, marks.ellipsis) + rest
    count = f"{arrow}+{len(names)}"
    return count if names and cell_width(count) <= room else ""
