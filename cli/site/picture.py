"""The small pictures of a page: a paper among what led to it and what it led to, the papers of an idea, a tour."""

from cli.page.html import Html, tag
from cli.render.timeline.facets import best_facet
from cli.render.timeline.gather import gather
from cli.render.timeline.layout import layout
from cli.render.timeline.model import Options
from cli.render.timeline.svg import PIXELS, render_svg
from cli.site.addresses import relative
from cli.site.site import Site, Thing
from linker.graph import among
from linker.stories import Story

WIDTH = 790
MOST = 24
"""Papers in one picture, at most."""


def figures(site: Site, thing: Thing) -> list[Html]:
    """The pictures of a thing's page; a single paper gets none."""
    if thing.kind == "paper":
        shown = [(_neighborhood(site, thing), f"What led to {thing.label} and what it led to")]
    elif thing.kind == "document":
        shown = [(_steps(story), story.title) for story, home in site.stories if home.node == thing.node]
    else:
        shown = [(_most_built_on(site, papers_with(site, thing)), f"Papers with {thing.title}")]
    return [
        tag("figure", Html(_drawn(site, thing, keys, title)), class_="picture", tabindex=0)
        for keys, title in shown
        if len(keys) > 1
    ]


def papers_with(site: Site, idea: Thing) -> list[str]:
    """The papers that use a pattern or raise a constraint."""
    kind = "uses-pattern" if idea.kind == "pattern" else "raises-constraint"
    papers = [edge["source"].partition(":")[2] for edge in site.card(idea)["edges"]["in"] if edge["type"] == kind]
    return [key for key in dict.fromkeys(papers) if key in site.papers]


def _most_built_on(site: Site, papers: list[str]) -> list[str]:
    """As many of these papers as a picture shows."""
    children = {key: len(site.lineage.children.get(site.by_id[f"paper:{key}"].node, ())) for key in papers}
    return sorted(papers, key=lambda key: (-children[key], key))[:MOST]


def _steps(story: Story) -> list[str]:
    return list(dict.fromkeys(key for key, _ in story.steps))[:MOST]


def _neighborhood(site: Site, thing: Thing) -> list[str]:
    """The paper, what it builds on and what builds on it, then one step further back while there is room."""
    lineage, influence = site.lineage, site.lineage.children
    near = [*lineage.parents.get(thing.node, []), *lineage.children.get(thing.node, [])]
    far = [node for parent in lineage.parents.get(thing.node, []) for node in lineage.parents.get(parent, [])]
    nodes = list(dict.fromkeys([*near, *sorted(far, key=lambda node: (-len(influence.get(node, ())), node))]))
    keys = [lineage.nodes[node].key for node in nodes if lineage.nodes[node].kind == "paper"]
    return [thing.key, *(key for key in keys if key != thing.key)][:MOST]


def _drawn(site: Site, thing: Thing, keys: list[str], title: str) -> str:
    """These papers and the builds-on edges between them, for a page that has the drawings' style.

    Each paper links to its page; that of this page gets a ring instead.
    """
    papers = sorted((site.papers[key] for key in keys), key=lambda paper: (paper.date or "9", paper.key))
    edges = among(site.store, [paper.key for paper in papers], ("builds-on",))
    nodes, drawn = gather(papers, site.called, edges, best_facet(papers))
    own = thing.key if thing.kind == "paper" else ""
    pages = {node.key: relative(thing.address, site.by_id[f"paper:{node.key}"].address) for node in nodes}
    linked = (node._replace(href=None if node.key == own else pages[node.key]) for node in nodes)
    return render_svg(
        layout(linked, drawn, Options(WIDTH, PIXELS)), title, chosen=frozenset({own} - {""}), styled=False
    )
