"""BibTeX files, as Zotero, JabRef and `paperkb export` write them: a paper for each entry, that waits for its note."""

from kb import bibtex
from kb.bibtex import Cited
from kb.fields import Problem
from kb.model import Entry, Fact, Record


def read(path: str, text: str) -> Record:
    """Never fails: an entry that cannot be read is a diagnostic, the rest is kept."""
    problems: list[Problem] = []
    entries = tuple(map(_entry, bibtex.cited(text, problems)))
    return Record(
        path,
        "bibtex",
        "file name ends in .bib",
        path.rpartition("/")[2],  # with its ending: without, it would be called as the papers are
        entries=entries,
        diagnostics=tuple(problem.found_in(path) for problem in problems),
    )


def _entry(cited: Cited) -> Entry:
    """A paper that is mentioned; searched are its title, its abstract and what its owner remarks."""
    told = cited.told
    told.facts.append(Fact("citekey", cited.key, cited.line, 1))
    title = told.first("title")
    passage = "\n\n".join(filter(None, (title, told.first("summary"), cited.remark)))
    entry = told.entry("paper", cited.line, "an entry of a BibTeX file", title)
    return entry._replace(mentioned=True, why=cited.remark, text=passage)
