"""What a note is about, and its title: a cascade of signs, most reliable first; the answer may be nothing."""

import re
from bisect import bisect_left

from kb import ids, roles
from kb.conventions import PAGES_OF_FOLDERS, called, called_by_notion
from kb.dialects import note_titles
from kb.dialects.cited_dates import date_fact
from kb.dialects.note import Note
from kb.dialects.note_titles import Told
from kb.facts import fact_name
from kb.header_lines import LINES
from kb.header_words import KEYS, is_information
from kb.ids import PaperId
from kb.markdown import Heading, link_text
from kb.model import CITED_YEAR, Entry, Fact, Link
from kb.regex import rare
from kb.targets import fold_heading
from kb.titles import display_title, title_head, title_key
from kb.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from kb.dialects.jotted import Jotted

_LABEL = rare(
    r"\W*(?:(?:arxiv|paper|url|link|source|doi|pdf|identifier|web ?(?:page|site)|abs(?:tract)?"
    r"|article|preprint|full ?text|openreview|pubmed(?: central)?|pmc|jstor|ssrn|nber|acm|ieee(?: xplore)?|usenix"
    r"|sciencedirect)"
    r"(?:[ _-]?(?:id|link|page|url))?"
    r"|link to (?:the )?paper|read (?:the )?(?:original|paper|article)"
    r"|原?(?:论文|論文|原文)?(?:下载)?(?:论文|原文|链接|連結|地址|網址|名称|标题|题目)"
    r"|(?:元の)?原?論文(?:リンク|URL|PDF|の公開ページ)?|出典|リンク"
    r"|(?:원본 )?(?:논문|원문)? ?(?:논문|원문|링크|주소|출처)"
    r"|(?:enlace|lien|link)(?: (?:al?|do|vers l['’]|de l['’]) ?(?:artículo|artigo|article))?|artículo|artigo|quelle"
    r"|(?:ссылка на )?(?:оригинал )?(?:статью|статьи)|статья|ссылка)\W*$",
    re.IGNORECASE,
)
"""A label before or in a link to the paper itself, also in the languages of `header_lines`."""
_NUMBERED = rare(r"\]\[\d+\]$")
"""The end of `[arXiv][1]`, which cites a source: people do not number a single link."""
_BADGE = rare(r"\[!\[([^\[\]]+)\]\(")
_CITEKEY = rare(r"@([^\W\d_][^\s@]*(?:1[89]|20)\d\d[^\s@]*)")
"""`@vaswani2017`, the name that Zotero plugins give the note of a paper; without a year it may be a person."""
_OF_PAPER = (
    r"\W*(?:(?:link to (?:the )?)?paper|论文|論文|논문)(?:[ _-]?(?:link|page|url|pdf|链接|地址|リンク|링크))?"
)
_PAPER = rare(rf"{_OF_PAPER}\W*", re.IGNORECASE)
_PAPER_BEFORE = rare(
    rf"{_OF_PAPER}(?:\*\*|__)?\s?[:：|](?:\*\*|__)?[\s\[(<]{{0,6}}(?:\[?[^\[\]]{{0,80}}\]\()?", re.IGNORECASE
)
"""`**Paper:** ` or `- 论文地址：[PDF](` before an address."""
_LINKED_LABEL = rare(
    r"(?<=\S)\s+[\[(](?:arxiv|paper|link|pdf|code|doi)[\])]$"
    r"|^[\[(](?:arxiv|paper|link|pdf|code|doi)[\])]\s+(?=\S)",
    re.IGNORECASE,
)
"""The label in a heading such as `Title [[arXiv](...)]` or `[\\[arXiv\\]](...) Title`, as displayed."""
_ADDRESS = rare(r"https?://[^\s()<>\[\]|]+")
_PDF = rare(r"https?://[^?#]+\.pdf(?:[?#].*)?", re.IGNORECASE)
_YEAR = rare(r"\b(?:19|20)\d\d\b")
_FEWEST_SPACES = 2
"""Spaces in a title; a shorter one is just as often the name of a topic."""
_LONGEST_LABEL = 400
"""Characters; a longer line is prose, not a label."""
_SECTIONS = {
    "abstract", "background", "basics", "contents", "excalidraw data", "experiments", "fundamentals", "introduction",
    "key points",
    "links", "method", "notes", "overview", "references", "resources", "results", "summary", "table of contents",
    "tldr", "tl dr",
}  # fmt: skip
"""Headings that begin a section even if they are the only one of their level."""


def about(note: Note) -> tuple[str, Entry | None]:
    """The note's title, and the paper, pattern or constraint that it is about."""
    found = note.facts
    is_in_text = any(field.key == "arxiv_id" for field in note.header) if note.header else False
    is_surer = found.ids and found.first("title") and not is_in_text
    labelled = {} if is_surer else _labelled_ids(note)
    title = found.first("title") or _linked_title(note, labelled) or _heading_as_title(note)
    title = title or _title_of_pdf(note) or called_by_notion(note.stem) or note.stem
    entry = _entry(note, labelled, title)
    if entry and not _is_at_its_word(note):
        entry = of_paper(entry)
    return title, _with_citation(note, entry) if entry else None


def _is_at_its_word(note: Note) -> bool:
    """Whether the front matter gives `kind: paper` and a title; then no part of the title is a label."""
    return "kind" in note.keys and "title" in note.keys and note.facts.kind == "paper"


def is_named(note: Note) -> bool:
    """Whether the note's own name, or a section of information, says which paper it is about.

    The papers that it lists are others.
    """
    _, entry = about(note)
    if entry is None:
        return False
    return (entry.line == 1 and not note.facts.marks) or in_information(note, entry.line)


def of_paper(entry: Entry) -> Entry:
    """The entry with only the paper's title, if the note's title has more, and with the facts in the rest."""
    if entry.kind != "paper":
        return entry
    told = note_titles.told(entry.title, has_id=bool(entry.ids) and not entry.values("title"))
    if told.title == entry.title:
        return entry
    facts = [fact._replace(value=told.title) if fact.field == "title" else fact for fact in entry.facts]
    if told.date and not entry.values("date"):
        facts.append(date_fact(told.date, entry.line))
    if not entry.values("authors"):
        facts += [Fact("authors", name, entry.line, 1) for name in told.authors]
    return entry._replace(title=told.title, facts=tuple(facts))


def _entry(note: Note, labelled: dict[PaperId, Link], title: str) -> Entry | None:
    found = note.facts
    if found.kind and found.kind != "paper":
        return found.entry(found.kind, 1, "front matter `kind`", title)
    if found.ids:
        known = {paper.scheme for paper in found.ids}
        others = {paper: link for paper, link in labelled.items() if paper.scheme not in known} if labelled else {}
        more = others if others and _are_one(note, others) else ()
        return found.entry("paper", *_declared(note, found.ids[0]), title, more)
    if labelled and _are_one(note, labelled):
        link = next(iter(labelled.values()))
        return found.entry("paper", link.line, f"labeled id on line {link.line}", title, labelled)
    told = Told(title) if _is_at_its_word(note) else note_titles.told(title)
    if told.paper:
        return found.entry("paper", 1, "arXiv id in the title", title, [told.paper])
    if found.kind or found.marks:
        by = "kind" if found.kind else found.marks[0]
        line = next((fact.line for fact in found.facts if not found.kind and fact.field == fact_name(by)), 1)
        is_inline = line >= note.opens_at > 1 or not note.fields
        said = f"field `{by}` on line {line}" if is_inline else f"front matter `{by}`"
        return found.entry("paper", line if is_inline else 1, said, title)
    built_on = next((link for link in note.scan.links if link.role == "builds-on"), None)
    if built_on and found.first("title") and found.first("date"):
        return found.entry("paper", built_on.line, f"it builds on another paper, on line {built_on.line}", title)
    from_name = note_titles.paper_of_name(called(note.path))
    if from_name:
        return found.entry("paper", 1, "file name", title, [from_name])
    citekey = _CITEKEY.fullmatch(note.stem)
    if citekey:
        entry = found.entry("paper", 1, "file name is a citation key", title)
        return entry._replace(facts=(*entry.facts, Fact("citekey", citekey[1], 1, 1)))
    papers = _labelled_papers(note) if not labelled else {}
    if len(papers) == 1:
        [(url, (line, column))] = papers.items()
        entry = found.entry("paper", line, f"labeled address on line {line}", title)
        return entry._replace(facts=(*entry.facts, Fact("url", url, line, column)))
    is_folder = note.stem.lower() in PAGES_OF_FOLDERS  # may be called `Paper reviews` because it contains some
    if is_folder or not told.says:
        return _cited(note, title) or (None if is_folder else _signed(note, title))
    return _called(note, title, told)


def _called(note: Note, title: str, told: Told) -> Entry:
    """The paper that, according to the note's title, the note is about, with the id of a link that shows its name."""
    names = {title_key(told.title), title_head(told.title)}
    linked = {paper for link, paper in note.cited if title_key(link_text(link).strip("*_ ")) in names}
    return note.facts.entry("paper", 1, f"its title says so: {told.says}", title, linked if len(linked) == 1 else ())


def _cited(note: Note, title: str, own: int = 0) -> Entry | None:
    """The paper that has the note's title, or the line `own` to itself, and is cited in the note."""
    name = title.lower()
    is_heading = any(name in heading.text.lower() for heading in note.scan.headings[:1])
    is_named = title.count(" ") >= _FEWEST_SPACES and note.body.lower().count(name) > is_heading
    if not (own or is_named):
        return None
    from kb.dialects import same_title  # few notes get this far

    return same_title.paper(note, title, own)


def _signed(note: Note, title: str) -> Entry | None:
    """The paper whose authors are all that is on the line below its title, with `et al.` or a year."""
    if title.count(" ") < _FEWEST_SPACES:
        return None
    from kb.dialects.byline import byline  # notes with fields or ids do not get this far

    signed = byline(note)
    if all(fact.field == "authors" for fact in signed):
        return None
    from kb.dialects.cited_titles import without_date

    by = f"authors below the title, on line {signed[0].line}"
    return note.facts.entry("paper", 1, by, without_date(title)[0].strip())


def _with_citation(note: Note, entry: Entry) -> Entry:
    """The paper with the authors and date from the note's own citation of it, else from the line below the title."""
    if entry.kind != "paper" or entry.values("authors"):
        return entry
    cited = _cited(note, entry.title, entry.line if in_information(note, entry.line) else 0)
    if cited is None:
        from kb.dialects.byline import byline

        found = byline(note)
    else:
        found = [*cited.facts] if set(cited.ids) <= set(entry.ids) else []
    told = [fact for fact in found if fact.field in ("authors", "authors_more")]
    if not (entry.values("date") or entry.values(CITED_YEAR)):
        told += [fact for fact in found if fact.field in ("date", CITED_YEAR)]
    return entry._replace(facts=(*entry.facts, *told))


def _labelled_papers(note: Note) -> dict[str, tuple[int, int]]:
    """Addresses without an id that are labeled `Paper` above the first section, with their places."""
    end = _first_section(note)
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
    return found or _labelled_pdfs(note, end)


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


def _title_of_pdf(note: Note) -> str:
    """The text of the link to a PDF with which the note opens."""
    first = next(iter(note.scan.links), None)
    is_title = first is not None and _PDF.fullmatch(first.target) is not None and _shows_title(note, first)
    return display_title(link_text(first).strip("*_` ")) if first and is_title else ""


def _declared(note: Note, paper: PaperId) -> tuple[int, str]:
    """The line of the entry, and the field that gives the id."""
    told = [fact for fact in note.facts.facts if fact.field in ("arxiv_id", "doi", "url")]
    line = next((fact.line for fact in told if ids.parse_id(fact.value) == paper), 1)
    is_inline = line >= note.opens_at
    return (line, f"field `{paper.scheme}` on line {line}") if is_inline else (1, f"front matter `{paper.scheme}`")


def _linked_title(note: Note, labelled: dict[PaperId, Link]) -> str:
    """The text of the only link to the paper, if it is the paper's title and above the first section."""
    link = next(iter(labelled.values())) if len(labelled) == 1 else None
    text = link_text(link).strip("`") if link and link.line < _first_section(note) else ""
    if not link or not text or _LABEL.match(text) or ids.parse_id(text):
        return ""
    from kb.dialects.link_titles import title_shown  # few notes get this far

    return display_title(text.strip("*_ ")) if title_shown(link.raw) else ""


def _heading_as_title(note: Note) -> str:
    """The first heading, if it is above all others and has level 1 or opens the note; sections are not titles."""
    headings = note.scan.headings
    if headings and is_information(headings[0].text):
        headings = headings[1:]
    if not headings or is_section(headings[0]):
        return ""
    first, is_alone = headings[0], all(other.level > headings[0].level or is_section(other) for other in headings[1:])
    opens = first.line == note.opens_at
    text = first.text
    for badge in reversed(_BADGE.findall(note.lines[first.line - 1])):
        text = "".join(text.rpartition(badge)[::2]).strip()
    shown = _without_label(_LINKED_LABEL.sub("", text))
    is_title = is_alone and (first.level == 1 or opens)
    is_of_notion = first.level == 1 and bool(called_by_notion(note.stem))
    is_sure = is_title or (opens and (is_of_notion or shown != text or _is_only_link(note, first, headings)))
    return display_title(shown) if is_sure else ""


def _without_label(heading: str) -> str:
    """A heading without the label of a title (`Title: Nets of Ends`)."""
    label, colon, title = heading.partition(":")
    return title.strip() if colon and KEYS.get(label.lower()) in ("title", "paper_title") and title else heading


def _is_only_link(note: Note, first: Heading, headings: list[Heading]) -> bool:
    """Whether the first heading is a link and no other heading is, as in a list of papers."""
    lines = {heading.line for heading in headings}
    links = [link for link in note.scan.links if link.line in lines and link_text(link)]
    return [link.line for link in links if _stands_alone(link, note.lines[link.line - 1])] == [first.line]


def is_section(heading: Heading) -> bool:
    return fold_heading(heading.text) in _SECTIONS or bool(roles.of_heading(heading.text))


def _labelled_ids(note: Note) -> dict[PaperId, Link]:
    """Ids above the first section that have a label (`Paper`, `arXiv ID: ...`) or a line of their own.

    A link with any other text counts if it is the note's first line or a heading; several such headings are a digest.
    """
    scan, opens_at = note.scan, note.opens_at
    openings = {opens_at, *(heading.line for heading in scan.headings)}
    end = _first_section(note)
    found: dict[PaperId, Link] = {}
    jotted: Jotted | None = None
    has_information = any(is_information(heading.text) for heading in scan.headings)
    for link, paper in note.cited:
        is_above = link.line < end
        is_header = is_above or (has_information and in_information(note, link.line))
        if link.kind in ("markdown", "id") and (is_header or link.line in openings):
            line = note.lines[link.line - 1]
            is_labelled = _is_labelled(link, line) if is_header else _follows_label(link, line)
            is_labelled |= not is_above and is_header and (link.kind == "id" or _stands_alone(link, line))
            is_alone = (is_header and _is_address(link, line)) or (link.line in openings and _is_title(link, line))
            if is_alone and not is_labelled:
                jotted = jotted or _jotted(note, end)
                is_labelled = not jotted.has(link, paper)
            if is_labelled:
                found.setdefault(paper, link)
    return found


def _jotted(note: Note, end: int) -> "Jotted":
    from kb.dialects.jotted import Jotted  # few notes get this far

    return Jotted(note, note.facts.first("title") or _heading_as_title(note) or note.stem, end)


def _are_one(note: Note, labelled: dict[PaperId, Link]) -> bool:
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
    last = before.rpartition(" | ")[2]
    return last if _LABEL.match(last) else before


def _first_section(note: Note) -> int:
    """The line of the first heading that is not the title."""
    opens_at = note.opens_at
    sections = (h.line for h in note.scan.headings if h.level > 1 and (h.line > opens_at or is_section(h)))
    return next(sections, 1 << 31)


def in_information(note: Note, line: int) -> bool:
    """Whether a line is in a section that only identifies the paper."""
    above = bisect_left(note.scan.headings, line, key=lambda heading: heading.line) - 1
    return above >= 0 and is_information(note.scan.headings[above].text)


def _is_labelled(link: Link, line: str) -> bool:
    """Whether a link's text is a label, or the words before it are."""
    shown = link_text(link)
    if shown and _LABEL.match(shown):
        return not _NUMBERED.search(link.raw)
    return len(line) < _LONGEST_LABEL + len(shown) and bool(_LABEL.match(_before(link, line)))


def _is_address(link: Link, line: str) -> bool:
    """Whether a line is only an id or address."""
    shown = link_text(link)
    return (not shown or ids.parse_id(shown) is not None) and _stands_alone(link, line)


def _follows_label(link: Link, line: str) -> bool:
    """Whether a heading is a label and its address (`### Paper: https://...`)."""
    return not link_text(link) and len(line) < _LONGEST_LABEL and bool(_LABEL.match(line[: link.column - 1]))


def _is_title(link: Link, line: str) -> bool:
    return _stands_alone(link, line) and not re.search(r"\bpaper\b", link_text(link), re.IGNORECASE)


def _stands_alone(link: Link, line: str) -> bool:
    """Whether a line has no other words; a year may be next to the link."""
    if len(line) > len(link.raw) + _LONGEST_LABEL:
        return False
    start = link.column - 1
    return not re.search(r"\w", _YEAR.sub("", line[:start] + line[start + len(link.raw) :]))
