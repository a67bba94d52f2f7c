"""Statements with parts: claims with their evidence, open questions, concepts with their quick checks.

### Mechanism 1
- Claim: ...
- Break condition: ...

### Open Question 2
How fast does it grow? The authors measure two sizes only.

- **Name of a concept**: what it is. *Why needed*: ... *Quick check*: ...
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from kb.dialects.statements import Kind
from kb.labelled import Statement, sentences
from kb.model import Item, ItemKind

_ASKS = ("?", "？", "؟")
_NUMBERED = re.compile(
    r"(?:mechanism|claim|open question|question|concept)\s*#?\d+\s*[:：.–—-]?\s*(?P<title>.*)", re.IGNORECASE
)
_NOTHING = re.compile(
    r"(?:|none|nil|n/?a|nothing|not applicable|(?:none|nothing|not)(?: \w+)? "
    r"(?:stated|identified|mentioned|given|listed|reported|specified|found|provided|available|discussed)\b.{0,80})",
    re.IGNORECASE,
)


def says_something(text: str) -> bool:
    """Whether a text is more than `None`, `N/A` or `None identified in the paper`."""
    return not _NOTHING.fullmatch(text[:200].strip(" .*_-–—()"))


def stated(kind: Kind) -> Callable[[Statement], Iterator[Item]]:
    """A reader for sections of this kind."""

    def read_section(section: Statement) -> Iterator[Item]:
        reading = _Reading(kind)
        numbered = _NUMBERED.fullmatch(section.whole)
        if numbered:  # `## Mechanism 1: ...` is its own section
            reading.group(section, numbered["title"])
        else:
            reading.blocks(section)
        yield from (draft.item(kind.item) for draft in reading.found if says_something(draft.text))

    return read_section


@dataclass
class _Draft:
    """A statement whose parts are still being read."""

    line: int
    text: str = ""
    parts: list[tuple[str, str]] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    is_title: bool = False  # a labeled statement replaces it

    def item(self, kind: ItemKind) -> Item:
        explanation = " ".join(self.prose).strip(" ,;")
        return Item(kind, self.line, self.text, (*([("explanation", explanation)] if explanation else ()), *self.parts))


class _Reading:
    """One section: drafts are found in order, parts go to the last one."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.found: list[_Draft] = []
        self.open_part = ""  # a part whose label was on its own, so that the items after it are its values

    def blocks(self, section: Statement) -> None:
        """Read a section whose points follow one another."""
        if section.text:
            self.paragraph(section.text, section.line)
        is_first = True
        for each in section.under:
            if self.part_or_statement(each):
                continue
            numbered = _NUMBERED.fullmatch(each.whole)
            if each.is_heading or numbered or (each.heads and each.kind == "paragraph"):
                self.group(each, numbered["title"] if numbered else each.lead)
            elif each.kind == "item" or (self.kind.named and each.lead and each.text):
                self.begin(each)
            elif each.kind == "paragraph" and not self.kind.named:
                self.paragraph(each.whole, each.line, goes_on=not is_first)
                if self.found:
                    self.nested(each)
                else:  # no question so far: the items under it may be the questions
                    for inner in each.under:
                        self.begin(inner)
            is_first = False

    def group(self, head: Statement, title: str) -> None:
        """Read the text under a heading as one statement, unless several are labeled."""
        self.found.append(_Draft(head.line, title.strip(" *"), is_title=True))
        self.open_part = ""
        for each in head.under:
            if self.part_or_statement(each):
                continue
            draft = self.found[-1]
            if not draft.text:
                self.say_first(draft, each.whole)
                draft.line = each.line
            else:
                self.say(draft, each.whole)
            self.nested(each)

    def part_or_statement(self, each: Statement) -> bool:
        """Read a labeled part or a labeled statement; False if it is neither."""
        if self.kind.own_label.fullmatch(each.label) and not each.is_heading:
            last = self.found[-1] if self.found else None
            if last is None or not last.is_title:
                last = _Draft(each.line)
                self.found.append(last)
            last.is_title, last.line, self.open_part = False, each.line, ""
            self.say_first(last, each.text, whole=True)
            self.nested(each)
            return True
        name = self.kind.parts.get(each.label, "")
        if name and self.found:
            self.part(name, each)
            self.open_part = "" if each.text or each.under else name
            return True
        if self.open_part and each.kind == "item" and not each.is_bold:
            self.found[-1].parts.append((self.open_part, each.whole))
            return True
        self.open_part = ""
        return False

    def part(self, name: str, each: Statement) -> None:
        """Add a part: its line with everything nested under it; for a bare label, each nested line separately."""
        nested = [inner.whole for inner in each.walk()]
        said = [" ".join([each.text, *nested])] if each.text else nested
        self.found[-1].parts += [(name, text) for text in said]

    def begin(self, each: Statement) -> None:
        """Begin a statement: an item, or a paragraph that starts with its name."""
        draft = _Draft(each.line)
        self.found.append(draft)
        if each.lead and (self.kind.named or each.is_bold):
            draft.text = each.lead
            self.say(draft, each.text)
        else:
            self.say_first(draft, each.whole, whole=True)
        self.nested(each)

    def nested(self, each: Statement) -> None:
        """Read what is nested under a statement: its parts, else more about it."""
        waiting = each.under[::-1]
        while waiting:
            inner = waiting.pop()
            name = self.kind.parts.get(inner.label, "")
            if name:
                self.part(name, inner)
            else:
                self.say(self.found[-1], inner.whole)
                waiting += inner.under[::-1]

    def paragraph(self, text: str, line: int, goes_on: bool = False) -> None:
        """Read running text: each question in it, or, for other kinds, one statement with its explanation."""
        if not self.kind.asks:
            if goes_on and self.found:
                self.say(self.found[-1], text)
            else:
                self.found.append(_Draft(line))
                self.say_first(self.found[-1], text)
            return
        draft = None
        for sentence in sentences(text):
            if sentence.endswith(_ASKS):
                draft = _Draft(line, sentence)
                self.found.append(draft)
            elif draft:
                draft.prose.append(sentence)

    def say_first(self, draft: _Draft, text: str, whole: bool = False) -> None:
        """Take the first sentence as the statement and the rest as its explanation.

        Args:
            whole: take everything that is not a part as the statement; a question still ends at its question mark.
        """
        before, *_ = self.kind.part_labels.split(text, maxsplit=1)
        told = sentences(before)
        asked = next((n for n, sentence in enumerate(told) if sentence.endswith(_ASKS)), -1) if self.kind.asks else -1
        count = asked + 1 if asked >= 0 else len(told) if whole else 1
        end = before.find(told[count - 1]) + len(told[count - 1]) if told else 0
        draft.text = before[:end].strip(" ,;(")
        self.say(draft, text[end:])

    def say(self, draft: _Draft, text: str) -> None:
        """Add the parts that are labeled within the line, and the text before them."""
        before, *labelled = self.kind.part_labels.split(text)
        if before.strip(" .,;:*_()"):
            draft.prose.append(before.strip(" *_"))
        for label, said in zip(labelled[::2], labelled[1::2]):
            bare = said.strip(" ,;*_")
            draft.parts.append((self.kind.parts[label.lower()], bare if "(" in bare else bare.rstrip(")")))
