"""Labels that were cut get more of their words where their row has room.

Rows are packed with short labels, so that a long title takes no room from others. What stays free to the right of one
serves nobody, and the second half of a title often says what it is about.
"""
from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise

from cli.render.timeline.across import Across, Label, labeled
from cli.render.timeline.arrange import Arrangement
from cli.render.timeline.model import Metrics
from cli.render.timeline.packing import Box
from cli.render.timeline.rows import Rows

WIDEST = 2.0                # times `label_max`


def widened(arrangement: Arrangement, spread: Across, rows: Rows, metrics: Metrics) -> Mapping[str, Label]:
    """All labels; one that was cut reaches as far as the next box on its row allows, unless it stands before its dot.

    Undated papers are left alone: their strip is as wide as they are.
    """
    beside: dict[int, list[Box]] = defaultdict(list)
    for box, row in zip(rows.boxes, rows.row, strict=True):     # from left to right
        beside[row].append(box)
    ends = {box.key: after.left - metrics.space for boxes in beside.values() for box, after in pairwise(boxes)}
    box_of, labels = {box.key: box for box in rows.boxes}, dict(spread.labels)
    for paper in arrangement.papers:
        label, box = labels[paper.key], box_of[paper.key]
        start = box.x + label.radius + metrics.gap
        if label.text == paper.label or box.left < box.x - label.radius or not arrangement.moments[paper.key]:
            continue
        room = ends.get(paper.key, spread.width - metrics.margin) - start
        if room > metrics.label_max:
            bold = paper.key in arrangement.important
            labels[paper.key] = labeled(paper, bold, label.radius, min(room, WIDEST * metrics.label_max), metrics)
    return labels
