"""Pages of a static site (Jekyll, Hugo, Zola): a layout, a collection's folder, a date in the file name, TOML.

`_publications/2010-10-01-sparse-coding.md` is a publication, and the date is the paper's. `_posts/2019-05-01-bert.md`
is a post, which may be about a paper; the date is that of the post.
"""

import re

from kb import dates, facts
from kb.conventions import post
from kb.dialects import about, note_titles
from kb.dialects.note import Note, Reading
from kb.model import Entry, Fact

NAME = "jekyll"

_PUBLICATIONS = re.compile(r"_?(?:publications?|papers?|bibliography|preprints?)")
_POSTS = re.compile(r"_?(?:posts?|drafts|blog|notes?)")
_SITE = re.compile(r"_(?:posts|drafts|publications)|posts?|blog")
"""Folders that only sites have."""
_GITBOOK = {"editorial", "landing", "wide"}
"""Layouts of another tool."""
_POST_DATES = {
    "date", "published", "publishdate", "date_published", "published_date", "lastmod", "last_modified_at", "updated",
}  # fmt: skip
_SLUG = re.compile(r"[^\s-]+(?:(?:-[^\s-]+)+|_[^\s-]+)")


def recognize(note: Note) -> str:
    """Recognized by TOML front matter; or by front matter with a layout or a collection, or in a folder of posts."""
    if not note.fields:
        return ""
    if note.text.startswith("+++"):
        return "front matter between `+++`"
    for key in ("layout", "collection"):
        if value := _value(note, key):
            return f"front matter `{key}: {value}`"
    folder = next((part for part in note.path.split("/")[:-1] if _SITE.fullmatch(part)), "")
    return f"the folder `{folder}`" if folder else ""


def read(note: Note) -> Reading:
    """The title from the page or its file name; the date of a post is never the paper's."""
    title, entry = about.about(note)
    day, name = post(note.stem)
    if title == note.stem:
        slug = name or title
        title = re.sub("[-_]+", " ", slug) if name or _SLUG.fullmatch(slug) else slug
    if entry and _is_any(note, _POSTS):
        entry = _of_post(note, entry, title)
    if entry and day and (date := dates.parse_date(day)):
        field = "date" if _is_any(note, _PUBLICATIONS) else "noted_on"
        if not entry.values(field):
            entry = entry._replace(facts=(*entry.facts, Fact(field, str(date), 1, 1)))
    return Reading(title, (about.of_paper(entry._replace(title=title)),) if entry else ())


def _value(note: Note, key: str) -> str:
    found = next((f.values[0].text.strip() for f in note.fields if f.key.lower() == key and f.values), "")
    return "" if found in _GITBOOK else found


def _is_any(note: Note, kind: re.Pattern[str]) -> bool:
    """Whether a folder, the layout or the collection is of this kind."""
    signs = [*note.path.split("/")[:-1], _value(note, "layout"), _value(note, "collection")]
    return any(kind.fullmatch(sign.lower()) for sign in signs)


def _of_post(note: Note, entry: Entry, title: str) -> Entry | None:
    """The paper that a post is about; None if it has only an author and its own date."""
    fields = (*note.fields, *note.header)
    others = facts.from_fields([field for field in fields if field.key.lower() not in _POST_DATES])
    is_said = bool(entry.ids or note.facts.kind or set(note.facts.marks) - {"authors"} or entry.line > 1)
    if not (is_said or others.first("date") or note_titles.told(title).says):
        return None
    dated = [f._replace(field="noted_on") for f in entry.facts if f.field == "date" and f.value != others.first("date")]
    of_paper = [fact for fact in others.facts if fact.field == "date"]
    is_of_blogger = _is_of_blogger(note, entry)
    kept = [_by_blogger(f) if is_of_blogger else f for f in entry.facts if f.field != "date"]
    return entry._replace(facts=(*kept, *of_paper, *dated))


def _is_of_blogger(note: Note, entry: Entry) -> bool:
    """Whether `author` is the one person who wrote the post, and nothing else names authors."""
    return "author" in note.keys and "authors" not in note.keys and len(entry.values("authors")) == 1


def _by_blogger(fact: Fact) -> Fact:
    return fact._replace(field="noted_by") if fact.field == "authors" else fact
