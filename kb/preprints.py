"""Papers that are only at arXiv: Zotero and arXiv itself give them the date of the last version."""

import re

from kb import dates
from kb.ids import PaperId
from kb.model import Fact
from kb.regex import rare

_ARCHIVE = rare(r"(?:arxiv|corr)\b", re.IGNORECASE)


def is_archive(venue: str) -> bool:
    """Whether a venue is arXiv, as in `arXiv preprint` or `CoRR`."""
    return bool(_ARCHIVE.match(venue))


def leave_date_to_id(facts: list[Fact], ids: list[PaperId]) -> None:
    """For a mere preprint, prefer the date in the arXiv id, which is that of the first version."""
    arxiv = next((paper.value for paper in ids if paper.scheme == "arxiv"), "")
    if not arxiv or any(f.field == "doi" or (f.field == "venue" and not is_archive(f.value)) for f in facts):
        return
    first = dates.from_arxiv(arxiv)
    for n, fact in enumerate(facts):
        written = dates.parse_date(fact.value) if fact.field == "date" else None
        if written and written.year > first.year:
            facts[n] = fact._replace(field="updated")
        elif written and written.year == first.year:
            del facts[n]
            return
