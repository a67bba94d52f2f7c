"""Pages of vaults as the commands make them, for the tests."""

import json
from pathlib import Path
from typing import Any

import paperkb
from cli.page.assemble import page
from cli.page.data import page_data
from cli.render.timeline.facets import best_facet
from cli.render.timeline.gather import gather
from cli.render.timeline.layout import layout
from cli.render.timeline.model import Options
from cli.render.timeline.svg import PIXELS
from kb.query.answer import ask
from kb.store import Store
from linker.graph import among, labels, telling


def of_store(store: Store, query: str = "", **more: Any) -> dict[str, Any]:
    """The data of the page that shows the papers of a query."""
    papers = ask(store, query, sort="date").papers
    facet = best_facet(papers)
    keys = [paper.key for paper in papers]
    links = among(store, keys, telling(store, keys))
    found = layout(*gather(papers, labels(store), links, facet), Options(1600, PIXELS))
    made = page_data(store, papers, found, query=query, facet=facet, **more)
    return json.loads(json.dumps(made))


def write_page(folder: Path, query: str = "", vault: Path | None = None) -> Path:
    """The page of the curated vault, or of another, without the picture for readers without scripts."""
    with paperkb.open(vault, own=vault is not None, index=folder / "index.sqlite") as opened:
        data = of_store(opened._store, query)
    written = folder / "page.html"
    written.write_text(page(data), "utf-8")
    return written
