"""The paper that a note is about because the note cites a paper with the note's own title.

    # Nets of Ends
    Ann, Ann, et al. "Nets of ends." Annals of Ends (2019).

Such a line is at the top or at the end.
"""

from collections.abc import Iterator

from kb.dialects import citation
from kb.dialects.cited_dates import date_fact
from kb.dialects.marked import marked
from kb.dialects.note import Note
from kb.model import Entry
from kb.regex import rare
from kb.titles import title_key

_CITES = rare(r"(?:19|20)\d\d|[\"“]|\bet al\b")
"""A sign of a citation without a link."""
_MOST = 6
"""Occurrences of the title that are checked, including its own heading."""


def paper(note: Note, title: str, own: int = 0) -> Entry | None:
    """The paper, with the authors, date and ids of the first such citation; a link to it also counts as one.

    Args:
        own: a line known to cite the paper, in whatever words.
    """
    headings = {heading.line for heading in note.scan.headings}
    for line in filter(None, (own, *_lines(note, title))):
        links = [link for link in note.scan.links if link.line == line]
        if line in headings or not (links or _CITES.search(note.lines[line - 1])):
            continue
        cited = citation.parse(*marked(note.lines, line, line, links))
        papers = [paper for link, paper in note.cited if link.line == line]
        is_it = line == own or title_key(cited.title) == title_key(title)
        if is_it and (cited.authors or (papers and cited.linked)):
            by = f"it has the title of the paper cited on line {line}"
            entry = note.facts.entry("paper", 1, by, title, papers)
            told = [*cited.who(line)] if not entry.values("authors") else []
            told += [date_fact(cited.date, line)] if cited.date and not entry.values("date") else []
            return entry._replace(facts=(*entry.facts, *told))
    return None


def _lines(note: Note, title: str) -> Iterator[int]:
    """The first lines of the body that contain the title, in any case."""
    called, text = title.lower(), note.text.lower()
    at = text.find(called, note.body_at) if len(text) == len(note.text) else -1
    for _ in range(_MOST):
        if at < 0:
            return
        yield text.count("\n", 0, at) + 1
        at = text.find(called, at + len(called))
