"""Drawings of pages, each a value that holds all it is made from: any process can draw it, with the same result."""

from collections.abc import Callable
from dataclasses import dataclass

from cli.render.timeline.layout import layout
from cli.render.timeline.model import Options
from cli.render.timeline.papers import Edge, Paper
from cli.render.timeline.svg import PIXELS, render_svg
from kb.typed import Any

WIDTH = 790


@dataclass(frozen=True, slots=True)
class Drawing:
    """Papers with the addresses of their pages, the edges between them, and the paper, if any, that gets a ring."""

    title: str
    papers: tuple[Paper, ...]
    edges: tuple[Edge, ...]
    chosen: str = ""

    def plain(self) -> tuple[Any, ...]:
        """A form that `marshal` can carry to another process."""
        return self.title, [*map(tuple, self.papers)], [*map(tuple, self.edges)], self.chosen

    @staticmethod
    def of(title: str, papers: list[Any], edges: list[Any], chosen: str) -> "Drawing":
        """From its `plain` form."""
        return Drawing(title, tuple(Paper(*each) for each in papers), tuple(Edge(*each) for each in edges), chosen)


Draw = Callable[[Drawing], str]


def draw(drawing: Drawing) -> str:
    """The SVG, for a page that has the drawings' style."""
    found = layout(drawing.papers, drawing.edges, Options(WIDTH, PIXELS))
    return render_svg(found, drawing.title, chosen=frozenset({drawing.chosen} - {""}), styled=False)
