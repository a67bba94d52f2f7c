"""Draw pictures as self-contained SVG files."""
import textwrap
from math import isfinite, isnan

from torch import Tensor

from reference_impls.harness import svg
from reference_impls.harness.picture import Picture
from reference_impls.harness.svg import LETTER

TEXT_WIDTH = 100        # characters in a line of text; longer lines are wrapped

Labels = tuple[list[str], list[str]]


def draw_picture(picture: Picture) -> str:
    """Draw a picture according to its kind."""
    if picture.kind == "text":
        return _text(picture.name, picture.text)
    data = picture.data.detach().double().cpu()
    draw = {"points": _points, "images": _images, "heatmap": _heatmap}[picture.kind]
    return draw(picture.name, data, picture.labels or ([], []))


def _text(title: str, content: str) -> str:
    """Lines of monospaced text."""
    lines = [part for line in content.expandtabs(4).split("\n")
             for part in textwrap.wrap(line, TEXT_WIDTH, replace_whitespace=False, drop_whitespace=False) or [""]]
    body = [svg.text(16, 22, title, size=13),
            *(svg.text(16, 52 + 18 * row, line, monospaced=True) for row, line in enumerate(lines))]
    width = max(360, 32 + 8 * len(title), 32 + 7.4 * max(map(len, lines)))
    return svg.document(width, 60 + 18 * len(lines), title, body)


def _heatmap(title: str, data: Tensor, labels: Labels) -> str:
    rows, columns = data.shape
    cell = max(4, min(28, 480 // max(rows, columns)))
    row_names, column_names = labels
    left = 24 + LETTER * max(map(len, row_names), default=0)
    top = 48 + LETTER * max((len(name) for name in column_names if len(name) > 2), default=2)
    low, high = _range(data)
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


def _points(title: str, data: Tensor, labels: Labels) -> str:
    """Dots; with labels, each in the color of its class."""
    classes = labels[0] or [""] * len(data)
    kept = [(a, b, name) for (a, b), name in zip(data.tolist(), classes, strict=True) if isfinite(a) and isfinite(b)]
    across, up = svg.ticks([a for a, _, _ in kept] or [0.0]), svg.ticks([b for _, b, _ in kept] or [0.0])
    axes = svg.Axes(across, up, left=56, top=44, right=456, bottom=444)
    colors = {name: svg.COLORS[index % len(svg.COLORS)] for index, name in enumerate(sorted(set(classes)))}
    body = [svg.text(16, 22, title, size=13), *axes.frame()]
    body += [svg.line(axes.x(tick), axes.top, axes.x(tick), axes.bottom) for tick in across]
    legend = list(colors) if labels[0] else []
    radius, opacity = (3, 0.75) if legend else (2, 0.5)
    body += [svg.circle(axes.x(a), axes.y(b), radius, colors[name], opacity) for a, b, name in kept]
    for row, name in enumerate(legend):
        place = axes.top + 8 + 18 * row
        body += [svg.circle(axes.right + 24, place, 5, colors[name]), svg.text(axes.right + 36, place, name)]
    right = axes.right + 24 + max((12 + LETTER * len(name) for name in legend), default=0)
    return svg.document(max(right + 16, 32 + 8 * len(title)), max(480, axes.top + 24 + 18 * len(legend)), title, body)


def _images(title: str, data: Tensor, labels: Labels) -> str:
    """Rows of gray images; a flat list becomes rows of ten."""
    rows = [data[start:start + 10] for start in range(0, len(data), 10)] if data.dim() == 3 else list(data)
    columns = max(map(len, rows), default=0)
    height, width = data.shape[-2:]
    pixel = max(2, min(6, 640 // (max(columns, 1) * (width + 1))))
    across, down = (width + 1) * pixel, (height + 1) * pixel
    left = 16 + (8 + LETTER * max(map(len, labels[0])) if labels[0] else 0)
    level = all(LETTER * len(name) <= across for name in labels[1])
    top = 44 + ((16 if level else LETTER * max(map(len, labels[1]))) if labels[1] else 0)
    low, high = _range(data)
    body = [svg.text(16, 22, title, size=13)]
    body += [svg.text(left - 8, top + (i + 0.5) * down, name, "end") for i, name in enumerate(labels[0])]
    body += [svg.text(left + (j + 0.5) * across, top - 10, name, "middle" if level else "start",
                      rotate=0 if level else -90) for j, name in enumerate(labels[1])]
    for i, row in enumerate(rows):
        for j, image in enumerate(row):
            x, y = left + j * across, top + i * down
            body += [svg.rectangle(x + b * pixel, y + a * pixel, pixel, pixel, svg.shade(_fraction(value, low, high)))
                     for a, line in enumerate(image.tolist()) for b, value in enumerate(line)]
    return svg.document(max(left + columns * across + 16, 32 + 8 * len(title)), top + len(rows) * down + 16, title,
                        body)


def _range(data: Tensor) -> tuple[float, float]:
    """The range of finite values, so that values that diverged do not wash out the rest."""
    finite = data[data.isfinite()]
    return (finite.min().item(), finite.max().item()) if finite.numel() else (0.0, 1.0)


def _fraction(value: float, low: float, high: float) -> float:
    if isnan(value):
        return 0.0
    return (value - low) / (high - low) if high > low else 0.5
