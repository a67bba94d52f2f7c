"""The first page: the timeline, each paper leading to its own page."""

from collections.abc import Iterable
from typing import Any

from cli.page.assemble import page
from cli.page.data import page_data
from cli.page.html import tag
from cli.render.timeline.facets import best_facet
from cli.render.timeline.gather import gather
from cli.render.timeline.layout import layout
from cli.render.timeline.model import Layout, Options
from cli.render.timeline.svg import PIXELS, render_svg
from cli.site.frame import lists
from cli.site.parts import dotted
from cli.site.site import Site
from kb.model import Diagnostic
from kb.query.answer import Paper
from linker.graph import among, telling

WIDTH = 1600


def front(site: Site) -> bytes:
    """`index.html`: one file that holds its own script and style."""
    found = arranged(site, Options(WIDTH, PIXELS))
    return whole(site, data(site, found), render_svg(found, title(site), styled=False)).encode()


def whole(site: Site, told: dict[str, Any], picture: str, *, live: bool = False) -> str:
    """The page, with links to the lists of the site."""
    links = dotted(tag("a", words, href=where) for words, where in lists(site))
    return page(told, picture, live, tag("nav", links, aria_label="Site"))


def arranged(site: Site, options: Options) -> Layout:
    """The papers in their places.

    Raises:
        QueryError: the query cannot be understood.
    """
    papers, _ = site.drawn
    keys = [paper.key for paper in papers if paper.source]
    edges = among(site.store, keys, telling(site.store, keys))
    kept, where = options.keep.lanes if options.keep else (), _addresses(site)
    nodes, drawn = gather(papers, site.called, edges, best_facet(papers), kept)
    return layout([node._replace(href=where[node.key]) for node in nodes], drawn, options)


def data(site: Site, found: Layout, findings: Iterable[Diagnostic] = ()) -> dict[str, Any]:
    """The data of the page; `findings` are listed by `serve`."""
    papers, query = site.drawn
    return page_data(
        site.store,
        papers,
        found,
        query=query,
        title=title(site),
        facet=best_facet(papers),
        urls=_addresses(site),
        pages={thing.key: thing.address for thing in site.of_kind("paper")},
        findings=findings,
    )


def title(site: Site) -> str:
    """The title of the page."""
    return f"{site.name}: {site.asked}" if site.asked else site.name


def _addresses(site: Site) -> dict[str, str]:
    """The address of each paper's page, as the first page writes it; for a ghost, its place on the page "Wanted"."""
    papers, _ = site.drawn
    return {paper.key: _address(site, paper) for paper in papers}


def _address(site: Site, paper: Paper) -> str:
    kinds = ("paper:",) if paper.source else ("ghost:", "")  # a key that already has the kind: see `gather.wanted`
    return next(site.by_id[name].address for kind in kinds if (name := f"{kind}{paper.key}") in site.by_id)
