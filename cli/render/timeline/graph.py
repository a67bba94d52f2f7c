"""Papers and links as exports write them: cleaned, lane by lane, with all links, implied ones too."""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cli.printable import printable
from cli.render.timeline.arrange import arrange, shortest
from cli.render.timeline.papers import Edge, Paper


@dataclass(frozen=True)
class Graph:
    """`lanes` holds the papers of each lane, oldest first, top lane first; `index` counts them in that order."""

    lanes: Mapping[str, tuple[Paper, ...]]
    edges: tuple[Edge, ...]
    index: Mapping[str, int]
    names: Mapping[str, str]                # key -> the key in printable form, no two the same


def graph(papers: Iterable[Paper], edges: Iterable[Edge]) -> Graph:
    """Papers and links for an export, in the lanes of the picture.

    Raises:
        ValueError: two papers have the same key.
    """
    arranged = shortest(arrange(papers, edges))
    lanes = {lane: tuple(paper for paper in arranged.papers if paper.lane == lane) for lane in arranged.lanes}
    ordered = [paper.key for members in lanes.values() for paper in members]
    return Graph(lanes, arranged.edges, {key: i for i, key in enumerate(ordered)}, _names(ordered))


def _names(keys: Iterable[str]) -> dict[str, str]:
    """Printable keys, with a number after those that differ only in what cannot be shown."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for key in sorted(keys):
        name = candidate = printable(key) or "-"
        number = 1
        while candidate in taken:
            number += 1
            candidate = f"{name} ({number})"
        names[key] = candidate
        taken.add(candidate)
    return names
