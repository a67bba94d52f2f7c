"""Papers as a Graphviz graph: lanes as clusters, every link with its kind and why."""
from collections.abc import Iterable, Iterator

from cli.printable import printable
from cli.render.timeline.graph import Graph, graph
from cli.render.timeline.markup import safe_href
from cli.render.timeline.palette import LIGHT, color_index, mixed
from cli.render.timeline.papers import Edge, Paper


def render_dot(papers: Iterable[Paper], edges: Iterable[Edge], title: str) -> str:
    """The text of a `.dot` file. Arrows point from a paper to what it builds on; dotted ones are citations."""
    return "\n".join(_lines(graph(papers, edges), title)) + "\n"


def _lines(found: Graph, title: str) -> Iterator[str]:
    # Graphviz decodes `&...;` in names too, and has no way to escape it
    names = {key: f"paper {found.index[key]}" if "&" in name else name for key, name in found.names.items()}
    yield "digraph papers {"
    yield f'  graph [label={_label(title)}, labelloc=t, rankdir=RL, fontname="DejaVu Sans", fontsize=12]'
    yield '  node [shape=box, style="rounded,filled", fontname="DejaVu Sans", fontsize=10, height=0.3]'
    yield "  edge [arrowsize=0.6]"
    for lane, (name, papers) in enumerate(found.lanes.items()):
        color = LIGHT[color_index(lane)]
        yield f"  subgraph cluster_{lane} {{"
        yield f'    graph [label={_label(name)}, color="{color}", fontcolor="{color}"]'
        yield f'    node [color="{color}", fillcolor="#ffffff"]'
        for paper in papers:
            attributes = {"label": _label(paper.label), "tooltip": _label(paper.title or paper.label),
                          "lane": _quoted(name), "runnable": str(paper.runnable).lower()}
            if paper.date:
                attributes["date"] = _quoted(paper.date)
            if paper.runnable:
                attributes["fillcolor"] = f'"{mixed(color, "#ffffff", 0.15)}"'
            if href := safe_href(paper.href):
                attributes["URL"] = _label(href)
            yield f"    {_quoted(names[paper.key])} [{_joined(attributes)}]"
        yield "  }"
    lane_of = {paper.key: lane for lane, papers in enumerate(found.lanes.values()) for paper in papers}
    for edge in found.edges:
        attributes = {"kind": _quoted(edge.kind), "color": f'"{LIGHT[color_index(lane_of[edge.target])]}"'}
        if edge.why:
            attributes |= {"why": _quoted(edge.why), "tooltip": _label(edge.why)}
        if edge.kind == "cites":
            attributes["style"] = "dotted"
        elif edge.kind == "links":
            attributes |= {"style": "dashed", "dir": "none"}
        yield f"  {_quoted(names[edge.source])} -> {_quoted(names[edge.target])} [{_joined(attributes)}]"
    yield "}"


def _joined(attributes: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in attributes.items())


def _quoted(text: str) -> str:
    """A quoted string: never HTML, and no backslash that could escape its end."""
    return '"' + printable(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _label(text: str) -> str:
    """A string that is shown, in which Graphviz would also decode `&...;`."""
    return _quoted(text.replace("&", "&amp;"))
