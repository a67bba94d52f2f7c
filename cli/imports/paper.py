"""A paper that is to get a note: what its sources say about it, each fact from the first source that gives it."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

from kb import dates
from kb.dates import PartialDate
from kb.ids import PaperId
from kb.model import CITED_YEAR, Entry
from kb.names import is_truncation
from kb.titles import title_key
from kb.typed import NamedTuple
from linker.facts import counts_as_cited, date_of

_OTHERS = "et al."
"""Says that there are more authors, however the source puts it."""
_GO_WITH = {"authors_more": "authors", "arxiv_version": "arxiv_id"}
"""Facts that are meaningless without the other fact from the same source."""


class Told(NamedTuple):
    """A paper as one source describes it.

    Args:
        source: the source as given on the command line; for a file with the line, `refs.bib:12`.
        path: of the file in the vault; empty if it is elsewhere.
        is_cited: by a bibliography entry, whose remark is the owner's own; else by a document, which is quoted.
        is_named: by its arXiv id alone, so that arXiv has to be queried.
    """

    entry: Entry
    source: str
    path: str = ""
    is_cited: bool = False
    is_named: bool = False


class Quote(NamedTuple):
    """What a document says about a paper.

    Args:
        text: paragraphs.
        source: the document's path in the vault, or else its name.
        path: its path if it is in the vault, else empty.
    """

    text: str
    source: str
    path: str


@dataclass(frozen=True, slots=True)
class Paper:
    """The content of a note.

    Args:
        key: the key that a source asks for; empty if none does.
        title: as a person reads it.
        facts: values by field, without the ids and the abstract; if the title is not among them, it is what a document
            calls the paper and may be a nickname.
        ids: all of them, the most certain first.
        abstract: paragraphs separated by an empty line.
        remarks: of the bibliography's owner.
    """

    key: str
    title: str
    facts: dict[str, tuple[str, ...]]
    ids: tuple[PaperId, ...]
    abstract: str
    remarks: tuple[str, ...]
    quotes: tuple[Quote, ...]

    def first(self, field: str) -> str:
        return next(iter(self.facts.get(field, ())), "")

    @property
    def date(self) -> str:
        """The date, as precise as known; if no source gives it, the date that an id implies."""
        return self.first("date") or str(_derived(self.ids) or "")

    @property
    def year(self) -> int | None:
        """The year of publication."""
        parsed = dates.parse_date(self.date)
        return parsed.year if parsed else None


def _derived(papers: Iterable[PaperId]) -> PartialDate | None:
    """When a paper came out, if one of its ids implies it."""
    return next((date for each in papers if (date := date_of(*each))), None)


def joined(told: Iterable[Told]) -> Paper:
    """What several sources say about one paper, in order; bibliographies before documents, which say it in passing."""
    facts: dict[str, tuple[str, ...]] = {}
    ids: list[PaperId] = []
    remarks: list[str] = []
    quotes: list[Quote] = []
    key = title = ""
    for each in sorted(told, key=lambda each: not each.is_cited):
        entry = each.entry
        said: dict[str, list[str]] = {}
        for fact in entry.facts:
            if fact.field == "authors_more" or (fact.field == "authors" and is_truncation(fact.value)):
                said["authors_more"] = [_OTHERS]
            elif fact.value.strip():
                said.setdefault(fact.field, []).append(fact.value)
        new = {field: tuple(values) for field, values in said.items() if _GO_WITH.get(field, field) not in facts}
        facts |= new
        ids += entry.ids
        key, title = key or entry.key, title or entry.title
        if each.is_cited and entry.why:
            remarks.append(entry.why)
        elif not each.is_cited and title_key(entry.text) != title_key(entry.title):
            name = os.path.basename(each.source.rpartition(":")[0])
            quotes.append(Quote(entry.text, each.path or name, each.path))
    abstract = "\n\n".join(facts.pop("summary", ()))
    for field in ("arxiv_id", "doi"):
        facts.pop(field, None)
    cited = [date for year in facts.pop(CITED_YEAR, ()) if (date := dates.parse_date(year))]
    if cited and "date" not in facts and counts_as_cited(cited[0], _derived(ids)):
        facts["date"] = (str(cited[0]),)
    title = next(iter(facts.get("title", ())), title)
    once = dict.fromkeys
    return Paper(key, title, facts, tuple(once(ids)), abstract, tuple(once(remarks)), tuple(once(quotes)))
