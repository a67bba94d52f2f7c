"""The style sheet of the pictures: colors as CSS variables that a page may override, or literal.

`auto` follows the reader's light or dark theme. `light` and `dark` hold literal colors, for programs without CSS
variables. Elements have the class of their lane, `c0`, `c1`, ..., and nothing else about color.
"""
import re
from collections.abc import Iterator, Mapping
from typing import Literal

from cli.render.timeline import palette

Theme = Literal["auto", "light", "dark"]
SIZE, SMALL = 12.0, 11.0                    # font sizes in pixels
FONT = "'DejaVu Sans',Verdana,sans-serif"

# what follows the class of a lane in the selector: mark, name and band are the colors of that lane
_LANE = (
    (" .band", "fill:var(--band)"),
    (" .edging", "fill:var(--mark)"),
    (" .lane", "fill:var(--name)"),
    (".edge", "stroke:var(--mark)"),
    (".trunk", "stroke:var(--mark)"),
    (" .bar", "stroke:var(--mark)"),
    (" .halo", "stroke:var(--band)"),
    (" circle", "stroke:var(--mark);fill:var(--band)"),
    (".runs circle", "fill:var(--mark);stroke:none"),
    (" .shade", "fill:var(--mark)"),
)
_SHARED = (
    (" text", f"font:{SIZE:g}px {FONT};fill:var(--ink);unicode-bidi:isolate"),
    (" .paper", "fill:var(--paper)"),
    (" .strong", "font-weight:bold"),
    (" .faint", f"font-size:{SMALL:g}px;fill:var(--faint)"),
    (" .halo", "paint-order:stroke;stroke-width:3.5;stroke-linejoin:round"),
    (" .grid", "stroke:var(--grid);fill:none"),
    (" .edge", "stroke-width:1.1;stroke-opacity:.8;fill:none"),
    (" .trunk", "fill:none;stroke-linecap:round"),      # each has its own width
    (" .cites", "stroke-width:1;stroke-dasharray:1 3"),
    (" .back", "stroke-dasharray:5 3"),
    (" .bar", "stroke-width:1.4"),
    (" circle", "stroke-width:1.6"),
    (" .chosen", "fill:none;stroke:var(--ink);stroke-width:1.2"),
    (" .gap", "fill:none;stroke:var(--faint);stroke-opacity:.55;stroke-dasharray:3 2"),
    (" .small", f"font-size:{SMALL:g}px"),
    (" a:hover text,.timeline a:focus text", "text-decoration:underline"),
)


def style(theme: Theme, lanes: int) -> str:
    """The rules for a picture with this many lanes."""
    lanes = min(lanes, len(palette.LIGHT))
    if theme == "auto":
        dark = "".join(_variables("dark", lanes))
        rules = [*_variables("light", lanes), f"@media(prefers-color-scheme:dark){{{dark}}}",
                 *_rules("", _SHARED), *_rules("", _LANE)]
    else:
        everywhere = _everywhere(theme)
        rules = [*_rules("", _SHARED, everywhere), *_rules("", _LANE, everywhere)]
        for lane in range(lanes):
            rules += _rules(f" .c{lane}", _LANE, _of_lane(theme, lane))
    return "\n".join(["", *rules, ""])


def _everywhere(theme: str) -> dict[str, str]:
    """The colors outside of lanes, where marks are faint."""
    paper, ink, faint, grid = (
        (palette.LIGHT_PAPER, palette.LIGHT_INK, palette.LIGHT_FAINT, palette.LIGHT_GRID) if theme == "light" else
        (palette.DARK_PAPER, palette.DARK_INK, palette.DARK_FAINT, palette.DARK_GRID))
    return {"paper": paper, "ink": ink, "faint": faint, "grid": grid, "mark": faint, "name": faint, "band": paper}


def _of_lane(theme: str, lane: int) -> dict[str, str]:
    marks, names, paper = (palette.LIGHT, palette.LIGHT_NAMES, palette.LIGHT_PAPER) if theme == "light" else \
        (palette.DARK, palette.DARK_NAMES, palette.DARK_PAPER)
    return {"mark": marks[lane], "name": names[lane], "band": palette.mixed(marks[lane], paper)}


def _variables(theme: str, lanes: int) -> Iterator[str]:
    def block(selector: str, values: Mapping[str, str]) -> str:
        return f"{selector}{{{';'.join(f'--{name}:{value}' for name, value in values.items())}}}"

    yield block(".timeline", _everywhere(theme))
    for lane in range(lanes):
        yield block(f".timeline .c{lane}", _of_lane(theme, lane))


def _rules(lane: str, rules: tuple[tuple[str, str], ...], values: Mapping[str, str] | None = None) -> Iterator[str]:
    """The rules within a lane, or everywhere with `""`; `values` replace the variables."""
    for selector, declarations in rules:
        if values is not None:
            declarations = re.sub(r"var\(--(\w+)\)", lambda name: values[name[1]], declarations)
        yield f".timeline{lane or ('' if selector.startswith(' ') else ' ')}{selector}{{{declarations}}}"
