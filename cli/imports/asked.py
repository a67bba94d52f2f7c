"""Papers as arXiv describes them; it is queried only for what no other source says."""

import os
from collections.abc import Callable, Sequence

from cli.imports.paper import Told
from kb.facts import from_fields
from kb.fields import Field, Scalar
from kb.index_file import cache_folder
from kb.model import Fact
from linker.arxiv import fetch
from linker.arxiv_paper import ArxivError, ArxivPaper

_AT_ONCE = 50
"""Papers per request to arXiv."""


def asked(
    wanted: Sequence[str], *, offline: bool, show: Callable[[int], None]
) -> tuple[dict[str, Told], dict[str, str]]:
    """What arXiv says about papers, by id; and for each id without an answer, the reason.

    Args:
        wanted: arXiv ids.
        offline: use only cached answers.
        show: called with the number of papers that are done.
    """
    cache = os.path.join(cache_folder(), "arxiv")
    found: dict[str, ArxivPaper] = {}
    failed: dict[str, str] = {}
    reason = ""
    for start in range(0, len(wanted), _AT_ONCE):
        batch = wanted[start : start + _AT_ONCE]
        show(start)
        try:
            found |= {} if reason else fetch(batch, cache=cache, offline=offline)
        except ArxivError as error:
            reason = str(error)
        for each in batch if reason else ():  # earlier answers are still in the cache
            try:
                found |= fetch([each], cache=cache, offline=True)
            except ArxivError as error:
                failed[each] = str(error) if offline else reason
    unknown = (each for each in wanted if each not in found and each not in failed)
    failed |= {each: f"{each}: arXiv has no such paper - look at https://arxiv.org/abs/{each}" for each in unknown}
    return {each: _told(paper) for each, paper in found.items()}, failed


def _told(paper: ArxivPaper) -> Told:
    fields = {"title": [paper.title], "authors": paper.authors, "date": [paper.published], "arxiv": [paper.id]}
    fields |= {"doi": [paper.doi], "venue": [paper.journal_ref]}
    told = from_fields(
        [
            Field(name, tuple(Scalar(value, 1, 1, value) for value in values), 1, 1)
            for name, values in fields.items()
            if any(values)
        ]
    )
    told.facts += [Fact("primaryclass", each, 1, 1) for each in paper.categories[:1]]
    told.facts += [Fact("summary", paper.summary, 1, 1)] if paper.summary else []
    return Told(told.entry("paper", 1, "arXiv", told.first("title")), f"arXiv:{paper.id}", is_cited=True)
