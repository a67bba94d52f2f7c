"""The works that a note on one paper or topic cites in full, in a list under a heading like `References`.

    ## References

    [1] A. Ann and B. Bo. Nets of ends. In Proceedings of Ends, 2019.
    2. Cid, C. (2020). Ends of nets.

Each is a link that leads to a paper only if one is known that it can be. An unknown one means nothing: a paper cites
fifty, and nobody wants to write notes about all.
"""

from bisect import bisect_right
from collections.abc import Iterator, Set

from kb import ids
from kb.dialects import citation, cited_first
from kb.dialects.cited_first import CitedFirst
from kb.dialects.list_items import LISTED
from kb.dialects.marked import marked
from kb.dialects.note import Note, Reading
from kb.header_words import is_reference_list, reference_label
from kb.model import Link
from kb.outline import Block, outline
from kb.regex import rare
from kb.targets import Work, external
from kb.titles import display_title, title_key

_LONGEST = 2000
"""Characters of a citation."""
_MOST_LINES = 20
_CITES = rare(r"\b(?:19|20)\d\d|\bet\.? al\b")
"""A sign of every citation in full."""
_ESCAPE = rare(r"\\(?=[\[\]&_*#.()-])")
_LABEL = rare(r"^\s*(?:[-*+•]\s+)?(?:\[\^[^\[\]\s]{1,60}\]:|\\?\[[^\[\]\\]{1,40}\\?\](?!\())[\s:.]*")
"""`[^3]:`, `[12]`, `[VSP+17]`, which may be escaped."""
_HIDDEN = rare(r"<!--.*?(?:-->|$)")
_IN_CAPITALS = rare(r"\b[^\W\d_a-z][^\W\d_a-z'’-]+(?=\s[A-Z]\b)")
"""The family name in `ANN B`, in China's standard, where `[J]` or the like is after the title."""
_WORD = rare(r"[^\W_]+")


def added(note: Note, reading: Reading) -> Reading:
    """The reading with a link for each work; unchanged if the note tells of papers, but is not about exactly one."""
    own = [n for n, entry in enumerate(reading.entries) if not entry.mentioned]
    if reading.entries and (len(own) != 1 or reading.entries[own[0]].kind != "paper"):
        return reading
    told = {entry.line for entry in reading.entries if entry.mentioned}
    reader = _Reader(note)
    start = own[0] if own else 0
    found = [link._replace(entry=start) for first, last in _items(note) for link in reader.links(first, last, told)]
    links = note.scan.links if reading.links is None else reading.links
    return reading._replace(links=(*links, *found)) if found else reading


# -- the lines of each work --------------------------------------------------------------------------------------------


def _items(note: Note) -> Iterator[tuple[int, int]]:
    """First and last line of each item: of what has a list marker, a number or a label, or is a paragraph."""
    for block in _blocks(note):
        if block.kind not in ("item", "paragraph") or _is_hidden(note, block):
            continue
        begins = block.line
        for line in range(block.line + 1, block.last_line + 1):
            if LISTED.match(note.lines[line - 1]) or _LABEL.match(note.lines[line - 1]):
                yield begins, line - 1
                begins = line
        yield begins, block.last_line


def _blocks(note: Note) -> Iterator[Block]:
    """The blocks of the note's lists of references."""
    for first, last in _sections(note):
        for block in outline("\n".join(note.lines[first - 1 : last])):
            yield block._replace(line=block.line + first - 1, last_line=block.last_line + first - 1)
    below = note.last_section
    label = reference_label(below)
    above = len(note.lines) - below.count("\n") - 1
    if label >= 0 and not any(first <= above + 1 <= last for first, last in _sections(note)):
        line = below.count("\n", 0, label) + 1
        blocks = outline(below)
        start = next((n for n, each in enumerate(blocks) if each.kind == "paragraph" and each.line == line), None)
        for block in blocks[start:] if start is not None else ():
            first = max(block.line, line + 1)
            yield block._replace(line=first + above, last_line=block.last_line + above)


def _sections(note: Note) -> Iterator[tuple[int, int]]:
    """First and last line of what is under each heading over references, with the headings inside it."""
    level = first = 0
    for heading in note.scan.headings:
        if level and heading.level <= level:
            yield first, heading.line - 1
            level = 0
        if not level and is_reference_list(heading.text):
            level, first = heading.level, heading.line + 1
    if level:
        yield first, len(note.lines)


def _is_hidden(note: Note, block: Block) -> bool:
    """Whether a block begins inside a comment."""
    comments = note.scan.comments
    above = bisect_right(comments, block.line, key=lambda lines: lines[0]) - 1
    return above >= 0 and block.line <= comments[above][1]


# -- one work ----------------------------------------------------------------------------------------------------------


class _Reader:
    """Reads the works in lines of a note, with its links at hand by line."""

    def __init__(self, note: Note) -> None:
        self.lines = note.lines
        self.linked: dict[int, list[Link]] = {}
        self.ids: dict[int, list[str]] = {}
        for link in note.scan.links:
            self.linked.setdefault(link.line, []).append(link)
        for link, paper in note.cited:
            self.ids.setdefault(link.line, []).append(ids.known_as(str(paper)))

    def links(self, first: int, last: int, told: Set[int]) -> Iterator[Link]:
        """The work that these lines cite, or one for each line if every line cites one; none that is told otherwise."""
        lines = range(first, last + 1)
        alone = [(cited, line, line) for line in lines if (cited := self._cited(line, line))]
        if last > first and not (len(alone) == len(lines) and all(cited.year and cited.who for cited, *_ in alone)):
            alone = [(cited, first, last)] if (cited := self._cited(first, last)) else []
        if not alone and (text := self._text(first, last)[0]):
            text = citation.plain(_LABEL.sub("", text, count=1))
            alone = [(each, first, last) for each in cited_first.may_cite(text)]
        for found, begins, ends in alone:
            if told.isdisjoint(range(begins, ends + 1)):
                yield from self._link(found, begins, ends)

    def _cited(self, first: int, last: int) -> CitedFirst | None:
        """The work that is cited in full, as an author or a year shows."""
        text, kept = self._text(first, last)
        if not _CITES.search(text):
            return None
        if found := cited_first.parse(citation.plain(_LABEL.sub("", text, count=1))):
            return found
        cited = citation.parse(text, kept)
        year = str(cited.date.year) if cited.date else ""
        return CitedFirst(cited.title, "; ".join(cited.authors), year) if cited.title and cited.authors else None

    def _text(self, first: int, last: int) -> tuple[str, list[Link]]:
        """The text of lines without comments and signs, and its links; empty if they are linked already or no item."""
        if last - first >= _MOST_LINES or sum(map(len, self.lines[first - 1 : last])) > _LONGEST:
            return "", []
        within = [link for line in range(first, last + 1) for link in self.linked.get(line, ())]
        if any(map(_leads_to_note, within)):
            return "", []
        text, kept = marked(self.lines, first, last, within)
        text = _HIDDEN.sub(" ", text) if "<!--" in text else text
        text = _ESCAPE.sub("", text) if "\\" in text else text
        text = display_title(text) if "{" in text else text
        return _IN_CAPITALS.sub(lambda family: family[0].title(), text) if "[" in text else text, kept

    def _link(self, cited: CitedFirst, first: int, last: int) -> Iterator[Link]:
        papers = sorted({paper for line in range(first, last + 1) for paper in self.ids.get(line, ())})
        schemes = [paper.partition(":")[0] for paper in papers]
        title = title_key(cited.title)
        if title and len(set(schemes)) == len(schemes):  # or else several works are in one item
            work = Work(title, cited.year, tuple(papers), cited.who)
            yield Link(*self._shown(title, first, last), "reference", work.target())

    def _shown(self, title: str, first: int, last: int) -> tuple[str, int, int]:
        """The title as it is written, on one line, with its line and column; the whole item if it is not found."""
        text = "\n".join(self.lines[first - 1 : last])
        marker = LISTED.match(text)
        start, end = _span(text, title.split()) or (marker.end() if marker else 0, len(text))
        return " ".join(text[start:end].split()), first + text.count("\n", 0, start), start - text.rfind("\n", 0, start)


def _span(text: str, words: list[str]) -> tuple[int, int] | None:
    """Where these words follow one another in the text, whatever is between them."""
    found = list(_WORD.finditer(text))
    spelled = [word[0].casefold() for word in found]
    for at in range(len(found) - len(words) + 1):
        if spelled[at] == words[0] and spelled[at : at + len(words)] == words:
            return found[at].start(), found[at + len(words) - 1].end()
    return None


def _leads_to_note(link: Link) -> bool:
    """Whether the writer has linked the work already, by the name of its note or a citation key."""
    if link.target.lower().endswith(".pdf"):
        return False
    return link.kind in ("wiki", "citekey", "handle") or (link.kind == "markdown" and not external(link.target))
