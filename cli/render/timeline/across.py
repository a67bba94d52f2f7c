"""The horizontal place of everything: gutter, undated strip, time scale, and the span of each paper."""
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from cli.render.timeline.arrange import Arrangement
from cli.render.timeline.model import Metrics, Options
from cli.render.timeline.packing import Box
from cli.render.timeline.papers import Moment, Paper
from cli.render.timeline.textwidth import cut
from cli.render.timeline.timescale import TimeScale, timescale

GUTTER_SHARE = 0.16         # of the width, at most, for the lane names
RESERVE_SHARE = 0.15        # of the plot, at most, kept free of dots for the labels of the newest papers
UNDATED_SHARE = 0.15        # of the width, at most, for a label of an undated paper,
UNDATED_COLUMNS = 3         # unless their share of all papers, divided by this, is more
PILE = 3                    # papers of one month or year, or undated, in one pile if there is room for more piles


@dataclass(frozen=True)
class Label:
    """A label as it is drawn, the radius of its dot, and the width of dot, gap and label together."""

    text: str
    radius: float
    size: float


@dataclass(frozen=True)
class Across:
    """Everything that has an x. `plot` and `undated` as in Layout."""

    width: float
    gutter: float
    plot: tuple[float, float]
    undated: tuple[float, float] | None
    scale: TimeScale | None                     # None without a dated paper
    labels: Mapping[str, Label]
    boxes: tuple[Box, ...]                      # in the order of the papers


def across(arrangement: Arrangement, options: Options) -> Across:
    """The horizontal half of a layout. A width too small for the lane names and two labels is raised to fit them."""
    metrics = options.metrics
    labels = _labels(arrangement, options)
    gutter = min(max((metrics.measure(lane, True) for lane in arrangement.lanes), default=0.0),
                 GUTTER_SHARE * options.width)
    left = round(metrics.margin + gutter + 2 * metrics.space, 2)
    width = max(options.width, left + 2 * metrics.label_max + metrics.margin)
    strip, places = _strip(arrangement, labels, (left, width - metrics.margin), metrics)
    plot = (strip[1] if strip else left, width - metrics.margin)
    scale, plot_end = _scale(arrangement, labels, plot, options)
    lane = {name: i for i, name in enumerate(arrangement.lanes)}
    if scale:
        places |= {key: scale.at(when) for key, when in arrangement.moments.items() if when}
        places |= _apart(arrangement, labels, scale, metrics)
    boxes = []
    for paper in arrangement.papers:
        label, when = labels[paper.key], arrangement.moments[paper.key]
        x = round(places[paper.key], 2)
        beyond = when is not None and x - label.radius + label.size > plot[1]   # then the label goes before the dot
        start = x + label.radius - label.size if beyond else x - label.radius
        end = start + label.size
        boxes.append(Box(paper.key, lane[paper.lane], start, end + metrics.space, x, end + metrics.gap))
    return Across(width, gutter, (plot[0], plot_end), strip, scale, labels, tuple(boxes))


def _labels(arrangement: Arrangement, options: Options) -> dict[str, Label]:
    """Labels cut to their longest, with dots whose area grows with the number of papers that build on them."""
    metrics, most = options.metrics, max(arrangement.children.values(), default=1)
    share = sum(when is None for when in arrangement.moments.values()) / max(len(arrangement.papers), 1)
    undated = min(metrics.label_max, max(UNDATED_SHARE, share / UNDATED_COLUMNS) * options.width)
    least, range_ = metrics.radius[0], metrics.radius[1] - metrics.radius[0]
    labels = {}
    for paper in arrangement.papers:
        bold = paper.key in arrangement.important
        radius = round(least + range_ * sqrt(arrangement.children.get(paper.key, 0) / most), 2)
        longest = metrics.label_max if arrangement.moments[paper.key] else undated
        labels[paper.key] = labeled(paper, bold, radius, longest, metrics)
    return labels


def labeled(paper: Paper, bold: bool, radius: float, longest: float, metrics: Metrics) -> Label:
    """The label of a paper, cut if it is longer than `longest`."""
    text = cut(paper.label, longest, metrics.measure, metrics.ellipsis, bold)
    return Label(text, radius, 2 * radius + metrics.gap + metrics.measure(text, bold))


def _strip(arrangement: Arrangement, labels: Mapping[str, Label], span: tuple[float, float],
           metrics: Metrics) -> tuple[tuple[float, float] | None, dict[str, float]]:
    """The strip of undated papers, and the x of each, the most influential first.

    Its share of the width is their share of the papers, but it leaves room for two labels of dated papers.
    """
    piles: dict[str, list[str]] = defaultdict(list)
    for paper in sorted(arrangement.papers, key=lambda paper: arrangement.rank[paper.key]):
        if arrangement.moments[paper.key] is None:
            piles[paper.lane].append(paper.key)
    if not piles:
        return None, {}
    undated = [key for keys in piles.values() for key in keys]
    widest = max(metrics.measure("undated", False), *(labels[key].size for key in undated)) + metrics.space
    (left, right), start = span, span[0] + metrics.space
    room, papers = right - start, len(arrangement.papers)
    if len(undated) < papers:
        room = min(room * len(undated) / papers, room - 2 * metrics.label_max)
    columns = {lane: max(min(int(room / widest), -(-len(keys) // PILE)), 1) for lane, keys in piles.items()}
    places = {key: start + i * columns[lane] // len(keys) * widest + labels[key].radius
              for lane, keys in piles.items() for i, key in enumerate(keys)}
    end = start + max(columns.values()) * widest if len(undated) < papers else right
    return (left, round(end, 2)), places


def _apart(arrangement: Arrangement, labels: Mapping[str, Label], scale: TimeScale,
           metrics: Metrics) -> dict[str, float]:
    """The x of papers known only to be of the same month or year, side by side where that span is wide enough.

    Any place within the span is right. In its middle they would form one tall pile.
    """
    piles: dict[tuple[str, Moment], list[str]] = defaultdict(list)
    for paper in arrangement.papers:
        when = arrangement.moments[paper.key]
        if when and when.precision != "day":
            piles[paper.lane, when].append(paper.key)
    found: dict[str, float] = {}
    for (_, when), keys in piles.items():
        left, right = scale.span(when)
        widest = max(labels[key].size for key in keys) + metrics.space
        columns = min(int((right - left) / widest), -(-len(keys) // PILE))
        if columns > 1:
            step = (right - left) / columns
            found |= {key: left + step * (i * columns // len(keys)) + metrics.space / 2 + labels[key].radius
                      for i, key in enumerate(keys)}
    return found


def _scale(arrangement: Arrangement, labels: Mapping[str, Label], plot: tuple[float, float],
           options: Options) -> tuple[TimeScale | None, float]:
    """The time scale, ended early enough for the labels of the newest papers, and where it ends."""
    dated = [(paper, when) for paper in arrangement.papers if (when := arrangement.moments[paper.key])]
    start = plot[0] + options.metrics.space

    def ending_at(end: float) -> TimeScale | None:
        return timescale(((when, paper.lane) for paper, when in dated), start, end, options.scale)

    end = plot[1]
    scale = ending_at(end)
    for _ in range(4):                              # shrinking moves the labels by less than needed: repeat
        if scale is None:
            break
        over = max(scale.at(when) - labels[paper.key].radius + labels[paper.key].size
                   for paper, when in dated) - plot[1]
        end = max(end - max(over, 0.0), plot[1] - RESERVE_SHARE * (plot[1] - plot[0]))
        scale = ending_at(end)
    return scale, end
