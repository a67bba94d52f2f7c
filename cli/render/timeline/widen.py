"""Labels that were cut get more of their words where their row has room.

Rows are packed with short labels, so that a long title takes no room from others. The space that stays free next to
one is of no other use, and the second half of a title often says what it is about.
"""
from collections import defaultdict
from collections.abc import Mapping
from itertools import zip_longest

from cli.render.timeline.across import Across, Label, labeled
from cli.render.timeline.arrange import Arrangement
from cli.render.timeline.model import Metrics
from cli.render.timeline.packing import Box
from cli.render.timeline.rows import Rows

WIDEST = 2.0                # times `label_max`


def widened(arrangement: Arrangement, spread: Across, rows: Rows, metrics: Metrics) -> Mapping[str, Label]:
    """All labels; one that was cut reaches as far as the next box on its row allows, or back to the one before.

    Undated papers are left alone: their strip is as wide as they are.
    """
    beside: dict[int, list[Box]] = defaultdict(list)
    for box, row in zip(rows.boxes, rows.row, strict=True):     # from left to right
        beside[row].append(box)
    papers, labels = {paper.key: paper for paper in arrangement.papers}, dict(spread.labels)
    for boxes in beside.values():
        free = spread.plot[0] + metrics.space                   # from here on, nothing is on the row yet
        for box, after in zip_longest(boxes, boxes[1:]):
            paper, label = papers[box.key], labels[box.key]
            start, end = box.x - label.radius, box.x + label.radius     # of the dot
            before = box.left < start                                   # the label is before it
            limit = after.left - metrics.space if after else spread.width - metrics.margin
            # next to another label it must not read as its second half
            room = (start - free - 2 * metrics.space if before else limit - end) - metrics.gap
            if label.text != paper.label and room > metrics.label_max and arrangement.moments[paper.key]:
                bold = paper.key in arrangement.important
                label = labeled(paper, bold, label.radius, min(room, WIDEST * metrics.label_max), metrics)
                labels[paper.key] = label
            free = (end if before else start + label.size) + metrics.space
    return labels
