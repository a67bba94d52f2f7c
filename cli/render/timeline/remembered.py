"""The places of papers in the existing picture: one written over it leaves them where readers look for them."""
import json
import re
from pathlib import Path
from typing import Any

from cli.render.timeline.layout import kept
from cli.render.timeline.markup import text
from cli.render.timeline.model import Kept, Layout
from cli.render.timeline.svg import PIXELS

_MEMORY = re.compile(r"<metadata>(.*?)</metadata>")
_DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)
NO_PLACES = (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OverflowError)
"""What reading places raises if something else is there."""
_LARGEST = 50 * 2**20                       # bytes of a picture that is read


def memory(layout: Layout, facet: str) -> str:
    """The places in an SVG, written down for the next one."""
    said = {"facet": facet, **as_json(kept(layout))}
    return f"<metadata>{text(json.dumps(said, ensure_ascii=False, separators=(',', ':')))}</metadata>"


def remembered(output: Path, facet: str) -> Kept | None:
    """The places in an SVG or page of ours with this facet; None if there are none."""
    try:
        if not output.is_file() or output.stat().st_size > _LARGEST:     # a pipe or device may never end
            return None
        written = output.read_text("utf-8")
        said = _from_page(written) if output.suffix.lower() == ".html" else _from_svg(written)
        return from_json(said) if said and said["facet"] == facet else None
    except (OSError, *NO_PLACES):
        return None                         # whatever is there is not a picture of ours


def as_json(places: Kept) -> dict[str, Any]:
    """The places as JSON."""
    return {"lanes": list(places.lanes), "rows": dict(sorted(places.rows.items()))}


def from_json(said: dict[str, Any]) -> Kept:
    """The places from their JSON.

    Raises:
        NO_PLACES: one of these, if it is something else.
    """
    rows = {str(key): int(row) for key, row in said["rows"].items() if 0 <= int(row) < len(said["rows"])}
    return Kept(tuple(map(str, said["lanes"])), rows)


def _from_svg(written: str) -> dict[str, Any] | None:
    from xml.sax.saxutils import unescape

    found = _MEMORY.search(written)
    return json.loads(unescape(found[1])) if found else None


def _from_page(written: str) -> dict[str, Any] | None:
    """A page has places in pixels; rows are computed from them."""
    found = _DATA.search(written)
    if not found:
        return None
    data = json.loads(found[1])
    lanes, papers = data["lanes"], data["papers"]
    tops = [lane["y"] + PIXELS.lane_pad / 2 for lane in lanes]
    rows = {key: int((y - tops[lane]) // PIXELS.row)
            for key, y, lane in zip(papers["key"], papers["y"], papers["lane"], strict=True)}
    return {"facet": data["facet"], "lanes": [lane["name"] for lane in lanes], "rows": rows}
