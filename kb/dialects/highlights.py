"""Highlights as exporters write them: bullets or quotes, with the reader's notes and tags, a location and a link back.

- What the source says. ([Location 12](https://readwise.io/to_kindle?location=12))
    - Note: what the reader thinks
    - Tags: [[a]] [[b]]

### id301224
> What the source says.
Note: what the reader thinks

## New highlights added June 1, 2023 at 9:14 AM
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kb.inline_fields import split_tags
from kb.model import Item
from kb.repair import repaired
from kb.typed import Literal

ADDED = re.compile(
    r"\W*(?:new highlights? added|highlights? (?:first )?synced|highlights? refreshed)\b(?P<when>.*)", re.IGNORECASE
)
"""Headings of exporters over the highlights of one sync."""
HEADING = re.compile(r"(?P<level>#{1,6})\s+(?P<text>.*?)(?:(?<!\s)\s+)?(?<!#)#*")
SECTION = re.compile(r"\W*(?:[\w']+ ){0,2}(?:highlights?|quotes|annotations)(?: from [\w ]+)?\W*", re.IGNORECASE)
"""Headings over highlights."""

_ID = re.compile(r"(?:id|rw|highlight )\s?(\d+)", re.IGNORECASE)
_BULLET = re.compile(r"(?P<indent>[ \t]*)[-*+](?:[ \t]+(?P<text>.*)|$)")
_LABELS = {
    "note": "note", "notes": "note", "my note": "note", "comment": "note", "annotation": "note", "notiz": "note",
    "nota": "note", "заметка": "note", "笔记": "note", "备注": "note", "メモ": "note", "메모": "note",
    "tag": "tag", "tags": "tag", "etiquetas": "tag", "schlagworte": "tag", "теги": "tag", "标签": "tag", "タグ": "tag",
    "location": "location", "page": "location", "position": "location", "color": "color", "colour": "color",
    "highlighted": "date", "highlighted at": "date", "highlighted on": "date",
}  # fmt: skip
"""Labels of lines under a highlight, and what they mean."""
_LABEL = re.compile(
    r"\s*(?:[-*+]\s+)?[*_]{0,2}(?P<name>[^\W\d_][^\W_ ]*(?: [^\W_]+)?)[*_]{0,2}\s*[:：]{1,2}[*_]{0,2}(?P<rest>.*)"
)
_BACK = re.compile(r" ?\(\[(?P<label>[^\[\]\n]{1,60})\]\((?P<url>[^()\s]+)\)\)")
_BACK_AT_END = re.compile(
    r" ?(?:[—–-]{1,3} )?\[(?P<label>[^\[\]\n]{1,60})\]\((?P<url>[^()\s]+)\)(?: — Group: #\S+)?$", re.MULTILINE
)
"""The link back to the source, after which Hypothesis names the group."""
_PLACE = re.compile(r"(?:location|loc|page|p|time|timestamp|position)\b\W*(?P<at>[\d:.–-]+)", re.IGNORECASE)
_BACKWARD = re.compile(
    r"updated on\b|(?:view|open|go to|see) (?:highlight|tweet|post|in|on|source|original)\b|(?:view|open)$",
    re.IGNORECASE,
)
_IMAGE = re.compile(r"!\[[^\[\]]*\]\(([^()\s]+)\)")
_CALLOUT = re.compile(r"\[![\w-]+\][+-]?\s*(?:(?:quote|highlight)\s*$)?", re.IGNORECASE)
_BLOCK_ID = re.compile(r"(?:^|\s)\^[A-Za-z0-9-]+$")


@dataclass
class _Draft:
    """A highlight being read: following text goes to `open`, which is its text or one of its parts."""

    line: int
    by: Literal["bullet", "quote", "paragraph"]
    around: dict[str, str]
    said: list[str]
    open: list[str]
    parts: list[tuple[str, list[str]]] = field(default_factory=list)
    is_over: bool = False

    def label(self, name: str, value: str) -> None:
        self.open = [value]
        self.parts.append((name, self.open))

    def say(self, text: str) -> None:
        self.open.append(text)


def read(lines: list[str], first: int) -> Iterator[Item]:
    """The highlights from line `first` on, which is the heading over them or the first of them."""
    reader = _Reader()
    for number, line in enumerate(lines[first - 1 :], first):
        reader.take(number, line)
    for draft in reader.drafts:
        item = _item(draft)
        if item:
            yield item


class _Reader:
    """One pass over the lines; `around` is what headings say about the highlights under them."""

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.around: dict[str, str] = {}
        self.draft: _Draft | None = None
        self.indent = -1  # of the bullets that are highlights
        self.level = 6  # of the heading over all highlights
        self.is_elsewhere = False  # under a heading that has no highlights

    def take(self, number: int, line: str) -> None:
        """Begin a highlight with this line, add the line to the last one, or end the last one."""
        heading, bullet = HEADING.fullmatch(line), _BULLET.fullmatch(line)
        if heading:
            self.head(len(heading["level"]), heading["text"])
        elif self.is_elsewhere:
            return
        elif not line.strip():
            if self.draft:
                self.draft.is_over = True
        elif re.fullmatch(r"\s*([-*_])(?:\s*\1){2,}\s*", line):
            self.draft = None
        elif bullet:
            self.bullet(number, bullet)
        elif line.startswith(">"):
            self.quote(number, line.lstrip("> ").rstrip())
        else:
            self.plain(number, line)

    def head(self, level: int, text: str) -> None:
        """Read a heading of highlights, an id, a section of the source, or the end."""
        self.draft, self.indent = None, -1
        added, number = ADDED.match(text), _ID.fullmatch(text.strip())
        if added or SECTION.fullmatch(text):
            self.level, self.is_elsewhere = level, False
            self.around = {"added": _day(added["when"])} if added and _day(added["when"]) else {}
        elif level <= self.level and not number and self.level < 6:
            self.is_elsewhere = True
        elif number:
            self.around = {**self.around, "id": number[1]}
        else:
            self.around = {**self.around, "section": text}

    def bullet(self, number: int, bullet: re.Match[str]) -> None:
        indent, text = len(bullet["indent"].expandtabs(4)), bullet["text"] or ""
        added = ADDED.match(text)
        if added:
            self.around, self.draft, self.indent = {"added": _day(added["when"])}, None, -1
        elif self.draft and (label := _label(text)):
            self.draft.label(*label)
        elif self.draft and (self.draft.by == "bullet" and indent > self.indent):
            self.draft.say(text)
        else:
            self.indent = indent
            self.begin(number, "bullet", text)

    def quote(self, number: int, text: str) -> None:
        text = _CALLOUT.sub("", text) if text.startswith("[!") else text
        label = _label(text)
        if self.draft and label:
            self.draft.label(*label)
        elif self.draft and self.draft.by == "quote" and not self.draft.is_over:
            self.draft.say(text)
        else:
            self.begin(number, "quote", text)

    def plain(self, number: int, line: str) -> None:
        """Read a continuation line of a bullet or paragraph, or, after a quote, the reader's remark."""
        draft, text = self.draft, line.strip()
        label = _label(text)
        if draft and label:
            draft.label(*label)
        elif draft and (_BLOCK_ID.fullmatch(text) or not _BACK_AT_END.sub("", _BACK.sub("", text))):
            draft.said.append(text)
        elif draft and draft.by == "bullet" and (line[0] in " \t" or not draft.is_over):
            draft.say(text)
        elif draft and draft.by == "quote":
            draft.label("note", text)
        elif draft and draft.by == "paragraph" and not draft.is_over:
            draft.say(text)
        else:
            self.begin(number, "paragraph", text)

    def begin(self, number: int, by: Literal["bullet", "quote", "paragraph"], text: str) -> None:
        said = [text]
        self.draft = _Draft(number, by, self.around, said, said)
        self.drafts.append(self.draft)
        self.around = {name: value for name, value in self.around.items() if name != "id"}


def _label(text: str) -> tuple[str, str] | None:
    """`**Note**: ...` as (note, ...)."""
    match = _LABEL.fullmatch(text)
    name = _LABELS.get(match["name"].casefold()) if match else None
    return (name, match["rest"].strip()) if match and name else None


def _day(text: str) -> str:
    return " ".join(re.sub(r"\[\[|\]\]|\bby\b|\bReadwise\b|\bon\b", " ", text).strip(" :").split())


def _item(draft: _Draft) -> Item | None:
    """The highlight on one line, with its parts; None if it says nothing."""
    parts: list[tuple[str, str]] = []
    for name, pieces in draft.parts:
        text = repaired(" ".join(" ".join(pieces).split()))
        parts += [(name, each) for each in (split_tags(text) if name == "tag" else [text]) if each]
    text = "\n".join(_BLOCK_ID.sub("", " ".join(line.split())) for line in draft.said)

    def leads_back(link: re.Match[str]) -> str:
        place = _PLACE.match(link["label"])
        if not (place or _BACKWARD.match(link["label"]) or "readwise.io/" in link["url"]):
            return link[0]
        parts.extend([("location", place["at"])] if place else [])
        parts.append(("url", link["url"]))
        return ""

    text = _BACK_AT_END.sub(leads_back, _BACK.sub(leads_back, text))
    parts += [("image", image) for image in _IMAGE.findall(text)]
    parts += sorted(draft.around.items())
    text = repaired(" ".join(_IMAGE.sub(" ", text).split()))
    return Item("highlight", draft.line, text, tuple(parts)) if text or parts else None
