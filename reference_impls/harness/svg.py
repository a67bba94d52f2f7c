"""The few pieces of SVG that the drawings need: escaped text, an axis with round ticks, colors."""
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil, floor, log10

INK, FAINT = "#1f2933", "#dfe3e8"
COLORS = ("#2563b0", "#c2410c", "#0f766e", "#7c3aed", "#a16207", "#be185d")     # legible on white, apart for most eyes
DARKEST = (13, 59, 102)


def document(width: float, height: float, title: str, body: Sequence[str]) -> str:
    """A whole SVG file on a white background, with a title that screen readers speak."""
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
            f'height="{height:g}" font-family="system-ui, sans-serif" font-size="12" role="img">\n'
            f"<title>{escape(title)}</title>\n"
            f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n")


def text(x: float, y: float, content: str, anchor: str = "start", color: str = INK, size: int = 12,
         rotate: int = 0) -> str:
    """Text at a baseline position, its center raised to the middle of the line."""
    turn = f' transform="rotate({rotate} {x:.1f} {y:.1f})"' if rotate else ""
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" dominant-baseline="central" fill="{color}" '
            f'font-size="{size}"{turn}>{escape(content)}</text>')


def line(x1: float, y1: float, x2: float, y2: float, color: str = FAINT) -> str:
    """A thin line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"/>'


def rectangle(x: float, y: float, width: float, height: float, fill: str, stroke: str = "none") -> str:
    """A rectangle, filled or only framed."""
    return (f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{fill}" '
            f'stroke="{stroke}"/>')


@dataclass(frozen=True)
class Axes:
    """A plot's rectangle in the drawing, and the ticks of both directions, which span it; the vertical may be a log."""

    across: list[float]
    up: list[float]
    left: float
    top: float
    right: float
    bottom: float
    logarithmic: bool = False

    def x(self, value: float) -> float:
        """Horizontal place of a value."""
        return self.left + (self.right - self.left) * (value - self.across[0]) / (self.across[-1] - self.across[0])

    def y(self, value: float) -> float:
        """Vertical place of a value."""
        scale = log10 if self.logarithmic else float
        low, high = scale(self.up[0]), scale(self.up[-1])
        return self.bottom - (self.bottom - self.top) * (scale(value) - low) / (high - low)

    def frame(self) -> list[str]:
        """Horizontal grid lines, and the labels of all ticks."""
        rows = [line(self.left, self.y(tick), self.right, self.y(tick))
                + text(self.left - 8, self.y(tick), number(tick), "end") for tick in self.up]
        return rows + [text(self.x(tick), self.bottom + 16, number(tick), "middle") for tick in self.across]


def round_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten that enclose the range."""
    if low == high:
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    rough = (high - low) / about
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    return [index * step for index in range(floor(low / step + 1e-9), ceil(high / step - 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten, with their doubles and fives inside two decades, that enclose a range of positive numbers."""
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    ticks = [factor * 10.0**power for power in decades for factor in ((1, 2, 5) if len(decades) < 5 else (1,))]
    first = max(index for index, tick in enumerate(ticks) if tick <= low * (1 + 1e-9))
    last = min(index for index, tick in enumerate(ticks) if tick >= high * (1 - 1e-9))
    return ticks[first:last + 1]


def number(value: float) -> str:
    """A tick label without rounding noise: 0.3, 1,000, 2e-05."""
    return f"{value:,.10g}" if value == 0 or 1e-4 <= abs(value) < 1e7 else f"{value:.6g}"


def shade(fraction: float) -> str:
    """White at 0, dark blue at 1."""
    fraction = min(max(fraction, 0.0), 1.0)
    return "#" + "".join(f"{round(255 + (dark - 255) * fraction):02x}" for dark in DARKEST)


def spread_apart(positions: Sequence[float], distance: float) -> list[float]:
    """The positions moved as little as needed, in their order, so that neighbors keep a distance."""
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    moved = list(positions)
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + distance)
    shift = sum(moved) / len(moved) - sum(positions) / len(positions) if moved else 0.0
    return [position - shift for position in moved]
