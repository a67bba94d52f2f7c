"""TOML in notes: the block between `+++` lines at the top, as Hugo and Zola write it.

A broken block is read field by field; nothing here raises.
"""

import re
from collections.abc import Iterator

from kb.fields import MAX_DEPTH, Field, Problem, Scalar
from kb.frontmatter import MAX_BYTES
from kb.typed import Any

_BLOCK = re.compile(r"\+\+\+[ \t]*\n(?P<source>(?s:.*?))^\+\+\+[ \t]*(?:\n|\Z)", re.MULTILINE)
_LONG_KEY = re.compile(rf"(?:\.[ \t]*+[\w\"'-]++[ \t]*+){{{MAX_DEPTH}}}")
_KEY = re.compile(r"^[ \t]*(?P<quote>[\"']?)(?P<key>[\w.-]+)(?P=quote)[ \t]*=[ \t]*(?P<value>.*)$", re.MULTILINE)


def split(text: str) -> tuple[str | None, int, Problem | None]:
    """Return (TOML between the fences or None, offset where the body starts, problem)."""
    block = _BLOCK.match(text)
    if block:
        return block["source"], block.end(), None
    is_open = re.match(r"\+\+\+[ \t]*\n[ \t]*[\w.\"'-]+[ \t]*=", text)
    problem = Problem(1, 1, "front-matter-open", "the front matter is not closed", "add a line `+++` after it")
    return None, 0, problem if is_open else None


def parse_fields(source: str, first_line: int = 2) -> tuple[list[Field], list[Problem]]:
    """Read the block; `first_line` is the line of `source` in its file. A number or date stays as written."""
    if len(source) > MAX_BYTES:
        message = f"front matter over {MAX_BYTES // 1024} KiB is not read"
        return [], [Problem(first_line, 1, "toml-size", message, "move the text below it")]
    places = _places(source, first_line)
    try:
        return list(_fields(_loads(source), "", places)), []
    except (ValueError, RecursionError):
        return _repaired(source, first_line)


def _loads(source: str) -> dict[str, Any]:
    """Read TOML whose numbers stay as written.

    Raises:
        ValueError: it is not TOML, or a key has more parts than anyone writes (`tomllib` would take minutes).
        RecursionError: lists or tables are nested too deeply.
    """
    if _LONG_KEY.search(source):
        raise ValueError("nested too deeply")
    import tomllib  # few notes have TOML

    return tomllib.loads(source, parse_float=str)


def _places(source: str, first_line: int) -> dict[str, tuple[int, int]]:
    """Line and column of each key's value."""
    found: dict[str, tuple[int, int]] = {}
    for match, place in _keys(source, first_line):
        found.setdefault(match["key"], place)
    return found


def _keys(source: str, first_line: int) -> Iterator[tuple[re.Match[str], tuple[int, int]]]:
    """Each `key = value` line, with the line and column of the value."""
    line, position = first_line, 0
    for match in _KEY.finditer(source):
        line += source.count("\n", position, match.start("key"))
        position = match.start("key")
        yield match, (line, match.start("value") - source.rfind("\n", 0, position))


def _fields(table: dict[str, Any], prefix: str, places: dict[str, tuple[int, int]]) -> Iterator[Field]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _fields(value, f"{prefix}{key}.", places)
            continue
        line, column = places.get(key, (1, 1))
        texts = list(_texts(value))
        yield Field(prefix + key, tuple(Scalar(text, line, column, text) for text in texts), line, column)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        name = f"{value.get('given', '')} {value['family']}".strip() if "family" in value else value.get("name")
        yield from _texts(value.get("url") or name or list(value.values()))
    elif str(value):
        yield str(value)


def _repaired(source: str, first_line: int) -> tuple[list[Field], list[Problem]]:
    """Read each `key = value` line on its own; a value that is still broken is kept as text."""
    fields: dict[str, Field] = {}
    problems: list[Problem] = []
    found = list(_keys(source, first_line))
    starts = [*(match.start() for match, _ in found), len(source)]
    for (match, (line, column)), end in zip(found, starts[1:]):
        key, chunk = match["key"], source[match.start() : end]
        try:
            fields |= {field.key: field for field in _fields(_loads(_without_table(chunk)), "", {key: (line, column)})}
        except (ValueError, RecursionError):
            text = match["value"].strip().strip("\"'")
            fields[key] = Field(key, (Scalar(text, line, column, match["value"]),) if text else (), line, column)
            message = f"the value of `{key}` is not TOML; read as plain text"
            problems.append(Problem(line, column, "toml", message, "put it in quotes"))
    if not fields:
        problems.append(Problem(first_line, 1, "toml", "not TOML", "write one `key = value` per line"))
    return list(fields.values()), problems


def _without_table(chunk: str) -> str:
    """The lines of one value, without the `[table]` header that follows."""
    return re.sub(r"^[ \t]*\[\[?[\w.\"' -]+\]\]?\s*\Z", "", chunk, flags=re.MULTILINE)
