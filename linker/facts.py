"""What is known about one thing: every field's candidates with their sources, the winner first."""

import json
from collections.abc import Iterable, Mapping, Sequence

from kb import dates, ids, names
from kb.dates import PartialDate
from kb.model import CITED_YEAR, Fact
from kb.sites import DATED, SITES, Scheme, year_of
from kb.typed import NamedTuple
from linker.identity import PUBLICATION_LAG, Claimant, Group

LISTS = ("authors", "tags", "aliases")
OTHERS = ("et al.",)
"""How a list of authors ends that does not name all of them."""
_DATED: dict[str, Scheme] = {"arxiv_id": "arxiv", **{scheme: scheme for scheme in DATED}}
"""Fields of ids that imply when a paper came out; first those that give the month."""
COLUMNS = ("arxiv_id", "doi", "venue", "family", "category", "status")
_written = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode  # the data has no cycles


class Candidate(NamedTuple):
    """A value that one note gives a field; lists are kept whole, note by note.

    Args:
        why: the reason why it counts; for the first of several, and for a derived value.
    """

    value: str | tuple[str, ...]
    path: str
    line: int
    layer: str
    why: str = ""


class Thing(NamedTuple):
    """A merged paper, pattern or constraint, ready to be stored."""

    title: str
    date: PartialDate | None
    fields: dict[str, list[Candidate]]

    def value(self, field: str) -> str:
        found = self.fields.get(field)
        return str(found[0].value) if found else ""

    def values(self, field: str) -> list[str]:
        """All distinct values of a list field: the authors of one note, the tags and aliases of all."""
        found = self.fields.get(field, [])
        if field == "authors":
            return [name for each in found[:1] for name in dict.fromkeys(each.value) if name not in OTHERS]
        return list(dict.fromkeys(item for candidate in found for item in candidate.value))

    @property
    def has_more_authors(self) -> bool:
        """Whether the list of authors that counts ends in `et al.`."""
        return any(each.value[-1:] == OTHERS for each in self.fields.get("authors", [])[:1])

    def as_json(self) -> str:
        """JSON that `schema.sql` can search: a field with several candidates contains `"], [`."""
        return _written(
            {
                field: [each if each.why else each[:4] for each in candidates]
                for field, candidates in sorted(self.fields.items())
            }
        )


def gather(group: Group, facts: Mapping[tuple[int, int], list[Fact]]) -> Thing:
    """Collect what the group's entries say, in order of precedence; equal values keep one source.

    A title in a field takes precedence over one in the text, which may be the file's name.
    """
    said: dict[str, dict[str | tuple[str, ...], _Said]] = {}
    for member in group.members:
        told: dict[str, list[Fact]] = {}
        for fact in facts[member.doc, member.n]:
            told.setdefault(fact.field, []).append(fact)
        cut = bool(told.pop("authors_more", None)) and "authors" in told
        for field, found in told.items():
            whole = tuple(f.value for f in found) if field in LISTS else found[0].value
            if cut and field == "authors":
                whole = (*whole, *OTHERS)
            said.setdefault(field, {}).setdefault(whole, (member, found[0].line, False))
    for member in group.members:
        if member.title:
            said.setdefault("title", {}).setdefault(member.title, (member, member.line, True))
        for identifier in member.ids:
            scheme, _, value = identifier.partition(":")
            line = _line_of(identifier, member, facts[member.doc, member.n])
            said.setdefault("arxiv_id" if scheme == "arxiv" else scheme, {}).setdefault(value, (member, line, False))
    fields = {field: _candidates(found) for field, found in said.items()}
    if len(fields.get("authors", ())) > 1:
        fields["authors"] = _complete_first(fields["authors"])
    return Thing(str(fields["title"][0].value) if "title" in fields else "", _date(fields), fields)


_Said = tuple[Claimant, int, bool]
"""The entry that gives a value, the line, and whether it is in the text rather than in a field."""


def _line_of(identifier: str, member: Claimant, facts: Iterable[Fact]) -> int:
    """The line of an id: its field's, else where the document begins to discuss the paper."""
    for fact in facts:
        if fact.field in ("arxiv_id", "doi", "url"):
            is_plain = fact.value == identifier.partition(":")[2] and fact.field != "url"  # most are: no need to parse
            if is_plain or identifier in (found := str(ids.parse_id(fact.value)), ids.known_as(found)):
                return fact.line
    return member.line


def _candidates(found: dict[str | tuple[str, ...], _Said]) -> list[Candidate]:
    kept = [Candidate(value, member.path, line, member.layer) for value, (member, line, _) in found.items()]
    if len(found) > 1:
        first, second, *_ = found.values()
        kept[0] = kept[0]._replace(why=_reason(first, second))
    return kept


def _reason(first: _Said, second: _Said) -> str:
    """Why the first counts rather than the second."""
    (mine, _, is_shown), (yours, _, other_is_shown) = first, second
    if mine is yours:
        return "it comes first in its note"
    if other_is_shown and not is_shown:
        return "a title in a field counts before one in the text"
    if mine.mentioned != yours.mentioned:
        return "a note of the paper counts before a document that only mentions it"
    if mine.layer != yours.layer:
        return "the reader's own vault counts before the curated one"
    if mine.weight != yours.weight:
        return f"its note has the most fields: {mine.weight} to {yours.weight}"
    return "its path is the smallest among notes with as many fields"


def _complete_first(lists: list[Candidate]) -> list[Candidate]:
    """The lists of authors; if the first ends in `et al.`, a complete one that begins alike counts before it."""
    first, *others = lists
    if first.value[-1:] != OTHERS:
        return lists
    whole = next((each for each in others if _completes(each.value, first.value[:-1])), None)
    if whole is None:
        return lists
    rest = [each for each in others if each is not whole]
    return [whole._replace(why="it goes on where another list ends in et al."), first._replace(why=""), *rest]


def _completes(whole: Sequence[str], cut: Sequence[str]) -> bool:
    pairs = zip(map(names.parse_name, cut), map(names.parse_name, whole))
    is_longer = len(whole) > len(cut) and whole[-1:] != OTHERS
    return is_longer and all(names.same_person(one, other) for one, other in pairs)


def _date(fields: dict[str, list[Candidate]]) -> PartialDate | None:
    """The date that a note gives, else the one an id implies, or a merely cited year if it is earlier or alone.

    A cited year that cannot be that of the publication either is one more candidate, so that the conflict is seen.
    """
    cited = [(each, date) for each in fields.get(CITED_YEAR, ()) if (date := dates.parse_date(str(each.value)))]
    derived = _derived(fields)
    known = _most_exact(fields["date"], derived) if "date" in fields else derived
    date = dates.parse_date(str(known[0].value)) if known else None
    if cited and "date" not in fields and counts_as_cited(cited[0][1], date):
        first, date = cited[0]
        earlier = ", which is earlier than its id" if known else ""
        known = [first._replace(why=f"no note gives a date: cited with this year{earlier}")]
    if date is None:
        return None
    others = [each for each, year in cited if not 0 <= year.year - date.year <= PUBLICATION_LAG]
    if others and not known[0].why:
        known = [known[0]._replace(why="a date of its own counts before a year in a citation"), *known[1:]]
    fields["date"] = [*known, *others]
    return date


def counts_as_cited(year: PartialDate, derived: PartialDate | None) -> bool:
    """Whether a merely cited year dates a paper without a written date: no id implies a year, or a later one."""
    return derived is None or year.year < derived.year


def _most_exact(stated: list[Candidate], derived: list[Candidate]) -> list[Candidate]:
    """The written dates, preceded by one that agrees with all and is more precise: 2017 does not hide 2017-06-12."""
    best = max((*stated, *derived), key=lambda each: len(str(each.value)))
    if best == stated[0] or not all(f"{best.value}-".startswith(f"{each.value}-") for each in stated):
        return stated
    return [best._replace(why=f"it agrees with {stated[0].value} and says more"), *(x for x in stated if x != best)]


def _derived(fields: dict[str, list[Candidate]]) -> list[Candidate]:
    """The date that the most precise id implies."""
    for field, scheme in _DATED.items():
        source = fields[field][0] if field in fields else None
        derived = date_of(scheme, str(source.value)) if source else None
        if source and derived:
            name = SITES[scheme].name if scheme in SITES else "arXiv"
            why = f"no note gives a date: derived from the {name} id"
            return [source._replace(value=str(derived), why=why)]
    return []


def date_of(scheme: Scheme, value: str) -> PartialDate | None:
    """When a paper came out, if its id implies it: the month of an arXiv id, the year of a conference."""
    if scheme == "arxiv":
        return dates.from_arxiv(value)
    year = year_of(scheme, value)
    return PartialDate(year) if year else None
