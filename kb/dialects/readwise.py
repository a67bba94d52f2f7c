"""Readwise exports to Obsidian and Logseq: metadata of the source, its highlights, the papers that it lists.

    ![rw-book-cover](https://...)
    ## Metadata
    - Author: [[Ashish Vaswani]]
    - URL: https://arxiv.org/abs/1706.03762
    ## Highlights
    - What the source says ([View Highlight](https://read.readwise.io/read/01h))

The note is about the source if its address shows that the source is a paper; otherwise it is about nothing.
"""

import re
from collections.abc import Iterator

from kb import facts, ids, inline_fields
from kb.dialects import about, highlights, threads
from kb.dialects.note import Note, Reading
from kb.fields import Field, Scalar
from kb.model import Entry, Fact
from kb.repair import repaired
from kb.targets import fold_heading
from kb.titles import display_title

NAME = "readwise"

_TOLD = re.compile(
    r"\s*(?:>\s?)*(?:[-*+]\s+)?[*_]{0,2}(?P<name>[A-Za-z][A-Za-z ]{2,30}?)[*_]{0,2}:[*_]{0,2}[ \t]+(?P<value>\S.*)"
)
_FACTS = {
    "author": "authors", "authors": "authors", "full title": "title", "url": "url", "source": "url",
    "source url": "url", "summary": "summary", "document tags": "tags", "published": "date",
    "published date": "date", "publication date": "date", "doi": "doi",
}  # fmt: skip
"""What an export says about its source, as facts."""
_OF_THE_EXPORT = {"date", "type", "kind", "category", "created", "updated"}
"""Front matter about the highlights, not the source."""
_NO_PERSON = re.compile(r"@|.* on (?:Twitter|X)$|[\w.-]+\.[a-z]{2,}$", re.IGNORECASE)
_SYNCED = re.compile(r"highlights (?:first synced|refreshed|added)", re.IGNORECASE)
_HIGHLIGHT = re.compile(r"//(?:read\.)?readwise\.io/(?:read|open|to_kindle)")
_TOOL = "readwise"
"""The page that a line on when it was synced links to; nobody writes it."""
_WHOLE = "full document"
"""The heading over the source's own text, which Reader exports on request."""
_FEWEST = 3


def recognize(note: Note) -> str:
    """Recognized by an export's cover, its headings, its line on when it was synced, or links to its highlights."""
    if any("rw-book-cover" in link.raw for link in note.scan.links):
        return "image `rw-book-cover`"
    if any("highlights" in heading.text.casefold() for heading in note.scan.headings):
        headings = {fold_heading(heading.text): heading.text for heading in note.scan.headings}
        if headings.keys() >= {"metadata", "highlights"}:
            return "headings `Metadata` and `Highlights`"
        added = next((text for text in headings.values() if text.lower().startswith("new highlights added")), "")
        if added:
            return f"heading `{added}`"
    for link in note.scan.links:
        if link.target.lower() == _TOOL and _SYNCED.search(note.lines[link.line - 1]):
            return f"line {link.line} says that Readwise wrote it"
    back = [link for link in note.scan.links if "readwise.io/" in link.target and _HIGHLIGHT.search(link.target)]
    return f"{len(back)} links to highlights in Readwise" if len(back) >= _FEWEST else ""


def read(note: Note) -> Reading:
    """Read the source's full title, its highlights, and the papers that a thread lists."""
    first = _first_highlight(note)
    told = list(_told(note, first))
    title, entry = about.about(note)
    named = next((f.values[0].text for f in told if f.key == "title" and f.values), "")
    title = " ".join(repaired(named or title).split())
    entry = _source(told, title, entry) or (entry if entry and set(note.facts.marks) - {"authors"} else None)
    listed = tuple(threads.papers(note.lines, note.opens_at))
    items = tuple(highlights.read(note.lines, first)) if first <= len(note.lines) else ()
    text = "\n".join(repaired(line) for line in note.body.split("\n"))
    links = tuple(link for link in note.scan.links if link.target.lower() != _TOOL)
    return Reading(title, ((about.of_paper(entry),) if entry else ()) + listed, items, links, text=text)


def _first_highlight(note: Note) -> int:
    """The line of the heading or bullet over the highlights; else of the heading after the metadata."""
    for number, line in enumerate(note.lines[note.opens_at - 1 :], note.opens_at):
        heading = highlights.HEADING.fullmatch(line)
        text = heading["text"] if heading else line.strip(" \t-*")
        if highlights.ADDED.match(text) or (heading and highlights.SECTION.fullmatch(text)):
            return number
    later = (h for h in note.scan.headings[1:] if fold_heading(h.text) != "metadata")
    first = next(later, None)
    return first.line if first and fold_heading(first.text) != _WHOLE else len(note.lines) + 1


def _told(note: Note, end: int) -> Iterator[Field]:
    """What the lines above the highlights, page properties and front matter say about the source."""
    for number, line in enumerate(note.lines[note.opens_at - 1 : end - 1], note.opens_at):
        match = _TOLD.fullmatch(line)
        if match and (name := _FACTS.get(match["name"].lower())):
            yield _field(name, match["value"], number, match.start("value") + 1)
    fields = [*inline_fields.of_page(note.lines, note.scan, []), *note.fields]
    for field in sorted(fields, key=lambda each: each.key.lower() != "full-title"):
        key = field.key.lower()
        name = "title" if key == "full-title" else facts.fact_name(key)
        if key not in _OF_THE_EXPORT:
            values = [value for value in field.values if name != "authors" or _persons(value.text)]
            yield field._replace(key=name if name in _FACTS.values() else field.key, values=tuple(values))


def _field(name: str, written: str, line: int, column: int) -> Field:
    text = repaired(_persons(written) if name == "authors" else written.strip())
    if name == "url":
        text = re.sub(r"^\[[^\[\]]*\]\(|^<|[)>]$", "", text)
    texts = inline_fields.split_tags(text) if name == "tags" else [text] if text else []
    return Field(name, tuple(Scalar(each, line, column, written) for each in texts), line, column)


def _persons(written: str) -> str:
    """The names without brackets; empty if the source is a site or an account, not people."""
    text = written.replace("[[", "").replace("]]", "").strip().strip("\"'")
    return "" if _NO_PERSON.match(text) else text


def _source(told: list[Field], title: str, note_of: Entry | None) -> Entry | None:
    """The source as a paper: by its address, else by whatever makes any note one about a paper."""
    found = facts.from_fields([field for field in told if field.key != "title"])
    found.facts = list({(fact.field, fact.value): fact for fact in reversed(found.facts)}.values())[::-1]
    titled = next((field for field in told if field.key == "title"), None)
    if titled:
        found.facts.insert(0, Fact("title", display_title(title), titled.line, titled.column))
    if found.ids:
        paper = found.ids[0]
        places = (field.line for field in told for value in field.values if ids.parse_id(value.text) == paper)
        line = next(places, 1)
        return found.entry("paper", line, f"address of the source on line {line}", title)
    if note_of and note_of.ids:
        return found.entry("paper", note_of.line, note_of.decided_by, title, note_of.ids)
    return None
