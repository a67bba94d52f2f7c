"""The PNG shows what the SVG says, in either theme, of limited size, with its own fonts, the same bytes every time."""
import struct
import subprocess
import sys
import zlib
from collections import Counter

import pytest

from cli.render.matrix import render_matrix_svg
from cli.render.timeline import palette
from cli.render.timeline.layout import layout
from cli.render.timeline.model import Options
from cli.render.timeline.papers import Paper
from cli.render.timeline.png import PngError, render_png
from cli.render.timeline.style import Theme
from cli.render.timeline.svg import PIXELS, render_svg
from tests.cli.render.timeline_papers import MATRIX, edges, papers
from tests.hostile import hostile_drawing

pytest.importorskip("resvg_py", reason="resvg_py is not installed - pip install 'paperkb[png]'")
PAGE = Options(600, PIXELS)
FEW = [paper for paper in papers() if "2013" < (paper.date or "") < "2018"]


@pytest.fixture
def at_its_own_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are not enlarged: a quarter of the pixels to look at."""
    monkeypatch.setattr("cli.render.timeline.png.ENLARGED", 0)


def drawing(theme: Theme = "light", made: list[Paper] | None = None) -> str:
    return render_svg(layout(made or FEW, edges(), PAGE), theme=theme)


def pixels(data: bytes) -> Counter[str]:
    """How often each color occurs in a PNG of eight-bit RGBA, not interlaced."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", data[16:29])
    assert (depth, kind, interlaced) == (8, 6, 0)
    packed, at = b"", 8
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        packed += data[at + 8:at + 8 + length] if name == b"IDAT" else b""
        at += length + 12
    raw, stride = zlib.decompress(packed), 4 * width
    above = bytearray(stride)
    found: Counter[str] = Counter()
    for y in range(height):
        filtered, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left, up, corner = (row[i - 4] if i > 3 else 0), above[i], (above[i - 4] if i > 3 else 0)
            guess = left + up - corner
            row[i] = (row[i] + (0, left, up, (left + up) // 2, min(
                (left, up, corner), key=lambda value: abs(guess - value)))[filtered]) & 255
        found.update(row[i:i + 3].hex() for i in range(0, stride, 4))
        above = row
    return found


@pytest.mark.usefixtures("at_its_own_size")
@pytest.mark.parametrize(("theme", "paper", "marks", "ink"), [
    ("light", palette.LIGHT_PAPER, palette.LIGHT, palette.LIGHT_INK),
    ("dark", palette.DARK_PAPER, palette.DARK, palette.DARK_INK),
])
def test_the_picture_has_the_paper_the_bands_the_dots_and_the_letters_of_its_theme(
        theme: Theme, paper: str, marks: tuple[str, ...], ink: str) -> None:
    png = render_png(drawing(theme))
    seen = pixels(png.data)
    lanes = marks[:len({paper.lane for paper in FEW})]
    assert {color[1:] for color in (paper, ink, *lanes)} <= set(seen), "paper, letters and filled dots"
    assert all(seen[palette.mixed(mark, paper)[1:]] > 3_000 for mark in lanes), "bands"
    assert not png.missing


def test_letters_are_drawn_with_the_fonts_beside_the_code_whatever_the_machine_has() -> None:
    code = ("import sys; from cli.render.timeline.png import render_png; "
            "sys.stdout.buffer.write(render_png(sys.stdin.read()).data)")
    bare = {"FONTCONFIG_FILE": "/nowhere", "FONTCONFIG_PATH": "/nowhere", "HOME": "/nowhere", "PYTHONUTF8": "1"}
    text = drawing(made=[Paper("a", "Größe Привет αβγ ≤ → é", "t", "2017", "Łódź", True)])
    alone = subprocess.run([sys.executable, "-c", code], input=text.encode(), env=bare, capture_output=True, check=True)
    assert alone.stdout == render_png(text).data
    assert alone.stdout != render_png(drawing(made=[Paper("a", "", "t", "2017", "Łódź", True)])).data


def test_letters_that_no_font_has_are_named_not_dropped_in_silence() -> None:
    png = render_png(drawing(made=[Paper("a", "known \U00010a38\ue123", "t", "2017", "Lane", True)]))
    assert "\ue123" in png.missing, "private use: no font can have it"
    assert "k" not in png.missing
    png = render_png(drawing(made=[Paper("a", "chosen \u2194\ufe0f", "t", "2017", "Lane", True)]))
    assert not png.missing, "a variation selector is not a missing letter"


def test_a_picture_is_twice_as_large_where_there_is_room_and_never_beyond_the_bound(
        monkeypatch: pytest.MonkeyPatch) -> None:
    def size(svg: str) -> tuple[int, ...]:
        return struct.unpack(">II", render_png(svg).data[16:24])

    small = drawing()
    width, height = size(small)
    assert width == 1200
    monkeypatch.setattr("cli.render.timeline.png.MOST", 1_000_000)
    monkeypatch.setattr("cli.render.timeline.png.ENLARGED", width * height // 2)
    bounded = size(small)
    assert 0.9 < bounded[0] * bounded[1] / (width * height // 2) <= 1
    with pytest.raises(PngError, match=r"60000 x \d+ is more than 1 million pixels - .*--width"):
        render_png(small.replace('width="600"', 'width="60000"', 1))


def test_without_resvg_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(PngError, match="extra `png`"):
        render_png(drawing())


def test_hostile_text_is_drawn_as_text() -> None:
    png = render_png(render_svg(layout(*hostile_drawing(), PAGE), theme="light"))
    assert png.data.startswith(b"\x89PNG")
    assert b"<script" not in png.data


@pytest.mark.usefixtures("at_its_own_size")
def test_the_matrix_is_a_png_too() -> None:
    svg = render_matrix_svg(MATRIX, "dark")
    assert render_png(svg).data == render_png(svg).data
    assert pixels(render_png(svg).data)[palette.DARK_PAPER[1:]] > 10_000


@pytest.mark.parametrize(("written", "drawn"), [
    ("\u2197\ufe0f", "\u2197"),
    ("1\ufe0f\u20e3", "1"),
    ("\U0001f1e9\U0001f1ea", "DE"),
    ("\u2197\ufe0f\u200d\U0001f525\u200d\u2640", "\u2197"),
    ("\u2197\U0001f3fd", "\u2197"),
])
def test_an_emoji_of_several_code_points_leaves_no_gap(written: str, drawn: str) -> None:
    plain = drawing(made=[FEW[0]._replace(label="Xtitle")])
    made, expected, bare = (render_png(plain.replace(">Xtitle<", f">{text}<")) for text in (written, drawn, ""))
    assert made.data == expected.data != bare.data
    assert not made.missing
