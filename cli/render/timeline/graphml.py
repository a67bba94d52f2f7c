"""Papers as GraphML, for Gephi, yEd, Cytoscape and networkx: typed columns, every link with its kind and why."""
from collections.abc import Iterable, Iterator

from cli.render.timeline.graph import Graph, graph
from cli.render.timeline.markup import attribute, safe_href, text
from cli.render.timeline.papers import Edge, Paper

_COLUMNS = (("node", "label", "string"), ("node", "title", "string"), ("node", "date", "string"),
            ("node", "year", "int"), ("node", "lane", "string"), ("node", "runnable", "boolean"),
            ("node", "url", "string"), ("edge", "kind", "string"), ("edge", "why", "string"))


def render_graphml(papers: Iterable[Paper], edges: Iterable[Edge], title: str) -> str:
    """The text of a `.graphml` file. Edges lead from a paper to what it builds on or cites."""
    return "\n".join(_lines(graph(papers, edges), title)) + "\n"


def _lines(found: Graph, title: str) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    yield '  <key id="title" for="graph" attr.name="title" attr.type="string"/>'
    for where, name, kind in _COLUMNS:
        yield f'  <key id="{where}-{name}" for="{where}" attr.name="{name}" attr.type="{kind}"/>'
    yield '  <graph edgedefault="directed">'
    yield f'    <data key="title">{text(title)}</data>'
    for lane, papers in found.lanes.items():
        for paper in papers:
            year = paper.date[:4] if paper.date and paper.date[:4].isdecimal() and paper.date.isascii() else ""
            data = {"label": paper.label, "title": paper.title, "date": paper.date or "", "year": year, "lane": lane,
                    "runnable": str(paper.runnable).lower(), "url": safe_href(paper.href) or ""}
            yield f"    <node id={attribute(found.names[paper.key])}>{_data('node', data)}</node>"
    for number, edge in enumerate(found.edges):
        yield (f'    <edge id="e{number}" source={attribute(found.names[edge.source])} '
                   f'target={attribute(found.names[edge.target])}>'
               f"{_data('edge', {'kind': edge.kind, 'why': edge.why})}</edge>")
    yield "  </graph>"
    yield "</graphml>"


def _data(where: str, values: dict[str, str]) -> str:
    return "".join(f'<data key="{where}-{name}">{text(value)}</data>' for name, value in values.items() if value)
