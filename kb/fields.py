"""Fields of front matter: every scalar stays the text that was written, with its place.

Here `arxiv_id: 1412.6980` is not a number, `no` is not a boolean and `12:30` is not 750. Fields get their types later,
from code that knows what they mean.
"""

import re

from kb.model import Diagnostic, Severity
from kb.typed import NamedTuple

MAX_DEPTH = 32
NULLS = {"", "~", "null", "Null", "NULL"}
"""Unquoted texts that mean no value."""
PEOPLE = {"author", "authors", "author(s)", "authored by", "creator", "creators", "editor", "editors"}
"""Fields that contain names of people."""
LABELS = {
    "tag", "tags", "keyword", "keywords", "topic", "topics", "subject", "subjects", "category", "categories",
    "type", "item-type", "item type", "item_type", "itemtype", "kind", "status", "language",
    "date", "year", "created", "updated", "modified", "published", "collection", "collections", "document tags",
    "venue", "journal", "publication", "publication title", "conference", "proceedings", "publisher",
}  # fmt: skip
"""Fields for how or when something is filed; links in them do not lead to papers."""
_KEY = r"(?:\"[^\"\n]*\"[ \t]*|'[^'\n]*'[ \t]*|[^\s#\-:\[\]{}&*!|>'\"%@`][^:\n]*(?::(?=\S)[^:\n]*)*)"
TOP_LEVEL = re.compile(rf"^(?P<key>{_KEY}):(?:[ \t]+|$)(?P<value>.*)$", re.MULTILINE)
"""`key: value` or `key:` at the start of a line."""


class Scalar(NamedTuple):
    """A value: its text, its place, and its written form (with quotes, possibly on several lines)."""

    text: str
    line: int
    column: int
    written: str


class Field(NamedTuple):
    """One key and all values under it, with lists flattened; a nested map becomes fields `key.inner`."""

    key: str
    values: tuple[Scalar, ...]
    line: int
    column: int


class Problem(NamedTuple):
    """Something wrong or worth knowing at a place in the text."""

    line: int
    column: int
    code: str
    message: str
    hint: str = ""
    severity: Severity = "warning"

    def found_in(self, path: str) -> Diagnostic:
        """The problem as a finding in this file."""
        return Diagnostic(path, self.line, self.column, self.code, self.severity, self.message, self.hint)
