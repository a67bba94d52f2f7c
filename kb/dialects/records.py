"""Papers as records: lines with labels, again and again, of which one gives the title.

    Title: Deep Nets                          **Title:** Deep Nets
    Authors: Ann Ann, Bob Bo                  **Authors:** Ann Ann, Bob Bo
    Year: 2019
    Notes: what the writer thinks             What the writer thinks.

    Title: Wide Nets                          **Title:** Wide Nets

So do the mails and the lists of arXiv, where each begins with its number, and goes on with its abstract:

    arXiv:2312.00752
    Date: Fri, 1 Dec 2023 18:01:34 GMT

    Title: Mamba: Linear-Time Sequence Modeling with Selective
      State Spaces
    Authors: Albert Gu and Tri Dao
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from kb import header_values
from kb.dialects import about, passages
from kb.dialects.cited_titles import is_label
from kb.dialects.headed_papers import LINKED, labelled
from kb.dialects.note import Note, Reading
from kb.facts import fact_name, from_fields, identifies
from kb.fields import Field, Scalar
from kb.header_words import HEADINGS, KEYS, OF_ONE
from kb.ids import PaperId
from kb.markdown import Heading
from kb.model import Entry, Fact, Item
from kb.regex import rare
from kb.titles import display_title, title_key
from kb.typed import NamedTuple

NAME = "records"
_FEWEST = 2
_LONGEST_LEAD = 120
"""Characters of a line with a paper's id that has no label of its own: `[1] arXiv:2312.00752 [pdf, html, other]`."""
_MOST_LINES = 20
"""Lines that a label's value goes on for."""
_ID = "id"
"""Stands for the label of such a line."""
_TITLES = ("title", "paper_title", "paper")
_OF_FILE = {
    "comments", "subjects", "categories", "license", "report-no", "msc-class", "acm-class", "journal-ref", "date",
    "presenter", "speaker", "rating", "status", "read",
}  # fmt: skip
"""Labels after which nothing is said of what the paper does."""
_PICTURE = rare(r"!\[[^\[\]]*\]\([^()\s]*\)")
_RULE = rare(r"\s*(?:\\\\.*|-{3,}|={3,}|\*{3,}|_{3,})\s*")
"""A line between records, or between a record and its abstract."""


class Record(NamedTuple):
    """The labelled lines about one paper.

    Args:
        first: line of its first label; `last` is that of its last one, including lines that this one goes on for.
        end: line of the next record or heading.
        said: what is after labels that do not identify the paper, with these labels; the abstract first.
    """

    first: int
    last: int
    end: int
    title: str
    facts: tuple[Fact, ...]
    ids: tuple[PaperId, ...]
    said: tuple[tuple[str, str], ...]


def recognize(note: Note) -> str:
    """Recognized if several records have authors or an id, and the note is not itself about a paper.

    Records of books are much the same; those of papers have an id, a venue, or a label for several authors.
    """
    told = {fact_name(key) for key in note.keys}
    if note.facts.kind or told & {"arxiv_id", "doi", "citekey"}:
        return ""
    found = [record for record in records(note) if record.ids or any(fact.field == "authors" for fact in record.facts)]
    if len(found) < _FEWEST or not any(_is_of_paper(note, record) for record in found):
        return ""
    headings = note.scan.headings
    if headings and title_key(headings[0].text) == title_key(found[0].title):
        return ""  # and the others are related work
    return f"lines {found[0].first}, {found[1].first} begin records of papers"


def _is_of_paper(note: Note, record: Record) -> bool:
    labels = {labelled(note.lines[number - 1])[0] for number in range(record.first, record.last + 1)}
    is_signed = any(KEYS.get(label) == "authors" and label not in OF_ONE for label in labels)
    return bool(record.ids) or is_signed or any(fact.field == "venue" for fact in record.facts)


def read(note: Note) -> Reading:
    """An entry for each record, with the text under it, and the code that is linked there."""
    title, _ = about.about(note)
    title = title if note.scan.headings or note.facts.first("title") else note.stem
    found = records(note)
    above = _headings(note, found)
    entries = [_entry(note, record, passages.placed(over, title)) for record, over in zip(found, above)]
    firsts = [record.first for record in found]
    items: list[Item] = []
    for link in filter(passages.is_code, note.scan.links):
        number = bisect_right(firsts, link.line) - 1
        if number >= 0 and link.line < found[number].end:
            items.append(Item("code", link.line, link.target, entry=number))
    return Reading(title, tuple(entries), tuple(items))


def _entry(note: Note, record: Record, placed: Iterable[Fact]) -> Entry:
    under = _paragraphs(note.lines[record.last : record.end - 1])
    values = [value for _, value in record.said]
    remarks = "\n".join(f"{label.capitalize()}: {value}" for label, value in record.said)
    return Entry(
        "paper",
        record.first,
        f"record on line {record.first}",
        title=record.title,
        facts=(*record.facts, *placed),
        ids=record.ids,
        mentioned=True,
        why=passages.first_sentence(next(iter([*values, *under]), "")),
        text="\n\n".join(filter(None, [remarks, *under])) or record.title,
    )


def _paragraphs(lines: Iterable[str]) -> list[str]:
    """The text of these lines without markup, rules and pictures."""
    bare = ("" if _RULE.fullmatch(line) else _shown(line) for line in lines)
    found = (" ".join(each) for says, each in groupby(bare, bool) if says)
    return [text for text in found if any(map(str.isalpha, text))]


def _shown(line: str) -> str:
    return LINKED.sub(r"\1", _PICTURE.sub("", line).replace("**", "").replace("__", "")).strip(" \t>*+-")


@lru_cache(maxsize=1)  # asked by `recognize` and `read`
def records(note: Note) -> list[Record]:
    """All records of a note, in order."""
    cited: dict[int, list[PaperId]] = {}
    for link, paper in note.cited:
        cited.setdefault(link.line, []).append(paper)
    labels = [(number, labelled(line)[0]) for number, line in enumerate(note.lines[note.opens_at - 1 :], note.opens_at)]
    of_title = next((label for _, label in labels if HEADINGS.get(label) in _TITLES), "")
    titles = [number for number, label in labels if of_title and label == of_title]
    if len(titles) < _FEWEST:
        return []
    leads = {label for _, label in _above(note, titles[0], note.opens_at - 1, cited)}
    firsts = [
        min((line for line, label in _above(note, number, before, cited) if label in leads), default=number)
        for before, number in zip([note.opens_at - 1, *titles], titles)
    ]
    headings = [*(heading.line for heading in _sections(note)), len(note.lines) + 1]
    ends = [min(following, headings[bisect_right(headings, number)])
            for number, following in zip(titles, [*firsts[1:], len(note.lines) + 1])]
    found = (_record(note, *lines, cited) for lines in zip(firsts, titles, ends))
    return [record for record in found if record and (record.ids or record.facts)]


def _sections(note: Note) -> list[Heading]:
    """The headings, without lines that are headings only because arXiv's mails have a rule below them."""
    return [heading for heading in note.scan.headings if note.lines[heading.line - 1].startswith("#")]


def _above(note: Note, title: int, stop: int, cited: dict[int, list[PaperId]]) -> Iterator[tuple[int, str]]:
    """The lines with labels above that of a title, from below, down to line `stop`; one empty line may be between."""
    for number in range(title - 1, stop, -1):
        line = note.lines[number - 1]
        label = labelled(line)[0] or (_ID if number in cited and len(line) < _LONGEST_LEAD else "")
        if label:
            yield number, label
        elif line.strip() or not note.lines[number].strip():
            return


def _record(note: Note, first: int, title: int, end: int, cited: dict[int, list[PaperId]]) -> Record | None:
    """The record with the title on line `title`; None if that is no title."""
    said, last = _said(note.lines, first, title, end)
    fields = [field for each in said for field in _fields(*each)]
    names = {field.key: field.values[0].text for field in fields if field.key in _TITLES}
    if not names:
        return None
    ids = [paper for number in range(first, last + 1) for paper in cited.get(number, [])]
    below = {paper for number in range(last + 1, end) for paper in cited.get(number, [])}
    ids = ids or (list(below) if len(below) == 1 else [])
    facts = from_fields([field for field in fields if field.key not in _TITLES]).facts
    if not ids:
        facts += [Fact("url", value, n, 1) for n, label, value in said if fact_name(label) == "url" and "://" in value]
    own = tuple({paper.scheme: paper for paper in reversed(ids)}.values())
    name = display_title(names.get("paper_title") or names.get("title") or names["paper"])
    return Record(first, last, end, name, tuple(facts), own, _remarks(said))


def _said(lines: Sequence[str], first: int, title: int, end: int) -> tuple[list[tuple[int, str, str]], int]:
    """The lines with labels from `first` on: their numbers, labels and values; and the number of the last line."""
    said = [(number, *labelled(lines[number - 1])) for number in range(first, title)]
    last = title
    for number in range(title, end):
        label, value = labelled(lines[number - 1])
        if label:
            said.append((number, label, value))
        elif not lines[number - 1].strip():
            continue
        elif last < number - 1 or not _goes_on(said[-1], number, lines[number - 1]):
            break
        elif "://" not in lines[number - 1]:
            said[-1] = (*said[-1][:2], f"{said[-1][2]} {lines[number - 1].strip()}")
        last = number
    return said, last


def _goes_on(before: tuple[int, str, str], number: int, line: str) -> bool:
    """Whether a line continues the one before it that has a label."""
    begins, label, _ = before
    if _RULE.fullmatch(line) or number - begins > _MOST_LINES:
        return False
    return line.startswith((" ", "\t")) or HEADINGS.get(label) in (*_TITLES, "authors") or fact_name(label) == "summary"


def _fields(line: int, label: str, value: str) -> Iterator[Field]:
    for key, written in header_values.told(label, value, HEADINGS):
        linked = LINKED.fullmatch(value) if key == "paper" else None
        values = header_values.values(key, written, label) if not linked else [] if is_label(linked[1]) else [linked[1]]
        if values:
            yield Field(key, tuple(Scalar(text, line, 1, text) for text in values), line, 1)


def _remarks(said: Sequence[tuple[int, str, str]]) -> tuple[tuple[str, str], ...]:
    """What the record says of what the paper does: its abstract, and what is after labels of the writer's own."""
    others = [(label, value) for _, label, value in said if label and label not in _OF_FILE]
    told = [each for each in others if fact_name(each[0]) == "summary"]
    own = [each for each in others if not (KEYS.get(each[0]) or identifies(each[0]))]
    return tuple(dict.fromkeys([*told, *own]))


def _headings(note: Note, found: Sequence[Record]) -> Iterator[list[Heading]]:
    """The headings over each record, without one of its own: `### Paper 3`, if each record has one."""
    sections = _sections(note)
    lines = [heading.line for heading in sections]
    nearest = [bisect_right(lines, record.first) for record in found]
    have_own = len(set(nearest)) == len(found)
    above: list[Heading] = []
    for begin, end in zip([0, *nearest], nearest):
        for heading in sections[begin:end]:
            above = [*(each for each in above if each.level < heading.level), heading]
        yield above[:-1] if have_own else above
