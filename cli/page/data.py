"""The data of one page: papers with their facts and places, edges, stories, and what else its queries need.

One JSON object of columns, so that thousands of papers stay small. `papers` holds lists over the same index (oldest
paper first), strings of bits, `{of: values, at: places in them}`, and `{index: value}` for what only some have; so does
`edges`. A paper's `path` is its key between the two `paths` unless given otherwise. The numbers of `others` (patterns,
constraints, papers that are linked and not drawn) continue after those of the papers. A column with no values at all is
left out. `static/state.js` reads it back.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cli.page.known import known
from cli.page.others import digits, others
from cli.page.pack import bits, coded, full, number, numbers, path, paths, sparse
from cli.printable import printable
from cli.render.code import STANDS, VERDICTS
from cli.render.timeline.model import Layout, Node, Route
from kb.model import Diagnostic
from kb.query.answer import Paper
from kb.store import Store
from kb.titles import title_key
from linker.graph import CITING, KINDS, Link, among, telling
from linker.stories import stories

SCHEMA = "paperkb.page/1"
CITED = 1_000
"""Up to this many papers, the page has a BibTeX entry for each."""
LINKED = 1_000
"""Up to this many papers, the page has plain links even where other links tell more."""


def page_data(
    store: Store,
    papers: Sequence[Paper],
    layout: Layout,
    *,
    query: str = "",
    lanes: str = "",
    title: str = "",
    facet: str = "category",
    urls: Mapping[str, str] | None = None,
    pages: Mapping[str, str] | None = None,
    findings: Iterable[Diagnostic] = (),
) -> dict[str, Any]:
    """The data of a page that shows these papers, drawn as `layout` says.

    Args:
        papers: the answer to `query`; the layout has the same papers.
        lanes: the requested facet.
        facet: what the lanes are.
        urls: addresses of the papers' own pages, if they have any.
        pages: the same for papers that are not drawn.
        findings: what `serve` lists as to do.
    """
    nodes = sorted(layout.nodes, key=lambda node: (node.date is None, node.x, node.key))
    index = {node.key: i for i, node in enumerate(nodes)}
    answered = {paper.key: paper for paper in papers}
    kinds = telling(store, list(index))
    listed = KINDS if len(nodes) <= LINKED else {*CITING, *kinds, *(route.kind for route in layout.routes)}
    links = among(store, list(index), listed)
    shown = [answered[node.key] for node in nodes]
    around, elsewhere = paths(list(index), [printable(paper.path or "") for paper in shown])
    return {
        "schema": SCHEMA,
        "title": printable(title) or (f"Timeline of {printable(query)}" if query else "Timeline"),
        "command": _command(query, lanes),
        "query": query,
        "width": number(layout.width),
        "plot": numbers(layout.plot),
        "undated": numbers(layout.undated) if layout.undated else None,
        "hidden_implied": layout.hidden_implied,
        "facet": facet,
        "lanes": [
            {"name": printable(lane.name), "y": number(lane.y), "height": number(lane.height)}
            for lane in layout.lanes
        ],
        "ticks": [
            {"x": number(tick.x), "year": tick.year, "label": tick.label}
            for tick in layout.ticks
            if not tick.month
        ],
        **full({"months": [[number(tick.x), tick.year, tick.month] for tick in layout.ticks if tick.month]}),
        "paths": around,
        "papers": {
            **_places(nodes),
            **full(_facts(store, shown, [node.label for node in nodes], urls or {})),
            "path": elsewhere,
        },
        "edges": _edges(links, layout.routes, nodes, index),
        "telling": digits(kinds),
        "others": others(store, index, pages or {}, whole=not query.strip()),
        "stories": [
            {"title": printable(story.title), "steps": steps}
            for story in stories(store)
            if len(steps := [[index[key], printable(said)] for key, said in story.steps if key in index]) > 1
        ],
        "findings": [finding._asdict() for finding in findings],
        "stands": STANDS,
        "verdicts": VERDICTS,
    }  # fmt: skip


def _command(query: str, lanes: str) -> str:
    """The command line that draws these papers."""
    return shlex.join(["paperkb", "timeline", *([query] if query else []), *(["--lanes", lanes] if lanes else [])])


def _places(nodes: list[Node]) -> dict[str, Any]:
    """Where and how each paper is drawn."""
    labels, titles = [printable(node.label) for node in nodes], [printable(node.title) for node in nodes]
    return {
        "key": [node.key for node in nodes],
        "label": labels,
        "title": ["" if title == label else title for title, label in zip(titles, labels)],
        "date": [node.date or "" for node in nodes],
        "x": numbers(node.x for node in nodes),
        "y": numbers(node.y for node in nodes),
        "r": numbers(node.radius for node in nodes),
        "label_x": sparse(number(node.label_x) if node.label_x < node.x else 0 for node in nodes),
        "label_width": numbers(node.label_width for node in nodes),
        "lane": [node.lane for node in nodes],
        "rank": [node.rank for node in nodes],
        "runnable": "".join("01"[node.runnable] for node in nodes),
        "important": "".join("01"[node.important] for node in nodes),
    }


def _facts(store: Store, papers: list[Paper], labels: list[str], urls: Mapping[str, str]) -> dict[str, Any]:
    """What is known about each paper. Its names are its title, key and label, and `names`, but not those `unnamed`."""
    keys = [paper.key for paper in papers]
    found = known(store, keys)
    assumed = [{title_key(name) for name in (paper.title, paper.key, label)} for paper, label in zip(papers, labels)]
    called = [found.names.get(key, set()) for key in keys]

    def listed(name: str) -> dict[str, Any]:
        return sparse([printable(item) for item in getattr(paper, name)] for paper in papers)

    def single(name: str) -> dict[str, Any]:
        return coded([printable(getattr(paper, name) or "") for paper in papers])

    return {
        **{name: listed(name) for name in ("authors", "tags", "patterns", "constraints")},
        **{name: single(name) for name in ("venue", "family", "category", "status", "arxiv_id", "doi")},
        **{name: bits(key in holding for key in keys) for name, holding in found.flags.items()},
        "code_status": coded(["" if paper.code_status == "none" else paper.code_status or "" for paper in papers]),
        "cut": sparse(int(key in found.cut) for key in keys),
        "names": sparse(sorted(own - guess) for own, guess in zip(called, assumed)),
        "unnamed": sparse(sorted(guess - own) for own, guess in zip(called, assumed)),
        "url": sparse(urls.get(key) for key in keys),
        "sites": sparse(found.sites.get(key) for key in keys),
        "summary": sparse(found.summaries.get(key) for key in keys),
        "implementation": sparse(found.code.get(key) for key in keys),
        "bibtex": _bibtex(store, keys) if len(keys) <= CITED else {},
    }


def _bibtex(store: Store, keys: list[str]) -> dict[str, str]:
    from cli.export.bibtex import bibtex_of
    from cli.export.works import works

    entries = {work.key: bibtex_of(work) for work in works(store, keys)}
    return sparse(entries.get(key) for key in keys)


def _edges(
    links: list[Link], routes: Iterable[Route], nodes: list[Node], index: Mapping[str, int]
) -> dict[str, Any]:
    """Every link among the papers, drawn or not, with its curve if the layout has one."""
    drawn = {(route.source, route.target, route.kind): route for route in routes}
    found = [drawn.get((source, target, kind)) for source, target, kind, _ in links]
    dates = [node.date for node in nodes]

    def backward(source: str, target: str) -> bool:
        younger, older = dates[index[source]], dates[index[target]]
        return bool(younger and older) and str(younger) < str(older)[: len(str(younger))]

    return {
        "source": [index[source] for source, *_ in links],
        "target": [index[target] for _, target, *_ in links],
        "kind": digits(kind for _, _, kind, _ in links),
        **full({
            "implied": bits(route is not None and route.implied for route in found),
            "backward": bits(
                route.backward if route else backward(source, target)
                for route, (source, target, *_) in zip(found, links)
            ),
            "why": sparse(printable(why) for *_, why in links),
            "path": sparse(path(route.points) if route else "" for route in found),
        }),
    }  # fmt: skip
