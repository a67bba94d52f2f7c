"""The style sheet of the pictures: colors are CSS variables that a page may override.

It follows the reader's light or dark theme. Elements have the class of their lane, `c0`, `c1`, ..., and nothing else
about color. `cli.render.timeline.plain` applies the same rules for a single theme without a style sheet.
"""
from collections.abc import Iterator, Mapping
from typing import Literal

from cli.render.timeline import palette

Theme = Literal["auto", "light", "dark"]
SIZE, SMALL = 12.0, 11.0                    # font sizes in pixels
FONT = "'DejaVu Sans',Verdana,sans-serif"

LANE = (
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
"""What follows the class of a lane in the selector: mark, name and band are the colors of that lane."""
SHARED = (
    (" text", f"font:{SIZE:g}px {FONT};fill:var(--ink);unicode-bidi:isolate"),
    (" .paper", "fill:var(--paper)"),
    (" .strong", "font-weight:bold"),
    (" .faint", f"font-size:{SMALL:g}px;fill:var(--faint)"),
    (" .halo", "paint-order:stroke;stroke-width:3.5;stroke-linejoin:round"),
    (" .grid", "stroke:var(--grid);fill:none"),
    (" .edge", "stroke-width:1.1;stroke-opacity:.8;fill:none"),
    (" .trunk", "fill:none;stroke-linecap:round"),      # each has its own width
    (" .cites", "stroke-width:1;stroke-dasharray:1 3"),
    (" .links", "stroke-width:.8;stroke-opacity:.55"),
    (" .back", "stroke-dasharray:5 3"),
    (" .bar", "stroke-width:1.4"),
    (" circle", "stroke-width:1.6"),
    (" .chosen", "fill:none;stroke:var(--ink);stroke-width:1.2"),
    (" .gap", "fill:none;stroke:var(--faint);stroke-opacity:.55;stroke-dasharray:3 2"),
    (" .small", f"font-size:{SMALL:g}px"),
)
_LINKS = (" a:hover text,.timeline a:focus text", "text-decoration:underline")


def style(lanes: int) -> str:
    """The rules for a picture with this many lanes."""
    lanes = min(lanes, len(palette.LIGHT))
    dark = "".join(_variables("dark", lanes))
    rules = [*_variables("light", lanes), f"@media(prefers-color-scheme:dark){{{dark}}}"]
    for selector, declarations in (*SHARED, _LINKS, *LANE):
        rules.append(f".timeline{'' if selector.startswith(' ') else ' '}{selector}{{{declarations}}}")
    return "\n".join(["", *rules, ""])


def everywhere(theme: str) -> dict[str, str]:
    """The colors outside of lanes, where marks are faint."""
    paper, ink, faint, grid = (
        (palette.LIGHT_PAPER, palette.LIGHT_INK, palette.LIGHT_FAINT, palette.LIGHT_GRID) if theme == "light" else
        (palette.DARK_PAPER, palette.DARK_INK, palette.DARK_FAINT, palette.DARK_GRID))
    return {"paper": paper, "ink": ink, "faint": faint, "grid": grid, "mark": faint, "name": faint, "band": paper}


def of_lane(theme: str, lane: int) -> dict[str, str]:
    """The colors of a lane: its marks, its name and its band."""
    marks, names, paper = (palette.LIGHT, palette.LIGHT_NAMES, palette.LIGHT_PAPER) if theme == "light" else \
        (palette.DARK, palette.DARK_NAMES, palette.DARK_PAPER)
    return {"mark": marks[lane], "name": names[lane], "band": palette.mixed(marks[lane], paper)}


def _variables(theme: str, lanes: int) -> Iterator[str]:
    def block(selector: str, values: Mapping[str, str]) -> str:
        return f"{selector}{{{';'.join(f'--{name}:{value}' for name, value in values.items())}}}"

    yield block(".timeline", everywhere(theme))
    for lane in range(lanes):
        yield block(f".timeline .c{lane}", of_lane(theme, lane))
