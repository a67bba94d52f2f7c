"""Papers of which only a file is linked: no id, but the title and a PDF, in a note that lists papers.

    # Papers on storage
    - [The Ends of Trees](https://example.org/trees.pdf)
    ## [The Ends of Logs](https://example.org/logs.pdf)

Elsewhere a PDF may be a manual, a lecture or a form.
"""

import re

from kb.conventions import called
from kb.dialects.link_titles import title_shown
from kb.dialects.note import Note
from kb.ids import parse_id
from kb.model import Link
from kb.regex import rare

_FEWEST_WORDS = 3
_OF_PAPERS = rare(
    r"(?i:\bpapers?|\bpapernotes|\bpublications|\breading[ -]?list|\bliterature|\bbibliograph)|论文|論文|논문|文献"
)
_OF_COURSE = rare(
    r"(?:lecture|lesson|week|day|chapter|unit|module|session|slides?|handouts?|homework|hw|assignments?|exercises?"
    r"|problem sets?|labs?|exams?|midterm|final|quiz|solutions?|syllabus|recitation|notes|manual|datasheet|user)\b",
    re.IGNORECASE,
)


def papers(note: Note) -> list[Link]:
    """The links to files that show titles of papers."""
    found = [link for link in note.scan.links if _is_of_paper(link)] if ".pdf" in note.body else []
    return found if found and (note.cited or _lists_papers(note)) else []


def _is_of_paper(link: Link) -> bool:
    if link.kind != "markdown" or not link.target.startswith(("https://", "http://")):
        return False
    if not link.target.partition("?")[0].lower().endswith(".pdf") or parse_id(link.target):
        return False
    title = title_shown(link.raw)
    return len(title.split()) >= _FEWEST_WORDS and not _OF_COURSE.match(title)


def _lists_papers(note: Note) -> bool:
    names = (called(note.path), *(heading.text for heading in note.scan.headings))
    return any(map(_OF_PAPERS.search, names))
