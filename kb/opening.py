"""How a note opens: its first paragraph as plain text, for places with room for a few lines."""

import pyromark

from kb.flavor import OPTIONS, readable
from kb.regex import rare
from kb.searchable import signs

_LOOKED_AT, _LEAST = 6_000, 40
"""Characters of the body that are read, and the minimum length of a paragraph that says something.

A Chinese, Japanese or Korean character says as much as two letters.
"""
_LONGEST_WORD = 40
"""Characters; where none are separated by spaces, a text is cut anywhere."""
_LABEL = rare(r"([^\W\d_][^:：\n]{0,40})(::?|：)")
_MAY_CITE = rare(r"(?:19|20)\d\d")
_LONGEST_CITATION = 600
"""Characters."""


def opening(body: str, limit: int = 400) -> str:
    """The first paragraph that says something, outside lists, quotes and tables, on one line; empty if there is none.

    Lines that identify or file a paper (`Authors: ...`, `Tags: ...`), a line of names, a citation and a paragraph that
    is only links say nothing.

    Args:
        limit: in characters; a longer paragraph is cut after a whole word and gets an ellipsis.
    """
    depth = 0
    said: list[str] | None = None
    in_link = says_something = False
    for event in pyromark.events(readable(body[:_LOOKED_AT]), options=OPTIONS):
        match event:
            case {"Start": "Paragraph"} if not depth:
                said, says_something = [], False
            case {"Start": {"Link": _}}:
                in_link = True
            case {"End": "Link"}:
                in_link = False
            case {"Start": {"Image": _}}:
                said = None
            case {"Start": value} if not _is_inline(value):
                depth += 1
            case {"End": "Paragraph"} if not depth:
                text = " ".join(" ".join(_without_fields("".join(said or ()).split("\n"))).split())
                is_long = says_something and len(text) + signs(text) >= _LEAST
                if is_long and not _identifies(text):
                    return _cut(text, limit)
                said = None
            case {"End": value} if not _is_inline(value):
                depth -= 1
            case {"Text": str(text)} | {"Code": str(text)} if said is not None:
                said.append(text)
                says_something |= not in_link and any(map(str.isalpha, text))
            case {"InlineMath": str(text)} if said is not None:
                said.append(f"${text}$")
            case "SoftBreak" | "HardBreak" if said is not None:
                said.append("\n")
    return ""


def _without_fields(lines: list[str]) -> list[str]:
    """The lines of a paragraph that are no fields, if it opens with a label; none if at least half are fields."""
    labels = [_LABEL.match(line) for line in lines]
    if labels[0] is None:
        return lines
    from kb.facts import identifies  # slow to import: only if a paragraph has labels
    from kb.header_words import KEYS

    are_fields = [
        found is not None and (found[2] == "::" or found[1].strip().lower() in KEYS or identifies(found[1]))
        for found in labels
    ]
    if 2 * sum(are_fields) >= len(lines):
        return []
    return [line for line, is_field in zip(lines, are_fields) if not is_field]


def _identifies(text: str) -> bool:
    """Whether a paragraph only names the authors of a paper, or cites it."""
    from kb import names

    if names.is_line_of_names(text):
        return True
    if len(text) > _LONGEST_CITATION or not _MAY_CITE.search(text):
        return False
    from kb.dialects import citation

    cited = citation.parse(text, ())
    return bool(cited.title and cited.authors and cited.date)


_INLINE = ("Paragraph", "Emphasis", "Strong", "Strikethrough", "Link", "Image")


def _is_inline(value: object) -> bool:
    return (next(iter(value)) if isinstance(value, dict) else value) in _INLINE


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    whole = text[: limit - 1]
    head = whole.rpartition(" ")[0]
    return (head if head and len(whole) - len(head) <= _LONGEST_WORD else whole).rstrip(" ,;:") + "…"
