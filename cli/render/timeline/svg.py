"""A layout in pixels as one SVG document: no script, no outside reference, light and dark, always the same bytes."""
from collections.abc import Iterable
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from cli.render.timeline import palette
from cli.render.timeline.model import Layout, Metrics, Node, Point, Route
from cli.render.timeline.printable import printable
from cli.render.timeline.textwidth import pixel_width

SIZE, SMALL = 12.0, 11.0                    # font sizes in pixels
PIXELS = Metrics(measure=pixel_width(SIZE), row=18.0, text=13.0, lane_pad=16.0, header=34.0, footer=34.0, gap=4.0,
                 space=12.0, margin=12.0, radius=(3.5, 7.0), label_max=230.0)


def render_svg(layout: Layout, title: str = "Timeline") -> str:
    """The drawing of a layout made with PIXELS; `title` names it for people who cannot see it."""
    years = [tick.label for tick in layout.ticks if tick.label]
    span = f" from {years[0]} to {years[-1]}" if len(years) > 1 else ""
    drawn = sum(bool(route.points) for route in layout.routes)
    description = (f"{len(layout.nodes)} papers in {len(layout.lanes)} lanes{span}, {drawn} links drawn, "
                   f"{layout.hidden_implied} implied links hidden.")
    width, height = _n(layout.width), _n(layout.height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="timeline" role="img" aria-labelledby="tl-title tl-desc" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f'<title id="tl-title">{_text(title)}</title>',
        f'<desc id="tl-desc">{_text(description)}</desc>',
        f"<style>{_style()}</style>",
        '<rect class="paper" width="100%" height="100%"/>',
        *_lanes(layout),
        *_axis(layout),
        *_routes(layout),
        *(_dot(node) for node in layout.nodes),
        *_legend(layout),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _lanes(layout: Layout) -> Iterable[str]:
    for i, lane in enumerate(layout.lanes):
        full = f"<title>{_text(lane.name)}</title>" if lane.label != lane.name else ""
        yield (f'<g class="c{palette.color_index(i)}"><rect class="band" y="{_n(lane.y)}" width="{_n(layout.width)}" '
               f'height="{_n(lane.height - 2)}"/><text class="lane" x="{_n(PIXELS.margin)}" '
               f'y="{_baseline(lane.y + lane.height / 2)}">{_text(lane.label)}{full}</text></g>')


def _axis(layout: Layout) -> Iterable[str]:
    top, bottom = PIXELS.header - 8, layout.height - PIXELS.footer
    lines = "".join(f"M{_n(tick.x)} {_n(top)}V{_n(bottom)}" for tick in layout.ticks)
    if layout.undated:
        lines += f"M{_n(layout.undated[1] - PIXELS.space / 2)} {_n(top)}V{_n(bottom)}"
        yield f'<text class="year" x="{_n(layout.undated[0] + PIXELS.space)}" y="18">undated</text>'
    if lines:
        yield f'<path class="grid" d="{lines}"/>'
    for tick in layout.ticks:
        if tick.label:
            yield f'<text class="year" x="{_n(tick.label_x)}" y="18">{tick.label}</text>'


def _routes(layout: Layout) -> Iterable[str]:
    label = {node.key: node.label for node in layout.nodes}
    for route in layout.routes:
        if route.points:
            words = f"{label[route.source]} {route.kind.replace('-', ' ')} {label[route.target]}"
            why = f": {route.why}" if route.why else ""
            yield (f'<path class="{_classes(route)}" d="{_path(route.points)}">'
                   f"<title>{_text(words + why)}</title></path>")


def _classes(route: Route) -> str:
    marks = (" cites" if route.kind == "cites" else "") + (" back" if route.backward else "")
    return f"edge c{palette.color_index(route.lane)}{marks}"


def _path(points: tuple[Point, ...]) -> str:
    """Béziers, written as lines where they are level."""
    x, y = points[0]
    parts = [f"M{_n(x)} {_n(y)}"]
    for i in range(1, len(points), 3):
        piece = points[i:i + 3]
        if all(point[1] == y for point in piece):
            parts.append(f"H{_n(piece[2][0])}")
        else:
            parts.append("C" + " ".join(f"{_n(px)} {_n(py)}" for px, py in piece))
        y = piece[2][1]
    return "".join(parts)


def _dot(node: Node) -> str:
    x, y = node.x, node.y
    classes = f"node c{palette.color_index(node.lane)}" + (" runs" if node.runnable else "") \
        + (" bold" if node.important else "")
    href = _href(node.href)
    tag, link = ("a", f" href={quoteattr(href)}") if href else ("g", "")
    # a bar below the dot says that only the year is known
    bar = (f'<path class="bar" d="M{_n(x - 4)} {_n(y + node.radius + 1.6)}h8"/>' if node.precision == "year" else "")
    when = f" ({node.date})" if node.date else " (undated)"
    return (f'<{tag} class="{classes}"{link}><title>{_text(node.title or node.label)}{when}</title>'
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(node.radius - (0 if node.runnable else 0.8))}"/>{bar}'
            f'<text x="{_n(node.label_x)}" y="{_baseline(y)}">{_text(node.label)}</text></{tag}>')


def _legend(layout: Layout) -> Iterable[str]:
    """What the marks mean: only marks that occur in this drawing."""
    drawn = [route for route in layout.routes if route.points]
    items = [
        (any(node.runnable for node in layout.nodes), '<circle class="runs" cx="6" cy="-4" r="4"/>', "runnable"),
        (any(not node.runnable for node in layout.nodes), '<circle cx="6" cy="-4" r="3.4"/>', "no implementation"),
        (any(node.important for node in layout.nodes), '<text class="strong">B</text>', "most built-on"),
        (any(node.precision == "year" for node in layout.nodes), '<path class="bar" d="M2 -2h8"/>', "only year known"),
        (any(route.kind == "builds-on" for route in drawn), '<path class="edge" d="M-4 -4h14"/>', "is built on by"),
        (any(route.kind == "cites" for route in drawn), '<path class="edge cites" d="M-4 -4h14"/>', "is cited by"),
        (any(route.backward for route in drawn), '<path class="edge back" d="M-4 -4h14"/>', "against time"),
        (layout.hidden_implied > 0, "",
         f"{layout.hidden_implied} implied link{'s' if layout.hidden_implied != 1 else ''} hidden"),
    ]
    x, y, measure = layout.plot[0] + PIXELS.space, layout.height - 12, pixel_width(SMALL)
    for shown, mark, words in items:
        if shown:
            yield (f'<g class="legend" transform="translate({_n(x)} {_n(y)})">{mark}'
                   f'<text x="{15 if mark else 0}">{words}</text></g>')
            x += (15 if mark else 0) + measure(words, False) + 20


def _style() -> str:
    def colors(values: tuple[str, ...]) -> str:
        return "".join(f".timeline .c{i}{{--c:{value}}}" for i, value in enumerate(values))

    def neutral(paper: str, ink: str, faint: str, grid: str) -> str:
        return f".timeline{{--paper:{paper};--ink:{ink};--faint:{faint};--grid:{grid};--c:{faint}}}"

    light = neutral(palette.LIGHT_PAPER, palette.LIGHT_INK, palette.LIGHT_FAINT, palette.LIGHT_GRID)
    dark = neutral(palette.DARK_PAPER, palette.DARK_INK, palette.DARK_FAINT, palette.DARK_GRID)
    return (
        f"\n{light}{colors(palette.LIGHT)}"
        f"\n@media(prefers-color-scheme:dark){{{dark}{colors(palette.DARK)}}}"
        f"\n.timeline text{{font:{_n(SIZE)}px 'DejaVu Sans',Verdana,sans-serif;fill:var(--ink);unicode-bidi:isolate}}"
        f"\n.timeline .paper{{fill:var(--paper)}}"
        f"\n.timeline .band{{fill:var(--c);fill-opacity:{palette.BAND_OPACITY}}}"
        f"\n.timeline .lane,.timeline .bold text,.timeline .strong{{font-weight:bold}}"
        f"\n.timeline .lane{{fill:var(--c)}}"
        f"\n.timeline .year,.timeline .legend text{{font-size:{_n(SMALL)}px;fill:var(--faint)}}"
        f"\n.timeline .grid{{stroke:var(--grid);fill:none}}"
        f"\n.timeline .edge{{stroke:var(--c);stroke-width:1.1;stroke-opacity:.7;fill:none}}"
        f"\n.timeline .cites{{stroke-width:.8;stroke-dasharray:1 3}}"
        f"\n.timeline .back{{stroke-dasharray:5 3}}"
        f"\n.timeline .bar{{stroke:var(--c);stroke-width:1.4}}"
        f"\n.timeline circle{{fill:var(--paper);stroke:var(--c);stroke-width:1.6}}"
        f"\n.timeline .runs circle,.timeline circle.runs{{fill:var(--c);stroke:none}}"
        f"\n.timeline .node text{{paint-order:stroke;stroke:var(--paper);stroke-width:3;stroke-opacity:.8}}"
        f"\n.timeline a:hover text,.timeline a:focus text{{text-decoration:underline}}\n"
    )


def _href(href: str | None) -> str | None:
    """A link that may stand in a file for others: http, https or relative; None for any other."""
    if not href:
        return None
    cleaned = printable(href)
    try:
        parts = urlsplit(cleaned)
    except ValueError:
        return None
    if parts.scheme.lower() in ("http", "https") or not (parts.scheme or parts.netloc or ":" in cleaned.split("/")[0]):
        return cleaned
    return None


def _baseline(y: float) -> str:
    return _n(y + SIZE * 0.36)


def _text(text: str) -> str:
    return escape(printable(text))


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
