"""Papers as a bibliography needs them, read from the index."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeGuard

from cli.export.cited import citekeys
from cli.export.venues import Kind, Venue, home, venue
from cli.printable import printable
from kb import dates, ids
from kb.store import Store
from kb.venues import JOURNAL
from linker import tags

_DETAILS = {
    "volume": "volume", "number": "number", "issue": "number", "pages": "pages", "publisher": "publisher",
    "editor": "editor", "series": "series", "edition": "edition", "isbn": "isbn", "issn": "issn", "address": "address",
    "location": "address", "institution": "institution", "school": "school", "chapter": "chapter",
    "primaryclass": "primaryclass", "primary_class": "primaryclass", "primary-class": "primaryclass",
    "eprintclass": "primaryclass", "type": "type", "entrytype": "entrytype",
}  # fmt: skip
"""Fields of a note -> their names in a bibliography."""
_TO_ANNOUNCE = timedelta(days=7)

@dataclass(frozen=True, slots=True)
class Work:
    """One paper with all that its reference needs; missing values are empty.

    Args:
        key: the paper's own key; `citekey` is its citation key.
        date: as precise as known.
        more: there are authors that the note does not name.
        url: an address that is neither its arXiv page nor its DOI.
        details: volume, pages, publisher and the like, by their BibTeX names.
    """

    key: str
    citekey: str
    title: str
    authors: tuple[str, ...] = ()
    date: str = ""
    venue: str = ""
    arxiv_id: str = ""
    doi: str = ""
    url: str = ""
    more: bool = False
    tags: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)


def works(store: Store, papers: Iterable[str], known: Mapping[str, str] | None = None) -> list[Work]:
    """The papers with these keys, each once, in the given order; unknown ones are left out.

    Args:
        known: citation keys by paper. Default: generated with the default preset.
    """
    called = citekeys(store).by_paper if known is None else known
    return [found for key in dict.fromkeys(papers) if (found := _work(store, key, called))]


def _work(store: Store, key: str, called: Mapping[str, str]) -> Work | None:
    row = store.one(
        "SELECT id, title, date, venue, arxiv_id, doi, facts FROM node WHERE kind IN ('paper', 'ghost') AND key = ? "
        "ORDER BY kind DESC",
        (key,),
    )
    if row is None:
        return None
    node, title, date, venue, arxiv_id, doi, facts = row
    values: dict[str, list[str]] = {}
    for name, value in store.rows("SELECT field, value FROM value WHERE node = ? ORDER BY field, position", (node,)):
        values.setdefault(name, []).append(value)
    told = {name: candidates[0][0] for name, candidates in json.loads(facts or "{}").items()}
    empty = tags.of_paper(store, node)
    return Work(
        key,
        called[key],
        printable(title) or key,
        tuple(values.get("author", ())),
        date or "",
        venue or "",
        arxiv_id or "",
        doi or "",
        _address(str(told.get("url", "")), values.get("id", []), bool(arxiv_id or doi)),
        "authors" in values.get("cut", ()),
        tuple(tag for tag in values.get("tag", ()) if tag not in empty),
        _towards(store, node, "uses-pattern"),
        _towards(store, node, "raises-constraint"),
        {name: str(told[field]) for field, name in _DETAILS.items() if told.get(field)},
    )


def _towards(store: Store, node: int, kind: str) -> tuple[str, ...]:
    rows = store.rows(
        "SELECT DISTINCT t.key FROM edge g JOIN node t ON t.id = g.target WHERE g.source = ? AND g.type = ? ORDER BY 1",
        (node, kind),
    )
    return tuple(row[0] for row in rows)


def _address(url: str, found: list[str], is_known: bool) -> str:
    """The paper's page, unless its ids imply it."""
    if url.startswith(("https://", "http://")):
        identified = ids.parse_id(url)
        if not identified or identified.scheme not in ("arxiv", "doi"):
            return url
    if is_known:
        return ""
    return next((address for _, address in ids.addresses_of(found)), "")


def parts(date: str) -> tuple[int, ...]:
    """Year, month and day, as far as they are known."""
    parsed = dates.parse_date(date)
    return tuple(part for part in (parsed.year, parsed.month, parsed.day) if part) if parsed else ()


_KINDS: dict[Kind, tuple[str, ...]] = {
    "journal": ("journal", "journal-article", "article-journal"),
    "conference": ("inproceedings", "conference", "proceedings", "paper-conference", "conference-paper"),
    "book": ("book", "incollection", "inbook", "chapter"),
    "thesis": ("phdthesis", "mastersthesis", "mathesis", "thesis"),
    "report": ("techreport", "report"),
}
"""Values of a type, which decide if the venue leaves the kind open."""


def declared(work: Work) -> str:
    """The kind of publication, as its BibTeX entry or else its note declares it."""
    entry = work.details.get("entrytype", "").lower()
    named = {"article": "journal-article"}.get(entry, entry)  # a note's `type: article` may mean any kind
    return next((each for each in (named, work.details.get("type", "").lower()) if kind_of(each)), "")


def kind_of(name: str) -> Kind | None:
    """The kind that a value of a note's or an entry's type stands for."""
    return next((kind for kind, names in _KINDS.items() if name in names), None)


def placed(work: Work) -> Venue:
    """Where a paper was published, by its venue; the note's own `volume`, `school` and the like take precedence."""
    said, own = venue(work.venue), work.details
    kind = kind_of(declared(work))
    if said.kind == "other":
        is_preprint = kind is None and not work.venue and work.arxiv_id
        said = replace(said, kind="preprint" if is_preprint else kind or said.kind)
    elif said.kind == "preprint" and not work.arxiv_id:
        said = replace(said, kind="other")
    elif _stands(kind, said, own):
        said = replace(said, kind=kind)
    is_alone = said.kind in ("thesis", "report")
    published_by, what = home(said.name) if is_alone else ("", "")
    return replace(
        said,
        volume=own.get("volume", said.volume),
        issue=own.get("number", said.issue),
        pages=own.get("pages", said.pages),
        publisher=own.get("publisher", said.publisher),
        chapter=own.get("chapter", said.chapter),
        home=own.get("school") or own.get("institution") or published_by if is_alone else "",
        what=what,
    )


def _stands(kind: Kind | None, said: Venue, own: Mapping[str, str]) -> TypeGuard[Kind]:
    """Whether the declared kind stands against the venue's: a volume has chapters, too; an issue is a journal's."""
    if said.kind == "journal":
        return kind == "book" and not JOURNAL.search(said.name)
    return said.kind == "conference" and kind == "journal" and "volume" in own and "number" in own


def issued(work: Work, where: Venue) -> tuple[int, ...]:
    """When it was published there. A preprint's day is not the day of publication, so only its year is kept."""
    known = parts(work.date)
    if where.kind == "preprint" or (not where.year and not work.arxiv_id):
        return known
    if where.year and (not known or str(known[0]) != where.year):
        return (int(where.year),)
    return known[:1] if work.arxiv_id and _is_of_preprint(work) else known


def _is_of_preprint(work: Work) -> bool:
    """Whether the date is that of the preprint, which gets its id in the month when it is announced, days later."""
    first, known = dates.from_arxiv(work.arxiv_id), dates.parse_date(work.date)
    return known is not None and first.first() - _TO_ANNOUNCE <= known.last() <= first.last()
