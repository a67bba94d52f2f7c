"""Lines under the title, or in a metadata section, that say who wrote a paper, and when and where it was published.

    # Title
    **Authors:** Ann Ann, Bob Bo          | Authors | Ann Ann, Bob Bo |     ### Author:
    - Year: 2019                          | Year    | 2019            |     Ann Ann, Bob Bo
    > **arXiv**: 1706.03762 | **Venue**: Ends 2019

They count if they are the only ones of their kind and every author may be a name. A year or venue next to them shows
that the note is about a paper.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from kb import header_values, names, roles
from kb.dates import parse_date
from kb.facts import WIKI_LINK, fact_name
from kb.fields import Field, Scalar
from kb.header_values import FIRST
from kb.header_words import AUTHORS, HEADINGS, KEYS, PAPER, is_information, may_tell
from kb.markdown import Heading, Scan
from kb.model import CITED_YEAR, Link
from kb.regex import rare
from kb.titles import title_key

_LINE = rare(
    r"[\s>]*(?:[-*+|]\s+)?(?:\*\*|__|_)?"
    r"(?P<key>[^\W\d_][^\W\d_/ ()]{0,18}(?:(?: |\s?/\s?)[^\W\d_]{2,12})?(?:\(s\))?)"
    r"(?:\*\*|__)?\s{0,40}(?:[:：]{1,2}|\|)(?:\*\*|__)?\s*(?P<value>\S.*)"
)
_NEXT = rare(
    r"\s{1,9}[|｜]\s{1,9}(?=(?:\*\*|__)?[^\W\d_][^\W\d_/ ()]{0,18}(?:(?: |/)[^\W\d_]{2,12})?(?:\*\*|__)?\s?[:：])"
)
"""What is between two labels and their values on one line."""
_ARXIV = rare(
    r"^(?:> ?| )?(?:[-*+|][ \t]{1,3})?(?:\*\*|__|_)?arxiv(?:[ _-]?(?:id|number|编号|番号|번호))?(?:\*\*|__)?"
    r"\s{0,40}[:：|](?:\*\*|__)?\s{0,40}[\[`]?(?P<id>\d{4}\.\d{4,5}(?:v\d{1,2})?)\b",
    re.IGNORECASE,
)
_AFTER_ID = rare(r"[`\]]?(?:\([^()\s]{0,200}\))?[\s.,;|]{0,9}(?:[\[(（][\w.年月日-]{1,20}[\])）])?[\s.,;|]{0,9}$")
"""What may follow a labeled id: its address, category or version. If words follow, it is a cited paper's id."""
_MAY_BE_ARXIV = rare(r"[xX]iv[^\n/.\d]{1,24}\d{4}\.")
"""A label and an id that are not part of a URL."""
LINES = 41
"""Lines at the top of a note or section in which its paper is identified."""
_OF_PAPER = ("paper", "paper_title")
_LABELLED = 72
"""Characters of a line within which its label ends and an id after it begins."""
_NEAR = 4
"""Lines under a heading in which its value begins."""
_LONGEST_LABEL = 24
"""Characters."""
_OF_PEOPLE = rare(
    r"[\s>]*(?:[-*+]\s+)?(?:\*\*|__)?(?P<label>(?:[Aa]uthor|[Cc]reator|[Ee]ditor)(?:s|\(s\))?|[Aa]uthored by|作者|저자"
    r"|(?P<files>(?:Document )?[Tt]ags?|[Cc]ollections?|[Vv]enue|[Jj]ournal|[Pp]ublication(?: [Tt]itle)?|[Pp]ublisher"
    r"|[Kk]eywords?|[Tt]opics?|[Ss]ubjects?|[Cc]ategor(?:y|ies)|[Tt]ype|[Ss]tatus|[Yy]ear|[Dd]ate))"
    r"(?:\*\*|__)?\s?[:：]{1,2}(?:\*\*|__)?\s*(?P<value>\S.*)"
)
_TAG = rare(r"#[^\s#,;]+")
_YEAR_OF_VENUE = rare(r"[\s,(]((?:19[5-9]|20[0-4])\d)\)?$")


def of_page(lines: list[str], scan: Scan, opens_at: int, above: list[Field]) -> list[Field]:
    """The fields given above the first section; only an arXiv id if the front matter (`above`) names authors."""
    end = next((h.line for h in scan.headings if h.line > opens_at or roles.of_heading(h.text)), len(lines) + 1)
    spans = [(opens_at, min(end, opens_at + LINES))]
    spans += _information(scan, end)
    head = "\n".join([_start(line) for first, last in spans for line in lines[first - 1 : last - 1]])
    may_be_labels = may_tell("\n".join([heading.text for heading in scan.headings]))
    under_labels = [each for each in scan.headings if may_be_labels and _label(each.text) in HEADINGS]
    has_labels = may_tell(head) or bool(under_labels)
    may_be_arxiv = "rXiv" in head or "rxiv" in head
    arxiv = _arxiv(head, lines, spans) if may_be_arxiv else []
    if not (has_labels or arxiv):
        return []
    told = {name for field in above if field.values for name in (field.key.lower(), fact_name(field.key))}
    arxiv = [] if "arxiv_id" in told else arxiv
    is_signed = any(field.line >= opens_at and fact_name(field.key) == "authors" for field in above)
    if not has_labels or ("authors" in told and not is_signed):
        return arxiv
    if sum(map(_names_authors, lines)) > 1 or len(set(map(_paper_title, lines)) - {""}) > 1:
        return arxiv  # the lines are about several papers
    found: dict[str, Field] = {}
    fields_of_text = {line for line, _ in scan.signs}
    for field in (*_read(lines, spans, fields_of_text), *_under(under_labels, lines, scan)):
        found.setdefault(field.key, field)
    if is_signed:
        found.pop("authors", None)
    elif "authors" not in found or (_is_one_person(found["authors"]) and not _tells_of_publication(found)):
        found.pop("authors", None)  # may be the note's own
        found = found if "paper_title" in found else {key: found[key] for key in ("tags",) if key in found}
    if "venue" in found and (preprint := _ARXIV.match(found["venue"].values[0].text)):
        said = found["venue"].values[0]._replace(text=preprint["id"])
        arxiv = arxiv or ([found["venue"]._replace(key="arxiv_id", values=(said,))] if "arxiv_id" not in told else [])
        del found["venue"]
    title = found.pop("paper_title", None) or found.pop("title", None)
    fields = [field for key, field in found.items() if key not in told]
    dated = _dated(found["authors"].line, lines) if "authors" in found and "year" not in found else []
    if not (dated or may_be_arxiv) and "venue" in found and "year" not in found:
        fields += _year_of(found["venue"])
    is_told = "title" in told and (title is None or title.key == "title" or "kind" in told)
    return [*fields, *dated, *arxiv, *(_titled(title, scan) if title and not is_told else [])]


def _start(line: str) -> str:
    """As much of a line as may have labels."""
    return line[:FIRST] if " | " in line or "｜" in line else line[:_LABELLED]


def _label(heading: str) -> str:
    return heading.rstrip(" :：").lower()


def _information(scan: Scan, after: int) -> list[tuple[int, int]]:
    """The range of lines (end excluded) of each section that only identifies the paper."""
    found = []
    for n, heading in enumerate(scan.headings):
        if heading.line >= after and is_information(heading.text):
            end = scan.headings[n + 1].line if n + 1 < len(scan.headings) else heading.line + LINES
            found.append((heading.line + 1, min(heading.line + LINES, end)))
    return found


def _names_authors(line: str) -> bool:
    bare = line.lstrip(" \t>*_+-|")[:_LONGEST_LABEL].lower()
    return bare.startswith(AUTHORS) and (":" in bare or "：" in bare or "|" in bare)


def _paper_title(line: str) -> str:
    """The title that a line gives of a paper, not just of any document."""
    match = _LINE.match(line[:FIRST]) if line.lstrip(" \t>*_+-|")[:1] in PAPER else None
    key = KEYS.get(match["key"].lower()) if match else None
    told = header_values.values(key, match["value"].rstrip(" |_"), "") if match and key in _OF_PAPER else []
    return title_key(told[0]) if told else ""


def _titled(field: Field, scan: Scan) -> list[Field]:
    """The paper's title, and the note's own title, if it differs, as an alias."""
    title = field._replace(key="title")
    heading = scan.headings[0] if scan.headings and scan.headings[0].line < field.line else None
    is_label = heading is not None and (is_information(heading.text) or _label(heading.text) in HEADINGS)
    if heading is None or is_label or title_key(heading.text) == title_key(field.values[0].text):
        return [title]
    also = Scalar(heading.text, heading.line, 1, heading.text)
    return [title, Field("other_title", (also,), heading.line, 1)]


def _arxiv(head: str, lines: list[str], spans: list[tuple[int, int]]) -> list[Field]:
    """The one arXiv id that has a label; in running text, a bare number is not an id."""
    if not _MAY_BE_ARXIV.search(head):
        return []
    found: dict[str, Field] = {}
    for number in (number for first, last in spans for number in range(first, last) if number <= len(lines)):
        for start, piece in _pieces(lines[number - 1]):
            match = _ARXIV.match(piece)
            if match and _AFTER_ID.match(piece, match.end("id")):
                column = start + match.start("id") + 1
                scalar = Scalar(match["id"], number, column, match["id"])
                found.setdefault(match["id"], Field("arxiv_id", (scalar,), number, column))
    return list(found.values()) if len(found) == 1 else []


def _year_of(venue: Field) -> list[Field]:
    """The year after a venue (`ICLR 2019`): for a paper without a preprint, the year it came out."""
    [said] = venue.values
    match = _YEAR_OF_VENUE.search(said.text)
    return [venue._replace(key=CITED_YEAR, values=(said._replace(text=match[1]),))] if match else []


def _dated(number: int, lines: list[str]) -> list[Field]:
    """The year after the authors, as in a citation: `Ann et al. (2015)`."""
    match = names.YEAR.search(lines[number - 1][:FIRST].rstrip(" *_.;,"))
    if match is None:
        return []
    column = match.start(1) + 1
    return [Field(CITED_YEAR, (Scalar(match[1], number, column, match[1]),), number, column)]


def with_people(links: list[Link], lines: list[str]) -> list[Link]:
    """The links of a body; links in a line that lists people get the label of that line as their role.

    `- Author: [[Some Person]]`, as Readwise writes it, does not mean a paper, nor does `Type: [[Literature Note]]`.
    """
    match = _OF_PEOPLE.match
    labels = {link.line: found for link in links if link.kind == "wiki" and (found := match(lines[link.line - 1]))}
    called = {line: found["label"].lower() for line, found in labels.items() if _is_of_role(found)}
    if not called:
        return links
    return [
        link._replace(role=KEYS.get(label, label))
        if link.kind == "wiki" and not link.role and (label := called.get(link.line))
        else link
        for link in links
    ]


def _is_of_role(label: re.Match[str]) -> bool:
    """Whether the line has only people; or, after a label that files the note, only links and tags."""
    if label["files"]:
        return not re.search(r"\w", _TAG.sub("", WIKI_LINK.sub("", label["value"][:FIRST])))
    return header_values.are_people(label["value"])


def _read(lines: list[str], spans: list[tuple[int, int]], but: set[int]) -> Iterator[Field]:
    """The labels on these lines; `key:: value` is a field of the text (`but`), unless it is in a box of code."""
    for number in (number for first, last in spans for number in range(first, last) if number <= len(lines)):
        if number in but:
            continue
        for start, piece in _pieces(lines[number - 1][:FIRST]):
            match = _LINE.fullmatch(piece)
            if not match or (piece.startswith("|") and not _is_row(lines, number, match["value"].strip(" |*_"))):
                continue
            label = match["key"].lower().replace(" / ", "/")
            at = start + match.start("key") + 1, start + match.start("value") + 1
            is_over_authors = label == "paper" and any(map(_names_authors, lines[number : number + 2]))
            yield from _fields(label, match["value"].rstrip(" |_"), number, *at, HEADINGS if is_over_authors else KEYS)


def _pieces(line: str) -> list[tuple[int, str]]:
    """A line as its labels with their values, each with the character at which it starts."""
    if line.startswith("|") or not ("|" in line or "｜" in line):
        return [(0, line)]
    breaks = list(_NEXT.finditer(line))
    starts = [0, *(match.end() for match in breaks)]
    return list(zip(starts, [line[start:end] for start, end in zip(starts, [*(m.start() for m in breaks), len(line)])]))


def _fields(
    label: str, written: str, line: int, column: int, value_at: int, keys: dict[str, str] = KEYS
) -> Iterator[Field]:
    for key, value in header_values.told(label, written, keys):
        values = header_values.values(key, value, label)
        if values:
            said = tuple(Scalar(text, line, value_at, text) for text in values)
            yield Field("paper_title" if key == "paper" else key, said, line, column)


def _under(headings: list[Heading], lines: list[str], scan: Scan) -> list[Field]:
    """What the first lines under headings give that are labels, if one of them gives the authors."""
    ends = [*(heading.line for heading in scan.headings), len(lines) + 1]
    found: list[Field] = []
    for heading in headings:
        end = ends[bisect_right(ends, heading.line)]
        line = next((n for n in range(heading.line + 1, min(end, heading.line + _NEAR)) if lines[n - 1].strip()), 0)
        if line:
            found += _fields(_label(heading.text), lines[line - 1][:FIRST].strip(), line, 1, 1, HEADINGS)
    return found if [field.key for field in found].count("authors") == 1 else []


def _is_row(lines: list[str], number: int, value: str) -> bool:
    """Whether a table row is a label and its value, not the headers of two columns, which are one word each."""
    is_head = number < len(lines) and lines[number].startswith("|") and not lines[number].strip("|:- \t")
    return "|" not in value and not (is_head and (" " not in value or value.lower() in KEYS))


def _tells_of_publication(found: dict[str, Field]) -> bool:
    """Whether there is a venue, or a year or month; a day may be that of a post."""
    date = parse_date(found["year"].values[0].text) if "year" in found else None
    return "venue" in found or (date is not None and date.precision != "day")


def _is_one_person(authors: Field) -> bool:
    only = authors.values[0].text
    return len(authors.values) == 1 and only.count(",") < 3 and not only.endswith("et al.")
