"""Front matter that paperkb reads as meant but other tools do not: ids that look like numbers, scalars for lists.

Each finding says what to write instead; `kb.fixes` applies it on request.
"""

import re
from collections.abc import Iterable, Iterator

from kb.facts import fact_name
from kb.fields import Field, Problem, Scalar
from kb.regex import rare
from kb.typed import NamedTuple

_TEXT_TAG = "tag:yaml.org,2002:str"
_LONGEST_WORD = len("false")
"""Longest of the words that YAML 1.1 does not read as text, such as `no` and `null`."""
_NEED_TEXT = ("arxiv_id", "doi", "title")
_NEED_LIST = ("aliases", "tags")
_WORD = rare(r"[^\W\d_][\w/-]*")
_IN_NUMBERS = frozenset("0123456789abcdefABCDEFxtTzZ_.:+- \t")
"""What numbers and dates of YAML 1.1 consist of if they begin with a digit."""
_SAME_NUMBER = re.compile(r"[1-9]\d{0,6}(?:\.\d{0,6}[1-9])?")
"""Numbers that are written by other tools as they were read, such as most arXiv ids."""
_HINT = "`paperkb check --fix` does it"


class Change(NamedTuple):
    """A value that should be written differently: its place, what is there, what should be."""

    line: int
    column: int
    written: str
    better: str
    code: str
    message: str


def changes(fields: Iterable[Field], lines: list[str]) -> Iterator[Change]:
    """Values that other tools read differently; `lines` are those of the whole file that the fields are from."""
    for field in fields:
        name = fact_name(field.key)
        for value in field.values if name in _NEED_TEXT else ():
            reading = misread(value.written) if value.written == value.text else ""
            if reading:
                message = f"other tools read `{field.key}: {value.written}` as {reading}: put it in quotes"
                yield Change(value.line, value.column, value.written, quoted(value.text), "yaml-type", message)
        if field.key.strip().lower() in _NEED_LIST and len(field.values) == 1 and _is_scalar(field, lines):
            value = field.values[0]
            better = _as_list(value, name)
            if better:
                message = f"`{field.key}` is not a list, which Obsidian requires since 1.9: write {better}"
                yield Change(value.line, value.column, value.written, better, "not-a-list", message)


def problems(fields: Iterable[Field], lines: list[str]) -> list[Problem]:
    """These changes as notices."""
    return [
        Problem(change.line, change.column, change.code, change.message, _HINT, "notice")
        for change in changes(fields, lines)
    ]


def misread(written: str) -> str:
    """What a plain scalar becomes in YAML 1.1 if that is not the same text; else empty."""
    if written[:1].isalpha() and len(written) > _LONGEST_WORD:
        return ""
    if written[:1].isdigit() and (_SAME_NUMBER.fullmatch(written) or not _IN_NUMBERS.issuperset(written)):
        return ""
    import yaml  # only if its rules are needed

    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    for tag, pattern in [*resolvers.get(written[:1], []), *resolvers.get(None, [])]:
        if pattern.match(written):
            try:
                value = yaml.safe_load(written) if tag != _TEXT_TAG else written
            except (yaml.YAMLError, ValueError):
                return "an error"
            return "" if str(value) == written else str(value)
    return ""


def quoted(text: str) -> str:
    """The text as a quoted YAML scalar on one line."""
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def _is_scalar(field: Field, lines: list[str]) -> bool:
    """Whether the value directly follows its key on the same line, without `- ` or a bracket in between."""
    value = field.values[0]
    if value.line != field.line or "\n" in value.written or len(lines) < field.line:
        return False
    between = lines[field.line - 1][field.column - 1 : value.column - 1]
    return between.rstrip().endswith(":") and between.strip(" \t\"'").startswith(field.key)


def _as_list(value: Scalar, name: str) -> str:
    """The value as a one-line list with the same meaning; empty if that is not certain."""
    is_plain = value.written == value.text
    if name == "tags" and is_plain:
        words = [word.strip() for word in value.text.split(",")]
        return f"[{', '.join(words)}]" if all(_WORD.fullmatch(word) and not misread(word) for word in words) else ""
    if name == "tags" or "," in value.text or value.text.startswith("#") or not value.text.strip():
        return ""
    if is_plain:
        return f"[{quoted(value.text)}]"
    is_quoted = value.written[0] == value.written[-1] and value.written[0] in "'\""
    return f"[{value.written}]" if is_quoted else ""
