"""The legend of a drawing: an inconspicuous line or two, and only the marks that occur in it."""
from collections.abc import Iterable

from cli.render.timeline.markup import number
from cli.render.timeline.model import Layout, Metrics, Node
from cli.render.timeline.style import SMALL
from cli.render.timeline.textwidth import pixel_width

_MARK, _BETWEEN = 15.0, 18.0                # pixels that a mark takes, and between two entries
_LINE = 18.0


def legend(layout: Layout, metrics: Metrics, *, trunks: bool, chosen: bool) -> tuple[list[str], float]:
    """SVG groups in the footer, and how much higher it has to be for them.

    They start under the plot if they fit there on one line, else at the margin, on as many lines as they need.
    """
    entries, measure = tuple(_entries(layout, trunks, chosen)), pixel_width(SMALL)
    widths = [(_MARK if mark else 0.0) + measure(words, False) + _BETWEEN for mark, words in entries]
    left = (layout.undated or layout.plot)[0] + metrics.space
    if left + sum(widths) > layout.width:
        left = metrics.margin
    x, y, groups = left, layout.height - metrics.footer / 2 + 5, []
    for (mark, words), width in zip(entries, widths, strict=True):
        if x > left and x + width - _BETWEEN > layout.width - metrics.margin:
            x, y = left, y + _LINE
        groups.append(f'<g transform="translate({number(x)} {number(y)})">{mark}'
                      f'<text class="faint" x="{number(_MARK if mark else 0)}">{words}</text></g>')
        x += width
    return groups, y + metrics.footer / 2 - 5 - layout.height


def _entries(layout: Layout, trunks: bool, chosen: bool) -> Iterable[tuple[str, str]]:
    nodes, drawn = layout.nodes, [route for route in layout.routes if route.points]
    hidden, left_out = layout.hidden_implied, layout.hidden_unimportant
    entries = (
        (chosen, '<ellipse class="chosen" cx="6" cy="-4" rx="5" ry="5"/>', "requested"),
        (any(node.runnable for node in nodes), '<g class="runs"><circle cx="6" cy="-4" r="4"/></g>', "code runs"),
        (any(not node.runnable for node in nodes), '<circle cx="6" cy="-4" r="3.2"/>', "no code"),
        (len({node.radius for node in nodes}) > 1,
         '<g class="runs"><circle cx="-2" cy="-4" r="2"/><circle cx="6" cy="-4" r="4"/></g>',
         "more papers build on it"),
        (any(node.important for node in nodes), '<text class="faint strong" x="3">B</text>', "most built-on"),
        (any(node.precision == "year" for node in nodes), '<path class="bar" d="M2 -3h8"/>', "only year known"),
        (_side_by_side(nodes), '<circle cx="1.5" cy="-4" r="2.6"/><circle cx="9" cy="-4" r="2.6"/>',
         "same month, day not known"),
        (any(route.kind == "builds-on" for route in drawn), '<path class="edge" d="M-2 -4h13"/>', "is built on by"),
        (trunks, '<path class="trunk" stroke-width="2.3" d="M-2 -4h13"/>', "shared by several"),
        (any(route.kind == "cites" for route in drawn), '<path class="edge cites" d="M-2 -4h13"/>', "is cited by"),
        (any(route.kind == "links" for route in drawn), '<path class="edge links" d="M-2 -4h13"/>',
         "linked in a note"),
        (any(route.backward for route in drawn), '<path class="edge back" d="M-2 -4h13"/>', "backward in time"),
        (hidden > 0, "", f"{hidden} implied link{'s' * (hidden != 1)} hidden"),
        (left_out > 0, "", f"{left_out} link{'s' * (left_out != 1)} between less built-on papers not drawn"),
    )
    return ((mark, words) for shown, mark, words in entries if shown)


def _side_by_side(nodes: Iterable[Node]) -> bool:
    """Whether papers of one month are drawn side by side, as if more were known about them."""
    places: dict[str | None, float] = {}
    return any(places.setdefault(node.date, node.x) != node.x for node in nodes if node.precision == "month")
