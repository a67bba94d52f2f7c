"""Papers as a Mermaid flowchart, for Markdown that draws it: lanes as subgraphs, every link as an arrow or a line.

Mermaid has no way to quote within quotes, so all but letters, digits and plain punctuation is written as `#code;`.
"""
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from cli.printable import printable
from cli.render.timeline.graph import Graph, graph
from cli.render.timeline.markup import safe_href
from cli.render.timeline.palette import LIGHT, color_index
from cli.render.timeline.papers import Edge, Paper

UNNAMED = "no name"
_ARROWS = {"builds-on": "-->", "cites": "-.->", "links": "-.-"}


def render_mermaid(papers: Iterable[Paper], edges: Iterable[Edge], title: str) -> str:
    """The text of an `.mmd` file. Arrows point from a paper to what it builds on; dotted ones are citations.

    Dotted lines without an arrow are plain links.
    """
    return "\n".join(_lines(graph(papers, edges), title)) + "\n"


def _lines(found: Graph, title: str) -> Iterator[str]:
    yield "flowchart RL"
    yield f"%% {_quoted(title)}"
    for lane, (name, papers) in enumerate(found.lanes.items()):
        yield f'subgraph lane{lane}["{_quoted(name) or UNNAMED}"]'
        for paper in papers:
            year = f"<br/>{paper.date[:4]}" if paper.date and paper.date[:4].isdigit() else ""
            words = f'"{_quoted(paper.label) or UNNAMED}{year}"'
            shape = f"([{words}])" if paper.runnable else f"[{words}]"      # round ends: code that runs
            yield f"  n{found.index[paper.key]}{shape}"
        yield "end"
    for edge in found.edges:
        if edge.why:
            yield f"%% {_quoted(edge.why)}"
        yield f"n{found.index[edge.source]} {_ARROWS[edge.kind]} n{found.index[edge.target]}"
    for papers in found.lanes.values():
        for paper in papers:
            href = safe_href(paper.href)
            if href and href.lower().startswith("http"):
                yield f'click n{found.index[paper.key]} href "{quote(href, safe=":/?=&#%@+~,.-_")}" _blank'
    for lane, papers in enumerate(found.lanes.values()):
        yield f"classDef c{lane} stroke:{LIGHT[color_index(lane)]}"
        yield f"class {','.join(f'n{found.index[paper.key]}' for paper in papers)} c{lane}"


def _quoted(text: str) -> str:
    """Letters and digits of all scripts and most `,.()-` stay; what could start a list in Markdown does not."""
    return re.sub(r"[^\w ,.()-]|_|^-|(?<=\d)\.(?= )", lambda found: f"#{ord(found[0])};", printable(text))
