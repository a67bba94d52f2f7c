"""From an answer of the query language to the papers and edges of a timeline."""

from collections import Counter
from collections.abc import Iterable, Mapping

from cli.render.timeline.papers import Edge, Paper
from kb.query.answer import Paper as Answered

FACETS = ("family", "category", "pattern", "constraint", "tag", "venue", "status")
_LISTS = {"pattern": "patterns", "constraint": "constraints", "tag": "tags"}
UNSORTED = "other"


def best_facet(papers: list[Answered]) -> str:
    """The first facet that tells most of these papers apart."""
    for facet in ("category", "family", "pattern", "tag"):
        known = sum(bool(getattr(paper, _LISTS.get(facet, facet))) for paper in papers)
        if known * 2 > len(papers):
            return facet
    return "family"


def apart(papers: list[Answered]) -> list[Answered]:
    """The same, each with a key of its own: a ghost that is called as a paper of the picture goes by its kind, too."""
    taken = {paper.key for paper in papers if paper.source}
    return [
        paper if paper.source or paper.key not in taken else paper._replace(key=f"ghost:{paper.key}")
        for paper in papers
    ]


def gather(
    papers: list[Answered],
    labels: dict[str, str],
    edges: list[tuple[str, str, str, str]],
    facet: str,
) -> tuple[list[Paper], list[Edge]]:
    """Papers with their lane (of several values the one that most papers share), and the edges to draw."""
    attribute = _LISTS.get(facet, facet)
    values = {paper.key: _values(getattr(paper, attribute)) for paper in papers}
    shared = Counter(value for found in values.values() for value in found)
    drawn = [
        Paper(
            paper.key,
            labels.get(paper.key, paper.title),
            paper.title,
            paper.date,
            min(values[paper.key], key=lambda value: (-shared[value], value), default=UNSORTED),
            bool(paper.implementation),
            _address(paper),
        )
        for paper in papers
    ]
    return drawn, [
        Edge(source, target, "builds-on" if kind == "builds-on" else "cites", why)
        for source, target, kind, why in edges
    ]


def linked(papers: Iterable[Paper], pages: Mapping[str, list[tuple[str, str]]]) -> list[Paper]:
    """The same; one that leads neither to arXiv nor to a DOI leads to the first other site that has it."""
    return [
        paper._replace(href=pages[paper.key][0][1]) if not paper.href and paper.key in pages else paper
        for paper in papers
    ]


def _values(value: str | list[str] | None) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _address(paper: Answered) -> str | None:
    if paper.arxiv_id:
        return f"https://arxiv.org/abs/{paper.arxiv_id}"
    return f"https://doi.org/{paper.doi}" if paper.doi else None
