"""The colors can be read, and told apart, by people with and without color blindness."""
from itertools import combinations
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

import pytest

from cli.render.matrix import DARKEST
from cli.render.timeline import palette

# Machado, Oliveira, Fernandes (2009), severity 1: what is left of linear RGB without one kind of cone
NORMAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
SEEN = {
    "normal": NORMAL,
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
WHITE = (0.95047, 1.0, 1.08883)
THEMES = {
    "light": (palette.LIGHT, palette.LIGHT_NAMES, palette.LIGHT_PAPER, palette.LIGHT_INK, palette.LIGHT_FAINT),
    "dark": (palette.DARK, palette.DARK_NAMES, palette.DARK_PAPER, palette.DARK_INK, palette.DARK_FAINT),
}
Lab = tuple[float, float, float]


def linear(color: str) -> list[float]:
    channels = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def luminance(color: str) -> float:
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear(color)))


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def lab(color: str, seen: str) -> Lab:
    rgb = [min(max(sum(m * c for m, c in zip(row, linear(color))), 0.0), 1.0) for row in SEEN[seen]]
    xyz = [sum(m * c for m, c in zip(row, rgb)) / white for row, white in zip(TO_XYZ, WHITE)]
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one: Lab, other: Lab) -> float:
    """CIEDE2000, after Sharma, Wu, Dalal (2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (hypot(a1, b1) + hypot(a2, b2)) / 2
    g = 0.5 * (1 - sqrt(mean**7 / (mean**7 + 25**7)))
    c1, c2 = hypot((1 + g) * a1, b1), hypot((1 + g) * a2, b2)
    h1, h2 = degrees(atan2(b1, (1 + g) * a1)) % 360, degrees(atan2(b2, (1 + g) * a2)) % 360
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    hue = 2 * sqrt(c1 * c2) * sin(radians(turn / 2))
    l, c = (l1 + l2) / 2, (c1 + c2) / 2
    h = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    t = (1 - 0.17 * cos(radians(h - 30)) + 0.24 * cos(radians(2 * h)) + 0.32 * cos(radians(3 * h + 6))
         - 0.20 * cos(radians(4 * h - 63)))
    sl, sc, sh = 1 + 0.015 * (l - 50) ** 2 / sqrt(20 + (l - 50) ** 2), 1 + 0.045 * c, 1 + 0.015 * c * t
    rotation = -2 * sqrt(c**7 / (c**7 + 25**7)) * sin(radians(60 * exp(-(((h - 275) / 25) ** 2))))
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, hue / sh
    return sqrt(dl * dl + dc * dc + dh * dh + rotation * dc * dh)


@pytest.mark.parametrize(("one", "other", "expected"), [   # from the test data of Sharma, Wu, Dalal
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
    ((50.0, 2.5, 0.0), (56.0, -27.0, -3.0), 31.9030),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
])
def test_the_difference_is_that_of_the_literature(one: Lab, other: Lab, expected: float) -> None:
    assert difference(one, other) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("seen", SEEN)
def test_any_two_lanes_can_be_told_apart(theme: str, seen: str) -> None:
    marks = THEMES[theme][0]
    near = min((difference(lab(a, seen), lab(b, seen)), a, b) for a, b in combinations(marks, 2))
    assert near[0] >= 15, near


@pytest.mark.parametrize("theme", THEMES)
def test_text_and_marks_stand_out_from_their_ground(theme: str) -> None:
    marks, names, paper, ink, faint = THEMES[theme]
    assert len(marks) == len(names)
    for mark, name in zip(marks, names):
        band = palette.mixed(mark, paper)
        assert contrast(mark, band) >= 4.5, mark
        assert contrast(palette.mixed(mark, band, 0.8), band) >= 3, "a curve, which is slightly transparent"
        assert contrast(name, band) >= 7, name
        assert contrast(ink, band) >= 7, mark
    assert contrast(faint, paper) >= 7
    assert contrast(ink, palette.mixed(marks[0], paper, DARKEST)) >= 4.5, "a number in the fullest cell of the matrix"


def test_terminal_colors_are_readable_on_black_and_on_white() -> None:
    assert len(palette.TERMINAL) == len(palette.LIGHT)
    for color in palette.TERMINAL:
        assert min(contrast(color, "#000000"), contrast(color, "#ffffff")) >= 4.5, color
