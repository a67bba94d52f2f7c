"""Learning curves and pictures of a run as self-contained SVG files."""
import json
import re
import textwrap
from collections.abc import Sequence
from math import isfinite
from pathlib import Path

from torch import Tensor

from reference_impls.harness import svg
from reference_impls.harness.claim import ArmRun, Judgement
from reference_impls.harness.picture import Picture
from reference_impls.harness.records import Record

WIDTH, HEIGHT = 720, 400
LETTER = 6.6            # width of a letter at size 12, about
MUTED = "#5b6673"


def save_drawings(judgement: Judgement, record: Record, folder: Path) -> list[Path]:
    """Write `curves.svg`, a file for each picture and `record.json`; their paths.

    Raises:
        OSError: the folder cannot be written.
    """
    claim = judgement.claim
    drawings = {"curves.svg": curves(judgement.runs, claim.text, claim.metric)}
    for run in judgement.runs:
        for index, picture in enumerate(run.pictures, 1):
            stem = re.sub(r"[^a-z0-9]+", "-", f"{run.arm} {index} {picture.name}".lower()).strip("-")
            drawings[f"{stem}.svg"] = draw_picture(picture)
    drawings["record.json"] = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in drawings.items():
        (folder / name).write_text(content, encoding="utf-8")
    return [folder / name for name in drawings]


def curves(runs: Sequence[ArmRun], title: str, metric: str) -> str:
    """One line for each arm, its name at its end; what is not finite is left out."""
    points = [[(step, value) for step, value in run.curve if isfinite(value)] for run in runs]
    steps = [step for curve in points for step, _ in curve] or [0]
    values = [value for curve in points for _, value in curve] or [0.0]
    heading = textwrap.wrap(title, 100) or [""]
    top = 48 + 16 * len(heading)
    right = WIDTH - 24 - LETTER * max((len(run.arm) for run in runs), default=0)
    logarithmic = min(values) > 0 and max(values) / min(values) > 20     # else the end of a fast fall is a flat line
    up = (svg.log_ticks if logarithmic else svg.round_ticks)(min(values), max(values))
    axes = svg.Axes(svg.round_ticks(min(0, *steps), max(steps)), up, 64, top, right, HEIGHT - 56, logarithmic)
    body = [svg.text(16, 22 + 16 * row, words, size=13) for row, words in enumerate(heading)]
    body += [svg.text(16, top - 22, metric, color=MUTED), svg.text(axes.right, HEIGHT - 18, "step", "end", MUTED)]
    body += axes.frame()
    drawn = [(run.arm, curve, svg.COLORS[index % len(svg.COLORS)])
             for index, (run, curve) in enumerate(zip(runs, points, strict=True)) if curve]
    labels = svg.spread_apart([axes.y(curve[-1][1]) for _, curve, _ in drawn], 15)
    for (arm, curve, color), label in zip(drawn, labels, strict=True):
        places = [(axes.x(step), axes.y(value)) for step, value in curve]
        path, (end_x, end_y) = " ".join(f"{x:.1f},{y:.1f}" for x, y in places), places[-1]
        body.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        body.append(f'<circle cx="{end_x:.1f}" cy="{end_y:.1f}" r="3" fill="{color}"/>')
        body.append(svg.text(end_x + 9, label, arm, color=color))
    return svg.document(WIDTH, HEIGHT, title, body)


def draw_picture(picture: Picture) -> str:
    """A picture by its kind."""
    data = picture.data.detach().double().cpu()
    if picture.kind == "points":
        return _points(picture.name, data)
    if picture.kind == "images":
        return _images(picture.name, data)
    return _heatmap(picture.name, data, picture.labels)


def _heatmap(title: str, data: Tensor, labels: tuple[list[str], list[str]] | None) -> str:
    rows, columns = data.shape
    cell = max(4, min(28, 480 // max(rows, columns)))
    row_names, column_names = labels or ([], [])
    left = 24 + LETTER * max(map(len, row_names), default=0)
    top = 48 + LETTER * max((len(name) for name in column_names if len(name) > 2), default=2)
    low, high = data.min().item(), data.max().item()
    body = [svg.text(16, 22, title, size=13)]
    for i, values in enumerate(data.tolist()):
        body += [svg.rectangle(left + j * cell, top + i * cell, cell, cell, svg.shade(_fraction(value, low, high)))
                 for j, value in enumerate(values)]
    body += [svg.text(left - 6, top + (i + 0.5) * cell, name, "end") for i, name in enumerate(row_names)]
    upright = all(len(name) < 3 for name in column_names)
    body += [svg.text(left + (j + 0.5) * cell, top - 8, name, "middle" if upright else "start",
                      rotate=0 if upright else -90) for j, name in enumerate(column_names)]
    right, bottom = left + columns * cell, top + rows * cell
    body.append(svg.rectangle(left, top, right - left, bottom - top, "none", svg.FAINT))
    body += [svg.rectangle(right + 20, top + (9 - k) * (bottom - top) / 10, 10, (bottom - top) / 10 + 0.5,
                           svg.shade((k + 0.5) / 10)) for k in range(10)]
    body += [svg.text(right + 36, bottom - 6, f"{low:.3g}"), svg.text(right + 36, top + 6, f"{high:.3g}")]
    return svg.document(max(right + 90, 32 + 8 * len(title)), bottom + 24, title, body)


def _points(title: str, data: Tensor) -> str:
    kept = [(a, b) for a, b in data.tolist() if isfinite(a) and isfinite(b)] or [(0.0, 0.0)]
    across, up = (svg.round_ticks(min(values), max(values)) for values in zip(*kept, strict=True))
    axes = svg.Axes(across, up, left=56, top=44, right=456, bottom=444)
    body = [svg.text(16, 22, title, size=13), *axes.frame()]
    body += [svg.line(axes.x(tick), axes.top, axes.x(tick), axes.bottom) for tick in across]
    body += [f'<circle cx="{axes.x(a):.1f}" cy="{axes.y(b):.1f}" r="2" fill="{svg.COLORS[0]}" fill-opacity="0.5"/>'
             for a, b in kept]
    return svg.document(max(480, 32 + 8 * len(title)), 480, title, body)


def _images(title: str, data: Tensor) -> str:
    """Rows of gray images; a flat list becomes rows of ten."""
    rows = [data[start:start + 10] for start in range(0, len(data), 10)] if data.dim() == 3 else list(data)
    height, width = data.shape[-2:]
    pixel = max(2, min(6, 640 // (max(map(len, rows), default=1) * (width + 1))))
    low, high = data.min().item(), data.max().item()
    body = [svg.text(16, 22, title, size=13)]
    for i, row in enumerate(rows):
        for j, image in enumerate(row):
            left, top = 16 + j * (width + 1) * pixel, 44 + i * (height + 1) * pixel
            body += [svg.rectangle(left + b * pixel, top + a * pixel, pixel, pixel,
                                   svg.shade(_fraction(value, low, high)))
                     for a, line in enumerate(image.tolist()) for b, value in enumerate(line)]
    right = 16 + max(map(len, rows), default=0) * (width + 1) * pixel
    return svg.document(max(right + 16, 32 + 8 * len(title)), 60 + len(rows) * (height + 1) * pixel, title, body)


def _fraction(value: float, low: float, high: float) -> float:
    if not isfinite(value):
        return 0.0
    return (value - low) / (high - low) if high > low else 0.5
