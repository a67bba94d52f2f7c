"""CSL-JSON, as Zotero, Crossref, pandoc and `paperkb export --format csl` write it: a list of items, or a single one.

    [{"id": "ann2019", "type": "article-journal", "title": "Nets", "author": [{"family": "Ann", "given": "Anna"}]}]

Source: https://github.com/citation-style-language/schema, csl-data.json
"""

import json
import re
from collections.abc import Iterator

from kb import ids, names, references
from kb.fields import Field, Problem, Scalar
from kb.model import Fact, Record
from kb.names import Name
from kb.preprints import is_archive, leave_date_to_id
from kb.references import Cited, Written
from kb.slugs import slug
from kb.typed import Any

_TYPES = {
    **dict.fromkeys(("article-journal", "article-magazine", "article-newspaper", "review"), "article"),
    **dict.fromkeys(("chapter", "entry", "entry-dictionary", "entry-encyclopedia"), "incollection"),
    **dict.fromkeys(("post", "post-weblog", "webpage"), "online"),
    "book": "book",
    "manuscript": "unpublished",
    "paper-conference": "inproceedings",
    "report": "techreport",
    "thesis": "phdthesis",
} | {
    **dict.fromkeys(("book-chapter", "book-part", "book-section", "reference-entry"), "incollection"),
    **dict.fromkeys(("edited-book", "monograph", "reference-book"), "book"),
    "dissertation": "phdthesis",
    "journal-article": "article",
    "proceedings-article": "inproceedings",
}
"""CSL types, then those of Crossref, by their BibTeX names; all others are `misc`."""
_WITHIN = ("container-title", "event-title", "event")
_PLACE = {
    "volume": "volume", "page": "pages", "chapter-number": "chapter", "publisher-place": "address",
    "collection-title": "series", "edition": "edition", "ISBN": "isbn", "ISSN": "issn",
}  # fmt: skip
_SIGN = re.compile(r"[^\s,]")
_PARTS = ("literal", "name", "family", "given", "suffix", "dropping-particle", "non-dropping-particle")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Characters that JSON can express but that the text of a note never has."""
_MARKUP = re.compile(r"</?jats:(p|sec|title)?[^<>]*>")
"""JATS markup in publishers' abstracts; the block elements, which are named here, leave a space."""
_TEX = str.maketrans("", "", "{}\\")
_KEY_IN_NOTE = re.compile(r"^[ \t]*citation key:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)


def read(path: str, text: str) -> Record:
    """Never fails: an item that cannot be read becomes a diagnostic, the rest is kept, up to the first invalid JSON."""
    problems: list[Problem] = []
    found = (_cited(line, item, problems) for line, item in _items(text.removeprefix("\ufeff"), problems))
    return references.record(path, "CSL-JSON", ".json", [cited for cited in found if cited], problems)


def _items(text: str, problems: list[Problem]) -> Iterator[tuple[int, Any]]:
    """Each item, with the line where it begins; without a list, items follow one another."""
    decoder = json.JSONDecoder()
    start = len(text) - len(text.lstrip())
    is_list = text.startswith("[", start)
    at, line, counted = start + is_list, 1, 0
    while True:
        sign = _SIGN.search(text, at)
        at = sign.start() if sign else len(text)
        if text.startswith("]", at) or (sign is None and not is_list):
            return
        line, counted = line + text.count("\n", counted, at), at
        try:
            item, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            wrong = getattr(error, "pos", at)
            place = (text.count("\n", 0, wrong) + 1, wrong - text.rfind("\n", 0, wrong))
            message = f"CSL-JSON: {getattr(error, 'msg', 'nested too deeply, or a number is too long')}"
            problems.append(Problem(*place, "reference", message, "fix it; the items before it are read"))
            return
        yield line, item


def _cited(line: int, item: Any, problems: list[Problem]) -> Cited | None:
    told = item if isinstance(item, dict) else {}
    title = _text(told.get("title"))
    if not title:
        message = "CSL-JSON: reference without a title"
        problems.append(Problem(line, 1, "reference", message, "add a `title`"))
        return None
    title = references.with_subtitle(title, _text(told.get("subtitle")))
    is_preprint = is_archive(_text(told.get("publisher")))
    kind = "misc" if is_preprint else _TYPES.get(_text(told.get("type")), "misc")
    written = _place(kind, line, told)
    fields = {
        "abstract": [_MARKUP.sub(lambda tag: " " if tag[1] else "", _text(told.get("abstract")))],
        "author": _people(told.get("author")),
        "date": [_date(told.get("issued"))],
        "doi": [_text(told.get("DOI"))],
        "eprint": [_arxiv(told)],
        "journal": [written.pop("journal", ("", 0))[0]],
        "keywords": list(map(_text, _list(told.get("keyword")))),
        "title": [title],
        "url": [_text(told.get("URL"))],
    }
    values = {name: [Scalar(text, line, 1, text) for text in texts if text.strip()] for name, texts in fields.items()}
    facts = references.told_by([Field(name, tuple(texts), line, 1) for name, texts in values.items() if texts])
    ours = told.get("custom")
    if isinstance(ours, dict) and (key := _text(ours.get("key"))):
        facts.key = key if slug(key) == key else ""
        for name in ("patterns", "constraints"):
            facts.facts += [Fact(name, text, line, 1) for each in _list(ours.get(name)) if (text := _text(each))]
    else:
        leave_date_to_id(facts.facts, facts.ids)
    facts.facts += references.place(kind, line, written, facts)
    problems += facts.problems
    return Cited(line, _key(told), facts, _text(told.get("annote")))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """A text or number as text; if there are several, as in Crossref, the first."""
    value = value[0] if isinstance(value, list) and value else value
    is_one = isinstance(value, str | int | float) and not isinstance(value, bool)
    return _CONTROLS.sub("", str(value)).strip() if is_one else ""


def _people(value: Any) -> list[str]:
    """Names in BibTeX's form; a single name or a group is in braces as a whole."""
    people: list[str] = []
    for each in _list(value):
        said = each if isinstance(each, dict) else {"literal": each}
        part = {name: _text(said.get(name)).translate(_TEX) for name in _PARTS}
        von = " ".join(filter(None, (part["dropping-particle"], part["non-dropping-particle"])))
        group = part["literal"] or part["name"]  # `name` at Crossref
        whole = group or " ".join(filter(None, (von, part["family"] or part["given"], part["suffix"])))
        if part["given"] and part["family"] and not group:
            people.append(names.display(Name(part["given"], von, part["family"], part["suffix"])))
        elif whole:
            people.append(whole if names.is_truncation(whole) else f"{{{whole}}}")
    return people


def _date(issued: Any) -> str:
    """The date as precisely as it is given; a text that is not a date is passed on as it is."""
    if not isinstance(issued, dict):
        return references.first_day(_text(issued))
    dates = issued.get("date-parts")
    first = dates[0] if isinstance(dates, list) and dates else None
    parts = [text for each in _list(first) if (text := _text(each)) not in ("", "0")]
    written = (references.first_day(_text(issued.get(name))) for name in ("edtf", "raw", "literal"))
    return "-".join(parts) or next(filter(None, written), "")


def _arxiv(told: dict[str, Any]) -> str:
    """The arXiv id; CSL has no field for it, so programs write it into others."""
    place = _text(told.get("archive_location")) or _text(told.get("archive-location"))
    if _text(told.get("archive")).lower() == "arxiv" and ids.parse_arxiv(place):
        return place
    texts = [_text(told.get(name)) for name in ("number", "DOI", "URL")] + _text(told.get("note")).splitlines()
    return next((text for text in texts if ids.parse_arxiv(text, bare=False)), "")


def _key(told: dict[str, Any]) -> str:
    """The citation key; some programs only have a number or address of their own there."""
    in_note = _KEY_IN_NOTE.search(_text(told.get("note")))
    key = _text(told.get("citation-key")) or (in_note[1] if in_note else _text(told.get("id")))
    return references.citation_key(key)


def _place(kind: str, line: int, told: dict[str, Any]) -> Written:
    """Where it was published, in BibTeX's fields."""
    found = {name: _text(told.get(csl)) for csl, name in _PLACE.items()}
    found["number"] = _text(told.get("issue")) or _text(told.get("number"))
    found["editor"] = " and ".join(_people(told.get("editor")))
    home = references.HOMES.get(kind, "publisher")
    found[home] = _text(told.get("publisher"))
    if kind in references.HOMES:
        found["type"] = _text(told.get("genre"))
    elif kind != "book":
        found["journal"] = next((text for name in _WITHIN if (text := _text(told.get(name)))), "")
        if kind == "misc" and not found["journal"] and not is_archive(found[home]):
            found["journal"] = found.pop(home)  # for what has no other venue: data, programs, pages
    return {name: (text, line) for name, text in found.items() if text}
