"""What is known of one thing: every field's candidates with their sources, the winner first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from kb import dates
from kb.dates import PartialDate
from kb.model import Fact
from linker.identity import Group

LISTS = ("authors", "tags", "aliases")
COLUMNS = ("arxiv_id", "doi", "venue", "family", "category", "status")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that one note gives a field; lists are kept whole, note by note."""

    value: str | list[str]
    path: str
    line: int
    layer: str


@dataclass(frozen=True, slots=True)
class Thing:
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
            found = found[:1]
        return list(dict.fromkeys(item for candidate in found for item in candidate.value))

    def as_json(self) -> str:
        return json.dumps(
            {
                field: [[c.value, c.path, c.line, c.layer] for c in candidates]
                for field, candidates in sorted(self.fields.items())
            },
            ensure_ascii=False,
        )


def gather(group: Group, facts: Mapping[tuple[int, int], list[Fact]]) -> Thing:
    """Collect what the group's entries say, in the order of their right to speak; equal values keep one source."""
    fields: dict[str, list[Candidate]] = {}
    for member in group.members:
        said: dict[str, list[Fact]] = {}
        for fact in facts[member.doc, member.n]:
            said.setdefault(fact.field, []).append(fact)
        for field, found in said.items():
            whole: str | list[str] = [f.value for f in found] if field in LISTS else found[0].value
            candidates = fields.setdefault(field, [])
            if all(candidate.value != whole for candidate in candidates):
                candidates.append(Candidate(whole, member.path, found[0].line, member.layer))
    primary = group.primary
    if primary.title and "title" not in fields:
        fields["title"] = [Candidate(primary.title, primary.path, 1, primary.layer)]
    for identifier in dict.fromkeys(i for member in group.members for i in member.ids):
        scheme, _, value = identifier.partition(":")
        field = "arxiv_id" if scheme == "arxiv" else scheme
        source = next(member for member in group.members if identifier in member.ids)
        if all(candidate.value != value for candidate in fields.get(field, [])):
            fields.setdefault(field, []).append(Candidate(value, source.path, 1, source.layer))
    return Thing(str(fields["title"][0].value) if "title" in fields else "", _date(fields), fields)


def _date(fields: dict[str, list[Candidate]]) -> PartialDate | None:
    """The date somebody wrote; without one, the month that an arXiv id tells."""
    if "date" in fields:
        return dates.parse_date(str(fields["date"][0].value))
    if "arxiv_id" in fields:
        derived = dates.from_arxiv(str(fields["arxiv_id"][0].value))
        source = fields["arxiv_id"][0]
        fields["date"] = [Candidate(str(derived), source.path, source.line, source.layer)]
        return derived
    return None
