"""The authors on the line below a note's title, without a label.

    # Nets of Ends
    Ann Ann, Bob Bo (https://arxiv.org/abs/1706.03762, 2017)

    ## [Wide Nets of Ends](https://arxiv.org/abs/1706.03763)
    *Cid et al.*, NeurIPS 2018

Nothing else may be there: a sentence that begins with a name is prose.
"""

from kb import ids
from kb.dialects.citation import Citation
from kb.dialects.cited_dates import PAUSE, dates_of
from kb.dialects.cited_people import authors_after
from kb.dialects.marked import marked
from kb.dialects.note import Note
from kb.regex import rare

_LONGEST = 300
"""Characters; longer is prose."""
_MOST_LINES = 3
_ET_AL = rare(r"\bet\.? al\b")
_STARTS_ANOTHER = ("#", "-", "+", ">", "|", "!", "`", "<", "[")
"""What begins a heading, an item, a quotation, a table, a picture, code, HTML or a link."""
_BRACKETS = rare(r"\([^()]*\)|[*_]")
_WORD = rare(r"[^\W\d_][\w'’.-]*")
_SMALL = {
    "al", "al.", "and", "at", "bin", "de", "del", "den", "der", "di", "dos", "el", "et", "et.", "for", "in", "la", "le",
    "of", "on", "the", "van", "von",
}  # fmt: skip
"""Words of names, venues and institutes that have no capital."""


def byline(note: Note) -> tuple[Citation, int] | None:
    """The authors and the date below the heading with which the note opens, and their line."""
    heading = note.scan.headings[0] if note.scan.headings else None
    if heading is None or heading.line != note.opens_at:
        return None
    first = next((n for n in range(heading.line + 1, len(note.lines) + 1) if note.lines[n - 1].strip(" =-")), 0)
    if not first or note.lines[first - 1].lstrip().startswith(_STARTS_ANOTHER):
        return None
    last = first
    while last < min(len(note.lines), first + _MOST_LINES) and note.lines[last].strip():
        last += 1
    links = [link for link in note.scan.links if first <= link.line <= last]
    text = marked(note.lines, first, last, links)[0].replace("et. al", "et al").strip(" *_")
    if len(text) > _LONGEST or _is_prose(text):
        return None
    dated = dates_of(text)
    who = PAUSE.split(text, maxsplit=1)[0].partition("(")[0]
    authors = authors_after(who, is_cited=bool(dated) or any(ids.parse_id(link.target) for link in links))
    date = dated[0] if len({each.year for each in dated}) == 1 else None
    return (Citation("", tuple(authors), date, has_others=bool(_ET_AL.search(who))), first) if authors else None


def _is_prose(text: str) -> bool:
    return any(word[0].islower() and word not in _SMALL for word in _WORD.findall(_BRACKETS.sub(" ", text)))
