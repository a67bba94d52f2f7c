"""Fields of front matter: every scalar stays the text that was written, with its place.

`arxiv_id: 1412.6980` is not a number here, `no` not a boolean and `12:30` not 750: fields get their types later, from
whoever knows what the field means.
"""

import re

from kb.model import Diagnostic, Severity
from kb.typed import NamedTuple

MAX_DEPTH = 32
NULLS = {"", "~", "null", "Null", "NULL"}
"""What stands for no value, without quotes."""
PEOPLE = {"author", "authors", "author(s)", "authored by", "creator", "creators", "editor", "editors"}
"""Fields that hold names of people."""
LABELS = {
    "tag", "tags", "keyword", "keywords", "topic", "topics", "subject", "subjects", "category", "categories",
    "type", "item-type", "item type", "item_type", "itemtype", "kind", "status", "language",
    "date", "year", "created", "updated", "modified", "published",
}  # fmt: skip
"""Fields that say what something is filed under, or when it was: what is linked there is no paper."""
_KEY = r"(?:\"[^\"\n]*\"[ \t]*|'[^'\n]*'[ \t]*|[^\s#\-:\[\]{}&*!|>'\"%@`][^:\n]*(?::(?=\S)[^:\n]*)*)"
TOP_LEVEL = re.compile(rf"^(?P<key>{_KEY}):(?:[ \t]+|$)(?P<value>.*)$", re.MULTILINE)
"""`key: value` or `key:` at the start of a line."""


class Scalar(NamedTuple):
    """A value: its text, its place, and how it stands there (with quotes, over several lines)."""

    text: str
    line: int
    column: int
    written: str


class Field(NamedTuple):
    """One key and all values under it, lists flattened; a map inside becomes fields `key.inner`."""

    key: str
    values: tuple[Scalar, ...]
    line: int
    column: int


class Problem(NamedTuple):
    """What is wrong or worth knowing at a place of the text."""

    line: int
    column: int
    code: str
    message: str
    hint: str = ""
    severity: Severity = "warning"

    def found_in(self, path: str) -> Diagnostic:
        """As a finding, once it is known in which file."""
        return Diagnostic(path, self.line, self.column, self.code, self.severity, self.message, self.hint)
