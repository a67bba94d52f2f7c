"""Whether a work cited in full can be a known paper of the same title. No edge is better than a wrong one."""

from collections.abc import Sequence

from kb import dates
from kb.ids import known_as
from kb.model import CITED_YEAR
from kb.regex import rare
from kb.targets import Work
from kb.typed import NamedTuple
from linker.facts import OTHERS
from linker.identity import PUBLICATION_LAG, may_be_one_list

_REPRINT_LAG = 5
"""Years after which the same authors may have published a paper again, as in a journal."""
_AND = rare(r",\s|;\s|\s(?:and|&|et)\s")
_FEWEST_WORDS = 3
"""Words of a title that is enough by itself; many works are called `Deep learning`."""


class Told(NamedTuple):
    """What is known about a paper.

    Args:
        authors: every list of them that a note or a bibliography gives.
        years: those in which it may have come out.
        ids: `arxiv:...` and `doi:...`.
    """

    authors: Sequence[Sequence[str]] = ()
    years: Sequence[int] = ()
    ids: frozenset[str] = frozenset()


def can_be(work: Work, paper: Told) -> bool:
    """Whether the work can be this paper, which has its title: nothing contradicts it, and a short title is not alone.

    With an id of the same kind, it is another paper, or the id is a link to it already.
    """
    schemes = {paper.partition(":")[0] for paper in work.ids}
    if any(known.partition(":")[0] in schemes for known in paper.ids):
        return False
    gaps = [abs(int(work.year) - year) for year in paper.years] if work.year else []
    gap, who = min(gaps, default=0), _people(work.who)
    lists = [each for each in paper.authors if each] if who else []
    if lists:
        return gap <= _REPRINT_LAG and any(may_be_one_list(who, each) for each in lists)
    return gap <= PUBLICATION_LAG and (bool(gaps) or len(work.title.split()) >= _FEWEST_WORDS)


def _people(who: str) -> Sequence[str]:
    """The authors as they are written, at least the first."""
    from kb.dialects.cited_people import authors_before, people  # for the few works whose titles are known

    return people(who, is_cited=True) or authors_before(who, is_dated=True) or _AND.split(who, maxsplit=1)[:1] if who else ()


def told(facts: dict[str, list[list[object]]]) -> Told:
    """What the facts of a node say; a date to the day is just as often that of the note."""
    values = {field: [each[0] for each in candidates] for field, candidates in facts.items()}
    written = [dates.parse_date(str(each)) for field in ("date", CITED_YEAR) for each in values.get(field, ())]
    arxiv = [str(each) for each in values.get("arxiv_id", ())]
    years = [date.year for date in written if date and date.precision != "day"]
    years += [dates.from_arxiv(each).year for each in arxiv]
    lists = [each for each in values.get("authors", ()) if type(each) is list]
    authors = [[name for name in each if name not in OTHERS] for each in lists]
    found = [*(f"arxiv:{each}" for each in arxiv), *(f"doi:{each}" for each in values.get("doi", ()))]
    return Told(authors, years, frozenset(map(known_as, found)))
