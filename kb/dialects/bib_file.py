"""BibTeX files, as Zotero, JabRef and `paperkb export` write them: each entry is a paper that waits for its note."""

from kb import bibtex, references
from kb.fields import Problem
from kb.model import Record


def read(path: str, text: str) -> Record:
    """Never fails: an entry that cannot be read becomes a diagnostic, the rest is kept."""
    problems: list[Problem] = []
    return references.record(path, "BibTeX", ".bib", bibtex.cited(text, problems), problems)
