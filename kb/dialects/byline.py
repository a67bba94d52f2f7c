"""The authors on the line below a note's title, without a label.

    # Nets of Ends
    Ann Ann, Bob Bo (https://arxiv.org/abs/1706.03762, 2017)

    # Wide Nets of Ends (2018)
    #### Cid *et al.*

Nothing else may be there: a sentence that begins with a name is prose.
"""

from kb import ids
from kb.dialects.cited_dates import PAUSE, date_fact, dates_of
from kb.dialects.marked import marked
from kb.dialects.note import Note
from kb.model import Fact
from kb.regex import rare

_LONGEST = 300
"""Characters; longer is prose."""
_MOST_LINES = 3
_STARTS_ANOTHER = ("-", "+", ">", "|", "!", "`", "<", "[")
"""What begins an item, a quotation, a table, a picture, code, HTML or a link."""
_EMPHASIS = rare(r"[*_]")
_BRACKETS = rare(r"\([^()]*\)")
_WORD = rare(r"[^\W\d_][\w'’.-]*")
_SMALL = {
    "al", "al.", "and", "at", "bin", "de", "del", "den", "der", "di", "dos", "el", "et", "et.", "for", "in", "la", "le",
    "of", "on", "the", "van", "von",
}  # fmt: skip
"""Words of names, venues and institutes that have no capital."""


def byline(note: Note) -> list[Fact]:
    """Facts for the authors below the heading with which the note opens, and for the date there or in the heading."""
    heading = note.scan.headings[0] if note.scan.headings else None
    if heading is None or heading.line != note.opens_at:
        return []
    first = next((n for n in range(heading.line + 1, len(note.lines) + 1) if note.lines[n - 1].strip(" =-")), 0)
    if not first or note.lines[first - 1].lstrip().startswith(_STARTS_ANOTHER):
        return []
    last, is_heading = first, note.lines[first - 1].startswith("#")
    while not is_heading and last < min(len(note.lines), first + _MOST_LINES) and note.lines[last].strip():
        last += 1
    links = [link for link in note.scan.links if first <= link.line <= last]
    text = marked(note.lines, first, last, links)[0].strip(" #")
    has_id = any(ids.parse_id(link.target) for link in links)
    return authors_alone(text, first, over=heading.text, is_cited=has_id)


def authors_alone(text: str, line: int, *, over: str = "", is_cited: bool = False) -> list[Fact]:
    """Facts for the authors, and for the date next to them, if a text says nothing else; otherwise none.

    Args:
        over: the title above it, which may have a date in brackets.
        is_cited: whether the paper's id is in the text, which shows that full names are names.
    """
    if not has_only_names(text):
        return []
    text = _EMPHASIS.sub("", text).replace("et. al", "et al")
    from kb.dialects.citation import Citation  # few texts get this far
    from kb.dialects.cited_people import authors_after
    from kb.dialects.cited_titles import without_date

    dated = dates_of(text) or dates_of(without_date(over)[1])
    who = PAUSE.split(text, maxsplit=1)[0].partition("(")[0]
    authors = authors_after(who, is_cited=is_cited or bool(dated))
    cited = Citation("", tuple(authors), has_others="et al" in who)
    date = [date_fact(dated[0], line)] if len({each.year for each in dated}) == 1 else []
    return [*cited.who(line), *date] if authors else []


def has_only_names(text: str) -> bool:
    """Whether a text is not prose: only words with capitals, as names of people, venues and institutes have."""
    if len(text) > _LONGEST:
        return False
    words = _WORD.findall(_BRACKETS.sub(" ", _EMPHASIS.sub("", text)))
    return all(word[0].isupper() or word in _SMALL for word in words)
