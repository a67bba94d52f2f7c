"""Fields in running text: Dataview's and Logseq's `key:: value` on a line of its own, or `[key:: value]` inside one.

They apply to the whole page if they are at its outer level: on a line of their own (possibly a bullet or a quote), or
in brackets in a paragraph. A field in a nested bullet applies to that bullet.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from kb.facts import EDGE_FIELDS, fact_name, person_shown
from kb.fields import Field, Scalar
from kb.header_words import is_information
from kb.markdown import Scan
from kb.regex import rare

_KEY = r"(?P<key>[^\W\d_][\w /-]{0,40}?(?:\(s\))?)"
_LINE = rare(
    rf"(?P<lead>[ \t]*(?:>[ ]?)*)(?P<bullet>[-*+]\s+)?(?:\*\*|__|\*|_)?{_KEY}(?:\*\*|__|\*|_)?\s*(?P<sign>::)"
    r"(?:\*\*|__|\*|_)?(?:\s+(?P<value>.*))?"
)
_BELOW = rare(rf"(?P<lead>\s+){_KEY}\s*(?P<sign>::)(?:\s+(?P<value>.*))?")
"""A continuation line of a bullet."""
_BRACKETED = rare(rf"[\[(]\s*{_KEY}\s*(?P<sign>::)\s*+(?P<value>[^\[\]()]*(?:\[\[[^\[\]]*\]\][^\[\]()]*)*)[\])]")
_NOT_A_PARAGRAPH = rare(r"\s*(?:[-*+]|\d{1,9}[.)])\s|\s{2,}|\s*\|")
_WIKI = rare(r"#?\[\[([^\[\]|]*)(?:\|([^\[\]]*))?\]\]")
_ADDRESSED = rare(r"\[([^\[\]]*)\]\(<?([^()\s<>]+(?:\([^()\s]*\)[^()\s<>]*)*)>?\)")
_PIECE = rare(r'\s*(?:"([^"]*)"|([^,，]+))\s*(?:[,，]|$)')
_TAG = rare(r"#?\[\[([^\[\]]+)\]\]|#([^\s,;#]+)|([^,;#\[\]]+)")
_BREAK = rare(r"(?:<br ?/?>\s{0,3})+$", re.IGNORECASE)
_BLOCK_ID = rare(r"\s\^[A-Za-z0-9-]+$")

_MOST_METADATA = 24
"""Lines above a field in which the bullet over it is looked for."""
_ONCE = {"title", "date", "arxiv_id", "doi", "citekey"}
"""Facts that a paper has only once: several values mean several papers."""
_MANY = {"tags", "aliases", "authors", "url"}
_OF_THE_TOOL = rare(r"id|collapsed|heading|key|template.*|background-color|logseq\..*|(?:hl|ls)-.*|query-.*|icon")


def of_page(lines: list[str], scan: Scan, above: list[Field]) -> list[Field]:
    """The fields that apply to the whole page, except those that the front matter (`above`) already gives.

    If the text has several values for a date, title or id, only fields above the first section count.
    """
    if not scan.signs:
        return []
    found = [field for field in _read(lines, scan) if _is_fact(field)]
    told = {fact_name(field.key) for field in above if field.values} - _MANY
    found = [field for field in found if fact_name(field.key) not in told]
    values: dict[str, set[str]] = {}
    for field in found:
        values.setdefault(fact_name(field.key), set()).update(value.text for value in field.values)
    if any(len(values[name]) > 1 for name in _ONCE & values.keys()):
        sections = [h.line for h in scan.headings[_has_title(scan) :]]
        found = [field for field in found if not bisect_right(sections, field.line)]
    return found


def of_fence(source: str, first_line: int) -> list[Field]:
    """The fields of front matter written by Logseq, in which every line is `key:: value`; otherwise none."""
    if "::" not in source:
        return []
    matches = [(number, _LINE.fullmatch(line)) for number, line in enumerate(source.split("\n"), first_line) if line]
    return [_field(match, number) for number, match in matches if match] if all(m for _, m in matches) else []


def split_tags(text: str) -> list[str]:
    """Split tags: `[[to check]] #a, b` are three."""
    found = ((linked or hashed or bare).strip() for linked, hashed, bare in _TAG.findall(text))
    return [tag for tag in found if tag]


def _read(lines: list[str], scan: Scan) -> Iterator[Field]:
    in_block = -1
    signs = set(scan.signs)
    for number in sorted({line for line, _ in scan.signs}):
        line = lines[number - 1]
        is_nested = line.startswith(("\t", "  "))
        match = None if is_nested and not _is_under_information(lines, number) else _LINE.fullmatch(line)
        match = match or (_BELOW.fullmatch(line) if in_block == number - 1 else None)
        if match and (number, match.start("sign") + 1) in signs:
            in_block = number if match.groupdict().get("bullet") or match.re is _BELOW else -1
            yield _field(match, number)
        elif not _NOT_A_PARAGRAPH.match(line):
            for match in _BRACKETED.finditer(line):
                if (number, match.start("sign") + 1) in signs:
                    yield _field(match, number)


def _is_under_information(lines: list[str], number: int) -> bool:
    """Whether a nested bullet is directly under one that only announces metadata, as Roam's tools write it."""
    own = _indent(lines[number - 1])
    if not lines[number - 1].lstrip().startswith(("- ", "* ", "+ ")):
        return False
    above = (line for line in reversed(lines[max(0, number - _MOST_METADATA) : number - 1]) if _indent(line) < own)
    return is_information(next(above, "").strip(" \t-*+#_:"))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _has_title(scan: Scan) -> bool:
    """Whether the first heading is the page's title, so that sections begin after it."""
    if not scan.headings:
        return False
    first = scan.headings[0]
    return all(other.level > first.level for other in scan.headings[1:])


def _is_fact(field: Field) -> bool:
    key = field.key.lower()
    return not (key in EDGE_FIELDS or _OF_THE_TOOL.fullmatch(key))


def _field(match: re.Match[str], line: int) -> Field:
    key, written = match["key"].strip(), _BLOCK_ID.sub("", match["value"] or "").strip()
    written = _BREAK.sub("", written).rstrip() if written.endswith(">") else written
    column = match.start("value") + 1 if match["value"] else match.end() + 1
    name = fact_name(key)
    values = tuple(Scalar(text, line, column, written) for text in _values(name, written) if text)
    return Field(key, values, line, match.start("key") + 1)


def _values(name: str, written: str) -> list[str]:
    """The texts of a value; a link counts by its text, or by its address if the field holds addresses."""
    if name == "tags":
        return split_tags(written)
    shown = 2 if name in ("url", "arxiv_id", "doi") else 1
    written = _ADDRESSED.sub(lambda link: link[shown], written)
    called = person_shown if name == "authors" else _shown
    linked = [called(link) for link in _WIKI.finditer(written)]
    if name in _MANY and linked and not re.search(r"\w", _WIKI.sub("", written)):
        return [text.strip() for text in linked]
    text = _WIKI.sub(called, written).strip()
    if name == "aliases":
        return [(quoted or bare).strip() for quoted, bare in _PIECE.findall(text)]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'*_":
        text = text[1:-1]
    return [text.strip("<> ") if name == "url" else text]


def _shown(link: re.Match[str]) -> str:
    shown: str = link[2] or link[1]
    return shown
