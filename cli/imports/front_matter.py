"""The front matter of a paper's note: fields in the order of the curated notes, each value read back unchanged."""

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
"""Fields whose value is never a number, whatever it looks like."""
_TAG = re.compile(r"(?=.*[^\W\d_])[\w/-]+")
"""What Obsidian accepts as a tag."""
_ANOTHER = "Ann Another"
"""Next to another name, a name is read as in a list."""


def front_matter(paper: Paper, citekey: str, *, date: str, has_kind: bool, has_title: bool, has_abstract: bool) -> str:
    """The lines with the fences around them.

    Args:
        citekey: the citation key to declare; empty for none.
        date: name of the date field.
        has_kind: whether `kind: paper` is one of the fields.
        has_title: whether the title is.
        has_abstract: whether the abstract is.
    """
    fields = _told_by(paper)
    fields[date] = fields.pop("date", ())
    more = {"citekey": citekey, "key": paper.key, "kind": "paper" * has_kind}
    more |= {"title": _protected(paper.title) * has_title, "abstract": paper.abstract * has_abstract}
    fields |= {name: (value,) for name, value in more.items() if value}
    order = sorted(fields, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    return "".join(["---\n", *(_line(name, fields[name]) for name in order if fields[name]), "---\n"])


def _told_by(paper: Paper) -> dict[str, Sequence[str]]:
    """The fields that hold facts and ids, with their values as text."""
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
    """The given URLs, and the pages of ids that have no other field."""
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
"""TeX, as which titles and names are read, for characters that would not be read as themselves."""


def _protected(title: str) -> str:
    """A title written so that it is read unchanged; few have characters that mean something in HTML, TeX or links."""
    return title if as_read("title", title) == [title] else _tex(title)


def _author(name: str, *, among: bool) -> str:
    """A name written so that it is read unchanged; in braces if it looks like several people or another order."""
    read_as = as_read("authors", name, _ANOTHER)[:-1] if among else as_read("authors", name)
    return name if read_as == [name] else f"{{{_tex(name)}}}"


def _tex(text: str) -> str:
    return "".join(_PROTECTED.get(sign, sign) for sign in text)


def as_read(field: str, *values: str) -> list[str]:
    """The facts that are read from a field with these values."""
    return from_fields([Field(field, tuple(Scalar(value, 1, 1, value) for value in values), 1, 1)]).all(field)
