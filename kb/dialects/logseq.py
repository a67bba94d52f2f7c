"""Logseq pages: properties at the top, then only bullets; blocks are referenced by their ids.

    title:: Layer Normalization
    arxiv:: 1607.06450

    - Normalizes over features. ((64b7a5a2-6c1f-4a5e-9a57-0f6a3c0d9e11))
      id:: 64b7a5a2-6c1f-4a5e-9a57-0f6a3c0d9e12

The file `a___b.md` (or `a%2Fb.md`) is the page `a/b`; `journals/2023_03_03.md` is the page `Mar 3rd, 2023`.
"""

import re

from kb import dates, ids
from kb.dialects import about
from kb.dialects.note import Note, Reading
from kb.model import Entry, Fact
from kb.percent import unquote

NAME = "logseq"

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_BLOCK = re.compile(
    rf"^[ \t]*(?:- )?(?P<property>(?:id:: {_UUID}|collapsed:: (?:true|false)))[ \t]*$|\(\(({_UUID})\)\)", re.MULTILINE
)
_REFERENCE = re.compile(rf"\(\({_UUID}\)\)")
_BLOCK_LINK = re.compile(r"\(\(.*\)\)")
_PROPERTY = re.compile(r"(?:- )?[^\W\d_][\w./-]{0,40}::(?:[ \t].*)?")
_JOURNAL = re.compile(r"(?:^|/)journals/(\d{4})[_-](\d\d)[_-](\d\d)\.\w+")
_OF_ZOTERO = {"Abstract", "Attachments", "Notes"}
"""Blocks of a page that Logseq made from a Zotero item: links to what they are, not to a page's subject."""


def recognize(note: Note) -> str:
    """Recognized by block ids or a journal's file name; or, if the rest is bullets, by properties or a page's name."""
    block = _BLOCK.search(note.body) if note.scan.has_signs or _REFERENCE.search(note.body) else None
    if block:
        return f"the property `{block['property']}`" if block["property"] else f"the block reference `{block[0]}`"
    if _JOURNAL.search(note.path) and _only_bullets(note, note.opens_at):
        return "a day in the folder `journals`"
    begins = note.opens_at
    while begins <= len(note.lines) and _PROPERTY.fullmatch(note.lines[begins - 1].rstrip()):
        begins += 1
    if begins > note.opens_at and begins <= len(note.lines) and _only_bullets(note, begins):
        return f"page properties on line {note.opens_at}, then bullets"
    if ("___" in note.stem or "/pages/" in f"/{note.path}") and _only_bullets(note, begins):
        return f"the page `{page_name(note.stem)}`, all in bullets"
    return ""


def read(note: Note) -> Reading:
    """The title is the page name; a day also has the name that Logseq shows. Block references are not page links."""
    title, entry = about.about(note)
    name = page_name(note.stem)
    if not note.facts.first("title") and not ids.parse_arxiv(note.stem.replace("_", "/")):
        title = name
    blocks: set[str] = _OF_ZOTERO if note.facts.all("item-type") else set()
    links = tuple(
        link for link in note.scan.links if not (link.target in blocks or _BLOCK_LINK.fullmatch(link.target))
    )
    aliases = (name,) if name != title else ()
    day = _JOURNAL.search(note.path)
    date = dates.parse_date("-".join(day.groups())) if day else None
    if date and date.month and date.day:
        title, aliases = str(date), (_as_logseq_writes(date.year, date.month, date.day),)
    return Reading(title, (_of_zotero(entry._replace(title=title)),) if entry else (), links=links, aliases=aliases)


def _of_zotero(entry: Entry) -> Entry:
    """The paper of a page that Logseq made from a Zotero item, named `@Title` or `@citekey` as the user has set it."""
    original = entry.values("original-title")
    if not (entry.title.startswith("@") and " " not in entry.title and original):
        return about.of_paper(entry)
    facts = [fact._replace(value=original[0]) if fact.field == "title" else fact for fact in entry.facts]
    if not entry.values("citekey"):
        facts.append(Fact("citekey", entry.title[1:], entry.line, 1))
    return entry._replace(title=original[0], facts=tuple(facts))


def page_name(stem: str) -> str:
    """The name of the page: `a/b` for `a___b` and `a%2Fb`."""
    return unquote(stem.replace("___", "/"))


def _only_bullets(note: Note, first: int) -> bool:
    """Whether every line from `first` on is a bullet or part of one."""
    lines = [line for line in note.lines[first - 1 :] if line.strip()]
    return bool(lines) and all(line.startswith(("- ", " ", "\t")) or line == "-" for line in lines)


def _as_logseq_writes(year: int, month: int, day: int) -> str:
    ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{dates.MONTHS[month - 1][:3].title()} {day}{ending}, {year}"
