"""The few SVG building blocks that the drawings need: escaped text, axes with round ticks, colors."""
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil, floor, log10

INK, FAINT = "#1f2933", "#dfe3e8"
MUTED = "#5b6673"
LETTER = 6.6            # approximate width of a letter at size 12
COLORS = ("#2563b0", "#c2410c", "#0f766e", "#7c3aed", "#a16207", "#be185d", "#4d7c0f", "#0891b2", "#7f1d1d", "#64748b")
"""Legible on white and distinct to most eyes; ten, because there are ten digits."""
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DARKEST = (13, 59, 102)


def document(width: float, height: float, title: str, body: Sequence[str]) -> str:
    """A complete SVG file on a white background, with a title for screen readers."""
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
            f'height="{height:g}" font-family="system-ui, sans-serif" font-size="12" role="img">\n'
            f"<title>{_escaped(title)}</title>\n"
            f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n")


def text(x: float, y: float, content: str, anchor: str = "start", color: str = INK, size: int = 12,
         rotate: int = 0, monospaced: bool = False) -> str:
    """Text that is vertically centered at y; monospaced text keeps every space."""
    style = ' xml:space="preserve" font-family="ui-monospace, monospace"' if monospaced else ""
    turn = f' transform="rotate({rotate} {x:.1f} {y:.1f})"' if rotate else ""
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" dominant-baseline="central" fill="{color}" '
            f'font-size="{size}"{turn}{style}>{_escaped(content)}</text>')


def _escaped(content: str) -> str:
    """Escape XML markup, and replace characters that XML cannot hold."""
    return escape(FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", content))


def line(x1: float, y1: float, x2: float, y2: float, color: str = FAINT) -> str:
    """A thin line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"/>'


def rectangle(x: float, y: float, width: float, height: float, fill: str, stroke: str = "none") -> str:
    """A rectangle, filled or outlined."""
    return (f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{fill}" '
            f'stroke="{stroke}"/>')


def titled(title: str, drawn: str) -> str:
    """A shape with a tooltip."""
    return f"<g><title>{_escaped(title)}</title>{drawn}</g>"


def circle(x: float, y: float, radius: float, fill: str, opacity: float = 1) -> str:
    """A filled dot."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}" fill-opacity="{opacity:g}"/>'


def polyline(points: Sequence[tuple[float, float]], color: str, dashed: bool = False) -> str:
    """A line through points."""
    dashes = ' stroke-dasharray="6 3"' if dashed else ""
    return f'<polyline points="{_pairs(points)}" fill="none" stroke="{color}" stroke-width="2"{dashes}/>'


def polygon(points: Sequence[tuple[float, float]], fill: str) -> str:
    """A pale area."""
    return f'<polygon points="{_pairs(points)}" fill="{fill}" fill-opacity="0.15"/>'


def _pairs(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


@dataclass(frozen=True)
class Axes:
    """The rectangle of a plot, and the ticks that span it in both directions; each axis can be logarithmic."""

    across: list[float]
    up: list[float]
    left: float
    top: float
    right: float
    bottom: float
    log_x: bool = False
    log_y: bool = False

    def x(self, value: float) -> float:
        """Horizontal position of a value."""
        return self.left + (self.right - self.left) * _share(value, self.across, self.log_x)

    def y(self, value: float) -> float:
        """Vertical position of a value."""
        return self.bottom - (self.bottom - self.top) * _share(value, self.up, self.log_y)

    def frame(self) -> list[str]:
        """Horizontal grid lines, and the labels of all ticks."""
        rows = [line(self.left, self.y(tick), self.right, self.y(tick))
                + text(self.left - 8, self.y(tick), number(tick), "end") for tick in self.up]
        return rows + [text(self.x(tick), self.bottom + 16, number(tick), "middle") for tick in self.across]


def _share(value: float, ticks: Sequence[float], logarithmic: bool) -> float:
    """The position of a value as a fraction of the way from the first tick to the last."""
    scale = log10 if logarithmic else float
    low, high = scale(ticks[0]), scale(ticks[-1])
    return (scale(value) - low) / (high - low)


def ticks(values: Sequence[float], logarithmic: bool = False) -> list[float]:
    """Ticks that enclose all values; a logarithmic axis needs positive ones."""
    return (log_ticks if logarithmic else round_ticks)(min(values), max(values))


def is_wide(values: Sequence[float]) -> bool:
    """Whether the values span so much that on a linear axis the small ones would be indistinguishable."""
    return min(values) > 0 and max(values) / min(values) > 20


def round_ticks(low: float, high: float) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten that enclose the range."""
    if low == high:
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    rough = (high - low) / 5
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    return [index * step for index in range(floor(low / step + 1e-9), ceil(high / step - 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten that enclose a range of positive numbers; over few decades, also 2 and 5 times these."""
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    ticks = [factor * 10.0**power for power in decades for factor in ((1, 2, 5) if len(decades) < 5 else (1,))]
    first = max(index for index, tick in enumerate(ticks) if tick <= low * (1 + 1e-9))
    last = min(index for index, tick in enumerate(ticks) if tick >= high * (1 - 1e-9))
    return ticks[first:max(last, first + 1) + 1]


def number(value: float) -> str:
    """A tick label without rounding noise: 0.3, 1,000, 2e-05."""
    return f"{value:,.10g}" if value == 0 or 1e-4 <= abs(value) < 1e7 else f"{value:.6g}"


def shade(fraction: float) -> str:
    """White at 0, dark blue at 1."""
    fraction = min(max(fraction, 0.0), 1.0)
    return "#" + "".join(f"{round(255 + (dark - 255) * fraction):02x}" for dark in DARKEST)


def spread_apart(positions: Sequence[float]) -> list[float]:
    """Positions moved apart, in their order, so that neighbors keep the distance that a name needs."""
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    moved = list(positions)
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + 15)
    shift = sum(moved) / len(moved) - sum(positions) / len(positions) if moved else 0.0
    return [position - shift for position in moved]
