"""Titles of papers in a list of which only the heading says that they are.

    ## To read                                    ## List of papers
    - [ ] Attention is all you need               - [Nets of many ends](https://ends.example/my-post)
    - BERT: Pre-training of Deep Bidirectional Transformers
    - Nets of many ends, Ann 2019
    - Nets of many ends (Ada Ann, Bob Bo)       ## Papers
                                                - [Wide nets of ends](notes/wide.md)

Elsewhere such items may be anything. Here, too, what tells somebody to do something is no title.
"""

from collections.abc import Collection, Iterator

from kb.conventions import called
from kb.dates import PartialDate, parse_date
from kb.dialects import citation
from kb.dialects.citation import Citation
from kb.dialects.cited_dates import YEAR
from kb.dialects.cited_people import TOPICS, people
from kb.dialects.list_items import LISTED, Listed, indent
from kb.dialects.note import Note
from kb.header_words import PAPERS, TITLES_OF_PAPERS, over_titles
from kb.regex import rare
from kb.targets import external, hosted_note

_LINKED = rare(r"\]\(|\[\[|https?:|@\w")
_SHOWN = rare(r"(?<=[-*+•.)\]] )[*_]{0,2}\[(?P<text>[^\[\]]{8,300})\]\((?:<(?P<path>[^<>]*)>|(?P<target>[^()\s]*))\)")
"""A title that is a link, after the sign of its item."""
_TO_NOTE = r"\[[^\[\]]{1,60}\]\((?!\w+:)[^()\s]{1,300}\)"
_BY_READERS = rare(rf"(?<=\S)\s{{1,3}}\({_TO_NOTE}(?:,\s?{_TO_NOTE}){{0,9}}\)\s*$")
"""`([Ann](ann.md), [Bo](bo.md))` behind a title: the notes of several readers."""
_ENDS_A_SENTENCE = (".", "!", ";", ":", ",", "…")
_FEWEST_WORDS, _MOST_WORDS = 3, 25
_TELLS = {
    "add", "ask", "book", "borrow", "buy", "call", "chapter", "check", "compare", "complete", "continue", "deadline",
    "decide", "discuss", "download", "draft", "email", "fill", "find", "finish", "fix", "follow", "get", "give", "go",
    "implement", "install", "lecture", "look", "mail", "make", "maybe", "meet", "meeting", "month", "note", "part",
    "plan", "prepare", "present", "print", "re-read", "read", "redo", "remember", "reproduce", "reread", "return",
    "review", "revise", "rewrite", "run", "schedule", "search", "section", "see", "send", "skim", "start", "submit",
    "summarize", "talk", "tell", "think", "tidy", "todo", "try", "update", "visit", "wait", "watch", "week", "write",
}  # fmt: skip
"""First words of tasks."""
_OWN = frozenset(("i", "i'll", "i'm", "me", "my", "myself", "our", "us", "we'll"))
_SHARE, _SCHOLARLY = 0.6, 0.34
"""Of a list's items must be titles, and of these must be about research if the heading does not say so."""
_WORD = rare(r"[^\W\d_]+")
_NAMES = rare(r"[^:]{2,40}:\s(?:(?=\S*(?:\d|[A-Z]\S*[A-Z]))[^\s,]+(?:,\s|$)){2,20}")
"""`Algorithms: TRPO, PPO, A3C`"""
_TAGS = rare(r"(?:\s#[^\W\d_][^\s#]*)+$")
_SIGNED = rare(
    rf"(?P<title>\S+(?:\s\S+){{2,24}}?)(?:,|\s[-–—])\s(?P<who>[^\W\d_a-z][\w'’-]+),?\s\(?(?P<year>{YEAR})\)?"
)
"""`Nets of many ends, Ann 2019`"""
_NAMED = rare(r"(?P<title>\S+(?:\s\S+){2,24}?)\s\((?P<who>[^()]{5,200})\)")
"""`Nets of many ends (Ada Ann, Bob Bo)`"""
_NICKNAMED = rare(r"\s\((?P<name>(?=\S*[^\W\d_])(?=\S*(?:\d|[^\W\d_a-z]\S*[^\W\d_a-z]))[^\s()]{2,20})\)$")
"""`Language Models are Few-Shot Learners (GPT-3)`"""


def papers(note: Note, told: Collection[int]) -> dict[int, Listed]:
    """The papers by line.

    Args:
        told: lines with papers that are known by other signs.
    """
    found: dict[int, Listed] = {}
    for items, over in _lists(note):
        lines = {number: note.lines[number - 1] for number in items if number not in told}
        is_of_papers = over == TITLES_OF_PAPERS
        if over >= PAPERS:
            linked = {number: _unlinked(line, of_any=is_of_papers) for number, line in lines.items() if "](" in line}
            lines = lines | linked if is_of_papers else linked
        plain = [number for number, line in lines.items() if not _LINKED.search(line)]
        cited = {number: each for number in plain if (each := _cited(lines[number]))}
        is_list = len(cited) >= _SHARE * len(plain)
        if is_list and (is_of_papers or sum(map(_is_scholarly, cited.values())) >= _SCHOLARLY * len(cited)):
            found.update({number: Listed(each, (), "", (number, 1)) for number, each in cited.items()})
    return found


def _unlinked(line: str, *, of_any: bool) -> str:
    """An item without the link of its title to a note of the reader's, or to anything: to a post on the paper."""
    line = _BY_READERS.sub("", line)
    linked = _SHOWN.search(line)
    target = (linked["path"] or linked["target"]) if linked else ""
    is_own = bool(hosted_note(target)) or not (external(target) or target.startswith("#"))
    return f"{line[:linked.start()]}{linked['text']}{line[linked.end():]}" if linked and (of_any or is_own) else line


def _lists(note: Note) -> Iterator[tuple[list[int], int]]:
    """The lines of the outermost items under each heading over titles, and what it says of them (`over_titles`).

    If a note is called so, all its headings are.
    """
    of_note = of_section = over_titles(called(note.path))
    headings = {heading.line: heading.text for heading in note.scan.headings}
    if not (of_note or any(map(over_titles, headings.values()))):
        return
    items: list[int] = []
    for number, line in enumerate(note.lines[note.opens_at - 1 :], note.opens_at):
        if number in headings:
            yield _outermost(note, items), of_section
            of_section = max(of_note, over_titles(headings[number]))
            of_note, items = (of_section if number == note.opens_at else of_note), []
        elif of_section and LISTED.match(line):
            items.append(number)
    yield _outermost(note, items), of_section


def _outermost(note: Note, items: list[int]) -> list[int]:
    least = min((indent(note.lines[number - 1]) for number in items), default=0)
    return [number for number in items if indent(note.lines[number - 1]) == least]


def _cited(line: str) -> Citation | None:
    """The paper whose title an item is, without list marker, marks and tags; None if the item may be anything else."""
    text = _TAGS.sub("", citation.plain(line).strip("*_ "))
    bare = text.strip("\"“”'‘’")
    words = bare.split()
    if not _FEWEST_WORDS <= len(words) <= _MOST_WORDS or bare[0].islower() or text.endswith(_ENDS_A_SENTENCE):
        return None
    lower = [word.lower().strip(",:.'\"") for word in words]
    if _NAMES.fullmatch(bare) or lower[0] in _TELLS or not _OWN.isdisjoint(lower) or not any(map(str.isalpha, bare)):
        return None
    signed = _SIGNED.fullmatch(text)
    if signed and (month := parse_date(f"{signed['who']} {signed['year']}")):  # `Nets of many ends, June 2019`
        return Citation(signed["title"], (), month)
    if signed:
        return Citation(signed["title"], (signed["who"],), PartialDate(int(signed["year"])))
    named = _NAMED.fullmatch(text)
    if named and len(authors := people(named["who"], is_cited=True)) > 1:
        return Citation(named["title"], tuple(authors))
    nickname = _NICKNAMED.search(text)
    cited = citation.parse(text[: nickname.start()] if nickname else text, ())
    return cited._replace(nickname=nickname["name"] if nickname else cited.nickname) if cited.title else None


def _is_scholarly(cited: Citation) -> bool:
    """Whether a title has a word for a topic of research."""
    words = {word.title() for word in _WORD.findall(cited.title)} - {"The"}
    return not TOPICS.isdisjoint(words | {f"{word}s" for word in words})
