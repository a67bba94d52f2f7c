"""Pictures for programs that know little of style sheets: attributes of each element say how it looks.

Office and drawing programs ignore what they do not know: variables, selectors of two classes, `font`, `paint-order`.
They would paint the outline of a label over the label; here it is a text of its own below it.
"""
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from copy import deepcopy

from cli.render.timeline.style import LANE, SHARED, everywhere, of_lane

_SVG = "http://www.w3.org/2000/svg"
_FONT = re.compile(r"font:(\S+) ([^;]+)")
_VARIABLE = re.compile(r"var\(--(\w+)\)")
_OUTLINE = ("stroke", "stroke-width", "stroke-linejoin")
ET.register_namespace("", _SVG)             # written without a prefix


def plain(picture: str, theme: str) -> str:
    """The picture, without its classes, in the colors of a theme: `light` or `dark`."""
    [root] = _painted(ET.fromstring(picture), theme, everywhere(theme), frozenset())
    return ET.tostring(root, encoding="unicode") + "\n"


def _painted(element: ET.Element, theme: str, colors: Mapping[str, str], above: frozenset[str]) -> list[ET.Element]:
    """The element with its looks, after its outline if it has one below it.

    Args:
        colors: of the lane around it.
        above: classes of the elements around it.
    """
    classes = frozenset(element.attrib.pop("class", "").split())
    for name in classes:
        if re.fullmatch(r"c\d+", name):
            colors = everywhere(theme) | of_lane(theme, int(name[1:]))
    element[:] = [part for child in element for part in _painted(child, theme, colors, above | classes)]
    names = {element.tag.removeprefix(f"{{{_SVG}}}"), *(f".{name}" for name in classes)}
    looks: dict[str, str] = {}
    for selector, declarations in (*SHARED, *LANE):
        *around, last = selector.split()
        if last in names and above.issuperset(name.removeprefix(".") for name in around):
            said = _VARIABLE.sub(lambda name: colors[name[1]], _FONT.sub(r"font-size:\1;font-family:\2", declarations))
            looks |= dict(each.split(":") for each in said.split(";"))
    if looks.pop("paint-order", None) is None:
        element.attrib |= looks
        return [element]
    outline = deepcopy(element)
    outline.tail = None
    outline.attrib |= {**looks, "fill": looks["stroke"], "aria-hidden": "true"}
    element.attrib |= {name: value for name, value in looks.items() if name not in _OUTLINE}
    return [outline, element]
