"""The papers of a source on the command line: an arXiv id or URL, a bibliography, a list or digest."""

import os
from collections.abc import Callable, Iterator

from cli.imports.paper import Told
from kb import ids, places, read
from kb.config import ENDINGS
from kb.model import Diagnostic, Entry, Record
from kb.store import Store
from kb.typed import NamedTuple

_BIBLIOGRAPHIES = (".bib", ".ris", ".json", ".csljson")
"""Reference files; most are not documents of a vault."""
_KNOWN = tuple(dict.fromkeys((*ENDINGS, *_BIBLIOGRAPHIES)))
_LONGEST = 128 << 20
"""Bytes of a reference file, which may be much larger than a note."""


class SourceError(ValueError):
    """A source yields nothing; the message is one line with what to do."""


class Source(NamedTuple):
    """The papers of one source, and its problems."""

    told: list[Told]
    problems: tuple[Diagnostic, ...] = ()


def source(word: str, store: Store, inside: Callable[[str], str]) -> Source:
    """The papers that a word names; a paper of which only the arXiv id is known has no title.

    Args:
        inside: gives a file's path in the vault, empty if it is elsewhere.

    Raises:
        SourceError: the source cannot be read, or names no paper.
    """
    arxiv = ids.parse_arxiv(word)
    if arxiv:
        paper = ids.PaperId("arxiv", arxiv.base)
        return Source([Told(Entry("paper", 1, "named by its arXiv id", ids=(paper,)), word, is_named=True)])
    if not os.path.lexists(word):
        raise SourceError(_not_understood(word))
    ending = os.path.splitext(word)[1].lower()
    if os.path.isdir(word):
        raise SourceError(f"{word}: a folder - name the files in it")
    if ending not in _KNOWN:
        known = ", ".join(_KNOWN)
        raise SourceError(f"{word}: cannot be read - name the paper's arXiv id, or a file that ends in {known}")
    try:
        with open(word, "rb") as file:
            raw = file.read(_LONGEST + 1)
    except OSError as error:
        raise SourceError(f"{word}: {error.strerror} - name another file") from None
    path = inside(word)
    is_known = store.one("SELECT 1 FROM document WHERE layer = 'own' AND path = ?", (path,)) is not None
    limit = _LONGEST if ending in _BIBLIOGRAPHIES else places.LIMIT
    record = read.read(path or word.replace(os.sep, "/"), raw, limit)
    told = [
        Told(entry, f"{word}:{entry.line}", path if is_known else "", ending in _BIBLIOGRAPHIES)
        for entry in _papers(record)
    ]
    if not told:
        raise SourceError(next(map(str, record.diagnostics), f"{word}: lists no papers - name arXiv ids instead"))
    return Source(told, record.diagnostics)


def _papers(record: Record) -> Iterator[Entry]:
    """The papers that a document lists, without the one that it is itself the note of."""
    return (entry for n, entry in enumerate(record.entries) if entry.kind == "paper" and n != record.about)


def _not_understood(word: str) -> str:
    almost = ids.arxiv_hint(word)
    if almost:
        return f"{word}: not an arXiv id - did you mean {almost}?"
    known = ids.parse_id(word)
    if known:
        return f"{word}: only arXiv is queried - save the BibTeX of {ids.page_of(known)} as a .bib file and import it"
    return f"{word}: neither an arXiv id nor a file - name one of them"
