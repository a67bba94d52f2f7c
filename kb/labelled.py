"""Blocks as a tree of labeled statements: `- Claim: ...` with everything nested under it, under `### Mechanism 1`.

A bold line on its own acts as a heading: what follows belongs to it, up to the next such line.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kb.outline import Block, BlockKind, outline
from kb.remember import remembered

PARAGRAPH = 10
"""Depth of a paragraph outside lists; headings have smaller depths, items greater ones."""

_LABEL = re.compile(r"([^\W\d][\w'’/(),#&+ -]{0,80}?)\s*(?::(?=\s|$)|：|\s[–—-]\s)\s*")
_NUMBER = re.compile(r"\s*[(（]?(?:\d{1,3}(?:\.\d{1,3})*|[ivx]{1,5})[.)）、:]\s+", re.IGNORECASE)
_BRACKETS = re.compile(r"[(（][^()（）]*[)）]")
_AT_ENDS = re.compile(r"^\W+|(?<!\W)\W+$")


@dataclass(slots=True)
class Statement:
    """A heading, list item, table row or paragraph.

    Args:
        lead: the label as written: bold text at the beginning, else the text before the first colon; for a heading,
            its text; empty if there is none.
        text: the rest.
        whole: lead and text as written.
        is_bold: whether the lead is bold, and so more than a colon in a sentence.
        depth: statements that follow with a greater depth belong to this one.
        label: the folded lead, for comparing labels.
    """

    kind: BlockKind
    lead: str
    text: str
    whole: str
    is_bold: bool
    line: int
    depth: int
    under: "list[Statement]" = field(default_factory=list)
    label: str = field(init=False)

    def __post_init__(self) -> None:
        self.label = fold_label(self.lead)

    @property
    def is_heading(self) -> bool:
        return self.kind == "heading"

    @property
    def heads(self) -> bool:
        """Whether it says nothing itself and only names or announces what is under it."""
        return self.is_heading or bool(self.lead and not self.text) or self.whole[-1] in ":："

    def walk(self) -> "Iterator[Statement]":
        """Everything below it, in order; not recursive, since lists may be nested very deep."""
        waiting = self.under[::-1]
        while waiting:
            each = waiting.pop()
            yield each
            waiting += each.under[::-1]


def statements(text: str, lines: Sequence[str], body_at: int = 0) -> list[Statement]:
    """The tree of the body that begins at character `body_at` of `text`; `lines` are those of the whole file.

    Headings nest by level; paragraphs and items are under headings, nested as in the lists.
    """
    top: list[Statement] = []
    above: list[Statement] = []
    for block in (part for whole in outline(text, body_at) for part in _bold_lines(whole, lines)):
        if block.kind == "code" or not block.text:
            continue
        statement = _statement(block)
        while above and above[-1].depth >= statement.depth and not _goes_on(above[-1], statement):
            above.pop()
        (above[-1].under if above else top).append(statement)
        above.append(statement)
    return top


def _bold_lines(block: Block, lines: Sequence[str]) -> Iterator[Block]:
    """Split a paragraph before lines that begin in bold, although Markdown joins them."""
    source = lines[block.line - 1 : block.last_line] if block.kind == "paragraph" and block.strong else []
    starts = [n for n, line in enumerate(source) if line.lstrip(" >").startswith(("**", "__"))]
    if len(starts) < 2 or starts[0] > 0:
        yield block
        return
    for start, end in pairwise([*starts, len(source)]):
        for part in outline("\n".join(line.lstrip(" >") for line in source[start:end])):
            yield part._replace(level=block.level, line=block.line + start, last_line=block.line + end - 1)


def _goes_on(head: Statement, statement: Statement) -> bool:
    """Whether a paragraph belongs to the bold line, or the line with an announcing colon, before it."""
    if head.depth != statement.depth or statement.kind != "paragraph" or head.kind != "paragraph" or not head.heads:
        return False
    return not statement.is_bold and (head.is_bold or not statement.lead)


def _statement(block: Block) -> Statement:
    if block.kind == "heading":
        return Statement("heading", block.text, "", block.text, False, block.line, block.level)
    depth = PARAGRAPH + 2 * block.level - (block.kind == "item")  # a list of level 1 belongs to the paragraph above it
    lead, text, is_bold = ("", block.text, False) if block.kind == "row" else _parted(block)
    return Statement(block.kind, lead, text, block.text, is_bold, block.line, depth)


def _parted(block: Block) -> tuple[str, str, bool]:
    """(lead, text, is it bold) of `**Lead**: text`, `**Lead.** text`, `**Lead**`, `Lead: text` or `Lead - text`."""
    whole = block.text
    match = _LABEL.match(whole)
    if match and match[1].count("(") != match[1].count(")"):
        match = None  # the colon is inside brackets
    bold = block.strong[0] if block.strong and block.strong[0] and whole.startswith(block.strong[0]) else ""
    if bold and (not match or len(bold) >= len(match[1])):
        rest = whole[len(bold) :].lstrip()
        if bold[-1] in ":：." or rest[:1] in tuple(":：–—-(（") or (not rest and not match):
            return bold.rstrip(" :："), rest.lstrip(":：–—- "), True
    if match:
        return match[1], whole[match.end() :], bool(bold)
    return "", whole, False


@remembered(1 << 12)
def fold_label(text: str) -> str:
    """A label for comparison: lower case, without a number before it, brackets, and punctuation at its ends."""
    number = _NUMBER.match(text)
    bare = _BRACKETS.sub(" ", text[number.end() :] if number else text)
    return _AT_ENDS.sub("", " ".join(bare.split())).lower()


# -- sentences and lists within a line -------------------------------------------------------------------------------

_STOP = re.compile(
    r"(?:(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!al\.)(?<!vs\.)(?<!cf\.)(?<!ig\.)(?<!Eq\.)(?<!Sec\.)(?<!\s[A-Z]\.)\s+"
    r"(?=[\"“'(\[]?[^\Wa-z_])|(?<=[。！？؟])\s*)(?!$)"
)
_MARKER = re.compile(
    r"(?:(?<=\s)|(?<=[:：;；,，。])|^)(?:[(（]?(?P<closed>\d{1,2}|[a-z])[)）]|(?P<dotted>\d{1,2})(?:\.(?=\s)|、)"
    r"|(?P<circled>[①-⑳]))\s*"
)
_JOINT = re.compile(r"(?<![\s,，;；])[\s,，;；]+(?:and|or)?$")


def sentences(text: str) -> list[str]:
    """Split a line after each period, question mark or exclamation mark that ends a sentence."""
    return [found.strip() for found in _STOP.split(text) if found.strip()]


def enumerated(text: str) -> list[str]:
    """The parts of `1) one, 2) two`, `(a) one; (b) two`, `① one ② two`; empty if the line is not an enumeration."""
    found: list[re.Match[str]] = []
    for match in _MARKER.finditer(text):
        number, style = _counted(match)
        if number == len(found) + 1 and (not found or style == _counted(found[0])[1]) and _may_count(text, match):
            found.append(match)
    if len(found) < 2:
        return []
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [_JOINT.sub("", text[match.end() : end].strip()) for match, end in zip(found, ends)]


def _counted(match: re.Match[str]) -> tuple[int, str]:
    """The number of a marker, from 1, and its style."""
    if match["circled"]:
        return int(unicodedata.numeric(match["circled"])), "circled"
    if match["dotted"]:
        return int(match["dotted"]), "dotted"
    closed = match["closed"]
    return (int(closed), "number") if closed.isdigit() else (ord(closed) - ord("a") + 1, "letter")


def _may_count(text: str, match: re.Match[str]) -> bool:
    """Whether a marker counts: `1.` may end a sentence about version 1, so it must begin a list or a sentence."""
    return not match["dotted"] or text[max(match.start() - 9, 0) : match.start()].rstrip()[-1:] in ("", *":：;；,，.。")


def listed(text: str) -> list[str]:
    """The parts of `one; two; three`, or of `One thing here, Two things there, Three things elsewhere`.

    There must be at least two separators outside brackets. Commas separate only if every part starts with a capital and
    has several words.
    """
    depth, places = 0, dict[str, list[int]]()
    for position, sign in enumerate(text):
        depth = max(depth + (sign in "([（") - (sign in ")]）"), 0)
        if sign in ";；,，" and not depth:
            places.setdefault(";" if sign in ";；" else ",", []).append(position)
    for sign, ends in sorted(places.items(), reverse=True):
        parts = [text[start:end] for start, end in zip([0, *(end + 1 for end in ends)], [*ends, len(text)])]
        found = [_JOINT.sub("", re.sub(r"^\s*(?:and|or)\s+", "", part).strip()) for part in parts]
        if len(found) > 2 and all(_is_part(part, sign) for part in found):
            return found
    return []


def _is_part(text: str, sign: str) -> bool:
    return bool(text) and (sign == ";" or (text[0].isupper() and text.count(" ") > 1))
