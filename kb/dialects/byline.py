"""The authors on the line below a note's title, without a label.

    # Nets of Ends
    Ann Ann, Bob Bo (https://arxiv.org/abs/1706.03762, 2017)

    # Wide Nets of Ends (2018)
    #### Cid *et al.*

Nothing else may be there: a sentence that begins with a name is prose.
"""

import re

from kb import ids, names
from kb.dialects.cited_dates import ENTRY, MARK, PAUSE, VENUE, YEAR, date_fact, dates_of
from kb.dialects.cited_titles import is_label
from kb.dialects.marked import marked
from kb.dialects.note import Note
from kb.markdown import link_text
from kb.model import Fact, Link
from kb.regex import rare
from kb.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from kb.dialects.citation import Citation

_MOST_LINES, _NEAR_ID = 3, 6
_NEAR = 3
"""Lines below an entry of a bibliography in which the next one begins."""
_DATED = rare(rf"\b{YEAR}[a-z]?\b")
_STARTS_ANOTHER = ("-", "+", "* ", ">", "|", "!", "`", "<", "[")
"""What begins an item, a quotation, a table, a picture, code, HTML or a link."""
_AROUND = f" #{MARK}*_|,-–—"
_EMPHASIS = rare(r"[*_∗¹²³⁰⁴-⁹†‡§]")
_QUOTE = rare(r"(?:^|\s)>\s")
_LINKED = rare(r"\[([^\[\]]{1,80})\]\([^()\s]{1,500}\)")
_BETWEEN = rare(r"\S(?:,|\s·|\s•|\s\|)\s")
_NOTED = rare(r"<sup>[^<>]{0,20}</sup>")
_LABELLED = rare(r"[^\W\d_][\w ()]{1,20}[*_]{0,2}\s?[:：](?!//)")
"""What such a line says is decided elsewhere (`kb.header_lines`)."""
_DOT = rare(r"\s[·•]\s")
_TIGHT = rare(r"\s?,(?=\w)|\s,\s")
_AFFILIATION = rare(r"\s?\((?![^()]*\d)[^()]{2,60}\)(?=[,;]|\s(?:and|&)\s)")
_TAGS = rare(r"(?:#[^\W\d_][^\s#]*\s*)+")
_QUOTED = rare(r"[\"“«][^\"”»]{12,300}[\"”»]")
"""A title; a nickname is shorter."""
_AND = rare(r"\s(?:and|&|et)\s")
_YEAR_LAST = rare(rf"(?:[\s,.]*{YEAR}|[,.]\s(?:[Ii]n )?{VENUE}[\w&/ -]{{0,40}}(?:[\s,'’]*{YEAR})?)\s*$")
_SIGNS = (",", ";", "&", ".", " and ", " et ")
"""Authors have one of these: a single name without an initial is not known to be one."""


def byline(note: Note) -> list[Fact]:
    """Facts for the authors below the heading with which the note opens, and for the date there or in the heading."""
    heading = note.scan.headings[0] if note.scan.headings else None
    if heading is None or heading.line != note.opens_at:
        return []
    lines = range(heading.line + 1, len(note.lines) + 1)
    first = next((n for n in lines if _says(note.lines[n - 1]) and not _has_only_labels(note.lines[n - 1])), 0)
    opening = note.lines[first - 1].lstrip() if first else ""
    leads_to_page = next((_is_to_page(link) for link in note.scan.links if link.line == first), False)
    is_linked, is_quoted = opening.startswith("[") and leads_to_page, opening.startswith(">")
    may_be_people = is_linked or (is_quoted and not opening.startswith("> ["))
    if not first or (opening.startswith(_STARTS_ANOTHER) and not may_be_people):
        return []
    last, is_heading = first, opening.startswith("#")
    while not is_heading and last < min(len(note.lines), first + _MOST_LINES) and note.lines[last].strip():
        last += 1
    has_id = any(first <= link.line <= last for link, _ in note.cited)
    has_id_near = any(heading.line < link.line <= last + _NEAR_ID for link, _ in note.cited)
    if (may_be_people and not has_id_near) or _LABELLED.match(opening.lstrip(">*_ ")):
        return []
    for end in sorted({last, first}, reverse=True):  # the venue may be on lines of its own
        text = _text(note, first, end)
        is_cited = has_id or (has_id_near and len(_BETWEEN.findall(text)) > 1)
        if found := authors_alone(text, first, over=heading.text, is_cited=is_cited):
            return [] if _is_listed(note, first) else found
    return []


def _text(note: Note, first: int, last: int) -> str:
    """These lines without signs of quotations, with a mark for each link, unless that is to the page of a person."""
    links = [link for link in note.scan.links if first <= link.line <= last]
    others = [link for link in links if not _is_to_page(link)]
    text = marked(note.lines, first, last, others)[0]
    text = _LINKED.sub(r"\1", _QUOTE.sub(" ", text)).strip(_AROUND)
    return text or (link_text(links[0]) if len(links) == 1 else "")


def _is_to_page(link: Link) -> bool:
    shown = link_text(link)
    return bool(shown) and "://" in link.target and not (is_label(shown) or ids.parse_id(link.target))


def _says(line: str) -> bool:
    """Whether a line is more than the underline of a heading, or tags."""
    return bool(line.strip(" =-")) and not (line.startswith("#") and _TAGS.fullmatch(line))


def _has_only_labels(line: str) -> bool:
    """Whether a line consists of links like `[Paper](...) | [Code](...)`."""
    links = _LINKED.findall(line) if "](" in line else []
    return bool(links) and all(map(is_label, links)) and not re.search(r"\w", _LINKED.sub("", line))


def _is_listed(note: Note, first: int) -> bool:
    """Whether the next line begins and is dated like this one: then both are entries of a bibliography."""
    begins = [line for line in note.lines[first - 1 : first + _NEAR] if line.strip()][:2]
    return len(begins) > 1 and all(ENTRY.match(line) and _DATED.search(line) for line in begins)


def authors_alone(text: str, line: int, *, over: str = "", is_cited: bool = False) -> list[Fact]:
    """Facts for the authors, and for the date next to them, if a text says nothing else (`cited_alone`)."""
    cited = cited_alone(text, over=over, is_cited=is_cited)
    return [*cited.who(line), *([date_fact(cited.date, line)] if cited.date else [])] if cited else []


def cited_alone(text: str, *, over: str = "", is_cited: bool = False) -> "Citation | None":
    """The authors, and the date next to them, if a text says nothing else.

    Args:
        over: the title above it, which may have a date in brackets.
        is_cited: whether the paper's id is in the text, which shows that full names are names.
    """
    text = _NOTED.sub("", text) if "<" in text else text
    text = _DOT.sub(", ", text) if "·" in text or "•" in text else text
    text = _TIGHT.sub(", ", _AFFILIATION.sub("", _EMPHASIS.sub("", text)).replace("et. al", "et al"))
    text = text.removeprefix("by ").removeprefix("By ").replace("arxiv", "arXiv")
    if not (any(sign in text for sign in _SIGNS) and names.is_line_of_names(text)) or _QUOTED.search(text):
        return None
    from kb.dialects.citation import Citation  # few texts get this far
    from kb.dialects.cited_people import OTHERS, authors_after, authors_before, may_be_name
    from kb.dialects.cited_titles import without_last_date

    dated = dates_of(text) or dates_of(without_last_date(over)[1])
    who = PAUSE.split(text, maxsplit=1)[0].partition("(")[0]
    authors = authors_after(who, is_cited=is_cited or bool(dated))
    if dated and not authors and (_AND.search(who) or who.count(", ") > 1):
        families = authors_before(_YEAR_LAST.sub("", who), is_dated=True)
        authors = families if all(map(may_be_name, families)) else []
    date = dated[0] if len({each.year for each in dated}) == 1 else None
    return Citation("", tuple(authors), date, has_others=bool(OTHERS.search(who))) if authors else None
