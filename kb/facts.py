"""From fields as people name them to facts with one name and one normal form each, plus what could not be read."""

import re
from collections.abc import Iterable

from kb import dates, ids, names
from kb.fields import Field, Problem, Scalar
from kb.ids import PaperId
from kb.model import Entry, EntryKind, Fact
from kb.regex import rare
from kb.titles import display_title

_NAMES = {
    "title": "title",
    "name": "title",
    "author": "authors",
    "authors": "authors",
    "author(s)": "authors",
    "creator": "authors",
    "creators": "authors",
    "firstauthor": "authors",
    "first_author": "authors",
    "date": "date",
    "published": "date",
    "publication_date": "date",
    "publication-date": "date",
    "publication_year": "date",
    "publish_year": "date",
    "publicationdate": "date",
    "date_published": "date",
    "published_date": "date",
    "publish_date": "date",
    "publishdate": "date",
    "pub_date": "date",
    "pubdate": "date",
    "issued": "date",
    "year": "date",
    "arxiv": "arxiv_id",
    "arxiv_id": "arxiv_id",
    "arxiv-id": "arxiv_id",
    "arxivid": "arxiv_id",
    "eprint": "arxiv_id",
    "doi": "doi",
    "citekey": "citekey",
    "citation-key": "citekey",
    "citation_key": "citekey",
    "bibtex_key": "citekey",
    "bibtexkey": "citekey",
    "venue": "venue",
    "journal": "venue",
    "booktitle": "venue",
    "conference": "venue",
    "publication": "venue",
    "publicationtitle": "venue",
    "publication-title": "venue",
    "proceedings-title": "venue",
    "journaltitle": "venue",
    "container-title": "venue",
    "url": "url",
    "link": "url",
    "source": "url",
    "uri": "url",
    "source_url": "url",
    "paper": "url",
    "paper_url": "url",
    "paper_link": "url",
    "arxiv_url": "url",
    "arxiv_link": "url",
    "pdf_link": "url",
    "pdf": "url",
    "paperurl": "url",
    "pdf_url": "url",
    "url_pdf": "url",
    "abs_url": "url",
    "external_link": "url",
    "additional_links": "url",
    "tag": "tags",
    "tags": "tags",
    "keyword": "tags",
    "keywords": "tags",
    "topics": "tags",
    "alias": "aliases",
    "aliases": "aliases",
    "other_title": "aliases",
    "other_titles": "aliases",
    "former_title": "aliases",
    "also_known_as": "aliases",
    "aka": "aliases",
    "nickname": "aliases",
    "nicknames": "aliases",
    "summary": "summary",
    "description": "summary",
    "tldr": "summary",
    "abstract": "summary",
    "core_contribution": "summary",
    "family": "family",
    "category": "category",
    "categories": "category",
    "status": "status",
    "implementation": "implementation",
    "key": "key",
}
DATE_FIELDS = frozenset(name for name, fact in _NAMES.items() if fact == "date")
EDGE_FIELDS = {"builds_on", "builds-on", "cites", "patterns", "constraints", "broader"}
"""Fields whose values are names or quoted links; they become edges, not facts."""

_SITE = rare(r"(?:https?://)?(?:[\w-]+\.)+(?:com|org|net|io|edu|ai|dev)/?|[^\s@]+@(?:[\w-]+\.)+\w+", re.IGNORECASE)
"""A site, or the address of whoever saved a page, instead of an author."""
WIKI_LINK = rare(r"\[\[([^\[\]|]*)(?:\|([^\[\]]*))?\]\]")
"""The name that a wiki-link gives, and the text that it shows instead."""
_LINKED = rare(r"\[([^\[\]]+)\]\(((?:[a-z]+://[^()\s]*)?)\)")
_OF_A_PAGE = rare(r"Abstract page for arXiv paper \d|Join the discussion on this paper page$")
"""What web pages of papers say of themselves, not of the paper, as clippers keep it."""
_SPACES = rare(r"[\W_]+")
_MARKS_A_PAPER = {"venue", "citekey", "implementation", "key", "builds_on", "builds-on", "cites"}
"""Facts, or fields that become no facts, that only papers have."""
_NOTES = {"literaturenote", "literaturenotes", "papernote", "papernotes", "readingnote", "readingnotes"}
"""Categories of a note, not of its paper, without spaces and hyphens; Zotero's plugins write them."""
_ITEM_OF_ZOTERO = rare(r"zotero://select/(?:library/|groups/\d+/)?items/")
_ITEM_TYPES = {"itemtype", "item-type", "item type", "item_type"}
"""Fields in which Zotero's companions write what kind of item it is."""
_KINDS: dict[str, EntryKind] = {
    "paper": "paper",
    "article": "paper",
    "preprint": "paper",
    "pattern": "pattern",
    "constraint": "constraint",
}
_OTHER_KINDS = {
    "album", "audiobook", "contact", "course", "episode", "event", "film", "game", "meeting", "movie", "person",
    "podcast", "project", "recipe", "series", "show", "song", "tv show", "video", "videogame",
}  # fmt: skip
"""Kinds of things that also have a title, authors and a date."""


def fact_name(key: str) -> str:
    """The canonical name of the fact that a field with this key gives."""
    name = key.strip().lower()
    return _NAMES.get(name) or _NAMES.get(name.replace(" ", "_"), name)


def identifies(key: str) -> bool:
    """Whether a field with this key identifies or files a paper; a summary describes it."""
    return fact_name(key) in _NAMES.values() and fact_name(key) != "summary"


class Facts:
    """What the fields say, before it is decided what they are about.

    Attributes:
        cited: the only paper that a citation in the field `bibliography` identifies.
        is_preprint: whether Zotero or the DOI says that this is the preprint at arXiv.
        item: the field with the address of an item in Zotero.
    """

    def __init__(self) -> None:
        self.kind: EntryKind | None = None
        self.key = ""
        self.facts: list[Fact] = []
        self.ids: list[PaperId] = []
        self.cited: PaperId | None = None
        self.is_preprint = False
        self.item = ""
        self.marks: list[str] = []
        self.problems: list[Problem] = []

    def first(self, name: str) -> str:
        for fact in self.facts:
            if fact.field == name:
                return fact.value
        return ""

    def all(self, name: str) -> list[str]:
        return [fact.value for fact in self.facts if fact.field == name]

    def entry(self, kind: EntryKind, line: int, decided_by: str, title: str, more_ids: Iterable[PaperId] = ()) -> Entry:
        unique = tuple(dict.fromkeys([*self.ids, *more_ids]))
        return Entry(kind, line, decided_by, self.key, title, tuple(self.facts), unique)


def from_fields(fields: list[Field]) -> Facts:
    """Read every field; a value that cannot be understood becomes a problem."""
    result = Facts()
    keys = [entry.key.lower() for entry in fields]
    month, fields_of_authors, is_other = "", 0, False
    if "month" in keys:
        month = next((f.values[0].text for f, key in zip(fields, keys) if key == "month" and f.values), "")
    for entry, written in zip(fields, keys):
        values = entry.values
        if len(values) == 1 and not values[0].text.strip():
            continue  # a form leaves it empty
        key = written.strip()
        name = _NAMES.get(key) or fact_name(key)
        if key in ("kind", "type") and values:
            kind = shown(values[0].text).strip().lower()
            result.kind = _KINDS.get(kind)
            is_other |= kind in _OTHER_KINDS
        if (name in _MARKS_A_PAPER or key in _MARKS_A_PAPER) and values:
            result.marks.append(entry.key)
        fields_of_authors += name == "authors"
        if key not in EDGE_FIELDS and key != "month":
            _read(result, name, entry, month if key == "year" else "")
    has_authors = ("authors" in keys or "author(s)" in keys) and not is_other
    if has_authors and result.first("date") and result.first("title"):
        result.marks.append("authors")
    if result.item and fields_of_authors and result.first("title"):
        result.marks.append(result.item)
    if fields_of_authors > 1:
        _name_once(result)
    if result.cited and not result.ids:
        result.ids.append(result.cited)
    if result.is_preprint:
        from kb.preprints import leave_date_to_id  # few notes are about mere preprints

        leave_date_to_id(result.facts, result.ids)
    return result


def _name_once(result: Facts) -> None:
    """Drop repeated authors: the first author may also have a separate field, or the text may repeat the list."""
    seen: set[str] = set()
    kept: list[Fact] = []
    for fact in result.facts:
        if fact.field != "authors" or fact.value not in seen:
            kept.append(fact)
        if fact.field == "authors":
            seen.add(fact.value)
    result.facts = kept


def _read(result: Facts, name: str, entry: Field, month: str) -> None:
    match name:
        case "authors":
            _authors(result, entry)
        case "date":
            _date(result, entry, month)
        case "arxiv_id":
            _arxiv(result, entry)
        case "doi":
            _doi(result, entry)
        case "key" if entry.values:
            result.key = entry.values[0].text.strip()
        case "citekey" if entry.values:
            value = entry.values[0]
            if citekey := shown(value.text).strip().lstrip("@"):
                result.facts.append(Fact("citekey", citekey, value.line, value.column))
        case "title" if entry.values:
            value = entry.values[0]
            result.facts.append(Fact("title", display_title(shown(value.text)), value.line, value.column))
        case "tags":
            for value in _split(entry.values):
                result.facts.append(Fact("tags", shown(value.text).lstrip("#"), value.line, value.column))
        case "summary" if entry.values and _OF_A_PAGE.match(entry.values[0].text):
            value = entry.values[0]
            result.facts.append(Fact(f"{entry.key.lower()}_of_page", value.text, value.line, value.column))
        case "bibliography" if len(entry.values) == 1:
            value = entry.values[0]
            cited = {paper for *_, paper, _ in ids.find_ids(value.text)}
            result.cited = next(iter(cited)) if len(cited) == 1 else None
            result.facts.append(Fact(name, shown(value.text), value.line, value.column))
        case "category" if len(entry.values) == 1 and _SPACES.sub("", entry.values[0].text).lower() in _NOTES:
            value = entry.values[0]
            result.facts.append(Fact("type", value.text, value.line, value.column))
        case _:
            if entry.values and "zotero:" in entry.values[0].text and _ITEM_OF_ZOTERO.search(entry.values[0].text):
                result.item = entry.key
            if name in _ITEM_TYPES and entry.values and shown(entry.values[0].text).strip().lower() == "preprint":
                result.is_preprint = True
            for value in entry.values:
                text = shown(_address(value.text) if name == "url" else value.text)
                result.facts.append(Fact(name, " ".join(text.split()), value.line, value.column))
                if name == "url" and (found := ids.parse_id(text)):
                    result.ids.append(found)
            if len(entry.values) == 1 and "," in entry.values[0].text and entry.key.lower() in ("alias", "aliases"):
                value = entry.values[0]
                message = f"read as one alias: {value.text!r}"
                result.problems.append(Problem(value.line, value.column, "alias", message, "write several as a list"))


def shown(text: str) -> str:
    """The text of a value without the brackets of its wiki-links."""
    return WIKI_LINK.sub(lambda link: link[2] or link[1], text) if "[[" in text else text


def _address(text: str) -> str:
    """The address in a value that is a link, `[shown](address)`, else the value."""
    linked = _LINKED.fullmatch(text.strip()) if "](" in text else None
    return linked[2] if linked else text


def person_shown(link: re.Match[str]) -> str:
    """The name in a wiki-link to a person, whose note may be in a folder (`[[People/Ann Ann]]`)."""
    shown: str = link[2] or link[1].rpartition("/")[2]
    return shown


def _authors(result: Facts, entry: Field) -> None:
    is_list = len(entry.values) > 1
    known = set(result.all("authors"))  # the first author has a field, too
    for value in entry.values:
        written = WIKI_LINK.sub(person_shown, value.text) if "[[" in value.text else value.text
        written = _LINKED.sub(r"\1", written) if "](" in written and not written.startswith("{") else written
        for name in names.cut_short(written) if is_list else names.split_names(written, style="list"):
            if not known or names.display(names.parse_name(name.strip())) not in known:
                _author(result, name.strip(), value)


def _author(result: Facts, name: str, value: Scalar) -> None:
    if names.is_ordinary(name):
        result.facts.append(Fact("authors", name, value.line, value.column))
        return
    is_cut = names.is_truncation(name)
    if is_cut or _SITE.fullmatch(name):  # web clippers know the site, not the authors
        result.facts.append(Fact("authors_more" if is_cut else "site", name, value.line, value.column))
        return
    if not name:
        return
    result.facts.append(Fact("authors", names.display(names.parse_name(name)), value.line, value.column))
    warning = None if name.startswith("@") else names.name_warning(name)
    if warning:
        message, _, hint = warning.rpartition(": ")
        result.problems.append(Problem(value.line, value.column, "author", f"{name!r}: {message}", hint))


def _date(result: Facts, entry: Field, month: str) -> None:
    if not entry.values or (result.first("date") and entry.key.lower() == "year"):
        return
    value = entry.values[0]
    date = dates.parse_date(f"{value.text} {month}" if month else value.text) or dates.parse_date(value.text)
    if not value.text.strip():
        return
    if value.text.strip().lower() in ("true", "false"):  # whether a page of a site is published
        result.facts.append(Fact(entry.key.lower(), value.text.strip(), value.line, value.column))
        return
    if date is None and dates.is_undated(value.text):
        result.facts.append(Fact("date_status", " ".join(value.text.split()), value.line, value.column))
        return
    if date is None:
        result.problems.append(
            Problem(
                value.line, value.column, "date", f"not a date: {value.text!r}", "write 2017, 2017-06 or 2017-06-12"
            )
        )
        return
    if result.first("date"):
        result.facts = [fact for fact in result.facts if fact.field != "date"]
    result.facts.append(Fact("date", str(date), value.line, value.column))


def _arxiv(result: Facts, entry: Field) -> None:
    for value in entry.values:
        found = ids.parse_arxiv(_address(value.text))
        if found is None and _says_none(value):
            continue
        if found is None:
            hint = ids.arxiv_hint(value.text)
            fix = f"did you mean {hint}?" if hint else "write it as YYMM.NNNNN"
            result.problems.append(
                Problem(value.line, value.column, "arxiv-id", f"not an arXiv id: {value.text!r}", fix)
            )
            continue
        first = sum(fact.field == "arxiv_id" for fact in result.facts)
        result.ids.insert(first, PaperId("arxiv", found.base))
        result.facts.append(Fact("arxiv_id", found.base, value.line, value.column))
        if found.version:
            result.facts.append(Fact("arxiv_version", str(found.version), value.line, value.column))


def _doi(result: Facts, entry: Field) -> None:
    for value in entry.values:
        doi = ids.parse_doi(value.text)
        if doi is None and _says_none(value):
            continue
        if doi is None and (arxiv := ids.parse_arxiv(value.text, bare=False)):  # as Zotero has it for some preprints
            result.ids.append(PaperId("arxiv", arxiv.base))
            continue
        if doi is None:
            fix = "a DOI looks like 10.1145/3065386"
            result.problems.append(Problem(value.line, value.column, "doi", f"not a DOI: {value.text!r}", fix))
            continue
        found = ids.parse_id(doi) or PaperId("doi", doi)
        result.ids.append(found)
        result.is_preprint |= found.scheme == "arxiv"
        if found.scheme == "doi":
            result.facts.append(Fact("doi", doi, value.line, value.column))
            flag = ids.doi_flag(doi)
            if flag:
                fix = "use the DOI of another publisher, or the arXiv id"
                result.problems.append(Problem(value.line, value.column, "doi-placeholder", flag, fix, "notice"))


def _says_none(value: Scalar) -> bool:
    """Whether a value is empty or says that there is none (yet), as programs that fill in forms write it."""
    return not value.text.strip() or dates.is_undated(value.text)


def _split(values: tuple[Scalar, ...]) -> list[Scalar]:
    """Tags are a list, or one string with commas or with spaces before each `#`."""
    if len(values) != 1:
        return list(values)
    only = values[0]
    parts = re.split(r"(?<!\s)\s+(?=#)", only.text) if only.text.startswith("#") else only.text.split(",")
    stripped = (part.strip(" ,\t\n") for part in parts)
    return [Scalar(part, only.line, only.column, only.written) for part in stripped if part]
