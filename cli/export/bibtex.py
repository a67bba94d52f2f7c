"""BibTeX and BibLaTeX: one entry per paper, fields sorted, the same bytes for the same paper."""

import re
from collections.abc import Iterable
from typing import Literal

from cli.export import tex
from cli.export.venues import Kind, Venue
from cli.export.works import Work, declared, issued, placed
from kb.names import split_names

Flavor = Literal["bibtex", "biblatex"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_VERBATIM = ("url", "doi", "eprint")
_TYPES: dict[Kind, tuple[str, str]] = {
    "journal": ("article", "article"),
    "conference": ("inproceedings", "inproceedings"),
    "book": ("incollection", "incollection"),
    "thesis": ("phdthesis", "thesis"),
    "report": ("techreport", "report"),
    "preprint": ("misc", "online"),
    "other": ("misc", "misc"),
}
_DECLARED = {"phdthesis": "phdthesis", "mastersthesis": "mathesis", "mathesis": "mathesis", "techreport": "techreport"}
"""The type that a note or an entry declares -> BibLaTeX's name for it inside an entry."""
_WITHIN: dict[Kind, tuple[str, str]] = {
    "journal": ("journal", "journaltitle"),
    "conference": ("booktitle", "booktitle"),
    "book": ("booktitle", "booktitle"),
    "thesis": ("school", "institution"),
    "report": ("institution", "institution"),
    "other": ("howpublished", "howpublished"),
}
_MASTERS = re.compile(r"\bma(?:ster|thesis)", re.IGNORECASE)


def bibtex_of(paper: Work, flavor: Flavor = "bibtex") -> str:
    """The entry of one paper, with a newline at its end.

    Args:
        flavor: `bibtex` is ASCII as far as possible; `biblatex` is UTF-8, with its own forms of dates and preprints.
    """
    kind, fields = entry(paper, flavor)
    lines = "".join(f"  {name} = {value if name == 'month' else f'{{{value}}}'},\n" for name, value in fields)
    return f"@{kind}{{{paper.citekey},\n{lines}}}\n"


def bibliography(papers: Iterable[Work], flavor: Flavor = "bibtex") -> str:
    """A whole file, entries in the order given."""
    return "\n".join(bibtex_of(paper, flavor) for paper in papers)


def entry(paper: Work, flavor: Flavor) -> tuple[str, list[tuple[str, str]]]:
    """The type, and the fields with their values as written in the file, sorted by name."""
    where, is_latex = placed(paper), flavor == "biblatex"
    kind = _TYPES[where.kind][is_latex] if where.kind != "book" or where.name else "book"
    if kind == "phdthesis" and _MASTERS.search(f"{declared(paper)} {paper.details.get('type', '')} {where.name}"):
        kind = "mastersthesis"
    if where.kind == "conference" and not where.name and declared(paper) == "proceedings":
        kind = "proceedings"
    told = {name: paper.details[name] for name in _KEPT if name in paper.details}
    told |= {**_place(paper, where, is_latex), **_archive(paper, where, is_latex), "keywords": ", ".join(paper.tags)}
    told |= {"doi": paper.doi, "url": paper.url}
    fields = {name: _value(name, value, plain=not is_latex) for name, value in told.items() if value}
    fields["title"] = tex.title(paper.title, plain=not is_latex)
    if "editor" in paper.details:
        fields["editor"] = tex.people(split_names(paper.details["editor"], "list"), plain=not is_latex)
    if paper.authors:
        fields["author"] = tex.people(list(paper.authors), plain=not is_latex, more=paper.more)
    return kind, sorted((fields | _dated(issued(paper, where), is_latex)).items())


_KEPT = ("address", "edition", "isbn", "issn", "series")


def _value(name: str, text: str, *, plain: bool) -> str:
    if name in _VERBATIM:
        return tex.verbatim(text)
    if name == "pages":
        text = re.sub(r"(?<=\w)\s?[-\u2013]{1,2}\s?(?=\w)", "--", text)
    return tex.escape(text, plain=plain)


def _place(paper: Work, where: Venue, is_latex: bool) -> dict[str, str]:
    """The fields for where it was published."""
    name = where.name
    fields = {"volume": where.volume, "number": where.issue, "pages": where.pages, "publisher": where.publisher}
    if where.kind in ("thesis", "report"):
        name = where.home
        if is_latex:
            own = paper.details.get("type", "")
            known = next((_DECLARED[name] for name in (own.lower(), declared(paper)) if name in _DECLARED), "")
            fields["type"] = where.what or known or ("entrytype" in paper.details) * own
    if where.kind == "book":
        fields["chapter"] = where.chapter
    if where.kind in _WITHIN:
        fields[_WITHIN[where.kind][is_latex]] = name
    return fields


def _archive(paper: Work, where: Venue, is_latex: bool) -> dict[str, str]:
    """The fields for its preprint, which stay when it is published."""
    if not paper.arxiv_id:
        return {}
    group = paper.details.get("primaryclass", "")
    if not is_latex:
        return {"eprint": paper.arxiv_id, "archiveprefix": "arXiv", "primaryclass": group}
    fields = {"eprint": paper.arxiv_id, "eprinttype": "arxiv", "eprintclass": group}
    return {**fields, "pubstate": "prepublished"} if where.kind == "preprint" else fields


def _dated(known: tuple[int, ...], is_latex: bool) -> dict[str, str]:
    if not known:
        return {}
    if is_latex:
        return {"date": "-".join(f"{part:0{4 if n == 0 else 2}}" for n, part in enumerate(known))}
    return {"year": f"{known[0]:04}", **({"month": _MONTHS[known[1] - 1]} if len(known) > 1 else {})}
