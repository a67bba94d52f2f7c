"""The colors can be read, and told apart, by people with and without color blindness."""
import pytest

from benchmarks.timeline.colors import VISION, Rgb, ciede2000, contrast, least_difference
from cli.render.matrix import DARKEST
from cli.render.timeline import palette

THEMES = {
    "light": (palette.LIGHT, palette.LIGHT_NAMES, palette.LIGHT_PAPER, palette.LIGHT_INK, palette.LIGHT_FAINT),
    "dark": (palette.DARK, palette.DARK_NAMES, palette.DARK_PAPER, palette.DARK_INK, palette.DARK_FAINT),
}


def rgb(color: str) -> Rgb:
    red, green, blue = (int(color[i:i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def stands_out(color: str, ground: str) -> float:
    return contrast(rgb(color), rgb(ground))


@pytest.mark.parametrize(("one", "other", "expected"), [   # from the test data of Sharma, Wu, Dalal
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
    ((50.0, 2.5, 0.0), (56.0, -27.0, -3.0), 31.9030),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
])
def test_the_difference_is_that_of_the_literature(one: Rgb, other: Rgb, expected: float) -> None:
    assert ciede2000(one, other) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("seen", VISION)
def test_any_two_lanes_can_be_told_apart(theme: str, seen: str) -> None:
    assert least_difference([rgb(mark) for mark in THEMES[theme][0]], seen) >= 15


@pytest.mark.parametrize("theme", THEMES)
def test_text_and_marks_stand_out_from_their_ground(theme: str) -> None:
    marks, names, paper, ink, faint = THEMES[theme]
    assert len(marks) == len(names)
    for mark, name in zip(marks, names):
        band = palette.mixed(mark, paper)
        assert stands_out(mark, band) >= 4.5, mark
        assert stands_out(palette.mixed(mark, band, 0.8), band) >= 3, "a curve, which is slightly transparent"
        assert stands_out(name, band) >= 7, name
        assert stands_out(ink, band) >= 7, mark
    assert stands_out(faint, paper) >= 7
    assert stands_out(ink, palette.mixed(marks[0], paper, DARKEST)) >= 4.5, "a number in the fullest cell of the matrix"


def test_terminal_colors_are_readable_on_black_and_on_white() -> None:
    assert len(palette.TERMINAL) == len(palette.LIGHT)
    for color in palette.TERMINAL:
        assert min(stands_out(color, "#000000"), stands_out(color, "#ffffff")) >= 4.5, color
