"""A picture as PNG, through resvg and the fonts next to this file: the same bytes on every machine.

Those fonts have Latin, Greek, Cyrillic and symbols; other characters come from the fonts of the machine. For an emoji
of several code points resvg leaves a gap, whatever the font: its first one is drawn instead, and a flag as its letters.
"""
import re
from pathlib import Path
from string import ascii_uppercase
from typing import NamedTuple
from xml.sax.saxutils import escape, unescape

FONTS = Path(__file__).parent / "fonts"
MOST = 50_000_000                           # pixels
ENLARGED = 20_000_000                       # pixels up to which a picture is enlarged; resvg takes seconds for them
_OURS = re.compile("[ -~\u00a0-\u024f\u0300-\u04ff\u1e00-\u1efb\u2000-\u209f\u20a0-\u20bf\u2100-\u214f\u2190-\u22ff]")
_EMOJI = "[\u2190-\u2bff\U0001f000-\U0001faff]"
_LOOK = re.compile(f"[\ufe00-\ufe0f\u20e3]|(?<={_EMOJI})[\U0001f3fb-\U0001f3ff]")  # variants of the sign before
_JOINED = re.compile(f"(?<={_EMOJI})(?:\u200d{_EMOJI})+")
_FLAGS = {ord("\U0001f1e6") + i: letter for i, letter in enumerate(ascii_uppercase)}


class PngError(Exception):
    """Why there is no picture, and what to do about it."""


class Png(NamedTuple):
    """The picture, and examples of the characters that no installed font has."""

    data: bytes
    missing: str


def render_png(svg: str) -> Png:
    """The SVG (theme `light` or `dark`: literal colors), twice as large, or less if that is beyond ENLARGED pixels.

    Raises:
        PngError: resvg is not installed, or the picture has too many pixels at its own size.
    """
    try:
        import resvg_py
    except ImportError:
        raise PngError("a PNG needs resvg - install paperkb with its extra `png`, or write an .svg") from None
    found = re.search(r'<svg [^>]*\bwidth="([\d.]+)" height="([\d.]+)"', svg)
    if found is None:
        raise ValueError("not a picture with a width and a height")
    width, height = float(found[1]), float(found[2])
    if width * height > MOST:
        raise PngError(f"{width:.0f} x {height:.0f} is more than {MOST // 1_000_000} million pixels - "
                       "ask for fewer papers, give a smaller --width, or write an .svg")
    zoom = max(min(2.0, int((ENLARGED / (width * height)) ** 0.5 * 100) / 100), 1.0)
    svg = _JOINED.sub("", _LOOK.sub("", svg)).translate(_FLAGS)
    foreign = _foreign(svg)
    data = resvg_py.svg_to_bytes(svg_string=svg, zoom=zoom, font_files=_font_files(), sans_serif_family="DejaVu Sans",
                                 skip_system_fonts=not foreign)
    return Png(data, _missing(foreign))


def _font_files() -> list[str]:
    return [str(path) for path in sorted(FONTS.glob("*.ttf"))]


def _foreign(svg: str) -> list[str]:
    """Characters that our fonts lack, one of each block of 4,096."""
    blocks: dict[int, str] = {}
    for character in sorted(set(_OURS.sub("", unescape(re.sub(r"<[^>]*>", "", svg))))):
        if not character.isspace():
            blocks.setdefault(ord(character) >> 12, character)
    return list(blocks.values())


def _missing(characters: list[str]) -> str:
    """Those drawn as nothing, or only as the box that stands for a missing glyph."""
    import resvg_py

    def drawn(character: str) -> bytes:
        words = f'<text y="30">{escape(character)}</text>'
        picture = f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">{words}</svg>'
        return resvg_py.svg_to_bytes(svg_string=picture, font_files=_font_files())

    blank_and_box = [drawn(" "), drawn("\U0010fffd")] if characters else []        # the last private character
    return "".join(character for character in characters if drawn(character) in blank_and_box)
