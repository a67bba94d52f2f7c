"""BibTeX files, as Zotero, JabRef and `paperkb export` write them: a paper for each entry, that waits for its note."""

from kb import bibtex, references
from kb.fields import Problem
from kb.model import Record


def read(path: str, text: str) -> Record:
    """Never fails: an entry that cannot be read is a diagnostic, the rest is kept."""
    problems: list[Problem] = []
    return references.record(path, "BibTeX", ".bib", bibtex.cited(text, problems), problems)
