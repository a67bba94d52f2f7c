"""A layout in pixels as one SVG document: no script, no outside reference, light and dark, always the same bytes."""
from collections.abc import Iterable

from cli.render.timeline.legend import legend
from cli.render.timeline.markup import attribute, number, safe_href, text
from cli.render.timeline.model import Layout, Metrics, Node, Point, Route
from cli.render.timeline.palette import color_index
from cli.render.timeline.papers import WORDS
from cli.render.timeline.style import SIZE, Theme, style
from cli.render.timeline.textwidth import cut, pixel_width
from cli.render.timeline.trunks import Trunk, trunks

PIXELS = Metrics(measure=pixel_width(SIZE), row=18.0, text=13.0, lane_pad=16.0, header=34.0, footer=34.0, gap=4.0,
                 space=12.0, margin=12.0, radius=(3.5, 7.0), label_max=230.0)
BASELINE = SIZE * 0.36                      # from the middle of a line down to its baseline
LINE = 15.0                                 # from one line of a lane's name to the next


def render_svg(layout: Layout, title: str = "Timeline", *, theme: Theme = "auto",
               chosen: frozenset[str] = frozenset(), styled: bool = True, memory: str = "") -> str:
    """The drawing of a layout made with PIXELS; `title` names it for people who cannot see it.

    Args:
        theme: `auto` follows the reader's; `light` and `dark` do without a style sheet.
        chosen: papers that get a ring.
        styled: if False, the page around it has the rules of `style` itself.
        memory: markup that tells the next picture where the papers are.
    """
    shared = trunks(layout.routes)
    explained, more = legend(layout, PIXELS, trunks=bool(shared), chosen=bool(chosen))
    width, height = number(layout.width), number(layout.height + more)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="timeline" role="graphics-document document" '
        f'aria-labelledby="tl-title tl-desc" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f'<title id="tl-title">{text(title)}</title>',
        f'<desc id="tl-desc">{text(_description(layout))}</desc>',
        *([memory] if memory else []),
        *([f"<style>{style(len(layout.lanes))}</style>"] if styled and theme == "auto" else []),
        '<rect class="paper" width="100%" height="100%"/>',
        *_lanes(layout),
        *_axis(layout),
        *_routes(layout),
        *(_trunk(trunk) for trunk in shared),
        *(_node(node, node.key in chosen) for node in layout.nodes),
        *explained,
        "</svg>",
    ]
    picture = "\n".join(parts) + "\n"
    if theme == "auto":
        return picture
    from cli.render.timeline.plain import plain  # slow to import

    return plain(picture, theme)


def _description(layout: Layout) -> str:
    years = sorted({node.date[:4] for node in layout.nodes if node.date and node.precision != "none"})
    span = f" from {years[0]} to {years[-1]}" if len(years) > 1 else f" of {years[0]}" if years else ""
    drawn = sum(bool(route.points) for route in layout.routes)
    return (f"{len(layout.nodes)} papers in {len(layout.lanes)} lanes{span}, {drawn} links drawn, "
            f"{layout.hidden_implied} implied links hidden, {layout.hidden_unimportant} others not drawn.")


def _lanes(layout: Layout) -> Iterable[str]:
    """Bands with their names, on two lines if they are long; a name that is cut shows in full on hover."""
    gutter = (layout.undated or layout.plot)[0] - PIXELS.margin - 2 * PIXELS.space
    for i, lane in enumerate(layout.lanes):
        lines = [lane.label]
        if lane.label != lane.name and lane.height >= 2 * LINE:
            lines = _two_lines(lane.name, gutter)
        full = f"<title>{text(lane.name)}</title>" if " ".join(lines) != lane.name else ""
        y, height, middle = number(lane.y), number(lane.height - 2), lane.y + lane.height / 2 - 1 + BASELINE
        yield (f'<g class="c{color_index(i)}"><rect class="band" y="{y}" width="{number(layout.width)}" '
               f'height="{height}"/><rect class="edging" y="{y}" width="4" height="{height}"/>')
        for row, line in enumerate(lines):
            at = middle + (row - (len(lines) - 1) / 2) * LINE
            yield (f'<text class="lane strong" x="{number(PIXELS.margin)}" y="{number(at)}">'
                   f"{full}{text(line)}</text>")
        yield "</g>"


def _two_lines(name: str, width: float) -> list[str]:
    """As many words as fit, then the rest, cut if it does not fit; one line if not even the first word fits."""
    words = name.split(" ")
    fitting = [n for n in range(1, len(words)) if PIXELS.measure(" ".join(words[:n]), True) <= width]
    parts = [" ".join(words[:fitting[-1]]), " ".join(words[fitting[-1]:])] if fitting else [name]
    return [cut(part, width, PIXELS.measure, PIXELS.ellipsis, True) for part in parts]


def _axis(layout: Layout) -> Iterable[str]:
    """A line for each year with a label, a short tick for other years and for months: quiet decades stay quiet."""
    top, bottom = PIXELS.header - 8, layout.height - PIXELS.footer
    whole = [bool(tick.label) and not tick.month for tick in layout.ticks]
    lines = "".join(f"M{number(tick.x)} {number(top)}V{number(bottom if far else PIXELS.header - 2)}"
                    for tick, far in zip(layout.ticks, whole, strict=True))
    if layout.undated:
        if layout.ticks:                                        # else nothing is next to the strip
            lines += f"M{number(layout.undated[1] - PIXELS.space / 2)} {number(top)}V{number(bottom)}"
        yield f'<text class="faint" x="{number(layout.undated[0] + PIXELS.space)}" y="18">undated</text>'
    if lines:
        yield f'<path class="grid" d="{lines}"/>'
    for tick in layout.ticks:
        if tick.label:
            yield f'<text class="faint" x="{number(tick.label_x)}" y="18">{tick.label}</text>'


def _routes(layout: Layout) -> Iterable[str]:
    label = {node.key: node.label for node in layout.nodes}
    for route in layout.routes:
        if route.points:
            words = f"{label[route.source]} {WORDS[route.kind]} {label[route.target]}"
            why = f": {route.why}" if route.why else ""
            yield f'<path class="{_classes(route)}" d="{_path(route.points)}"><title>{text(words + why)}</title></path>'


def _classes(route: Route) -> str:
    marks = ("" if route.kind == "builds-on" else f" {route.kind}") + (" back" if route.backward else "")
    return f"edge c{color_index(route.lane)}{marks}"


def _trunk(trunk: Trunk) -> str:
    """Heavier where more curves run as one; the titles are on the curves themselves."""
    weight = 1.1 + 0.4 * min(trunk.shared - 1, 4)
    return (f'<path class="trunk c{color_index(trunk.lane)}" stroke-width="{number(weight)}" '
            f'd="{_path(trunk.points)}"/>')


def _path(points: tuple[Point, ...]) -> str:
    """Béziers, written as lines where they are level."""
    x, y = points[0]
    parts = [f"M{number(x)} {number(y)}"]
    for i in range(1, len(points), 3):
        piece = points[i:i + 3]
        if all(point[1] == y for point in piece):
            parts.append(f"H{number(piece[2][0])}")
        else:
            parts.append("C" + " ".join(f"{number(px)} {number(py)}" for px, py in piece))
        y = piece[2][1]
    return "".join(parts)


def _node(node: Node, chosen: bool) -> str:
    x, y, radius = node.x, node.y, node.radius
    classes = f"node c{color_index(node.lane)}" + (" runs" if node.runnable else "")
    href = safe_href(node.href)
    tag, link = ("a", f" href={attribute(href)}") if href else ("g", "")
    # a bar below the dot says that only the year is known
    bar = f'<path class="bar" d="M{number(x - 4)} {number(y + radius + 1.6)}h8"/>' if node.precision == "year" else ""
    dot, around = number(radius - (0 if node.runnable else 0.8)), number(radius + 2)
    at = f'cx="{number(x)}" cy="{number(y)}"'
    ring = f'<ellipse class="chosen" {at} rx="{around}" ry="{around}"/>' if chosen else ""
    strong = ' class="halo strong"' if node.important else ' class="halo"'
    when = f" ({node.date})" if node.date else " (undated)"
    # widths of other characters are upper bounds, to which text must not be stretched: it is anchored at the dot
    at_end = not node.label.isascii() and node.label_x < x
    begins = node.label_x + at_end * node.label_width
    fixed = ' text-anchor="end"' if at_end else ""
    if node.label.isascii():
        fixed = f' textLength="{number(node.label_width)}" lengthAdjust="spacingAndGlyphs"'
    return (f'<{tag} class="{classes}"{link}><title>{text(node.title or node.label)}{when}</title>'
            f'<circle {at} r="{dot}"/>{ring}{bar}'
            f'<text{strong} x="{number(begins)}" y="{number(y + BASELINE)}"{fixed}>{text(node.label)}</text>'
            f"</{tag}>")
