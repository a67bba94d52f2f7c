"""What a note links to as its own paper: by a label (`Paper: ...`), on a line of its own, or as its title."""

import re

from kb import ids
from kb.conventions import PAGES_OF_FOLDERS
from kb.dialects.cited_dates import VENUE
from kb.dialects.note import Note
from kb.dialects.sections import first_section, in_information
from kb.header_lines import LINES
from kb.header_words import is_information
from kb.ids import PaperId
from kb.markdown import link_text
from kb.model import Link
from kb.regex import rare
from kb.targets import fold_heading
from kb.titles import display_title

_LABEL = rare(
    r"\W*(?:(?:(?:original|official|full) )?(?:arxiv|paper|url|link|source|doi|pdf|identifier|web ?(?:page|site)"
    r"|abs(?:tract)?|article|preprint|full ?text|openreview|pubmed(?: central)?|pmc|jstor|ssrn|nber|acm"
    r"|ieee(?: xplore)?|usenix|sciencedirect)"
    r"(?:[ _-]?(?:id|link|page|url))?"
    r"|link to (?:the )?(?:original |full )?(?:paper|article)|read (?:the )?(?:original|paper|article)"
    r"|原?(?:论文|論文|原文)?(?:下载)?(?:论文|原文|链接|連結|地址|網址|名称|标题|题目)"
    r"|(?:元の)?原?論文(?:リンク|URL|PDF|の公開ページ)?|出典|リンク"
    r"|(?:원본 )?(?:논문|원문)? ?(?:논문|원문|링크|주소|출처)"
    r"|(?:enlace|lien|link)(?: (?:al?|do|vers l['’]|de l['’]) ?(?:artículo|artigo|article))?|artículo|artigo|quelle"
    r"|(?:ссылка на )?(?:оригинал )?(?:статью|статьи)|статья|ссылка)\W*$",
    re.IGNORECASE,
)
"""A label before or in a link to the paper itself, also in the languages of `header_lines`."""
_INTRODUCES = rare(
    r"\W*(?:(?:(?:these|this|here|below)(?: (?:is|are|post|note|page|document|file|article|blog|contains?|gives|a|my))*"
    r"|my|some|short|brief|quick|detailed|reading|a|the) )*"
    r"(?:notes?|summary|summaries|review|overview|explanation|explainer|walkthrough|breakdown|discussion)"
    r" (?:of|on|for|from|about)(?: the)?(?: original)?(?: (?:paper|article|preprint))?\W*$",
    re.IGNORECASE,
)
"""`These are notes on the paper` before a link."""
_SAYS_WHERE = rare(
    r"\W*(?:you can )?(?:(?:read|find|get|see|view|download) )?(?:(?:the|this|full|original|arxiv) )*"
    r"(?:paper|article|preprint)(?: (?:is|can|be|available|found|read|accessed|downloaded|here|at|on|from|arxiv))*\W*$",
    re.IGNORECASE,
)
"""`The paper is available ` before an address or `here`."""
_HERE = rare(r"\W*(?:here|this link|link|arxiv|at arxiv|on arxiv)\W*", re.IGNORECASE)
_ENDS = rare(r"[^\w(]*(?:$|\(|[A-Z]|by\s|from\s|papers?\b|article\b)")
"""What follows the link in such a sentence."""
_VENUE_AND_YEAR = rare(rf"{VENUE}[\s'’,-]{{0,2}}(?:19|20)?\d\d")
_HAS_COLON = rare(r"[:：]")
_PIECES = rare(r" \| |[.;·] ")
_NUMBERED = rare(r"\]\[\d+\]$")
"""The end of `[arXiv][1]`, which cites a source: people do not number a single link."""
_OF_PAPER = (
    r"\W*(?:(?:link to (?:the )?)?paper|论文|論文|논문)(?:[ _-]?(?:link|page|url|pdf|链接|地址|リンク|링크))?"
)
_PAPER = rare(rf"{_OF_PAPER}\W*", re.IGNORECASE)
_PAPER_BEFORE = rare(
    rf"{_OF_PAPER}(?:\*\*|__)?\s?[:：|](?:\*\*|__)?[\s\[(<]{{0,6}}(?:\[?[^\[\]]{{0,80}}\]\()?", re.IGNORECASE
)
"""`**Paper:** ` or `- 论文地址：[PDF](` before an address."""
_ADDRESS = rare(r"https?://[^\s()<>\[\]|]+")
_PDF = rare(r"https?://[^?#]+\.pdf(?:[?#].*)?", re.IGNORECASE)
_YEAR = rare(r"\b(?:19|20)\d\d\b")
_BARS = 3
"""Of a row with a label and its value; one with more lists papers."""
_LONGEST_LABEL, _LONGEST = 400, 1000
"""Characters; a longer line is prose, not a label, and no more is read of what is behind a link."""
_LINKED = rare(r"(?<!!)\[\[?([^\[\]]{1,40})\]\]?\([^()\s]{1,500}\)")


def labelled_ids(note: Note, name: str) -> dict[PaperId, Link]:
    """Ids above the first section that have a label (`Paper`, `arXiv ID: ...`) or a line of their own.

    A link with any other text counts if it is the note's first line or a heading; several such headings are a digest.

    Args:
        name: the note's title without such a link, else the name of its file.
    """
    if not note.cited:
        return {}
    from kb.dialects.jotted import Jotted

    scan, opens_at = note.scan, note.opens_at
    openings = {opens_at, *(heading.line for heading in scan.headings)}
    end = first_section(note)
    found: dict[PaperId, Link] = {}
    jotted: Jotted | None = None
    has_information = any(is_information(heading.text) for heading in scan.headings)
    for link, paper in note.cited:
        is_above = link.line < end
        is_header = is_above or (has_information and in_information(note, link.line))
        line = note.lines[link.line - 1]
        is_listed = line.startswith("|") and line.count("|") > _BARS
        if link.kind in ("markdown", "id") and not is_listed and (is_header or link.line in openings):
            is_labelled = _is_labelled(link, line) if is_header else _follows_label(link, line)
            is_labelled |= is_above and _introduces(link, line)
            is_labelled |= not is_above and is_header and (link.kind == "id" or stands_alone(link, line))
            is_alone = (is_header and _is_address(link, line)) or (link.line in openings and _is_title(link, line))
            if is_labelled or is_alone:
                jotted = jotted or Jotted(note, name, end)
                is_own = not (jotted.has_labelled(link.line) if is_labelled else jotted.has(link, paper))
                if is_own or (is_labelled and in_information(note, link.line)):
                    found.setdefault(paper, link)
    return found


def are_one(note: Note, labelled: dict[PaperId, Link]) -> bool:
    """Whether these ids are those of one paper: the same id, or one of each kind with a label of its own."""
    if len(labelled) == 1 or len({ids.known_as(str(paper)) for paper in labelled}) == 1:
        return True
    labels = {_label(link, note.lines[link.line - 1]) for link in labelled.values()}
    return len(labels) == len(labelled) == len({paper.scheme for paper in labelled}) > 0


def _label(link: Link, line: str) -> str:
    """The label of a link: its own text if that is a label, else the words before it."""
    text = link_text(link)
    return fold_heading(text if _LABEL.match(text) and text else _before(link, line)).strip(" >*+-|:：")


def _before(link: Link, line: str) -> str:
    """The words before a link, after another label's value on the line (`Authors: ... | DOI: `)."""
    before = line[: link.column - 1]
    *others, last = _PIECES.split(before)
    are_labels = before.endswith(f" | {last}") or all(map(_HAS_COLON.search, others))
    return last if are_labels and _LABEL.match(last) else before


def _introduces(link: Link, line: str) -> bool:
    """Whether a sentence says that the note is about the paper it links, or where that can be read."""
    before, shown, after = line[: link.column - 1], link_text(link), line[link.column - 1 + len(link.raw) :]
    if len(before) > _LONGEST_LABEL or not _ENDS.match(after):
        return False
    if _INTRODUCES.fullmatch(before):
        return True
    return (not shown or bool(_HERE.fullmatch(shown))) and _SAYS_WHERE.fullmatch(before) is not None


def linked_title(note: Note, labelled: dict[PaperId, Link]) -> str:
    """The text of the only link to the paper, if it is the paper's title and above the first section."""
    link = next(iter(labelled.values())) if len(labelled) == 1 else None
    text = link_text(link).strip("`") if link and link.line < first_section(note) else ""
    if not link or not text or _LABEL.match(text) or ids.parse_id(text):
        return ""
    from kb.dialects.link_titles import title_shown  # few notes get this far

    return display_title(text.strip("*_ ")) if title_shown(link.raw) else ""


def labelled_papers(note: Note, name: str) -> dict[str, tuple[int, int]]:
    """Addresses without an id that are labeled `Paper` above the first section, with their places.

    Args:
        name: the note's title.
    """
    end = first_section(note)
    found = {
        link.target: (link.line, link.column)
        for link in note.scan.links
        if link.kind == "markdown" and link.line < end and link.target.startswith(("https://", "http://"))
        if _PAPER.fullmatch(link_text(link))
    }
    for number in range(note.opens_at, min(end, note.opens_at + LINES, len(note.lines) + 1)):
        line = note.lines[number - 1]
        address = _ADDRESS.search(line) if "http" in line and len(line) < _LONGEST_LABEL else None
        if address and _PAPER_BEFORE.fullmatch(line, 0, address.start()):
            found.setdefault(address[0].rstrip(".,;"), (number, address.start() + 1))
    found = found or _labelled_pdfs(note, end)
    if not found:
        return {}
    from kb.dialects.jotted import Jotted

    jotted = Jotted(note, name, end)
    return {address: place for address, place in found.items() if not jotted.has_labelled(place[0])}


def _labelled_pdfs(note: Note, end: int) -> dict[str, tuple[int, int]]:
    """Addresses of PDFs above a line: linked by the note's title, or by a label that begins its line (`[PDF](...)`).

    A label in the page of a folder may be of all that is in it.
    """
    found: dict[str, tuple[int, int]] = {}
    is_folder = note.stem.lower() in PAGES_OF_FOLDERS
    for link in note.scan.links:
        if link.line < end and link.kind == "markdown" and _PDF.fullmatch(link.target):
            text, before = link_text(link), note.lines[link.line - 1][: link.column - 1]
            label = before if re.search(r"\w", before) else text
            if (label and not is_folder and _LABEL.match(label)) or _shows_title(note, link):
                found.setdefault(link.target, (link.line, link.column))
    return found


def _shows_title(note: Note, link: Link) -> bool:
    """Whether the first line of a note is only this link, with a title as its text."""
    if link.line != note.opens_at or not _is_title(link, note.lines[link.line - 1]):
        return False
    from kb.dialects.link_titles import title_shown  # few notes get this far

    return bool(title_shown(link.raw))


def title_of_pdf(note: Note) -> str:
    """The text of the link to a PDF with which the note opens."""
    first = next(iter(note.scan.links), None)
    is_title = first is not None and _PDF.fullmatch(first.target) is not None and _shows_title(note, first)
    return display_title(link_text(first).strip("*_` ")) if first and is_title else ""


def _is_labelled(link: Link, line: str) -> bool:
    """Whether a link's text is a label, or the words before it are."""
    shown = link_text(link)
    if shown and _LABEL.match(shown):
        return not _NUMBERED.search(link.raw)
    return len(line) < _LONGEST_LABEL + len(shown) and bool(_LABEL.match(_before(link, line)))


def _is_address(link: Link, line: str) -> bool:
    """Whether a line is only an id or address."""
    shown = link_text(link)
    return (not shown or ids.parse_id(shown) is not None) and stands_alone(link, line)


def _follows_label(link: Link, line: str) -> bool:
    """Whether a heading is a label and its address (`### Paper: https://...`)."""
    return not link_text(link) and len(line) < _LONGEST_LABEL and bool(_LABEL.match(line[: link.column - 1]))


def _is_title(link: Link, line: str) -> bool:
    return stands_alone(link, line) and not re.search(r"\bpaper\b", link_text(link), re.IGNORECASE)


def _without_labels(text: str) -> str:
    from kb.dialects.cited_titles import is_label  # few links have others behind them

    return _LINKED.sub(lambda other: "" if is_label(other[1]) else other[0], text)


def stands_alone(link: Link, line: str) -> bool:
    """Whether a line has no other words; a year or venue may be next to the link, and links with labels behind it."""
    start, end = link.column - 1, link.column - 1 + len(link.raw)
    after = _without_labels(line[end : end + _LONGEST]) if "](" in line[end : end + _LONGEST] else line[end:]
    beside = line[:start] + after
    if len(beside) > _LONGEST_LABEL:
        return False
    return not re.search(r"\w", _YEAR.sub("", _VENUE_AND_YEAR.sub("", beside)))
