"""CSL-JSON, as citation processors and Zotero read it; what it has no name for is in `custom`."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cli.export.venues import Kind
from cli.export.works import Work, declared, issued, kind_of, placed
from cli.printable import printable
from kb.authors import author
from kb.names import split_names

_TYPES: Mapping[Kind, str] = {
    "journal": "article-journal",
    "conference": "paper-conference",
    "book": "chapter",
    "thesis": "thesis",
    "report": "report",
    "preprint": "article",
    "other": "document",
}
_GENRES = {"phdthesis": "PhD thesis", "mastersthesis": "Master's thesis", "mathesis": "Master's thesis"}
_DETAILS = {
    "series": "collection-title", "edition": "edition", "isbn": "ISBN", "issn": "ISSN", "address": "publisher-place",
}  # fmt: skip


def csl_of(paper: Work) -> dict[str, Any]:
    """One item, valid under the CSL data schema."""
    where = placed(paper)
    within = "container-title" if where.kind in ("journal", "conference", "book") else "publisher"
    name = where.home or where.name
    text = {
        "id": paper.citekey,
        "citation-key": paper.citekey,
        "type": "book" if where.kind == "book" and not where.name else _TYPES[where.kind],
        "title": paper.title,
        "publisher": where.publisher,
        **({within: name} if name else {}),
        "volume": where.volume,
        "number" if where.kind == "report" else "issue": where.issue,
        "page": where.pages.replace("\u2013", "-").replace("--", "-"),
        "chapter-number": where.chapter,
        "DOI": paper.doi,
        "URL": paper.url,
        "keyword": ", ".join(paper.tags),
        **{name: paper.details[field] for field, name in _DETAILS.items() if field in paper.details},
    }
    if where.kind in ("thesis", "report"):
        own = paper.details.get("type", "")
        text["genre"] = where.what or own * (kind_of(own.lower()) is None) or _GENRES.get(declared(paper), "")
    if paper.arxiv_id and not paper.doi:
        text["URL"] = paper.url or f"https://arxiv.org/abs/{paper.arxiv_id}"
    if where.kind == "preprint":  # styles would print `archive` next to the publisher
        text |= {"publisher": "arXiv", "number": f"arXiv:{paper.arxiv_id}", "genre": "preprint"}
    elif paper.arxiv_id:
        text |= {"archive": "arXiv", "archive_location": paper.arxiv_id}
    item: dict[str, Any] = {name: cleaned for name, value in text.items() if (cleaned := printable(value))}
    if paper.authors:
        item["author"] = _people(paper.authors) + ([{"literal": "others"}] if paper.more else [])
    if "editor" in paper.details:
        item["editor"] = _people(split_names(paper.details["editor"], "list"))
    date = issued(paper, where)
    if date:
        item["issued"] = {"date-parts": [list(date)]}
    ours = {"key": paper.key, "patterns": list(paper.patterns), "constraints": list(paper.constraints)}
    item["custom"] = {name: value for name, value in ours.items() if value}
    return item


def csl(papers: Iterable[Work]) -> str:
    """A whole file, items in the order given."""
    items = [csl_of(paper) for paper in papers]
    return json.dumps(items, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def _people(names: Iterable[str]) -> list[dict[str, str]]:
    return [_name(clean) for shown in names if (clean := printable(shown))]


def _name(shown: str) -> dict[str, str]:
    name = author(shown)
    parts = {"family": name.last, "given": name.first, "non-dropping-particle": name.von, "suffix": name.jr}
    known = {} if name.literal else {part: value for part, value in parts.items() if value}
    return known or {"literal": name.last or shown}
