"""The page of one thing: a paper, a pattern, a constraint, any other note."""

from typing import Any

from cli.page.html import Html, joined, tag
from cli.page.references import Anchors
from cli.site.code import experiments, implementation
from cli.site.frame import frame
from cli.site.parts import backlinks, dotted, edge_sections, elsewhere, facts, items, link, section
from cli.site.picture import MOST, figures, papers_with
from cli.site.site import CURATED_LAYER, Site, Thing

_PASSAGE = 600
"""Characters shown of what a digest says about a paper; the digest has all of it."""


def page(site: Site, thing: Thing) -> bytes:
    """The page of a paper, pattern, constraint or other note."""
    if thing.kind == "paper":
        return _paper(site, thing)
    return _document(site, thing) if thing.kind == "document" else _idea(site, thing)


def _paper(site: Site, thing: Thing) -> bytes:
    card, where, anchors = site.card(thing), thing.address, Anchors()
    aside = joined(
        implementation(card),
        _chips(site, where, "Patterns", "pattern", card["patterns"]),
        _chips(site, where, "Constraints", "constraint", card["constraints"]),
        section("Facts", facts(_paper_facts(card))),
        tag("details", tag("summary", "BibTeX"), tag("pre", site.bibtex(thing.key).strip()), class_="cite"),
    )
    note = joined(_title(thing.title, _byline(card)), *_bodies(site, thing, card, anchors))
    rest = joined(
        section("Lineage", *figures(site, thing)),
        *edge_sections(site, where, card, anchors),
        experiments(site, card),
        *items(card),
        _discussed(site, where, card),
        _neighbors(site, where, card),
        backlinks(site, where, thing, card),
    )
    return frame(
        site,
        where,
        thing.title,
        tag("article", note),
        tag("aside", aside),
        tag("div", rest, class_="rest"),
        description=card["summary"] or f"{thing.title}: what it builds on, what builds on it, notes.",
        wide=True,
    )


def _idea(site: Site, thing: Thing) -> bytes:
    """A pattern or a constraint: its note, then the papers."""
    card, where, anchors = site.card(thing), thing.address, Anchors()
    papers, also = papers_with(site, thing), ", ".join(card["aliases"])
    said = f"The {MOST} most built-on of {len(papers)} papers." if len(papers) > MOST else None
    return frame(
        site,
        where,
        thing.title,
        _title(thing.title, tag("p", f"Also called {also}.", class_="meta") if also else None, kind=thing.kind),
        *_bodies(site, thing, card, anchors),
        section(
            "Over time",
            *figures(site, thing),
            tag("p", said, class_="meta") if said else None,
        ),
        *edge_sections(site, where, card, anchors),
        backlinks(site, where, thing, card),
        description=card["summary"] or f"{thing.title}: {len(papers)} paper{'s' * (len(papers) != 1)}.",
    )


def _document(site: Site, thing: Thing) -> bytes:
    card, where = site.card(thing), thing.address
    document = card["documents"][0]
    told = [
        tag("li", link(site, where, paper), f": {each['why']}" if each["why"] else None)
        for each in document["discusses"]
        if (paper := site.by_id.get(each["paper"]))
    ]
    return frame(
        site,
        where,
        thing.title,
        _title(thing.title, tag("p", document["path"], class_="meta")),
        *figures(site, thing),
        *_bodies(site, thing, card, Anchors()),
        section("Discusses", tag("ul", *told) if told else None),
        *items(card),
        backlinks(site, where, thing, card),
    )


# -- parts -----------------------------------------------------------------------------------------------------------


def _title(title: str, *below: str | None, kind: str = "") -> Html:
    over = tag("p", kind, class_="kind") if kind else None
    return tag("header", over, tag("h1", title), *below, class_="title")


def _byline(card: dict[str, Any]) -> Html:
    meta = dotted(part for part in (card["date"], card["venue"], *elsewhere(card)) if part)
    people = ", ".join(card["authors"]) + (" et al." if card["authors_more"] else "")
    return joined(
        tag("p", people, class_="byline") if people else None,
        tag("p", meta, class_="meta") if meta else None,
    )


def _bodies(site: Site, thing: Thing, card: dict[str, Any], anchors: Anchors) -> list[Html | None]:
    """The notes about the thing, the primary one first; a note about several things is only linked."""
    shown = list[Html | None]()
    notes = card["notes"] or [{"source": card["source"], "path": card["path"]}]
    for note in notes:
        doc = site.documents.get((note["source"], note["path"]))
        home = site.page_of.get(doc) if doc else None
        if doc is None or home is None:
            continue
        if home.node != thing.node:
            shown.append(tag("p", "Noted in ", link(site, thing.address, home), "."))
            continue
        titles = [card["title"] or "", *card["aliases"]]
        told, is_first = thing.kind != "document", not shown
        body = site.body(doc, thing.address, anchors, titles, told=told, level=2 if is_first else 3)
        if not body.strip():
            continue
        heading = "From the curated vault" if note["source"] == CURATED_LAYER else f"From {note['path']}"
        shown += [] if is_first else [tag("h2", heading)]
        shown.append(tag("div", body, class_="body"))
    return shown


def _chips(site: Site, page: str, title: str, kind: str, keys: list[str]) -> Html | None:
    found = [site.by_id.get(f"{kind}:{key}") or site.by_id.get(f"ghost:{key}") for key in keys]
    chips = [tag("li", link(site, page, thing)) for thing in found if thing]
    return section(title, tag("ul", *chips, class_="chips")) if chips else None


def _paper_facts(card: dict[str, Any]) -> list[tuple[str, str | None]]:
    empty = card["boilerplate_tags"]
    return [
        ("also called", ", ".join(card["aliases"])),
        ("family", card["family"]),
        ("category", card["category"]),
        ("status", card["status"]),
        ("tags", ", ".join(name for name in card["tags"] if name not in empty)),
        ("key", card["key"]),
        ("notes", ", ".join(dict.fromkeys(note["path"] for note in card["notes"]))),
    ]


def _discussed(site: Site, page: str, card: dict[str, Any]) -> Html | None:
    """What lists, threads and digests say about the paper."""
    told = []
    for each in card["discussed"]:
        doc = site.documents.get((each["source"], each["path"]))
        home = site.page_of.get(doc) if doc else None
        said = each["text"] or each["why"]
        words = said if len(said) <= _PASSAGE else f"{said[:_PASSAGE].rsplit(' ', 1)[0]} …"
        told.append(
            joined(tag("dt", link(site, page, home) if home else each["path"]), tag("dd", words) if words else None)
        )
    return section("Discussed in", tag("dl", *told) if told else None)


def _neighbors(site: Site, page: str, card: dict[str, Any]) -> Html | None:
    rows = [
        tag("li", link(site, page, thing), ": ", ", ".join(other["patterns"]))
        for other in card.get("neighbors") or ()
        if (thing := site.by_id.get(f"paper:{other['key']}"))
    ]
    return section("Shares patterns with", tag("ul", *rows) if rows else None)
