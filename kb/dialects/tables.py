"""Tables of papers: Markdown tables and fenced CSV whose header names papers, or a title and another paper field.

| Year | Title                                    | Authors          | Venue |
| ---- | ---------------------------------------- | ---------------- | ----- |
| 2019 | [Nets](https://arxiv.org/abs/1234.56789) | A. Ann and B. Bo | CVPR  |
"""

import csv
import re
from collections.abc import Iterator, Sequence

from kb import dates, facts, ids
from kb.dialects import citation, cited_cell, passages
from kb.dialects.cited_dates import YEAR, date_fact, dates_of
from kb.dialects.cited_titles import is_label
from kb.dialects.note import Note
from kb.dialects.noted import noted_in
from kb.facts import WIKI_LINK
from kb.fields import Field, Scalar
from kb.header_words import SUMMARIES
from kb.ids import PaperId
from kb.markdown import Heading
from kb.model import CITED_YEAR, NOTED_IN, Entry, Fact
from kb.titles import display_title
from kb.typed import NamedTuple

_RULE = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?")
_CELL = re.compile(r"(?<!\\)\|")
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})\s*([\w+-]*)")
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\[\]]{0,300})\]\( ?<?(?P<url>[^()\s<>]{1,2000}(?:\([^()\s]*\))?)>? ?\)")
_IN_BRACKETS = re.compile(r"\[\\?\[(?P<text>[^\[\]\\]{0,300})\\?\]\](?=\()")
"""`[[pdf]](...)`, a link with brackets to be seen."""
_IMAGE = re.compile(r"(?P<link>(?<=\[))?!\[(?P<alt>[^\[\]]*)\]\([^()\s]*\)")
_QUOTED = re.compile(r"[\"“](?P<text>[^\"“”]{2,300})[\"”]")
_BREAK = re.compile(r" ?,? ?<br ?/?> ?", re.IGNORECASE)
_EDGE = re.compile(r"^(?:<br ?/?>\s*){1,9}|(?:(?:(?<!\s)\s+)?<br ?/?>){1,9}$", re.IGNORECASE)
_NUMBERED = re.compile(r"^\d{1,3}[.)]\s+(?=\S)")
_REMARKED = re.compile(
    r"(?P<title>\*\*[^*|]{3,300}\*\*)\s?[-–—:]\s(?P<why>.{10,})"
    r"|(?P<bare>(?![^\[\]]*\]\()(?:\S+ )*?\S+) {2,}(?P<rest>(?=\S).{30,})",
    re.DOTALL,
)
"""`**Nets** - what they do`, `Nets  What they do`"""
_LONGEST_TITLE = 200
_AFFILIATION = re.compile(r"\s?\(@[^()]{1,80}\)$")
"""`Title (@University of Ends)`"""
_OR = re.compile(r"[/&,、]|\b(?:or|and)\b")
_YEAR = re.compile(rf"\b{YEAR}\b")
_SHORT_YEAR = re.compile(r"\w['’]\d\d$")
"""`CGO'21`"""
_COLUMNS = {
    "title": "title", "paper": "title", "paper title": "title", "paper name": "title", "papers": "title",
    "publication": "title", "论文": "title", "论文题目": "title", "论文名称": "title", "标题": "title",
    "論文": "title", "題名": "title", "논문": "title", "название": "title",
    "author": "authors", "authors": "authors", "作者": "authors", "저자": "authors", "авторы": "authors",
    "year": "date", "date": "date", "published": "date", "publication date": "date", "年份": "date", "日期": "date",
    "연도": "date", "год": "date",
    "venue": "venue", "conference": "venue", "journal": "venue", "published in": "venue", "会议": "venue",
    "link": "link", "links": "link", "url": "link", "pdf": "link", "arxiv": "link", "doi": "link", "arxiv id": "link",
    "paper link": "link", "paper url": "link", "id": "link", "source": "link", "链接": "link",
    "category": "category", "topic": "category", "area": "category", "task": "category",
    "presenter": "presenter", "presenters": "presenter", "presented by": "presenter", "speaker": "presenter",
    "discussion lead": "presenter", "主讲": "presenter", "主讲人": "presenter", "发表人": "presenter",
    "発表者": "presenter", "발표자": "presenter",
    "model": "name", "method": "name", "name": "name", "algorithm": "name", "模型": "name", "方法": "name",
    "architecture": "name", "network": "name", "technique": "name",
}  # fmt: skip
_READINGS = {
    "reading", "readings", "reading list", "required reading", "required readings", "optional reading",
    "optional readings", "suggested reading", "suggested readings", "assigned reading", "assigned readings",
    "recommended reading", "recommended readings", "further reading", "background reading", "reading material",
    "reading materials", "course materials", "materials", "required", "optional",
}  # fmt: skip
"""Columns of a course's schedule: a cell may have several papers, and a date is that of the meeting."""
_COLUMNS |= dict.fromkeys(_READINGS, "title") | dict.fromkeys(SUMMARIES, "why")
_METHODS = {"model", "method", "algorithm", "architecture", "network", "technique", "模型", "方法"}
"""Columns of what papers propose: next to authors, each stands for its paper."""
_OF_PAPERS = {"paper", "papers", "paper title", "paper name", "论文", "論文", "논문"}
"""A table with one of these columns, or with authors and a venue, lists papers even if they have no links."""
_LINKED = {"paper", "papers", "论文", "論文", "논문", *_READINGS}
"""Names of a column of links that needs no other column."""
_TITLES = {"title", "paper title", "paper name", "标题", "題名", "название"}
_SHARED = ("title", "venue", "link")
"""What a column with two names is read as."""
_BESIDE = {"publication": "venue"}
"""What a column means next to a column of titles, unless it is the paper's address."""
_BETWEEN = re.compile(r"(?<=\))((?:\s*\([^()]{1,80}\))?)\s*(?:<br ?/?>|[;,·•]|\band\b|(?=\[))[\s,;]*")
"""What is between two papers of a cell, after a remark in brackets on the first."""
_READING = re.compile(r"^(?:\w+ )?[Rr]eadings?:\s*")
_LONGEST_NAME = 3
"""Words of a title that may name something else in a table of papers and years."""
_JOINED = {"link": " ", "title": "; "}
"""What is between cells of a row that mean the same."""
_DELIMITERS = {"csv": ",", "tsv": "\t"}


class _Row(NamedTuple):
    """Cells by the meaning of their column, and their line.

    Args:
        is_of_paper: whether the header says that rows are papers.
        is_of_meeting: whether the header has a presenter; some meetings are not about a paper.
    """

    line: int
    cells: dict[str, str]
    is_of_paper: bool
    is_of_meeting: bool


class Tabled(NamedTuple):
    """A paper of a table.

    Args:
        is_sure: whether an id, or what the table and the row say, shows that it is a paper.
    """

    entry: Entry
    is_sure: bool


def papers(note: Note, title: str = "") -> list[Tabled]:
    """The papers of all tables in a note; a heading that is the note's `title` is not a category."""
    found: list[Tabled] = []
    above: list[Heading] = []
    headings = iter([*note.scan.headings, Heading(1, "", len(note.lines) + 1)])
    heading = next(headings)
    for row in _rows(note):
        while heading.line < row.line:
            above = [*(each for each in above if each.level < heading.level), heading]
            heading = next(headings)
        for entry in filter(None, [_entry(note.path, each, above, title) for each in _papers_of(row)]):
            told = {"authors", "date", CITED_YEAR, "venue"} & {fact.field for fact in entry.facts}
            fewest = 1 if len(entry.title.split()) > _LONGEST_NAME else 2
            is_said = len(told) >= fewest or (row.is_of_meeting and "authors" in told)
            found.append(Tabled(entry, bool(entry.ids) or (row.is_of_paper and is_said)))
    return found


def _rows(note: Note) -> Iterator[_Row]:
    fence, done = "", 0
    lines = note.lines
    for number, line in enumerate(lines[note.opens_at - 1 :], note.opens_at):
        if number <= done or not ("|" in line or "```" in line or "~~~" in line):
            continue
        opened = _FENCE.match(line)
        if opened and not fence:
            fence = opened[1]
            if opened[2].lower() in _DELIMITERS:
                yield from _csv(lines, number, fence, _DELIMITERS[opened[2].lower()])
        elif opened and opened[1].startswith(fence) and not opened[2]:
            fence = ""
        elif not fence and "|" in line and number < len(lines) and _is_rule(lines[number]):
            columns = _columns(_cells(line))
            done = number + 1
            while done < len(lines) and "|" in lines[done]:
                done += 1
                if columns:
                    cells = _by_column(columns, _cells(lines[done - 1]))
                    yield _Row(done, cells, _says_papers(_cells(line)), "presenter" in columns)


def _is_rule(line: str) -> bool:
    return "-" in line and "|" in line and bool(_RULE.fullmatch(line.strip()))


def _cells(line: str) -> list[str]:
    """The texts between the bars; a badge in a link is replaced by its text, and brackets in a link are left out."""
    if "![" in line:
        line = _IMAGE.sub(lambda image: "" if image["link"] is None else image["alt"], line)
    if "]](" in line:
        line = _IN_BRACKETS.sub(r"[\g<text>]", line)
    line = line.strip().removeprefix("|")
    line = line[:-1] if line.endswith("|") and not line.endswith("\\|") else line
    return [cell.replace("\\|", "|").strip() for cell in _CELL.split(line)]


def _csv(lines: Sequence[str], start: int, fence: str, delimiter: str) -> Iterator[_Row]:
    """Rows of a fenced block that begins at index `start`; a cell cannot span lines."""
    end = next((n for n in range(start, len(lines)) if lines[n].strip().startswith(fence)), len(lines))
    if start == end:
        return
    parsed = [next(csv.reader([line], delimiter=delimiter), []) for line in lines[start:end]]
    columns = _columns(parsed[0])
    for n, cells in enumerate(parsed[1:], start + 2):
        if columns and any(cells):
            yield _Row(n, _by_column(columns, cells), _says_papers(parsed[0]), "presenter" in columns)


def _columns(header: Sequence[str]) -> list[str]:
    """What each column means; empty if the table does not list papers."""
    called = _called(header)
    found = [_COLUMNS.get(cell, "") for cell in called]
    if found.count("title") > 1 and not _is_schedule(called):  # with `Title` and `Paper`, the second has the links
        title = next((n for n, cell in enumerate(called) if cell in _TITLES), found.index("title"))
        others = {n: _BESIDE.get(called[n], "link") for n, name in enumerate(found) if name == "title" and n != title}
        found = [others.get(n, name) for n, name in enumerate(found)]
    if "title" not in found and "authors" in found and not _METHODS.isdisjoint(called):
        found[next(n for n, cell in enumerate(called) if cell in _METHODS)] = "title"
    if "title" not in found and "presenter" in found and "topic" in called:
        found[called.index("topic")] = "title"
    if "presenter" in found or _is_schedule(called):  # the dates are of meetings
        found = ["discussed_on" if name == "date" and cell != "year" else name for name, cell in zip(found, called)]
    is_listed = {"authors", "date", "venue", "link", "presenter"} & set(found) or _LINKED & set(called)
    return found if "title" in found and is_listed else []


def _is_schedule(called: Sequence[str]) -> bool:
    """Whether all columns of papers are those of a course's schedule."""
    titles = [name for name in called if _COLUMNS.get(name) == "title"]
    return bool(titles) and _READINGS.issuperset(titles)


def _papers_of(row: _Row) -> list[_Row]:
    """The row itself, or one for each paper that is linked in the cell of titles, if there are several."""
    cell = _READING.sub("", row.cells.get("title", ""))
    pieces = [piece for piece in _BETWEEN.sub(r"\1\n", cell).split("\n") if piece]
    linked = [piece for piece in pieces if any(ids.parse_id(url) for _, url in _LINK.findall(piece))]
    titled = [piece for piece in linked if not all(is_label(text) for text, _ in _LINK.findall(piece))]
    if len(titled) < 2 or len(titled) < len(linked):
        return [row]
    return [row._replace(cells={**row.cells, "title": piece}) for piece in titled]


def _called(header: Sequence[str]) -> list[str]:
    return [_known(re.sub(r"[*_`]", "", cell).strip(" :").lower()) for cell in header]


def _known(called: str) -> str:
    """The name of a column, or of the paper, venue or link that it also holds: `paper` for `dataset or paper`."""
    parts = [] if called in _COLUMNS else [part.strip() for part in _OR.split(called)]
    return next((name for meaning in _SHARED for name in parts if _COLUMNS.get(name) == meaning), called)


def _says_papers(header: Sequence[str]) -> bool:
    called = _called(header)
    means = set(map(_COLUMNS.get, called))
    is_of_methods = not _METHODS.isdisjoint(called) and {"authors", "date"} <= means
    return not _OF_PAPERS.isdisjoint(called) or {"authors", "venue"} <= means or is_of_methods


def _by_column(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column, cell in zip(columns, cells):
        if column and cell:
            found[column] = (
                f"{found[column]}{_JOINED[column]}{cell}" if column in found and column in _JOINED
                else found.get(column, cell)
            )
    return found


def _entry(path: str, row: _Row, above: Sequence[Heading], title_of_note: str) -> Entry | None:
    cells = row.cells
    links = [
        (match["text"], match["url"]) for match in _LINK.finditer(f"{cells.get('title', '')} {cells.get('link', '')}")
    ]
    whole, remark = _remarked(_EDGE.sub("", WIKI_LINK.sub(_name_of, cells.get("title", ""))))
    shown, before = citation.opened(whole)
    shown = _EDGE.sub("", shown) if re.search(r"\w", shown) else whole
    cited = cited_cell.read(shown, _LINK.findall(shown), row.line)
    title = cited.title if cited else _title(shown)
    if is_label(title):  # `[paper](url)`: the paper goes by the name of what it proposes
        title = _title(cells.get("name", ""))
    if not re.search(r"[^\W\d_]", title):
        return None
    urls = [url for _, url in links]
    found = _ids(cells, urls)
    pages = (url for url in urls if url.startswith("http") and not passages.is_address_of_code(url))
    url = "" if found else next(pages, "")
    why = display_title(_LINK.sub(r"\g<text>", cells.get("why", ""))) or passages.first_sentence(remark)
    placed = [fact for fact in passages.placed(above, title_of_note) if fact.field not in cells]
    told = [*_facts(row), *([Fact("url", url, row.line, 1)] if url else []), *placed]
    if cited and not any(fact.field == "authors" for fact in told):
        told += cited.who(row.line)
    dates_told = [cited.date] if cited and cited.date else before
    if len(dates_told) == 1 and not any(fact.field in ("date", CITED_YEAR) for fact in told):
        told.append(date_fact(dates_told[0], row.line))
    is_title = not row.is_of_meeting and ("authors" in cells or cited_cell.is_title(title))
    if not (found or url or cited or is_title):
        return None  # another topic of a meeting, or a bare name
    linked = [*_LINK.findall(" ".join(cells.values())), *_notes(cells.get("title", ""))]
    if own_note := noted_in(path, title, linked):
        told.append(Fact(NOTED_IN, own_note, row.line, 1))
    text = " | ".join(part for part in (title, cells.get("authors", ""), cells.get("venue", ""), remark or why) if part)
    by = f"row on line {row.line}"
    return Entry("paper", row.line, by, "", title, tuple(told), found, mentioned=True, why=why, text=text)


def _remarked(cell: str) -> tuple[str, str]:
    """A cell without its number, and the remark behind the title, if there is one."""
    cell = _NUMBERED.sub("", cell)
    found = _REMARKED.fullmatch(cell)
    title = found["title"] or found["bare"] if found else ""
    if found is None or len(title) > _LONGEST_TITLE:
        return cell, ""
    return title, display_title(_LINK.sub(r"\g<text>", found["why"] or found["rest"]))


def _notes(cell: str) -> Iterator[tuple[str, str]]:
    """Text and target of the wiki-links that give a path."""
    yield from ((_name_of(link), f"/{link[1]}") for link in WIKI_LINK.finditer(cell) if "/" in link[1])


def _name_of(link: re.Match[str]) -> str:
    """What a wiki-link shows: `Nets` for `[[notes/Nets]]`."""
    return (link[2] or link[1].rpartition("/")[2]).strip()


def _title(cell: str) -> str:
    """The paper's name in a cell: its text, or, next to labeled links, the words in quotes or outside the links."""
    found = _LINK.findall(cell)
    shown = _LINK.sub(r"\g<text>", cell)
    if any(is_label(text) for text, _ in found) and len(bare := _LINK.sub(" ", cell).strip()) > 1:
        quoted = _QUOTED.search(bare)
        shown = quoted["text"] if quoted else bare
    shown = _AFFILIATION.sub("", re.sub(r"\s\[\d{1,3}\]$", "", _EDGE.sub("", shown.strip())))
    return display_title(shown.strip('*_`"“” '))


def _ids(cells: dict[str, str], urls: Sequence[str]) -> tuple[PaperId, ...]:
    """One id of each kind: from the row's links, or a bare one under `Link`, `arXiv` or `DOI`, or after `arXiv`."""
    found: dict[str, PaperId] = {}
    for text in (*urls, *_LINK.sub(" ", cells.get("link", "")).split()):
        paper = ids.parse_id(text)
        if paper:
            found.setdefault(paper.scheme, paper)
    for _, _, paper, _ in ids.find_ids(_LINK.sub(" ", f"{cells.get('title', '')} {cells.get('venue', '')}")):
        found.setdefault(paper.scheme, paper)
    return tuple(found.values())


def _is_missing(text: str) -> bool:
    """Whether a cell says that there is nothing to say: a dash, or `nan` as data frames write it."""
    return dates.is_undated(text) or text == "nan" or not re.search(r"\w", text)


def _facts(row: _Row) -> Iterator[Fact]:
    """Authors, date, venue and category, read like fields of these names; an invalid date is left out."""
    for name in ("authors", "date", "discussed_on", "venue", "category"):
        first, *more = _BREAK.split(" ".join(row.cells.get(name, "").split()))
        text = ", ".join([first, *more]) if name == "authors" else first
        text = display_title(_LINK.sub(r"\g<text>", text).strip("*_` "))
        if name == "discussed_on":
            if date := dates.parse_date(text):
                yield Fact(name, str(date), row.line, 1)
        elif text and (name != "date" or dates.parse_date(text)) and not (name == "venue" and _is_missing(text)):
            scalar = Scalar(text, row.line, 1, text)
            yield from facts.from_fields([Field(name, (scalar,), row.line, 1)]).facts
    venue = row.cells.get("venue", "").strip("*_` ")
    years = {*_YEAR.findall(venue)} or {str(date.year) for date in dates_of(f"({venue})") if _SHORT_YEAR.search(venue)}
    if len(years) == 1 and not row.cells.get("date"):
        yield Fact(CITED_YEAR, years.pop(), row.line, 1)
