"""The naive drawing for comparison: linear time, lanes of four rows that are filled in turn, straight links."""

from benchmarks.timeline.drawn import Links
from benchmarks.timeline.faults import Drawing
from benchmarks.timeline.sets import PaperSet
from benchmarks.timeline.stage import WIDTH
from cli.render.timeline.papers import moment
from cli.render.timeline.svg import PIXELS

ROWS = 4
RADIUS = 4.0


def naive(drawn: PaperSet, links: Links) -> Drawing:
    """Lanes in the order of their first paper, labels to the right of the dots."""
    when = {paper.key: found.years for paper in drawn.papers if (found := moment(paper.date))}
    dated = (paper for paper in drawn.papers if paper.key in when)
    papers = sorted(dated, key=lambda paper: (when[paper.key], paper.key))
    first, last = min(when.values()), max(when.values())
    gutter = max(PIXELS.measure(paper.lane, True) for paper in papers) + 2 * PIXELS.margin
    lanes = list(dict.fromkeys(paper.lane for paper in papers))
    height = ROWS * PIXELS.row + PIXELS.lane_pad
    turn = dict.fromkeys(lanes, 0)
    places = {}
    labels = []
    for paper in papers:
        row = turn[paper.lane] % ROWS
        turn[paper.lane] += 1
        x = gutter + (when[paper.key] - first) / (last - first) * (WIDTH - gutter - PIXELS.label_max)
        y = PIXELS.header + lanes.index(paper.lane) * height + PIXELS.lane_pad / 2 + (row + 0.5) * PIXELS.row
        left = x + RADIUS + PIXELS.gap
        places[paper.key] = (x, y)
        labels.append((paper.key, (left, y - PIXELS.text / 2, left + PIXELS.measure(paper.label, False),
                                   y + PIXELS.text / 2)))
    return Drawing(
        tuple(labels),
        tuple((key, (*place, RADIUS)) for key, place in places.items()),
        tuple((source, target, (places[target], places[source])) for source, target in sorted(links)
              if source in places and target in places),
    )
