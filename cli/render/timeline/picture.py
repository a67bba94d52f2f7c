"""Everything that a timeline file is made from."""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cli.render.timeline.layout import layout
from cli.render.timeline.model import Layout, Options
from cli.render.timeline.papers import Edge, Paper
from cli.render.timeline.style import Theme
from kb.query.answer import Paper as Answered


@dataclass(frozen=True)
class Picture:
    """Papers and edges, how to lay them out, and what else a file may contain; laid out only when a writer needs it."""

    papers: tuple[Paper, ...]
    edges: tuple[Edge, ...]                 # drawn ones
    links: tuple[Edge, ...]                 # for exports: all links between these papers
    options: Options
    title: str = "Timeline"
    theme: Theme | None = None              # default: auto in an SVG, light in a PNG
    chosen: frozenset[str] = frozenset()
    facet: str = ""                         # what the lanes are, if the next picture is to have the same
    notes: Mapping[str, str] = field(default_factory=dict)      # key -> path of the paper's note in the user's vault

    @cached_property
    def layout(self) -> Layout:
        """The place of everything."""
        return layout(self.papers, self.edges, self.options)


def notes_of(papers: Iterable[Answered]) -> dict[str, str]:
    """The paths of the notes in the user's own vault, by the paper's key."""
    return {paper.key: paper.path for paper in papers if paper.path and paper.source == "own"}
