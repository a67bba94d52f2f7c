"""Draw a set with plotly and vis-timeline, and measure it in the browser."""

import html
import importlib.metadata
import json
from time import perf_counter
from typing import Any

from benchmarks.chromium import opened
from benchmarks.timeline.criteria import Unmeasured
from benchmarks.timeline.drawn import LIMIT, Links, Picture, lanes_of
from benchmarks.timeline.faults import Drawing
from benchmarks.timeline.sets import PaperSet
from benchmarks.timeline.stage import WIDTH, Stage
from cli.render.timeline.papers import moment

ROWS = 4                        # per lane, in plots that have no lanes

_BOXES = """selector => [...document.querySelectorAll(selector)].map(e => {
  const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; })"""

# The time of an element's last change of height, after which it was stable for half a second.
_AT_REST = """selector => new Promise(done => {
  const element = document.querySelector(selector);
  let height = -1, since = 0;
  const look = setInterval(() => {
    if (element.offsetHeight !== height) [height, since] = [element.offsetHeight, performance.now()];
    else if (performance.now() - since > 500) { clearInterval(look); done(since); }
  }, 20);
})"""


def plotly(stage: Stage, drawn: PaperSet, links: Links) -> Picture:
    """A scatter plot in one self-contained page."""
    try:
        from plotly import graph_objects  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise Unmeasured("plotly: not installed - pip install plotly") from None
    start = perf_counter()
    places, lanes = _banded(drawn), lanes_of(drawn)
    figure = graph_objects.Figure(layout={
        "width": WIDTH, "height": 700, "showlegend": False, "margin": {"l": 120, "r": 20, "t": 20, "b": 40},
        "yaxis": {"tickvals": [(i + 0.5) * (ROWS + 1) for i in range(len(lanes))], "ticktext": lanes,
                  "autorange": "reversed"},
        "xaxis": {"range": _span(drawn)},
    })
    x: list[Any] = []
    y: list[Any] = []
    for source, target in links:
        if source in places and target in places:
            x += [places[target][0], places[source][0], None]
            y += [places[target][1], places[source][1], None]
    figure.add_scatter(x=x, y=y, mode="lines", line={"width": 0.8, "color": "#bbbbbb"}, hoverinfo="skip")
    papers = [paper for paper in drawn.papers if paper.key in places]
    figure.add_scatter(
        x=[places[paper.key][0] for paper in papers], y=[places[paper.key][1] for paper in papers], mode="markers+text",
        text=[html.escape(paper.label) for paper in papers], textposition="middle right",
        textfont={"family": "DejaVu Sans", "size": 12}, marker={"size": 8},
    )
    path = stage.folder / f"{drawn.name}.plotly.html"
    figure.write_html(path, include_plotlyjs=True)
    built = perf_counter() - start
    with opened(stage.browser, path, viewport={"width": WIDTH, "height": 720}) as page:
        page.page.wait_for_selector(".scatterlayer .point", timeout=LIMIT * 1000, state="attached")
        shown = page.page.evaluate("() => performance.now()") / 1000
        labels, dots = (page.page.evaluate(_BOXES, selector)
                        for selector in (".scatterlayer .textpoint text", ".scatterlayer .point"))
    keys = [paper.key for paper in papers]
    found = _drawing(keys, labels, dots, links)
    return Picture(f"plotly {importlib.metadata.version('plotly')}", found, built + shown,
                   path.stat().st_size / 1000, f"{WIDTH} x 700")


def vis_timeline(stage: Stage, drawn: PaperSet, links: Links) -> Picture:
    """Groups and stacked points in one self-contained page."""
    folder = stage.npm / "node_modules" / "vis-timeline" if stage.npm else None
    if folder is None or not folder.is_dir():
        raise Unmeasured("vis-timeline: not installed - npm install vis-timeline in DIR, then --npm DIR")
    start = perf_counter()
    built = folder / "standalone" / "umd" / "vis-timeline-graph2d.min.js"
    styles = folder / "styles" / "vis-timeline-graph2d.min.css"
    lanes = lanes_of(drawn)
    items = [
        {"id": paper.key, "content": html.escape(paper.label), "start": _day(paper.date), "type": "point",
         "group": lanes.index(paper.lane)}
        for paper in drawn.papers if moment(paper.date)
    ]
    groups = [{"id": i, "content": html.escape(lane)} for i, lane in enumerate(lanes)]
    first, last = _span(drawn)
    options = {"stack": True, "width": f"{WIDTH}px", "margin": {"item": 2}, "start": first, "end": last}
    path = stage.folder / f"{drawn.name}.vis.html"
    path.write_text(
        f"<!doctype html><meta charset=utf-8><style>{styles.read_text('utf-8')}"
        "body{margin:0;font:12px 'DejaVu Sans'}</style><div id=timeline></div>"
        f"<script>{built.read_text('utf-8')}</script><script>"
        "new vis.Timeline(document.getElementById('timeline'), "
        f"{_inline(items)}, {_inline(groups)}, {_inline(options)});"
        "</script>", encoding="utf-8",
    )
    seconds = perf_counter() - start
    with opened(stage.browser, path, viewport={"width": WIDTH, "height": 900}) as page:
        page.page.wait_for_selector(".vis-item", timeout=LIMIT * 1000)
        shown = page.page.evaluate(_AT_REST, ".vis-timeline") / 1000
        labels, dots = (page.page.evaluate(_BOXES, selector)
                        for selector in (".vis-item .vis-item-content", ".vis-item.vis-dot, .vis-item .vis-dot"))
        height = page.page.locator(".vis-timeline").bounding_box()
    found = _drawing([str(i) for i in range(len(labels))], labels, dots, [])
    version = json.loads((folder / "package.json").read_text("utf-8"))["version"]
    return Picture(f"vis-timeline {version}", found, seconds + shown, path.stat().st_size / 1000,
                   f"{WIDTH} x {height['height'] if height else 0:.0f}")


def _drawing(keys: list[str], labels: list[Any], dots: list[Any], links: Links) -> Drawing:
    """A drawing from the boxes of a page, in the order of the papers, with links as straight lines between the dots."""
    places = {key: ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for key, box in zip(keys, dots)}
    return Drawing(
        tuple((key, tuple(box)) for key, box in zip(keys, labels)),
        tuple((key, (*places[key], (box[2] - box[0]) / 2)) for key, box in zip(keys, dots)),
        tuple((source, target, (places[target], places[source])) for source, target in links
              if source in places and target in places),
    )


def _span(drawn: PaperSet) -> list[str]:
    """The range of all dates, with room for the labels of the newest papers."""
    years = sorted(found.years for paper in drawn.papers if (found := moment(paper.date)))
    return [f"{int(years[0]) - 1}-01-01", f"{int(years[-1] + 0.12 * (years[-1] - years[0]))}-12-31"]


def _banded(drawn: PaperSet) -> dict[str, tuple[str, float]]:
    """The date and height of each paper, cycling through the rows of its lane."""
    lanes = lanes_of(drawn)
    turn = dict.fromkeys(lanes, 0)
    places: dict[str, tuple[str, float]] = {}
    for paper in sorted(drawn.papers, key=lambda paper: paper.date or ""):
        if moment(paper.date):
            places[paper.key] = (_day(paper.date), lanes.index(paper.lane) * (ROWS + 1) + turn[paper.lane] % ROWS + 1)
            turn[paper.lane] += 1
    return places


def _day(date: str | None) -> str:
    """A full date; a year or month alone becomes its middle."""
    parts = (date or "").split("-")
    return "-".join([parts[0], parts[1] if len(parts) > 1 else "07", parts[2] if len(parts) > 2 else "15"])


def _inline(value: object) -> str:
    return json.dumps(value).replace("<", "\\u003c")
