"""Faults of a layout, counted as in a drawing of any tool: from coordinates alone."""
from benchmarks.timeline.faults import Faults, faults, of_layout, over_dots, overlaps
from cli.render.timeline.model import Layout
from cli.render.timeline.svg import PIXELS


def labels(layout: Layout) -> tuple[int, int]:
    """Overlapping pairs of labels, and labels over the dot of another paper."""
    drawing = of_layout(layout, PIXELS.text)
    return overlaps(drawing), over_dots(drawing)


def measure(layout: Layout) -> Faults:
    """Count each fault."""
    return faults(of_layout(layout, PIXELS.text))
