"""The roofline picture: work per second over work per byte, under the limits of the device. No torch.

Williams, Waterman & Patterson 2009. Horizontal axis: the FLOPs of a case over the least bytes that it must move.
Vertical axis: FLOPs over the measured median time. The slope is the measured bandwidth of a large copy, the flat part
the measured rate of a large matrix product.
"""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from reference_impls.harness import svg
from reference_impls.harness.bench.schema import violations
from reference_impls.harness.records import Record

Box = tuple[float, float, float, float]

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BELOW = 1080, 620, 72, 40, 78, 56
SIZE = 10                   # font size of names
OURS, TORCHS, OTHERS = svg.COLORS[0], svg.COLORS[1], svg.COLORS[2]
KINDS = ((OURS, "reference: ours, written to be read"), (TORCHS, "baseline: torch's own"),
         (OTHERS, "ours, compiled or with a fused kernel"))


@dataclass(frozen=True)
class Dot:
    """One variant of one case: FLOP per byte, GFLOP/s, and the text of its tooltip."""

    case: str
    intensity: float
    rate: float
    color: str
    told: str


def draw(records: Sequence[Record]) -> str:
    """An SVG file with one panel for each device and precision in the records.

    It shows forward passes and the steps of optimizers. Records that are invalid or have no times are left out.

    Raises:
        ValueError: no records are left.
    """
    timed = [each for each in records if not violations(each) and each["derived"] and each["derived"]["tflops"]]
    if not timed:
        raise ValueError("no bench record of protocol rb1 has times, so there is nothing to draw")
    panels = sorted({(each["env"]["device"], each["dtype"]) for each in timed})
    body: list[str] = []
    for number, (device, dtype) in enumerate(panels):
        here = [each for each in timed if (each["env"]["device"], each["dtype"]) == (device, dtype)]
        body += _panel(here, f"{device}, {dtype}", number * HEIGHT)
    return svg.document(WIDTH, len(panels) * HEIGHT, "Roofline of the reference implementations", body)


def _panel(records: Sequence[Record], heading: str, top: float) -> list[str]:
    peak = 1e3 * median(each["env"]["peak_tflops_measured"] for each in records)
    bandwidth = median(each["env"]["bw_gbps_measured"] for each in records)
    dots = _dots(records)
    across = svg.log_ticks(min(dot.intensity for dot in dots), max([peak / bandwidth * 2, *(dot.intensity
                                                                                            for dot in dots)]))
    up = svg.log_ticks(min(dot.rate for dot in dots), max([peak * 1.5, *(dot.rate for dot in dots)]))
    axes = svg.Axes(across, up, LEFT, top + TOP, WIDTH - RIGHT, top + HEIGHT - BELOW, log_x=True, log_y=True)
    conditions = sorted({f"torch {each['env']['torch']}, {each['env']['threads']} thread" for each in records})
    days = sorted({each["time_utc"][:10] for each in records})
    said = f"{'; '.join(conditions)}; measured {' to '.join(dict.fromkeys((days[0], days[-1])))}"
    said += "; few repetitions (quick)" * any(each["quick"] for each in records)
    body = [svg.text(16, top + 22, f"How close to the limits of the device: {heading}", size=14),
            svg.text(16, top + 42, said, color=svg.MUTED), *axes.frame()]
    body += [svg.line(axes.x(tick), axes.top, axes.x(tick), axes.bottom) for tick in axes.across]
    body += [svg.text(axes.left - 56, axes.top - 14, "GFLOP/s", color=svg.MUTED),
             svg.text(axes.right, axes.bottom + 38, "FLOP per byte of minimum traffic", "end", svg.MUTED)]
    roof = _roof(axes, peak, bandwidth)
    label = axes.x((roof[0] * roof[1]) ** 0.5), axes.y(bandwidth * (roof[0] * roof[1]) ** 0.5)
    line = [(axes.x(x), axes.y(min(peak, bandwidth * x))) for x in roof]
    body += [svg.polyline(line, svg.INK),
             svg.text(axes.right - 4, line[-1][1] - 12, f"matrix product {peak:,.0f} GFLOP/s", "end"),
             svg.text(label[0] - 8, label[1] - 14, f"copy {bandwidth:,.0f} GB/s", "end")]
    body += _legend(axes)
    body += _cases(axes, dots, line)
    return body


def _dots(records: Iterable[Record]) -> list[Dot]:
    dots = []
    for each in records:
        work, variant, ratio = each["work"], each["variant"], each["ratio"]
        is_baseline = variant == ratio["baseline"]
        color = OURS if variant == "reference" else TORCHS if is_baseline else OTHERS
        compared = "" if is_baseline else ", tie" if ratio["tie"] else f", {ratio['p50']:.2f} of the baseline's time"
        dots.append(Dot(f"{each['impl']} {each['case']}", work["flop"] / work["min_bytes"],
                        1e3 * each["derived"]["tflops"], color,
                        f"{each['impl']} {each['case']}: {variant}, {each['time_ms']['p50']:.3g} ms, "
                        f"{each['derived']['roofline']:.0%} of the roof{compared}"))
    return sorted(dots, key=lambda dot: (dot.case, dot.told))


def _roof(axes: svg.Axes, peak: float, bandwidth: float) -> tuple[float, float, float]:
    """FLOP per byte where the roof begins, bends and ends."""
    first, last = axes.across[0], axes.across[-1]
    start = max(first, axes.up[0] / bandwidth)
    return start, min(max(peak / bandwidth, start), last), last


def _legend(axes: svg.Axes) -> list[str]:
    body, x = [], axes.left + 120
    for color, words in KINDS:
        body += [svg.circle(x, axes.top - 14, 4, color), svg.text(x + 9, axes.top - 14, words, color=color)]
        x += 30 + svg.LETTER * len(words)
    return body


def _cases(axes: svg.Axes, dots: Sequence[Dot], roof: Sequence[tuple[float, float]]) -> list[str]:
    """The dots of each case on one vertical line, and its name next to ours where there is room."""
    cases: dict[str, list[Dot]] = {}
    for dot in dots:
        cases.setdefault(dot.case, []).append(dot)
    body: list[str] = []
    taken = _along(roof)
    for members in cases.values():
        x, heights = axes.x(members[0].intensity), [axes.y(dot.rate) for dot in members]
        body.append(svg.line(x, min(heights), x, max(heights), svg.MUTED))
        body += [svg.titled(dot.told, svg.circle(x, axes.y(dot.rate), 4, dot.color, 0.85)) for dot in members]
        taken += [(x - 1, min(heights), x + 1, max(heights)), *((x - 5, y - 5, x + 5, y + 5) for y in heights)]
    for case, members in cases.items():
        ours = next((dot for dot in members if dot.color == OURS), members[0])
        body += _name(case.split()[0], axes.x(ours.intensity), axes.y(ours.rate), axes, taken)
    return body


def _along(points: Sequence[tuple[float, float]]) -> list[Box]:
    """Small boxes that cover a line."""
    boxes = []
    for (x1, y1), (x2, y2) in pairwise(points):
        count = int(max(abs(x2 - x1), abs(y2 - y1)) / 4) + 1
        for index in range(count + 1):
            x, y = x1 + (x2 - x1) * index / count, y1 + (y2 - y1) * index / count
            boxes.append((x - 2, y - 2, x + 2, y + 2))
    return boxes


def _name(name: str, x: float, y: float, axes: svg.Axes, taken: list[Box]) -> list[str]:
    """A name to the right or left of its dot, level, below or above, at the first free place, if any."""
    width = svg.LETTER * SIZE / 12 * len(name)
    for dx, dy, anchor in ((8, 0, "start"), (-8, 0, "end"), (6, 11, "start"), (-6, 11, "end"), (6, -11, "start"),
                           (-6, -11, "end")):
        left = x + dx - (width if anchor == "end" else 0)
        box = (left, y + dy - 5, left + width, y + dy + 5)
        inside = axes.left <= box[0] and box[2] <= axes.right and axes.top <= box[1] and box[3] <= axes.bottom
        if inside and not any(box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
                              for other in taken):
            taken.append(box)
            return [svg.text(x + dx, y + dy, name, anchor, size=SIZE)]
    return []
