"""The front matter of a paper's note: its fields in the order of the curated notes, each value read as it is."""

import re
from collections.abc import Iterator, Sequence

from cli.imports.paper import Paper
from cli.imports.yaml_text import listed, scalar
from kb import ids
from kb.facts import from_fields
from kb.fields import Field, Scalar

_FIRST = ("title", "authors", "date", "published", "arxiv", "doi", "venue", "url", "aliases", "tags", "keywords")
"""Fields in the order of the curated notes; others follow by name."""
_LISTS = ("authors", "aliases", "tags", "keywords")
_AS_TEXT = ("title", "arxiv", "doi", "citekey")
"""Fields whose value is no number, whatever it looks like."""
_TAG = re.compile(r"(?=.*[^\W\d_])[\w/-]+")
"""What Obsidian shows as a tag."""
_ANOTHER = "Ann Another"
"""Beside another name, one is read as in a list."""


def front_matter(paper: Paper, citekey: str, *, date: str, has_kind: bool, has_title: bool, has_abstract: bool) -> str:
    """The lines with the fences around them.

    Args:
        citekey: what the paper is to be cited by; empty where nothing says so.
        date: what its date is called.
        has_kind: `kind: paper` is one of the fields.
        has_title: its title is.
        has_abstract: its abstract is.
    """
    fields = _told_by(paper)
    fields[date] = fields.pop("date", ())
    more = {"citekey": citekey, "key": paper.key, "kind": "paper" * has_kind}
    more |= {"title": _protected(paper.title) * has_title, "abstract": paper.abstract * has_abstract}
    fields |= {name: (value,) for name, value in more.items() if value}
    order = sorted(fields, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    return "".join(["---\n", *(_line(name, fields[name]) for name in order if fields[name]), "---\n"])


def _told_by(paper: Paper) -> dict[str, Sequence[str]]:
    """The fields that hold facts and ids, with the texts of their values."""
    told: dict[str, Sequence[str]] = {**paper.facts}
    for name in ("authors_more", "citekey", "title"):
        told.pop(name, None)
    for scheme in ("arxiv", "doi"):
        told[scheme] = tuple(each.value for each in paper.ids if each.scheme == scheme)
    told["url"] = tuple(_addresses(paper))
    authors, others = (paper.facts.get(name, ()) for name in ("authors", "authors_more"))
    told["authors"] = (*(_author(name, among=len(authors) + len(others) > 1) for name in authors), *others)
    if not all(map(_TAG.fullmatch, told.get("tags", ()))):
        told["keywords"] = told.pop("tags")
    return told


def _addresses(paper: Paper) -> Iterator[str]:
    """The addresses that were told, and the pages of ids that no other field gives."""
    urls = paper.facts.get("url", ())
    yield from urls
    known = {ids.parse_id(url) for url in urls}
    for each in paper.ids:
        if each.scheme not in ("arxiv", "doi") and each not in known:
            yield ids.page_of(each)


def _line(name: str, values: Sequence[str]) -> str:
    is_list = name in _LISTS or len(values) > 1
    return f"{scalar(name)}: {listed(values) if is_list else scalar(values[0], may_count=name not in _AS_TEXT)}\n"


_PROTECTED = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "{": r"\{", "}": r"\}", "$": r"\$"} | {
    sign: f"{sign}{{}}" for sign in "&<["
}
"""TeX, as titles and names are read, for signs that would not be read as themselves."""


def _protected(title: str) -> str:
    """A title so that it is read as it is; few have signs that HTML, TeX or links would take."""
    return title if as_read("title", title) == [title] else _tex(title)


def _author(name: str, *, among: bool) -> str:
    """A name so that it is read as this one; a group's in braces, if it looks like several people or another order."""
    read_as = as_read("authors", name, _ANOTHER)[:-1] if among else as_read("authors", name)
    return name if read_as == [name] else f"{{{_tex(name)}}}"


def _tex(text: str) -> str:
    return "".join(_PROTECTED.get(sign, sign) for sign in text)


def as_read(field: str, *values: str) -> list[str]:
    """The facts that are read of a field with these values."""
    return from_fields([Field(field, tuple(Scalar(value, 1, 1, value) for value in values), 1, 1)]).all(field)
