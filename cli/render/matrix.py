"""The matrix of patterns and families as a picture: shaded counts, and the empty cells that say something."""
from collections import Counter
from collections.abc import Iterator

from cli.render.timeline.markup import number, text
from cli.render.timeline.style import SIZE, SMALL, Theme, style
from cli.render.timeline.textwidth import cut, pixel_width
from linker.taxonomy import Matrix

COLUMN, ROW, MARGIN = 56.0, 22.0, 12.0      # pixels
LONGEST = 230.0                             # a longer name is cut
SLANT = 40                                  # degrees by which the names of families lean
DARKEST = 0.42                              # share of color in the fullest cell; numbers stay readable on it


def render_matrix_svg(matrix: Matrix, theme: Theme = "auto") -> str:
    """One row per pattern and one column per family, the fullest first; always the same bytes."""
    rows, columns = _order(matrix)
    left = 2 * MARGIN + max((_width(name) for name in rows), default=0.0)
    lean = max((_width(name) for name in columns), default=0.0)
    top = MARGIN + 20 + lean * 0.65
    width = max(left + COLUMN * len(columns) + max(lean * 0.77 - COLUMN / 2, 0.0) + MARGIN, 640)
    height = top + ROW * len(rows) + 42
    used = sum(len(papers) for papers in matrix.cells.values())
    said = f"{len(rows)} patterns in {len(columns)} families, {used} uses, {len(matrix.gaps)} gaps."
    size = f'width="{number(width)}" height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="timeline" role="img" '
        f'aria-labelledby="mx-title mx-desc" {size}>',
        '<title id="mx-title">Patterns and families</title>',
        f'<desc id="mx-desc">{text(said)}</desc>',
        *([f"<style>{style(1)}</style>"] if theme == "auto" else []),
        '<rect class="paper" width="100%" height="100%"/>',
        *_columns(columns, left, top),
        *_rows(rows, columns, matrix, left, top),
        *_legend(left, height - 16),
        "</svg>",
    ]
    picture = "\n".join(parts) + "\n"
    if theme == "auto":
        return picture
    from cli.render.timeline.plain import plain  # slow to import

    return plain(picture, theme)


def _order(matrix: Matrix) -> tuple[list[str], list[str]]:
    """The most used first, so that filled cells gather in one corner."""
    by_pattern: Counter[str] = Counter()
    by_family: Counter[str] = Counter()
    for (pattern, family), papers in matrix.cells.items():
        by_pattern[pattern] += len(papers)
        by_family[family] += len(papers)
    return (sorted(matrix.patterns, key=lambda name: (-by_pattern[name], name)),
            sorted(matrix.families, key=lambda name: (-by_family[name], name)))


def _columns(families: list[str], left: float, top: float) -> Iterator[str]:
    for i, family in enumerate(families):
        x = left + COLUMN * (i + 0.5)
        yield (f'<text class="strong small" transform="translate({number(x)} {number(top - 8)}) rotate(-{SLANT})">'
               f"{_name(family)}</text>")


def _rows(patterns: list[str], families: list[str], matrix: Matrix, left: float, top: float) -> Iterator[str]:
    most = max((len(papers) for papers in matrix.cells.values()), default=1)
    gaps = {(gap.pattern, gap.family): gap.near for gap in matrix.gaps}
    for j, pattern in enumerate(patterns):
        y = top + ROW * j
        base = number(y + ROW / 2 + SIZE * 0.36)
        yield f'<path class="grid" d="M{number(MARGIN)} {number(y)}H{number(left + COLUMN * len(families))}"/>'
        yield f'<text x="{number(MARGIN)}" y="{base}">{_name(pattern)}</text>'
        for i, family in enumerate(families):
            x = left + COLUMN * i
            papers, near = matrix.cells.get((pattern, family), ()), gaps.get((pattern, family))
            box = (f'x="{number(x + 3)}" y="{number(y + 2)}" width="{number(COLUMN - 6)}" '
                   f'height="{number(ROW - 4)}" rx="4"')
            at = f'x="{number(x + COLUMN / 2)}" y="{base}" text-anchor="middle"'
            if papers:
                share = DARKEST * (0.25 + 0.75 * (len(papers) / most) ** 0.5)
                said = f"{pattern} in {family}: {', '.join(papers)}"
                yield (f'<g class="c0"><title>{text(said)}</title>'
                       f'<rect class="shade" fill-opacity="{share:.3f}" {box}/>'
                       f'<text class="strong" {at}>{len(papers)}</text></g>')
            elif near:
                said = f"{pattern} in {family}: not tried, but seen in {', '.join(near)}"
                yield (f'<g><title>{text(said)}</title>'
                       f'<rect class="gap" {box}/><text class="faint" {at}>?</text></g>')


def _legend(left: float, y: float) -> Iterator[str]:
    count = "papers in this family that use the pattern"
    gap = "not tried here, but two similar families use it"
    yield (f'<g class="c0" transform="translate({number(left)} {number(y)})"><rect class="shade" fill-opacity=".3" '
           f'y="-10" width="22" height="13" rx="3"/><text class="strong small" x="8">2</text>'
           f'<text class="faint" x="28">{count}</text></g>')
    x = left + 28 + pixel_width(SMALL)(count, False) + 24
    yield (f'<g transform="translate({number(x)} {number(y)})">'
           f'<rect class="gap" y="-10" width="22" height="13" rx="3"/><text class="faint" x="8">?</text>'
           f'<text class="faint" x="28">{gap}</text></g>')


def _width(name: str) -> float:
    return min(pixel_width(SIZE)(name, True), LONGEST)


def _name(name: str) -> str:
    """The name, cut if it is too long, with the full name on hover."""
    short = cut(name, LONGEST, pixel_width(SIZE), "…", True)
    return text(short) if short == name else f"<title>{text(name)}</title>{text(short)}"
