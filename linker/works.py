"""Whether a work cited in full can be a known paper of the same title. No edge is better than a wrong one."""

from kb import dates, names
from kb.ids import known_as
from kb.model import CITED_YEAR
from kb.targets import Work
from kb.titles import fold
from kb.typed import Any, NamedTuple
from linker.identity import PUBLICATION_LAG

_REPRINT_LAG = 5
"""Years after which the same authors may have published a paper again, as in a journal."""
_FEWEST_WORDS = 3
"""Words of a title that is enough by itself; many works are called `Deep learning`."""


class Told(NamedTuple):
    """What is known about a paper.

    Args:
        firsts: the folded family name of its first author, as each note or bibliography gives it.
        years: those in which it may have come out.
        ids: `arxiv:...` and `doi:...`.
    """

    firsts: frozenset[str] = frozenset()
    years: tuple[int, ...] = ()
    ids: frozenset[str] = frozenset()


def can_be(work: Work, paper: Told) -> bool:
    """Whether the work can be this paper, which has its title: nothing contradicts it, and a short title is not alone.

    With an id of the same kind, it is another paper, or the id is a link to it already.
    """
    schemes = {known.partition(":")[0] for known in work.ids}
    if any(known.partition(":")[0] in schemes for known in paper.ids):
        return False
    gaps = [abs(int(work.year) - year) for year in paper.years] if work.year else []
    gap, who = min(gaps, default=0), f" {fold(work.who)} "
    if work.who and paper.firsts:
        return gap <= _REPRINT_LAG and any(f" {first} " in who for first in paper.firsts)
    if len(work.title.split()) < _FEWEST_WORDS:
        return bool(gaps) and gap == 0
    return gap <= PUBLICATION_LAG


def told(facts: dict[str, list[list[Any]]]) -> Told:
    """What the facts of a node say; a date to the day is just as often that of the note."""
    values = {field: [each[0] for each in candidates] for field, candidates in facts.items()}
    firsts = {fold(names.parse_name(each[0]).last) for each in values.get("authors", ()) if each}
    arxiv = [str(each) for each in values.get("arxiv_id", ())]
    written = [dates.parse_date(str(each)) for field in ("date", CITED_YEAR) for each in values.get(field, ())]
    years = [date.year for date in written if date and date.precision != "day"]
    years += [dates.from_arxiv(each).year for each in arxiv]
    ids = [*(f"arxiv:{each}" for each in arxiv), *(f"doi:{each}" for each in values.get("doi", ()))]
    return Told(frozenset(firsts - {""}), tuple(years), frozenset(map(known_as, ids)))
