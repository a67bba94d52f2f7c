"""The text of a paper's note: front matter, title, abstract, what was said of it. It is read before it is written."""

import re
from collections.abc import Iterator, Sequence
from itertools import product
from urllib.parse import quote

from cli.imports.markdown_text import escaped, paragraphs
from cli.imports.paper import Paper, Quote
from cli.imports.yaml_text import listed, scalar
from cli.printable import printable
from kb import facts, ids
from kb.fields import Field, Scalar
from kb.model import Entry
from kb.read import read
from kb.typed import NamedTuple

_FIRST = ("title", "authors", "date", "published", "arxiv", "doi", "venue", "url", "aliases", "tags", "keywords")
"""Fields in the order of the curated notes; others follow by name."""
_LISTS = ("authors", "aliases", "tags", "keywords")
_AS_TEXT = ("title", "arxiv", "doi", "citekey")
"""Fields whose value is no number, whatever it looks like."""
_TAG = re.compile(r"(?=.*[^\W\d_])[\w/-]+")
"""What Obsidian shows as a tag."""
_ANOTHER = "Ann Another"
"""Beside another name, one is read as in a list."""


class UnwritableError(ValueError):
    """No note would say this of the paper, or not at this place."""


class _Form(NamedTuple):
    """How a note is written; the first of each reads best, the others are for what would be misread so.

    Args:
        abstract: with `formulas`, as `plain` text, or as a `field`.
        has_kind: `kind: paper` says that the note is one, and that its title is the paper's and nothing beside it.
        date: what the field is called; a `date` may be taken for the day of the note.
        has_title: the title is a field, also where it may be a nickname.
    """

    abstract: str
    has_kind: bool
    date: str
    has_title: bool


def note(paper: Paper, path: str, citekey: str) -> str:
    """The text of a note at this path in the vault, which is read as exactly this paper.

    Args:
        citekey: what it is to be cited by; empty where that is left to be made.

    Raises:
        UnwritableError: however it is written, it would be read otherwise.
    """
    titles = (True,) if "title" in paper.facts else (False, True)
    for form in map(_Form._make, product(("formulas", "plain", "field"), (False, True), ("date", "published"), titles)):
        text = _text(paper, path, citekey, form)
        if _is_read(text, paper, path, citekey, form):
            return text
    raise UnwritableError("its note would be read as something else - name another folder, or write it by hand")


# -- front matter ----------------------------------------------------------------------------------------------------


def _fields(paper: Paper, citekey: str, form: _Form) -> dict[str, Sequence[str]]:
    """The fields of the front matter with the texts of their values."""
    told = {name: values for name, values in paper.facts.items() if name not in ("authors_more", "citekey", "title")}
    for scheme in ("arxiv", "doi"):
        told[scheme] = tuple(each.value for each in paper.ids if each.scheme == scheme)
    told["url"] = tuple(_addresses(paper))
    if form.has_title:
        told["title"] = (_protected(paper.title),)
    if form.has_kind:
        told["kind"] = ("paper",)
    authors = paper.facts.get("authors", ())
    others = paper.facts.get("authors_more", ())
    told["authors"] = (*(_author(name, among=len(authors) + len(others) > 1) for name in authors), *others)
    if not all(map(_TAG.fullmatch, told.get("tags", ()))):
        told["keywords"] = told.pop("tags")
    told[form.date] = told.pop("date", ())
    told["citekey"] = (citekey,) if citekey else ()
    told["key"] = (paper.key,) if paper.key else ()
    told["abstract"] = (paper.abstract,) if form.abstract == "field" else ()
    order = sorted(told, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    return {name: told[name] for name in order if told[name]}


def _addresses(paper: Paper) -> Iterator[str]:
    """The addresses that were told, and the pages of ids that no other field gives."""
    urls = paper.facts.get("url", ())
    yield from urls
    known = {ids.parse_id(url) for url in urls}
    for each in paper.ids:
        if each.scheme not in ("arxiv", "doi") and each not in known:
            yield ids.page_of(each)


def _line(name: str, values: Sequence[str]) -> str:
    if name in _LISTS or len(values) > 1:
        return f"{scalar(name)}: {listed(values)}"
    return f"{scalar(name)}: {scalar(values[0], may_count=name not in _AS_TEXT)}"


_PROTECTED = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "{": r"\{", "}": r"\}", "$": r"\$"} | {
    sign: f"{sign}{{}}" for sign in "&<["
}
"""TeX, as titles and names are read, for signs that would not be read as themselves."""


def _protected(title: str) -> str:
    """A title so that it is read as it is; few have signs that HTML, TeX or links would take."""
    return title if _told("title", title) == [title] else _tex(title)


def _author(name: str, *, among: bool) -> str:
    """A name so that it is read as this one; a group's in braces, if it looks like several people or another order."""
    read_as = _told("authors", name, _ANOTHER)[:-1] if among else _told("authors", name)
    return name if read_as == [name] else f"{{{_tex(name)}}}"


def _tex(text: str) -> str:
    return "".join(_PROTECTED.get(sign, sign) for sign in text)


def _told(field: str, *values: str) -> list[str]:
    """What is read of a field with these values."""
    return facts.from_fields([Field(field, tuple(Scalar(value, 1, 1, value) for value in values), 1, 1)]).all(field)


# -- text ------------------------------------------------------------------------------------------------------------


def _text(paper: Paper, path: str, citekey: str, form: _Form) -> str:
    fields = _fields(paper, citekey, form)
    formulas = form.abstract == "formulas"
    parts = ["---\n" + "".join(f"{_line(name, values)}\n" for name, values in fields.items()) + "---"]
    if heading := printable(paper.title):
        parts.append(f"# {escaped(heading, formulas=formulas)}")
    if form.abstract != "field" and (said := [*paragraphs(paper.abstract, formulas=formulas)]):
        parts += ["## Abstract", *said]
    if remarks := [line for remark in paper.remarks for line in paragraphs(remark, formulas=formulas)]:
        parts += ["## Notes", *remarks]
    if paper.quotes:
        parts += ["## Mentions", *(_quotation(each, path) for each in paper.quotes)]
    return "\n\n".join(parts) + "\n"


def _quotation(said: Quote, path: str) -> str:
    """The words, and under them where they stand: a link if that is in the vault."""
    shown = escaped(printable(said.source), formulas=False)
    where = f"[{shown}]({_towards(said.path, path)})" if said.path else shown
    return "\n>\n".join(f"> {line}" for line in [*paragraphs(said.text, formulas=False), where])


def _towards(target: str, path: str) -> str:
    """The address of a file of the vault in a note at this path."""
    up = "../" * path.count("/")
    return quote(f"{up}{target}", safe="/")


# -- as it is read ---------------------------------------------------------------------------------------------------


def _is_read(text: str, paper: Paper, path: str, citekey: str, form: _Form) -> bool:
    """Is the note read as one about this paper, with these facts and edges, and links to those alone who are quoted?"""
    record = read(path, text.encode())
    if len(record.entries) != 1 or record.items:
        return False
    [entry] = record.entries
    is_paper = entry.kind == "paper" and entry.key == paper.key and not entry.mentioned
    is_called = entry.title == paper.title and entry.values("title") == [paper.title] * form.has_title
    links = {link.target for link in record.links}
    wanted = {_linked(each, path) for each in paper.quotes if each.path}
    wanted |= {value for name, values in paper.facts.items() if name in facts.EDGE_FIELDS for value in values}
    return is_paper and is_called and links == wanted and _has_facts(entry, paper, citekey, form)


def _linked(said: Quote, path: str) -> str:
    return "../" * path.count("/") + said.path


def _has_facts(entry: Entry, paper: Paper, citekey: str, form: _Form) -> bool:
    wanted = {
        name: _told(name, *values) if name != "authors" else list(values)
        for name, values in paper.facts.items()
        if name not in ("title", "citekey", "url")
    }
    wanted |= {"citekey": [citekey]} if citekey else {}
    wanted |= {"kind": ["paper"]} if form.has_kind else {}
    if form.abstract == "field":
        wanted["summary"] = [" ".join(paper.abstract.split())]
    found = {fact.field: entry.values(fact.field) for fact in entry.facts}
    for name in ("title", "url", "arxiv_id", "doi"):
        found.pop(name, None)
    told = {name: values for name, values in wanted.items() if values}
    return found == told and set(entry.ids) == set(paper.ids)
