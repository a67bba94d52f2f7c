"""Criteria 15, 16 and 18, and still pictures for 1 and 2: the SVG as chromium shows it."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from benchmarks.chromium import opened
from benchmarks.timeline.colors import VISION, Rgb, contrast, least_difference, mixed
from benchmarks.timeline.criteria import Measured
from benchmarks.timeline.faults import Drawing, over_dots, overlaps
from benchmarks.timeline.odd import languages, odd_sets
from benchmarks.timeline.sets import PaperSet
from benchmarks.timeline.stage import Stage, laid_out, layout_of
from cli.render.timeline.model import Layout
from cli.render.timeline.svg import render_svg

FONTS = ("DejaVu Sans", "Liberation Sans", "Liberation Serif", "Liberation Mono", "monospace", "system-ui")
SCHEMES = ("light", "dark")

_READ = """
() => {
  const place = e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
  const color = (e, name) => getComputedStyle(e)[name];
  const grounds = [...document.querySelectorAll('svg rect')].map(
    e => ({ box: place(e), fill: color(e, 'fill'), opacity: +color(e, 'fillOpacity') * +color(e, 'opacity') }));
  const texts = [...document.querySelectorAll('svg text')].filter(e => e.textContent).map(e => ({
    node: !!e.closest('.node'), box: place(e), fill: color(e, 'fill'), text: e.firstChild.textContent }));
  const marks = [...document.querySelectorAll('svg .node circle')].map(
    e => ({ box: place(e), stroke: color(e, 'stroke'), fill: color(e, 'fill') }));
  const lines = [...document.querySelectorAll('svg path.edge')].map(e => ({
    box: place(e), stroke: color(e, 'stroke'), opacity: +color(e, 'strokeOpacity') * +color(e, 'opacity') }));
  return { grounds, texts, marks, lines };
}
"""


@dataclass(frozen=True)
class Seen:
    """An SVG as a browser shows it: boxes in pixels, and colors as painted."""

    grounds: list[dict[str, Any]]
    texts: list[dict[str, Any]]
    marks: list[dict[str, Any]]
    lines: list[dict[str, Any]]

    def drawing(self) -> Drawing:
        """Labels and dots, both in the order of the papers."""
        labels = [text for text in self.texts if text["node"]]
        return Drawing(
            tuple((str(i), tuple(text["box"])) for i, text in enumerate(labels)),
            tuple((str(i), ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, (box[2] - box[0]) / 2))
                  for i, mark in enumerate(self.marks) for box in [mark["box"]]),
        )

    def ground(self, box: list[float]) -> Rgb:
        """The color behind the middle of a box: all the rectangles there, blended."""
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        found: Rgb = (1.0, 1.0, 1.0)
        for rect in self.grounds:
            left, top, right, bottom = rect["box"]
            if left <= x <= right and top <= y <= bottom and rect["fill"] != "none":
                color, alpha = painted(rect["fill"])
                found = mixed(color, found, alpha * rect["opacity"])
        return found


@cache
def painted(text: str) -> tuple[Rgb, float]:
    """`rgb(12, 95, 168)`, `rgba(...)` or `color(srgb 0.1 0.2 0.3 / 0.5)` as color and opacity."""
    numbers = [float(number) for number in re.findall(r"[\d.]+", text)]
    scale = 1.0 if text.startswith("color(") else 255.0
    return (numbers[0] / scale, numbers[1] / scale, numbers[2] / scale), numbers[3] if len(numbers) > 3 else 1.0


def seen(stage: Stage, found: Layout, *, font: str = "", scheme: str = "light") -> Seen:
    """Show a layout's SVG inside a page, in another font if one is named."""
    path = stage.folder / "picture.html"
    style = f"<style>svg text{{font-family:{font!r} !important}}</style>" if font else ""
    path.write_text(f"<!doctype html><meta charset=utf-8><body style='margin:0'>{render_svg(found)}{style}", "utf-8")
    size = {"width": int(found.width) + 1, "height": int(found.height) + 1}
    with opened(stage.browser, path, viewport=size, color_scheme=scheme) as page:
        return Seen(**page.page.evaluate(_READ))


def still_overlaps(stage: Stage) -> tuple[dict[str, int], dict[str, int]]:
    """Overlapping labels, and labels over foreign dots, in the still pictures, by set and font."""
    pairs, dots = {}, {}
    for name, font in [*(("64", font) for font in FONTS), *(("500", font) for font in FONTS), ("5000", FONTS[0])]:
        drawing = seen(stage, laid_out(name), font=font).drawing()
        pairs[f"{name} {font}"], dots[f"{name} {font}"] = overlaps(drawing), over_dots(drawing)
    drawn = languages()
    for font in ("", *FONTS):
        drawing = seen(stage, layout_of(drawn), font=font).drawing()
        pairs[f"languages {font}"], dots[f"languages {font}"] = overlaps(drawing), over_dots(drawing)
    return pairs, dots


def contrasts(stage: Stage) -> Measured:
    """15: the contrast of every text and mark with the color behind it, in both themes."""
    text, mark, line = {}, {}, {}
    for scheme in SCHEMES:
        shown = seen(stage, laid_out("64"), scheme=scheme)
        text[scheme] = min(contrast(painted(t["fill"])[0], shown.ground(t["box"])) for t in shown.texts)
        mark[scheme] = min(
            max(contrast(painted(color)[0], shown.ground(m["box"])) for color in {m["fill"], m["stroke"]} - {"none"})
            for m in shown.marks
        )
        line[scheme] = min(
            contrast(mixed(painted(e["stroke"])[0], ground, painted(e["stroke"])[1] * e["opacity"]), ground)
            for e in shown.lines for ground in [shown.ground(e["box"])]
        )
    least = {"text": min(text.values()), "marks": min(mark.values()), "lines": min(line.values())}
    return Measured(
        15, ", ".join(f"{name} {value:.1f}" for name, value in least.items()),
        least["text"] >= 4.5 and least["marks"] >= 3, least["text"] >= 7, {"text": text, "marks": mark, "lines": line},
    )


def not_by_color(stage: Stage) -> Measured:
    """16: lanes have a place and a name, and code is filled or hollow; and the differences between lane colors."""
    found, shown = laid_out("64"), seen(stage, laid_out("64"))
    names = {text["text"] for text in shown.texts if not text["node"]}
    spans = [(lane.y, lane.y + lane.height) for lane in found.lanes]
    apart = all(above[1] <= below[0] + 0.01 for above, below in pairwise(spans))
    inside = all(spans[node.lane][0] <= node.y <= spans[node.lane][1] for node in found.nodes)
    hollow = [mark["fill"] == "none" or max(abs(a - b) for a, b in zip(painted(mark["fill"])[0],
              shown.ground(mark["box"]))) < 0.02 for mark in shown.marks]
    filled = [not node.runnable for node in found.nodes] == hollow
    named = all(lane.label in names for lane in found.lanes)
    all_lanes = next(drawn for drawn in odd_sets() if drawn.name == "forty lanes")
    whole = layout_of(all_lanes)
    differences = {
        f"{scheme}, {vision}": [least_difference(_lane_colors(seen(stage, picture, scheme=scheme)), vision)
                                for picture in (found, whole)]
        for scheme in SCHEMES
        for vision in VISION
    }
    here, all_ = (min(values[i] for values in differences.values()) for i in (0, 1))
    checks = {"place": apart and inside, "name": named, "filled or hollow": filled}
    shown_checks = ", ".join(f"{name} {'yes' if holds else 'NO'}" for name, holds in checks.items())
    return Measured(
        16, f"{shown_checks}; delta-E >= {here:.1f} among {len(found.lanes)} lanes, {all_:.1f} over all colors",
        all(checks.values()), here >= 15 and all_ >= 15, {**checks, "difference": differences},
    )


def _lane_colors(shown: Seen) -> list[Rgb]:
    """The colors of the dots, without the background inside hollow ones."""
    return sorted({painted(m["fill"] if m["stroke"] == "none" else m["stroke"])[0] for m in shown.marks})


def odd_pictures(stage: Stage) -> dict[str, str]:
    """What is wrong with the picture of each odd set."""
    return {drawn.name: wrong for drawn in odd_sets() if (wrong := _odd(stage, drawn))}


def _odd(stage: Stage, drawn: PaperSet) -> str:
    found = layout_of(drawn)
    shown = seen(stage, found)
    drawing = shown.drawing()
    pairs = {(edge.source, edge.target) for edge in drawn.edges}
    if len(drawing.dots) != len(drawn.papers) or len(drawing.labels) != len(drawn.papers):
        return f"{len(drawing.dots)} dots and {len(drawing.labels)} labels of {len(drawn.papers)} papers"
    if overlaps(drawing) or over_dots(drawing):
        return f"{overlaps(drawing)} overlaps, {over_dots(drawing)} over dots"
    if {(route.source, route.target) for route in found.routes} != pairs:
        return "links lost"
    if any(route.backward and not route.implied and not route.points for route in found.routes):
        return "a link against time is not drawn"
    if any(node.x < 0 or node.y < 0 or node.x > found.width or node.y > found.height for node in found.nodes):
        return "a paper outside the picture"
    return ""


