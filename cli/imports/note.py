"""The text of a paper's note: front matter, title, abstract, quotes. It is read back before it is written."""

from itertools import product
from urllib.parse import quote

from cli.imports.front_matter import as_read, front_matter
from cli.imports.markdown_text import escaped, paragraphs
from cli.imports.paper import Paper, Quote
from cli.printable import printable
from kb.facts import EDGE_FIELDS
from kb.frontmatter import MAX_BYTES
from kb.model import Entry
from kb.read import read
from kb.typed import NamedTuple


class UnwritableError(ValueError):
    """No form of the note would be read as this paper, or not at this path."""


class _Form(NamedTuple):
    """How a note is written. The first choice of each reads best; the others are for text that it would misstate.

    Args:
        abstract: with `formulas`, as `plain` text, or as a `field`.
        has_kind: whether `kind: paper` says that the note is a paper and its title exactly the paper's.
        date: name of the date field; `date` may be taken for the day of the note.
        has_title: whether the title is a field, even if it may be a nickname.
    """

    abstract: str
    has_kind: bool
    date: str
    has_title: bool


def note(paper: Paper, path: str, citekey: str) -> str:
    """The text of a note at this path in the vault, which is read as exactly this paper.

    Args:
        citekey: the citation key to declare; empty to have it made.

    Raises:
        UnwritableError: every form of it would be read as something else.
    """
    titles = (True,) if "title" in paper.facts else (False, True)
    for form in map(_Form._make, product(("formulas", "plain", "field"), (False, True), ("date", "published"), titles)):
        text = _text(paper, path, citekey, form)
        if _is_read(text, paper, path, citekey, form):
            return text
    if text.index("\n---\n") > MAX_BYTES:
        raise UnwritableError(f"has more than {MAX_BYTES >> 10} KiB of front matter - list fewer authors")
    raise UnwritableError("its note would be read as something else - name another folder, or write it by hand")


# -- text ------------------------------------------------------------------------------------------------------------


def _text(paper: Paper, path: str, citekey: str, form: _Form) -> str:
    _, has_kind, date, has_title = form
    formulas, in_field = form.abstract == "formulas", form.abstract == "field"
    matter = front_matter(paper, citekey, date=date, has_kind=has_kind, has_title=has_title, has_abstract=in_field)
    parts = [matter.rstrip("\n")]
    if heading := printable(paper.title):
        parts.append(f"# {escaped(heading, formulas=formulas)}")
    if not in_field and (said := [*paragraphs(paper.abstract, formulas=formulas)]):
        parts += ["## Abstract", *said]
    if remarks := [line for remark in paper.remarks for line in paragraphs(remark, formulas=formulas)]:
        parts += ["## Notes", *remarks]
    if paper.quotes:
        parts += ["## Mentions", *(_quotation(each, path) for each in paper.quotes)]
    return "\n\n".join(parts) + "\n"


def _quotation(said: Quote, path: str) -> str:
    """The quoted text and, below it, its source: a link if that is in the vault."""
    shown = escaped(printable(said.source), formulas=False)
    where = f"[{shown}]({quote(_towards(said.path, path), safe='/')})" if said.path else shown
    return "\n>\n".join(f"> {line}" for line in [*paragraphs(said.text, formulas=False), where])


def _towards(target: str, path: str) -> str:
    """The relative path from a note at this path to a file of the vault."""
    return "../" * path.count("/") + target


# -- as it is read ---------------------------------------------------------------------------------------------------


def _is_read(text: str, paper: Paper, path: str, citekey: str, form: _Form) -> bool:
    """Whether the note is read as this paper, with these facts and edges, and with links only to the quoted sources."""
    record = read(path, text.encode())
    if len(record.entries) != 1 or record.items:
        return False
    [entry] = record.entries
    is_paper = entry.kind == "paper" and entry.key == paper.key and not entry.mentioned
    is_called = entry.title == paper.title and entry.values("title") == [paper.title] * form.has_title
    links = {link.target for link in record.links}
    wanted = {_towards(each.path, path) for each in paper.quotes if each.path}
    wanted |= {value for name, values in paper.facts.items() if name in EDGE_FIELDS for value in values}
    return is_paper and is_called and links == wanted and _has_facts(entry, paper, citekey, form)


def _has_facts(entry: Entry, paper: Paper, citekey: str, form: _Form) -> bool:
    wanted = {
        name: as_read(name, *values) if name != "authors" else list(values)
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
