"""Pieces that pages of several kinds share: lists of edges with their why, facts, backlinks."""

from collections.abc import Iterable
from typing import Any

from cli.page.html import Html, joined, tag
from cli.page.references import Anchors, anchor
from cli.render.card import EDGES, ends, plural
from cli.site.addresses import relative
from cli.site.site import Site, Thing
from kb.ids import PaperId, addresses_of, page_of


def section(title: str, *content: str | None, id_: str | None = None) -> Html | None:
    """A part of the page under its heading; None if it is empty."""
    inner = joined(*content)
    return tag("section", tag("h2", title), inner, id=id_) if inner else None


def link(site: Site, page: str, thing: Thing, words: str = "") -> Html:
    """A link to a thing's page; one without a note says so by its look and its title."""
    where = relative(page, thing.address)
    if thing.kind == "ghost":
        return tag("a", words or thing.label, href=where, class_="missing", title="no note yet")
    runs = thing.kind == "paper" and thing.key in site.papers and bool(site.papers[thing.key].implementation)
    return tag("a", words or thing.label, href=where, title=thing.title, class_="runs" if runs else None)


def elsewhere(card: dict[str, Any]) -> list[Html]:
    """Links to the paper's pages at arXiv and other sites."""
    numbered = [(f"arXiv {card['arxiv_id']}", page_of(PaperId("arxiv", card["arxiv_id"])))] if card["arxiv_id"] else []
    numbered += [(f"DOI {card['doi']}", page_of(PaperId("doi", card["doi"])))] if card["doi"] else []
    addresses = [*numbered, *addresses_of(card["ids"])]
    return [tag("a", words, href=address, rel="noopener noreferrer") for words, address in addresses]


def dotted(said: Iterable[str]) -> Html:
    """The parts on one line, with dots between them."""
    return joined(*(joined(" · " if n else None, part) for n, part in enumerate(said)))


def _edge_list(site: Site, page: str, edges: Iterable[dict[str, Any]], side: str) -> Html | None:
    """Each node at the other end once, oldest first, with the first why that is given."""
    items = [
        tag(
            "li",
            link(site, page, thing),
            tag("span", f" {thing.date[:4]}", class_="year") if thing.date else None,
            joined(": ", why) if why else None,
        )
        for end, why in ends(edges, side).items()
        if (thing := site.by_id.get(end))
    ]
    return tag("ul", *items, class_="edges") if items else None


def edge_sections(site: Site, page: str, card: dict[str, Any], anchors: Anchors) -> list[Html | None]:
    """A section for each type and direction of typed edges.

    Its id is that of a note's heading with the same words: bodies leave out such a list, and links may point to it.
    """
    return [
        section(
            title.capitalize(),
            _edge_list(site, page, [edge for edge in card["edges"][side] if edge["type"] == kind], side),
            id_=anchors.new(anchor(title)),
        )
        for title, kind, side in EDGES
    ]


def facts(rows: Iterable[tuple[str, str | None]]) -> Html | None:
    """A table of names and values, without those that have none."""
    said = [tag("tr", tag("th", name, scope="row"), tag("td", value)) for name, value in rows if value]
    return tag("table", *said, class_="facts") if said else None


def backlinks(site: Site, page: str, thing: Thing, card: dict[str, Any]) -> Html | None:
    """The notes that link here, each once, with the number of links."""
    counts: dict[int, int] = {}
    for mention in card["mentions"]:
        doc = site.documents.get((mention["source"], mention["path"]))
        source = site.page_of.get(doc) if doc else None
        if source and source.node != thing.node:
            counts[source.node] = counts.get(source.node, 0) + 1
    found = sorted((site.things[node] for node in counts), key=lambda each: (each.kind, each.label.lower(), each.key))
    items = [
        tag("li", link(site, page, each), f" ({counts[each.node]} times)" if counts[each.node] > 1 else None)
        for each in found
    ]
    return section("Mentioned in", tag("ul", *items, class_="columns")) if items else None


def items(card: dict[str, Any]) -> list[Html | None]:
    """Claims, questions, experiments and the like that the notes about the thing spell out."""
    told = [item for document in card.get("documents") or () for item in document["items"]]
    kinds = dict.fromkeys(item["kind"] for item in told)
    return [
        section(plural(kind).capitalize(), tag("ul", *(_item(item) for item in told if item["kind"] == kind)))
        for kind in kinds
    ]


def _item(item: dict[str, Any]) -> Html:
    parts = [tag("li", tag("b", name), ": ", said) for name, said in item["parts"]]
    return tag("li", item["text"], tag("ul", *parts) if parts else None)
