"""Discussions: a topic, a summary, then comments, each under a line that links to it or names its author.

    Architecture Importance
    Debate over whether ...
    ← Back to The Article
    While some argue ...
    2 comments tagged with this topic
    View on HN · Topics
    > but I think ... I feel like you ...

Such a line may also be `alice 3 hours ago | next`, `u/bob · 12 points · 2d ago` or `Comment 3`. The author of a comment
is kept if the line names one, and never invented.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from kb.dialects import about
from kb.dialects.habits import LONGEST_HEAD
from kb.dialects.note import Note, Reading
from kb.model import Item, Link
from kb.repair import repaired

NAME = "discussion"

_PLACES = r"(?:HN|Hacker ?News|Reddit|Lobste\.?rs|Lemmy|LessWrong|Twitter|X|Bluesky|Mastodon)"
_AGO = (
    r"(?:(?:\d{1,3}|an?|one) ?(?:seconds?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|[smhdwy]|mo)\.? ago"
    r"|(?:on|at) (?:\d{4}-\d\d-\d\d|\w{3,9}\.? \d{1,2},? \d{4}|\d{1,2} \w{3,9}\.? \d{4})(?:[ T]\d\d:\d\d\S{0,9})?)"
)
_WRITER = r"(?P<mark>(?:by |/?u/|@)?)(?P<by>[^\W_][\w.-]{1,38})"
_HEADS = (
    re.compile(rf"\W*View (?:(?:the )?comment )?on {_PLACES}\b.{{0,400}}", re.IGNORECASE),
    re.compile(
        rf"(?P<before>[^\w@/]*){_WRITER}"
        r"(?P<between>[^\w@/]{1,8}(?:-?\d{1,6} (?:points?|upvotes?|likes?)[^\w@/]{1,6})?)"
        rf"(?P<when>{_AGO})(?P<after>(?:[^\w@].{{0,120}})?)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"[^\w@/]*Comment (?:#|no\. ?)?\d{{1,5}}(?: of \d{{1,5}})?(?:[ ,(–—-]+(?=by ){_WRITER})?\W*", re.IGNORECASE
    ),
)
"""Lines that begin a comment, in three styles; a note uses one of them."""
_NO_WRITER = re.compile(
    r"updated|edited|posted|published|created|modified|accessed|retrieved|submitted|released|revised|accepted|received|"
    r"joined|started|finished|presented|seen|read|due|about|over|almost|just|only|since|from|last|version|\d+",
    re.IGNORECASE,
)
_SIGNS = ("view", "ago", "comment", " on ", " at ")
_BUTTON = r"(?:reply|share|report|save|permalink|parent|context|prev|next|flag|favorite)"
_CHROME = re.compile(rf"\W*{_BUTTON}(?:[ |·•]*{_BUTTON})*\W*|\W*[ |·•]\W*", re.IGNORECASE)
_COUNT = re.compile(r"(\d+) comments?\b.{0,60}", re.IGNORECASE)
_BACK = re.compile(r"(?:←|<-|&larr;)\s*(?:Back to\s+)?(?P<name>\S.{0,300})")
_ADDRESS = re.compile(r"https?://[^\s()<>\[\]\"]+[^\s()<>\[\]\".,;:!?]")
_STOP = re.compile(r"([.!?])(?:\s|$)")
_LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class _Head:
    """The line that begins a comment, and what it says about the comment."""

    line: int
    parts: tuple[tuple[str, str], ...]


def recognize(note: Note) -> str:
    """Recognized if there are at least two comments, each under a line in the same style."""
    heads = _heads(note)
    return f"line {heads[0].line} and {len(heads) - 1} more begin comments" if len(heads) > 1 else ""


def read(note: Note) -> Reading:
    """The topic, the summary, and each comment with its quotes and links."""
    heads = _heads(note)
    lines = ((number, note.lines[number - 1].strip()) for number in range(note.opens_at, heads[0].line))
    opening = [(number, line) for number, line in lines if line]
    title, _ = about.about(note)
    if title == note.stem:
        title = _title([line for _, line in opening]) or title
    items = (*_opening(opening, title), *_comments(note, heads))
    back = [
        Link(line, number, 1, "field", match["name"].strip(), role="discussion of")
        for number, line in opening
        if (match := _BACK.fullmatch(line))
    ]
    return Reading(repaired(title), (), items, (*back, *note.scan.links))


def _heads(note: Note) -> list[_Head]:
    """The lines that begin comments, in the style that occurs most often; among equals, the first."""
    found: list[list[_Head]] = [[] for _ in _HEADS]
    lines = note.lines[note.opens_at - 1 :]
    for number, line in enumerate(lines, note.opens_at):
        if not line or len(line) > LONGEST_HEAD or not any(sign in line.lower() for sign in _SIGNS):
            continue
        for heads, pattern in zip(found, _HEADS):
            match = pattern.fullmatch(line.strip())
            if match and _is_signed(match):
                said = match.groupdict()
                parts = [(name, said[name]) for name in ("by", "when") if said.get(name)]
                addresses = _ADDRESS.findall(line)
                heads.append(_Head(number, (*parts, *(("url", address) for address in addresses[:1]))))
                break
    return max(found, key=len)


def _is_signed(match: re.Match[str]) -> bool:
    """Whether the word before a time really is a name: marked as one, or separated from the time as in such lines."""
    said = match.groupdict()
    if not said.get("when"):
        return True
    is_parted = any(sign in "|·•(–—-" for sign in said["between"]) or "|" in said["after"] or "[" in said["before"]
    return bool(said["mark"]) or (is_parted and not _NO_WRITER.fullmatch(said["by"]))


# -- above the comments -----------------------------------------------------------------------------------------------


def _title(opening: list[str]) -> str:
    """The last short line before the first long one; the site's name may be above it."""
    short = ""
    for line in opening:
        if len(line) > _LONGEST_TITLE:
            break
        if not _BACK.fullmatch(line) and not _COUNT.fullmatch(line):
            short = line
    return short.strip("# ")


def _opening(opening: list[tuple[int, str]], title: str) -> Iterator[Item]:
    """The lines above the comments: the first long one describes the topic, the following ones summarize."""
    told = [(number, line) for number, line in opening if len(line) > _LONGEST_TITLE and not _BACK.fullmatch(line)]
    topic = next((number for number, line in opening if line.strip("# ") == title), opening[0][0] if opening else 1)
    if title:
        yield Item("topic", topic, repaired(title), (("description", repaired(told[0][1])),) if told else ())
    yield from (Item("summary", number, repaired(line)) for number, line in told[1:])


# -- comments ---------------------------------------------------------------------------------------------------------


def _comments(note: Note, heads: list[_Head]) -> Iterator[Item]:
    ends = [head.line for head in heads[1:]] + [len(note.lines) + 1]
    bodies = [_body(note.lines[head.line : end - 1]) for head, end in zip(heads, ends)]
    told_twice = Counter(
        end for quotes, said in bodies if not said for end in {end for quote in quotes for _, end in _sentences(quote)}
    )
    for head, (quotes, said) in zip(heads, bodies):
        if not said:  # quote and answer are on one line
            said, quotes = " ".join(quotes), [_quoted(quote, told_twice) for quote in quotes]
        text = repaired(said)
        parts = [*head.parts, *(("quote", repaired(quote)) for quote in quotes)]
        parts += [("url", address) for address in dict.fromkeys(_ADDRESS.findall(text))]
        if text:
            yield Item("comment", head.line + 1, text, tuple(parts))


def _body(lines: list[str]) -> tuple[list[str], str]:
    """The quotes of a comment, each from its first `>` line to its last, and the text of the other lines."""
    quotes: list[list[str]] = []
    said: list[str] = []
    in_quote = False
    for line in lines:
        bare, was_in_quote = line.strip(), in_quote
        in_quote = bare.startswith((">", "&gt;"))
        if in_quote:
            quotes += [] if was_in_quote else [[]]
            quotes[-1].append(re.sub(r"^(?:(?:>|&gt;)\s*)+", "", bare))
        elif bare and not _CHROME.fullmatch(bare[:_LONGEST_TITLE]):
            said.append(bare)
    return [" ".join(" ".join(quote).split()) for quote in quotes], " ".join(" ".join(said).split())


def _sentences(line: str) -> list[tuple[int, str]]:
    """Where each sentence ends, and its last words: two quotes of one passage rarely begin at the same word."""
    stops = [match.end(1) for match in _STOP.finditer(line)]
    return [(stop, line[max(before, stop - 40) : stop]) for before, stop in zip([0, *stops], stops)]


def _quoted(line: str, ends: Counter[str]) -> str:
    """The quote in a line that also has the answer: as far as another comment quotes the same, else the whole line."""
    shared = [stop for stop, end in _sentences(line) if ends[end] > 1]
    return line[: shared[-1]] if shared else line
