"""Lines under the title, or in a metadata section, that say who wrote a paper, and when and where it was published.

    # Title
    **Authors:** Ann Ann, Bob Bo          | Authors | Ann Ann, Bob Bo |
    - Year: 2019                          | Year    | 2019            |
    - **arXiv**: 1706.03762

They count if they are the only ones of their kind and every author may be a name. A year or venue next to them shows
that the note is about a paper.
"""

import re
from collections.abc import Iterator

from kb import dates, names, roles
from kb.facts import WIKI_LINK, fact_name
from kb.fields import Field, Scalar
from kb.header_words import AUTHORS, KEYS, OF_ONE, PAPER, is_information, may_tell
from kb.markdown import Scan
from kb.model import CITED_YEAR, Link
from kb.regex import rare
from kb.titles import fold, title_key

_LINE = rare(
    r"[\s>]*(?:[-*+|]\s+)?(?:\*\*|__|_)?"
    r"(?P<key>[^\W\d_][^\W\d_/ ()]{0,18}(?:(?: |\s?/\s?)[^\W\d_]{2,12})?(?:\(s\))?)"
    r"(?:\*\*|__)?\s{0,40}[:：|](?:\*\*|__)?\s*(?P<value>\S.*)"
)
_ARXIV = rare(
    r"^(?:> ?| )?(?:[-*+|][ \t]{1,3})?(?:\*\*|__|_)?arxiv(?:[ _-]?(?:id|number|编号|番号|번호))?(?:\*\*|__)?"
    r"\s{0,40}[:：|](?:\*\*|__)?\s{0,40}[\[`]?(?P<id>\d{4}\.\d{4,5}(?:v\d{1,2})?)\b",
    re.IGNORECASE,
)
_AFTER_ID = rare(r"[`\]]?(?:\([^()\s]{0,200}\))?[\s.,;|]{0,9}(?:[\[(][\w.-]{1,20}[\])])?[\s.,;|]{0,9}$")
"""What may follow a labeled id: its address, category or version. If words follow, it is a cited paper's id."""
_MAY_BE_ARXIV = rare(r"[xX]iv[^\n/.\d]{1,24}\d{4}\.")
"""A label and an id that are not part of a URL."""
_FIRST = 3_000
"""Characters of a line that are read."""
_LINES = 41
_LABELLED = 72
"""Characters of a line within which its label ends and an id after it begins."""
_LONGEST_LABEL = 24
"""Characters."""
_MARKS = rare(r"[¹²³⁰⁴-⁹*†‡§#`]+|\([^()]*\)|（[^（）]*）|\[[^\[\]]*\]|\.\.\.$|…$")
_OF_PEOPLE = rare(
    r"[\s>]*(?:[-*+]\s+)?(?:\*\*|__)?(?P<label>(?:[Aa]uthor|[Cc]reator|[Ee]ditor)(?:s|\(s\))?|[Aa]uthored by|作者|저자"
    r"|(?P<files>[Tt]ags?|[Kk]eywords?|[Tt]opics?|[Ss]ubjects?|[Cc]ategor(?:y|ies)|[Tt]ype|[Ss]tatus|[Yy]ear|[Dd]ate))"
    r"(?:\*\*|__)?\s?[:：]{1,2}(?:\*\*|__)?\s*(?P<value>\S.*)"
)
_TAG = rare(r"#[^\s#,;]+")
_YEAR_OF_VENUE = rare(r"[\s,(]((?:19[5-9]|20[0-4])\d)\)?$")
_END = rare(r"(?:[\s,;]|(?<![\s,.-][^\W\d_])\.)+$")
"""Punctuation at the end of a line, except after an initial."""
_BESIDES = rare(r"[,;，、；&]|\band\b")
_NAME = rare(r"(?:[^\W\d_a-z][\w.'’-]*|v[ao]n|de[nlr]?|di|da|la|le|el|al|bin|dos)(?:[ ,]+(?:[^\W\d_][\w.'’-]*)){0,5}")

_UNSPACED = rare(r"[가-힣]{2,5}|[一-鿿々]{2,5}")
"""A name in a script that writes it as one word."""


def of_page(lines: list[str], scan: Scan, opens_at: int, above: list[Field]) -> list[Field]:
    """The fields given above the first section; only an arXiv id if the front matter (`above`) names authors."""
    end = next((h.line for h in scan.headings if h.line > opens_at or roles.of_heading(h.text)), len(lines) + 1)
    spans = [(opens_at, min(end, opens_at + _LINES))]
    spans += _information(scan, end)
    head = "\n".join([line[:_LABELLED] for first, last in spans for line in lines[first - 1 : last - 1]])
    has_labels = may_tell(head)
    may_be_arxiv = "rXiv" in head or "rxiv" in head
    arxiv = _arxiv(head, lines, spans) if may_be_arxiv else []
    if not (has_labels or arxiv):
        return []
    told = {name for field in above if field.values for name in (field.key.lower(), fact_name(field.key))}
    arxiv = [] if "arxiv_id" in told else arxiv
    if not has_labels or "authors" in told:
        return arxiv
    if sum(map(_names_authors, lines)) > 1 or sum(map(_names_title, lines)) > 1:
        return arxiv  # the lines are about several papers
    found: dict[str, Field] = {}
    for field in _read(lines, spans):
        found.setdefault(field.key, field)
    if "authors" not in found or (_is_one_person(found["authors"]) and not {"year", "venue"} & set(found)):
        found = {key: field for key, field in found.items() if key == "paper_title"}  # may be the note's own author
    title = found.pop("paper_title", None) or found.pop("title", None)
    fields = [field for key, field in found.items() if key not in told]
    dated = _dated(found["authors"].line, lines) if "authors" in found and "year" not in found else []
    if not (dated or may_be_arxiv) and "venue" in found and "year" not in found:
        fields += _year_of(found["venue"])
    return [*fields, *dated, *arxiv, *(_titled(title, scan) if title and "title" not in told else [])]


def _information(scan: Scan, after: int) -> list[tuple[int, int]]:
    """The range of lines (end excluded) of each section that only identifies the paper."""
    found = []
    for n, heading in enumerate(scan.headings):
        if heading.line >= after and is_information(heading.text):
            end = scan.headings[n + 1].line if n + 1 < len(scan.headings) else heading.line + _LINES
            found.append((heading.line + 1, min(heading.line + _LINES, end)))
    return found


def _names_authors(line: str) -> bool:
    bare = line.lstrip(" \t>*_+-|")[:_LONGEST_LABEL].lower()
    return bare.startswith(AUTHORS) and (":" in bare or "：" in bare or "|" in bare)


def _names_title(line: str) -> bool:
    """Whether a line gives the title of a paper, not just of any document."""
    match = _LINE.match(line) if line.lstrip(" \t>*_+-|")[:1] in PAPER else None
    return match is not None and KEYS.get(match["key"].lower()) == "paper_title"


def _titled(field: Field, scan: Scan) -> list[Field]:
    """The paper's title, and the note's own title, if it differs, as an alias."""
    title = field._replace(key="title")
    heading = scan.headings[0] if scan.headings and scan.headings[0].line < field.line else None
    if heading is None or is_information(heading.text) or title_key(heading.text) == title_key(field.values[0].text):
        return [title]
    also = Scalar(heading.text, heading.line, 1, heading.text)
    return [title, Field("aliases", (also,), heading.line, 1)]


def _arxiv(head: str, lines: list[str], spans: list[tuple[int, int]]) -> list[Field]:
    """The one arXiv id that has a label; in running text, a bare number is not an id."""
    if not _MAY_BE_ARXIV.search(head):
        return []
    found: dict[str, Field] = {}
    for number in (number for first, last in spans for number in range(first, last) if number <= len(lines)):
        match = _ARXIV.match(lines[number - 1])
        if match and _AFTER_ID.match(lines[number - 1], match.end("id")):
            column = match.start("id") + 1
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
    match = names.YEAR.search(lines[number - 1][:_FIRST].rstrip(" *_.;,"))
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
    roles = {line: found["label"].lower() for line, found in labels.items() if _is_of_role(found)}
    if not roles:
        return links
    return [
        link._replace(role=KEYS.get(roles[link.line], roles[link.line]))
        if link.line in roles and link.kind == "wiki" and not link.role
        else link
        for link in links
    ]


def _is_of_role(label: re.Match[str]) -> bool:
    """Whether the line has only people; or, after a label that files the note, only links and tags."""
    if label["files"]:
        return not re.search(r"\w", _TAG.sub("", WIKI_LINK.sub("", label["value"][:_FIRST])))
    return _are_people(label["value"])


def _are_people(written: str) -> bool:
    """Whether a value lists people, linked or not, and nothing else."""
    others = filter(None, map(_bare, _BESIDES.split(WIKI_LINK.sub(",", written[:_FIRST]))))
    return all(names.is_truncation(name) or _NAME.fullmatch(name) for name in others)


def _read(lines: list[str], spans: list[tuple[int, int]]) -> Iterator[Field]:
    for number in (number for first, last in spans for number in range(first, last) if number <= len(lines)):
        line = lines[number - 1][:_FIRST]
        match = _LINE.fullmatch(line)
        if not match or (line.startswith("|") and not _is_row(lines, number, match["value"].strip(" |*_"))):
            continue
        label = match["key"].lower().replace(" / ", "/")
        for key, written in _told(label, match["value"].rstrip(" |_")):
            values = _values(key, written, label)
            if values:
                said = tuple(Scalar(text, number, match.start("value") + 1, text) for text in values)
                yield Field(key, said, number, match.start("key") + 1)


def _told(label: str, value: str) -> list[tuple[str, str]]:
    """What a line gives, by name; a label may name two things: `Year/Venue: 2019 / ICLR`, `Conference/Source: ICLR`."""
    if label in KEYS or "/" not in label:
        return [(KEYS[label], value)] if label in KEYS else []
    found, parts = [KEYS.get(name, "") for name in label.split("/")], value.split("/")
    if found[0] == "authors" and not found[1]:  # `Authors / Affiliation`; the first part that has only people counts
        return [("authors", part) for part in (value.partition("；")[0], value, parts[0])]
    if len(parts) == len(found):
        return [(key, part.strip()) for key, part in zip(found, parts) if key]
    return [(key, value) for key in found if key][:1]


def _is_row(lines: list[str], number: int, value: str) -> bool:
    """Whether a table row is a label and its value, not the headers of two columns, which are one word each."""
    is_head = number < len(lines) and lines[number].startswith("|") and not lines[number].strip("|:- \t")
    return "|" not in value and not (is_head and (" " not in value or value.lower() in KEYS))


def _is_one_person(authors: Field) -> bool:
    only = authors.values[0].text
    return len(authors.values) == 1 and only.count(",") < 3 and not only.endswith("et al.")


def _values(key: str, written: str, label: str) -> list[str]:
    """The texts of a value; empty if it is not of the expected kind."""
    bare = _bare(written)
    match key:
        case "authors":
            return _people(written, are_several=label not in OF_ONE)
        case "title" | "paper_title":
            return [written.strip("*_\"“” ")]
        case "year":
            date = dates.parse_date(bare)
            return [bare] if date and date.precision != "day" else []
        case "venue":
            return [] if dates.is_undated(bare) or len(bare) > 100 else [bare]
    return [bare] if re.fullmatch(r"\S{4,80}", bare) else []


def _bare(written: str) -> str:
    return _END.sub("", " ".join(_MARKS.sub(" ", written).split())).lstrip(" ,;.")


def _linked(written: str) -> list[str]:
    """The names in a list that consists of links."""
    if "[[" not in written:
        return []
    linked = [(shown or name).strip() for name, shown in WIKI_LINK.findall(written)]
    others = [*filter(None, map(_bare, _BESIDES.split(WIKI_LINK.sub(",", written))))]
    return linked + others if all(map(names.is_truncation, others)) else []


def _people(written: str, *, are_several: bool) -> list[str]:
    """The names, if there is nothing else; bare family names count if there are several.

    Args:
        are_several: whether the label is plural, so that `Kingma, Welling` are two people.
    """
    listed = _linked(written) or names.split_names(_bare(written), style="list")
    if fold(listed[0] if listed else "").startswith("anonymous"):
        return []
    people = [name for name in listed if not names.is_truncation(name)]
    words = people[0].removesuffix(" et al.").split(", ") if len(people) == 1 else people
    if len(words) + len(listed) > 2 and names.are_families(words):
        return words if are_several and listed == [", ".join(words)] and len(words) == 2 else listed
    if len(people) > 1 and all(map(_UNSPACED.fullmatch, people)):
        return listed
    return listed if people and all(len(name.split()) > 1 and _NAME.fullmatch(name) for name in people) else []
