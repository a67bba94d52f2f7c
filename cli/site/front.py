"""The first page: the timeline of the whole vault, each paper leading to its own page."""

from typing import Any

from cli.page.assemble import page
from cli.page.data import page_data
from cli.page.html import joined, tag
from cli.render.timeline.facets import best_facet
from cli.render.timeline.gather import gather
from cli.render.timeline.layout import layout
from cli.render.timeline.model import Layout, Options
from cli.render.timeline.svg import PIXELS, render_svg
from cli.site.frame import lists
from cli.site.site import Site
from linker.graph import among

WIDTH = 1600


def front(site: Site) -> bytes:
    """`index.html`: one file that holds its own script and style."""
    found = arranged(site, Options(WIDTH, PIXELS))
    return whole(site, data(site, found), render_svg(found, site.name, styled=False)).encode()


def whole(site: Site, told: dict[str, Any], picture: str, *, live: bool = False) -> str:
    """The page, with links to the lists of the site."""
    links = [joined(" · " if n else None, tag("a", words, href=where)) for n, (words, where) in enumerate(lists(site))]
    return page(told, picture, live, tag("nav", *links, aria_label="Site"))


def arranged(site: Site, options: Options) -> Layout:
    """All papers in their places."""
    papers = list(site.papers.values())
    edges = among(site.store, [paper.key for paper in papers], ("builds-on",))
    kept = options.keep.lanes if options.keep else ()
    nodes, drawn = gather(papers, site.called, edges, best_facet(papers), kept)
    return layout([node._replace(href=address(site, node.key)) for node in nodes], drawn, options)


def data(site: Site, found: Layout, **more: Any) -> dict[str, Any]:
    """What the page holds."""
    papers = list(site.papers.values())
    urls = {paper.key: address(site, paper.key) for paper in papers}
    return page_data(site.store, papers, found, title=site.name, facet=best_facet(papers), urls=urls, **more)


def address(site: Site, key: str) -> str:
    """A paper's page as the first page writes it."""
    return site.by_id[f"paper:{key}"].address
