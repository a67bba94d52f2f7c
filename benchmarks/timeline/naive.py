"""The naive drawing for comparison: linear time, lanes of four rows that are filled in turn, straight links."""

from benchmarks.timeline.faults import Drawing
from benchmarks.timeline.sets import PaperSet
from cli.render.timeline.model import Metrics
from cli.render.timeline.papers import moment

ROWS = 4
RADIUS = 4.0


def naive(drawn: PaperSet, links: frozenset[tuple[str, str]], width: float, metrics: Metrics) -> Drawing:
    """Lanes in the order of their first paper, labels to the right of the dots. `links` are (source, target)."""
    when = {paper.key: found.years for paper in drawn.papers if (found := moment(paper.date))}
    dated = (paper for paper in drawn.papers if paper.key in when)
    papers = sorted(dated, key=lambda paper: (when[paper.key], paper.key))
    first, last = min(when.values()), max(when.values())
    gutter = max(metrics.measure(paper.lane, True) for paper in papers) + 2 * metrics.margin
    lanes = list(dict.fromkeys(paper.lane for paper in papers))
    height = ROWS * metrics.row + metrics.lane_pad
    turn = dict.fromkeys(lanes, 0)
    places = {}
    labels = []
    for paper in papers:
        row = turn[paper.lane] % ROWS
        turn[paper.lane] += 1
        x = gutter + (when[paper.key] - first) / (last - first) * (width - gutter - metrics.label_max)
        y = metrics.header + lanes.index(paper.lane) * height + metrics.lane_pad / 2 + (row + 0.5) * metrics.row
        left = x + RADIUS + metrics.gap
        places[paper.key] = (x, y)
        labels.append((paper.key, (left, y - metrics.text / 2, left + metrics.measure(paper.label, False),
                                   y + metrics.text / 2)))
    return Drawing(
        tuple(labels),
        tuple((key, (*place, RADIUS)) for key, place in places.items()),
        tuple((source, target, (places[target], places[source])) for source, target in sorted(links)
              if source in places and target in places),
    )
