"""Colors as people see them: contrast, differences, and kinds of color vision."""

from itertools import combinations
from math import atan2, cos, degrees, exp, hypot, radians, sin

Rgb = tuple[float, float, float]                # gamma-encoded sRGB, 0 to 1

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB
VISION = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def mixed(over: Rgb, under: Rgb, opacity: float) -> Rgb:
    """One color over another."""
    return tuple(opacity * a + (1 - opacity) * b for a, b in zip(over, under))  # type: ignore[return-value]


def contrast(a: Rgb, b: Rgb) -> float:
    """The contrast ratio of WCAG 2.2, 1 to 21."""
    low, high = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (_linear(a), _linear(b)))
    return (high + 0.05) / (low + 0.05)


def least_difference(colors: list[Rgb], vision: str) -> float:
    """The smallest CIEDE2000 difference between any two of the colors, to people with that vision."""
    seen = [_lab(color, vision) for color in colors]
    return min(ciede2000(a, b) for a, b in combinations(seen, 2))


def _linear(color: Rgb) -> Rgb:
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color)  # type: ignore[return-value]


def _lab(color: Rgb, vision: str) -> Rgb:
    """CIE L*a*b* under D65 of a color as seen with a kind of vision."""
    linear = _linear(color)
    r, g, b = (min(max(sum(w * c for w, c in zip(row, linear)), 0.0), 1.0) for row in VISION[vision])
    x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047
    y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b
    z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def ciede2000(one: Rgb, two: Rgb) -> float:
    """Sharma, Wu and Dalal 2005, equations 2 to 22, with all weights 1."""
    (l1, a1, b1), (l2, a2, b2) = one, two
    mean = (hypot(a1, b1) + hypot(a2, b2)) / 2
    g = 0.5 * (1 - (mean**7 / (mean**7 + 25**7)) ** 0.5)
    c1, c2 = hypot((1 + g) * a1, b1), hypot((1 + g) * a2, b2)
    h1 = degrees(atan2(b1, (1 + g) * a1)) % 360 if c1 else 0.0
    h2 = degrees(atan2(b2, (1 + g) * a2)) % 360 if c2 else 0.0
    gray = c1 * c2 == 0
    turn = 0.0 if gray else (h2 - h1 + 180) % 360 - 180
    dl, dc, dh = l2 - l1, c2 - c1, 2 * (c1 * c2) ** 0.5 * sin(radians(turn / 2))
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = h1 + h2 if gray else (h1 + turn / 2) % 360
    t = (1 - 0.17 * cos(radians(hm - 30)) + 0.24 * cos(radians(2 * hm)) + 0.32 * cos(radians(3 * hm + 6))
         - 0.20 * cos(radians(4 * hm - 63)))
    sl = 1 + 0.015 * (lm - 50) ** 2 / (20 + (lm - 50) ** 2) ** 0.5
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    rotation = -2 * (cm**7 / (cm**7 + 25**7)) ** 0.5 * sin(radians(60 * exp(-(((hm - 275) / 25) ** 2))))
    total = (dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rotation * (dc / sc) * (dh / sh)
    return float(max(total, 0.0) ** 0.5)
