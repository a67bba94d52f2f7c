"""The citation keys in a file that an earlier export wrote: the memory that lets papers keep their keys."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from kb import ids
from kb.names import parse_name, person_key
from kb.store import Store
from kb.titles import title_key

MARK = "% Written by paperkb export."
"""The first line of our BibTeX files; other files are never overwritten."""


class NotOursError(ValueError):
    """The file was not written by an export."""


@dataclass(frozen=True, slots=True)
class _Cited:
    """The parts of an entry that identify its paper."""

    citekey: str
    ids: tuple[str, ...]
    title: str
    author: str


def kept(text: str, store: Store) -> dict[str, str]:
    """Paper key -> citation key in the file; papers are recognized by their ids, else by title and first author.

    Raises:
        NotOursError: nothing shows that an export wrote the file.
    """
    found: dict[str, str] = {}
    entries = list(_items(text) if text.lstrip().startswith("[") else _entries(text)) if text.strip() else []
    by_id, by_title = _papers(store)
    for entry in entries:
        paper = next((by_id[each] for each in entry.ids if each in by_id), None)
        if paper is None:
            paper = by_title.get((entry.title, entry.author))
        if paper:
            found.setdefault(paper, entry.citekey)
    return found


def known_from_alone(store: Store, path: str) -> set[str]:
    """Keys of papers that appear only in the file at `path` in the vault: their notes are gone.

    If they were written again, they would stay forever.
    """
    rows = store.rows(
        "SELECT n.key FROM document d JOIN entry e ON e.doc = d.id JOIN node n ON n.id = e.node "
        "WHERE d.layer = 'own' AND d.path = ? AND NOT EXISTS "
        "(SELECT 1 FROM entry o WHERE o.node = n.id AND o.doc <> d.id)",
        (path,),
    )
    return {key for (key,) in rows}


def _papers(store: Store) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    by_id = {
        identifier: key
        for key, identifier in store.rows(
            "SELECT n.key, v.value FROM node n JOIN value v ON v.node = n.id AND v.field = 'id' WHERE n.kind = 'paper'"
        )
    }
    by_title: dict[tuple[str, str], str] = {}
    for key, title, author in store.rows(
        "SELECT n.key, n.title, (SELECT v.value FROM value v WHERE v.node = n.id AND v.field = 'author' "
        "ORDER BY v.position LIMIT 1) FROM node n WHERE n.kind = 'paper' ORDER BY n.key DESC"
    ):
        by_title[title_key(title), person_key(parse_name(author or ""))] = key
    return by_id, by_title


def _entries(text: str) -> Iterator[_Cited]:
    """Entries of a BibTeX file."""
    import logging

    from bibtexparser.entrypoint import parse_string  # 50 ms: only when a file is replaced

    from kb import names

    if not text.startswith(MARK):
        raise NotOursError
    logging.getLogger("bibtexparser").addHandler(logging.NullHandler())
    for entry in parse_string(text).entries:
        fields = {field.key: str(field.value) for field in entry.fields}
        people = names.split_names(fields.get("author", ""))
        found = [f"arxiv:{fields['eprint']}"] if "eprint" in fields else []
        found += [f"doi:{fields['doi']}"] if "doi" in fields else []
        author = person_key(parse_name(people[0] if people else ""))
        yield _Cited(entry.key, tuple(found), title_key(fields.get("title", "")), author)


def _items(text: str) -> Iterator[_Cited]:
    """Items of a CSL-JSON file."""
    try:
        items = json.loads(text)
        for item in items:
            if not item["custom"]["key"] or not isinstance(item["id"], str):
                raise NotOursError
            place = item["archive_location"] if item.get("archive") == "arXiv" else str(item.get("number", ""))
            arxiv = ids.parse_arxiv(place, bare="archive" in item)
            found = [f"arxiv:{arxiv.base}"] if arxiv else []
            found += [f"doi:{item['DOI']}"] if "DOI" in item else []
            first: dict[str, str] = next(iter(item.get("author", ())), {})
            author = first.get("literal") or f"{first.get('non-dropping-particle', '')} {first.get('family', '')}"
            yield _Cited(item["id"], tuple(found), title_key(item["title"]), title_key(author).replace(" ", ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NotOursError from None
