"""Criteria 1, 2 and 9 to 13: the page that `timeline -o x.html` writes, in chromium."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.chromium import Opened, opened
from benchmarks.timeline.criteria import Measured, Unmeasured
from benchmarks.timeline.faults import Drawing, over_dots, overlaps
from benchmarks.timeline.odd import languages
from benchmarks.timeline.pictures import FONTS, still_overlaps
from benchmarks.timeline.sets import PaperSet
from benchmarks.timeline.stage import SETS, Stage, paper_set

if TYPE_CHECKING:
    from playwright.sync_api import Page

ZOOMS = 12
IDLE = 5.0                          # seconds at rest
LOADS = 3

# The frames that the page requests, and when the browser had shown the first one, observed from outside the page.
_WATCH = """
(() => {
  const frames = window.framesRun = [];
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = act => ask(time => {
    const start = performance.now();
    act(time);
    frames.push(performance.now() - start);
  });
  addEventListener('DOMContentLoaded', () => ask(() => ask(() => { window.firstShown = performance.now(); })));
})()
"""

_LABELS = """
() => {
  const frame = document.getElementById('labels').getBoundingClientRect();
  const key = a => decodeURIComponent(a.getAttribute('href').slice(3));
  return [...document.querySelectorAll('#labels a')].map(a => {
    const b = a.getBoundingClientRect();
    return [key(a), [Math.max(b.left, frame.left), Math.max(b.top, frame.top),
                     Math.min(b.right, frame.right), Math.min(b.bottom, frame.bottom)]];
  }).filter(([, b]) => b[0] < b[2] && b[1] < b[3]);
}
"""


@contextmanager
def shown(stage: Stage, drawn: PaperSet, **options: Any) -> Iterator[Opened]:
    """The page of a set, fully drawn. Its faults are kept for criterion 13."""
    with opened(stage.browser, stage.drawing(drawn, "html"), **options) as page:
        settled(page.page)
        yield page
        stage.pages += 1
        stage.heard += page.faults


def settled(page: "Page") -> None:
    """Wait until the latest change is drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def drawing(page: "Page") -> Drawing:
    """The visible labels, and the dots that are not faded."""
    dots = page.evaluate("() => window.paperkbTimings.dots()")
    return Drawing(
        tuple((key, tuple(box)) for key, box in page.evaluate(_LABELS)),
        tuple((dot["key"], (dot["x"], dot["y"], dot["r"])) for dot in dots if not dot["faded"]),
    )


def label_boxes(stage: Stage) -> tuple[Measured, Measured]:
    """1 and 2: overlapping labels, and labels over foreign dots, in still pictures and in the page."""
    pairs, dots = still_overlaps(stage)
    still = {name: value for name, value in dots.items() if name.startswith(("64 ", "500 "))}
    checked = 0
    moves = dict.fromkeys((*SETS, "languages"), 0)
    over = dict(moves)
    for drawn in (*map(paper_set, SETS), languages()):
        with shown(stage, drawn) as page:
            for _ in situations(page.page):
                found = drawing(page.page)
                checked += len(found.labels)
                moves[drawn.name] += overlaps(found)
                over[drawn.name] += over_dots(found)
    fonts = {}
    for font in FONTS:
        with shown(stage, paper_set("64"), bypass_csp=True) as page:
            page.page.add_style_tag(content=f"*{{font-family:{font!r} !important}}")
            settled(page.page)
            fonts[font] = overlaps(drawing(page.page))
    odd = {name for name in pairs if name.startswith("languages")}
    gate = sum(value for name, value in pairs.items() if name not in odd) + sum(fonts.values()) + sum(
        value for name, value in moves.items() if name != "languages")
    all_ = gate + sum(pairs[name] for name in odd) + moves["languages"]
    still_over = sum(still.values())
    return (
        Measured(1, f"{gate}, {all_ - gate} in other scripts{_where(pairs)}; "
                    f"{checked:,} labels in pages, {len(pairs)} still pictures",
                 gate == 0, all_ == 0, {"still": pairs, "page": moves, "fonts": fonts, "labels": checked}),
        Measured(2, f"{still_over} still{_where(still)}, {sum(over.values())} in the page over all zooms",
                 still_over == 0, still_over == 0 and not any(over.values()), {"still": dots, "page": over}),
    )


def _where(counts: dict[str, int]) -> str:
    """The pictures with a nonzero count, in parentheses."""
    some = [f"{name} {count}" for name, count in counts.items() if count]
    return f" ({', '.join(some)})" if some else ""


def situations(page: "Page") -> Iterator[None]:
    """Yield at load, after each of 12 zooms with panning in between, in two other window sizes, and after a search."""
    yield
    rng, box = random.Random(0), page.locator("#chart").bounding_box()
    assert box, "the chart is shown"
    for step in range(ZOOMS):
        x = box["x"] + box["width"] * rng.uniform(0.3, 0.95)
        page.mouse.move(x, box["y"] + box["height"] * rng.uniform(0.1, 0.9))
        page.mouse.wheel(0, -240 if step < ZOOMS * 2 // 3 else 300)
        settled(page)
        yield
        page.keyboard.press(rng.choice(["Shift+ArrowLeft", "Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowDown"]))
        settled(page)
        yield
    for size in ((1600, 900), (700, 500)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        settled(page)
        yield
    page.set_viewport_size({"width": 1280, "height": 800})
    page.keyboard.press("/")
    page.keyboard.type("year:2015..2020")
    page.wait_for_timeout(300)
    settled(page)
    yield


def ready(stage: Stage) -> Measured:
    """9: when the first full picture of 5,000 papers was drawn, by the page's clock, and shown, by the browser's."""
    own, outside = [], []
    for _ in range(LOADS):
        with shown(stage, paper_set("5000"), script=_WATCH) as page:
            page.page.wait_for_function("() => window.firstShown && window.paperkbTimings.ready")
            own.append(page.page.evaluate("() => window.paperkbTimings.ready") / 1000)
            outside.append(page.page.evaluate("() => window.firstShown") / 1000)
    return Measured(9, f"drawn {min(own):.2f} s, shown {min(outside):.2f} s (best of {LOADS})",
                    min(own) < 1.0, min(own) < 0.3, {"drawn": own, "shown": outside})


def redraw(stage: Stage) -> Measured:
    """10: how long a frame takes while zooming and dragging 5,000 papers."""
    with shown(stage, paper_set("5000"), script=_WATCH) as page:
        box = page.page.locator("#chart").bounding_box()
        assert box, "the chart is shown"
        page.page.evaluate("() => { window.framesRun.length = 0; }")
        before = page.page.evaluate("() => window.paperkbTimings.draws")
        rng = random.Random(1)
        for turn in range(80):
            page.page.mouse.move(box["x"] + box["width"] * rng.uniform(0.3, 0.9),
                                 box["y"] + box["height"] * rng.uniform(0.2, 0.8))
            page.page.mouse.wheel(0, -120 if turn % 16 < 10 else 200)
            settled(page.page)
        page.page.mouse.down()
        for turn in range(40):
            page.page.mouse.move(box["x"] + 300 + 11 * turn, box["y"] + 200 + 3 * turn)
            settled(page.page)
        page.page.mouse.up()
        draws = page.page.evaluate("() => window.paperkbTimings.draws") - before
        own = page.page.evaluate("() => window.paperkbTimings.redraws")[-draws:]
        frames = page.page.evaluate("() => window.framesRun")
        frames = sorted(frames)[-draws:]                            # the others come from this script and are empty
    p95 = _percentile(own, 0.95)
    return Measured(10, f"p50 {_percentile(own, 0.5):.1f}, p95 {p95:.1f} ms over {draws} draws; "
                        f"frames p95 {_percentile(frames, 0.95):.1f} ms",
                    p95 < 33 and _percentile(frames, 0.95) < 33, p95 < 16, {"draws": own, "frames": frames})


def idle(stage: Stage) -> Measured:
    """11: draws, frames and CPU of an idle page."""
    values = {}
    for name in ("64", "5000"):
        with shown(stage, paper_set(name), script=_WATCH) as page:
            page.page.wait_for_timeout(1000)
            meter = page.page.context.new_cdp_session(page.page)
            meter.send("Performance.enable")

            def used(meter: Any = meter) -> float:
                metrics = meter.send("Performance.getMetrics")["metrics"]
                return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))

            page.page.evaluate("() => { window.framesRun.length = 0; }")
            draws, cpu = page.page.evaluate("() => window.paperkbTimings.draws"), used()
            page.page.wait_for_timeout(IDLE * 1000)
            values[name] = {
                "draws": page.page.evaluate("() => window.paperkbTimings.draws") - draws,
                "frames": page.page.evaluate("() => window.framesRun.length"),
                "cpu_ms": 1000 * (used() - cpu),
            }
    draws = sum(value["draws"] + value["frames"] for value in values.values())
    cpu = max(value["cpu_ms"] for value in values.values())
    return Measured(11, f"{draws} frames, {cpu:.0f} ms CPU in {IDLE:.0f} s", draws == 0, draws == 0, values)


def file_size(stage: Stage) -> Measured:
    """12: the size of the page's single file."""
    import gzip

    files = {name: stage.drawing(paper_set(name), "html").read_bytes() for name in SETS}
    size = {name: len(data) / 1000 for name, data in files.items()}
    packed = {name: len(gzip.compress(data, mtime=0)) / 1000 for name, data in files.items()}

    def within(*limits: int) -> bool:
        return all(kilobytes <= limit for kilobytes, limit in zip(size.values(), limits))

    return Measured(
        12, f"{' / '.join(f'{value:.0f}' for value in size.values())} KB, gzip {packed['5000']:.0f} KB at 5,000",
        within(50, 100, 700), within(30, 60, 400), {"kilobytes": size, "gzip": packed},
    )


def quiet(stage: Stage) -> Measured:
    """13: everything that the pages so far requested, threw, or were refused."""
    if not stage.pages:
        raise Unmeasured("no page was opened - measure the page criteria in the same run")
    good = not stage.heard
    return Measured(13, f"{len(stage.heard)} in {stage.pages} pages", good, good, {"heard": stage.heard[:20]})


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(share * len(values)), len(values) - 1)] if values else float("inf")
