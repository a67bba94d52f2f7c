"""A note cut into passages: the text from one opening block to the next, with its links and headings."""

import re
from collections.abc import Callable, Iterable, Iterator

from kb import dates, ids
from kb.dates import PartialDate
from kb.decorated import plain_title
from kb.dialects.note import Note
from kb.header_words import BIBLIOGRAPHIES
from kb.markdown import Heading
from kb.model import Fact, Item, Link
from kb.outline import Block, outline
from kb.regex import rare
from kb.typed import NamedTuple

_CODE_HOSTS = re.compile(r"https?://(?:www\.)?(?:github\.com|gitlab\.com|huggingface\.co/(?!papers/)|bitbucket\.org)/")

_TEXTS = (".pdf", ".md", ".pptx", ".ppt", ".key")
"""Files kept next to code: notes, slides."""
_DATED = re.compile(
    r"(?:week(?:ly)?|weekend|month(?:ly)?|day|daily|edition|issue|digest|newsletter|update[sd]?|reading(?: list)?"
    r"|papers?)\b"
    r"[\s#.]*\d{0,4}\s*(?:(?:of|from|for|starting|beginning|on|in|ending)\b(?:\s+the)?)?[\s:,(–—-]*",
    re.IGNORECASE,
)

_RANGE = rare(
    r"\b(?P<month>[A-Z][a-z]{2,8})\.? (?P<day>\d\d?)(?:st|nd|rd|th)?\s?(?:-|–|—|to)\s?"
    r"(?:(?P<last>[A-Z][a-z]{2,8})\.? )?\d\d?(?:st|nd|rd|th)?\)?[\s,–—-]{1,4}(?P<year>20\d\d)\b"
    r"|\b(?P<iso>20\d\d[-./]\d\d[-./]\d\d)\s?(?:-|–|—|~|to|至)\s?(?:20\d\d[-./])?\d\d[-./]\d\d\b"
)
"""`(March 24 - March 30) - 2025`, `Jan 1-7, 2024`, `2024.01.01 ~ 01.07`"""
_LONGEST_SENTENCE = 200
"""Maximum length of a comment on one line, in characters."""
_LISTS = {"links", "papers", "key papers", "related papers", "further reading", "reading list", *BIBLIOGRAPHIES}
"""Headings that only say that a list follows, not what it is about."""


class Passage(NamedTuple):
    """An opening block and what belongs to it.

    Args:
        above: the headings over it, the outermost first.
        links: all links in its lines, in order.
    """

    above: tuple[Block, ...]
    blocks: tuple[Block, ...]
    links: tuple[Link, ...]

    @property
    def opening(self) -> Block:
        return self.blocks[0]

    @property
    def over(self) -> list[Block]:
        """The headings above it, without one that opens it."""
        return [heading for heading in self.above if heading.line != self.opening.line]

    @property
    def text(self) -> str:
        """The whole passage, each block as a paragraph."""
        return "\n\n".join(block.text for block in self.blocks if block.text)


def cut(
    note: Note,
    opens: Callable[[Block, list[Link]], bool],
    goes_on: Callable[[Block, Block], bool] | None = None,
) -> list[Passage]:
    """Passages that begin with a block for which `opens(block, its links)` is true, and end at the next or a heading.

    Deeper headings are part of one that begins with a heading. It ends earlier at a block for which
    `goes_on(opening, block)` is false. Text before the first opening block of a section belongs to no passage.
    """
    by_line: dict[int, list[Link]] = {}
    for link in note.scan.links:
        by_line.setdefault(link.line, []).append(link)
    found: list[tuple[tuple[Block, ...], list[Block], list[Link]]] = []
    above: tuple[Block, ...] = ()
    inside = False
    for block in outline(note.text, note.body_at):
        links = [link for line in range(block.line, block.last_line + 1) for link in by_line.pop(line, [])]
        if block.kind == "heading":
            above = (*(each for each in above if each.level < block.level), block)
            inside = inside and found[-1][1][0].kind == "heading" and found[-1][1][0].level < block.level
        inside = inside and (goes_on is None or goes_on(found[-1][1][0], block))
        if opens(block, links):
            found.append((above, [block], links))
            inside = True
        elif inside:
            found[-1][1].append(block)
            found[-1][2].extend(links)
    return [Passage(headings, tuple(blocks), tuple(links)) for headings, blocks, links in found]


def placed(above: Iterable[Block | Heading], title: str) -> Iterator[Fact]:
    """What the headings over a paper say about it: a category, and the day or week in which it was discussed.

    The innermost heading of each kind counts. The note's title is not a category, nor is a heading that only announces
    a list.
    """
    found: dict[str, Fact] = {}
    for heading in above:
        date = _date_of(plain_title(heading.text))
        year = found.get("discussed_on")
        if not date and year and len(year.value) == 4 and heading.text.strip().isalpha():
            date = dates.parse_date(f"{heading.text} {year.value}")  # `### June` under `## 2022`
        name = "discussed_on" if date else "category"
        is_title = heading.text == title or (heading.level == 1 and heading.text.startswith(f"{title} "))  # and badges
        is_list = plain_title(heading.text).strip(" :").casefold() in _LISTS
        if heading.text and not is_title and not is_list:
            found[name] = Fact(name, str(date) if date else plain_title(heading.text), heading.line, 1)
    yield from (found[name] for name in sorted(found))


def _date_of(heading: str) -> PartialDate | None:
    """The date in a heading, perhaps after the name of what is dated: `Week of March 3, 2025`, `Issue 12 (2025-06)`."""
    text = heading.strip(" :#[]")
    dated = _DATED.match(text)
    date = dates.parse_date(text) or dates.parse_date(re.sub(r"\([^()]*\)$", "", text))  # `2016-11 (special edition)`
    date = date or (dates.parse_date(text[dated.end() :].strip(" :()[]")) if dated else None)
    return date or _first_day(text)


def _first_day(heading: str) -> PartialDate | None:
    """The first of the days from which to which a heading is; a year behind two days is that of the last one."""
    found = _RANGE.search(heading)
    if found is None:
        return None
    if found["iso"]:
        return dates.parse_date(re.sub("[./]", "-", found["iso"]))
    is_over_new_year = found["month"].startswith("Dec") and (found["last"] or "Dec").startswith("Jan")
    return dates.parse_date(f"{found['month']} {found['day']}, {int(found['year']) - is_over_new_year}")


def pieces(passage: Passage, entry: int, title: str) -> Iterator[Item]:
    """Highlights (bold text that is not a title), links to code, figures."""
    for block in passage.blocks:
        for strong in block.strong:
            if re.search(r"\w", strong) and strong not in title and not _is_label(block, strong):
                yield Item("highlight", block.line, strong, entry=entry)
        for image in block.images:
            yield Item("figure", block.line, image, entry=entry)
    for link in passage.links:
        if is_code(link):
            yield Item("code", link.line, link.target, entry=entry)


def _is_label(block: Block, strong: str) -> bool:
    """Whether bold words only label what follows (`**Authors**: ...`)."""
    rest = block.text[len(strong) :] if block.text.startswith(strong) else ""
    is_short = len(strong.split()) < 4
    return is_short and (strong.rstrip()[-1:] in (":", "：") or rest.lstrip()[:1] in (":", "："))


def is_code(link: Link) -> bool:
    """Whether a link leads to a code host."""
    return link.kind == "markdown" and is_address_of_code(link.target)


def is_address_of_code(url: str) -> bool:
    """Whether an address is on a code host, and not that of a text or paper there."""
    return bool(_CODE_HOSTS.match(url)) and not url.endswith(_TEXTS) and not ids.parse_id(url)


def first_sentence(text: str) -> str:
    """The beginning of a comment, for one line."""
    sentence = re.split(r"(?<=[.!?])\s+(?=[\"“'(\[]?[A-Z0-9])", text, maxsplit=1)[0].strip()
    if len(sentence) <= _LONGEST_SENTENCE:
        return sentence
    return sentence[: _LONGEST_SENTENCE - 1].rsplit(" ", 1)[0] + "…"
