"""The small picture of a page: a paper among what led to it and what it led to."""

from cli.page.html import Html, tag
from cli.render.timeline.gather import best_facet, gather
from cli.render.timeline.layout import layout
from cli.render.timeline.model import Options
from cli.render.timeline.svg import PIXELS, render_svg
from cli.site.addresses import relative
from cli.site.frame import without_style
from cli.site.site import Site, Thing
from linker.graph import among

WIDTH = 790
MOST = 24
"""Papers of one picture."""


def neighborhood(site: Site, thing: Thing) -> list[str]:
    """The paper, what it builds on and what builds on it, then one step further back while there is room."""
    lineage, influence = site.lineage, site.lineage.children
    near = [*lineage.parents.get(thing.node, []), *lineage.children.get(thing.node, [])]
    far = [node for parent in lineage.parents.get(thing.node, []) for node in lineage.parents.get(parent, [])]
    nodes = list(dict.fromkeys([*near, *sorted(far, key=lambda node: (-len(influence.get(node, ())), node))]))
    keys = [lineage.nodes[node].key for node in nodes if lineage.nodes[node].kind == "paper"]
    return [thing.key, *(key for key in keys if key != thing.key)][:MOST]


def picture(site: Site, thing: Thing) -> Html | None:
    """The drawing with a link from each paper to its page, or nothing for a paper that stands alone."""
    title = f"What led to {thing.label} and what it led to"
    return drawing(site, thing.address, neighborhood(site, thing), title, without=thing.key)


def drawing(site: Site, page: str, keys: list[str], title: str, without: str = "") -> Html | None:
    """These papers and the builds-on edges between them; the paper `without` a link is the one the page is about."""
    papers = sorted((site.papers[key] for key in keys), key=lambda paper: (paper.date or "9", paper.key))
    if len(papers) < 2:
        return None
    edges = among(site.store, [paper.key for paper in papers], ("builds-on",))
    nodes, drawn = gather(papers, site.called, edges, best_facet(papers))
    linked = [
        node._replace(href=None if node.key == without else relative(page, site.by_id[f"paper:{node.key}"].address))
        for node in nodes
    ]
    found = layout(linked, drawn, Options(WIDTH, PIXELS))
    svg = render_svg(found, title, chosen=frozenset({without} - {""}))
    return tag("figure", without_style(svg), class_="picture", tabindex=0)
