"""From an answer of the query language to the papers and edges of a timeline."""

from collections.abc import Collection, Iterable, Mapping

from cli.render.timeline.facets import lanes_of
from cli.render.timeline.papers import Edge, Paper
from kb.percent import quote
from kb.query.answer import Paper as Answered
from kb.query.answer import ask
from kb.store import Store
from linker.graph import Link

_MINE = "is:own"


def wanted(store: Store, asked: str) -> tuple[list[Answered], str]:
    """The papers of a timeline, oldest first, and the query that selects them. Default: those of the user's own notes.

    Raises:
        QueryError: the query cannot be understood.
    """
    if not asked.strip() and (mine := ask(store, _MINE, sort="date").papers):
        has_others = bool(ask(store, f"-{_MINE}", limit=1).papers)
        return mine, _MINE if has_others else ""
    return _apart(ask(store, asked, sort="date").papers), asked.strip()


def _apart(papers: list[Answered]) -> list[Answered]:
    """The same papers with unique keys: a ghost with the key of a paper in the picture gets its kind as a prefix."""
    taken = {paper.key for paper in papers if paper.source}
    return [
        paper if paper.source or paper.key not in taken else paper._replace(key=f"ghost:{paper.key}")
        for paper in papers
    ]


def gather(
    papers: list[Answered],
    labels: dict[str, str],
    links: Iterable[Link],
    facet: str,
    kept: Collection[str] = (),
) -> tuple[list[Paper], list[Edge]]:
    """Papers with their lane, which may be one of those `kept` from an earlier picture, and the links as edges."""
    lane = lanes_of(papers, facet, kept)
    drawn = [
        Paper(
            paper.key,
            labels.get(paper.key, paper.title),
            paper.title,
            paper.date,
            lane[paper.key],
            bool(paper.implementation),
            _address(paper),
        )
        for paper in papers
    ]
    return drawn, [Edge(*link) for link in links]


def linked(papers: Iterable[Paper], pages: Mapping[str, list[tuple[str, str]]]) -> list[Paper]:
    """The same papers; one with no link to arXiv or a DOI gets a link to the first other site that has it."""
    return [
        paper._replace(href=pages[paper.key][0][1]) if not paper.href and paper.key in pages else paper
        for paper in papers
    ]


def _address(paper: Answered) -> str | None:
    if paper.arxiv_id:
        return f"https://arxiv.org/abs/{paper.arxiv_id}"
    return f"https://doi.org/{quote(paper.doi)}" if paper.doi else None
