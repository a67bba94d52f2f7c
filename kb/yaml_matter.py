"""YAML in notes: the block at the top of a Markdown note, or a whole YAML file. Broken YAML is read piece by piece.

Nothing here raises: a field that is not YAML keeps its text as its value, and the problem is reported.
"""

import re

import yaml

from kb.fields import TOP_LEVEL, Field, Problem, Scalar
from kb.yaml_fields import Reader, TooDeepError, compose

_ITEM = re.compile(r"^([ ]*)-(?=[ \t])", re.MULTILINE)
_LISTED = re.compile(r"\[(?P<parts>[^\[\]{}\"'\n]+)\]")
_PART = re.compile(r"[^\s,](?:[^,]*[^\s,])?")
"""A one-line list and its items, if one begins with a character that YAML reserves: `[vision, #nlp]`."""
_DOCUMENT = re.compile(r"^---[ \t]*$", re.MULTILINE)
_NOTHING = re.compile(r"(?:[ \t]*(?:[%#].*)?(?:\n|$))*")


def parse_fields(source: str, first_line: int) -> tuple[list[Field], list[Problem]]:
    """Read one mapping."""
    problems: list[Problem] = []
    try:
        node = compose(source)
    except yaml.YAMLError as error:
        return _repaired(source, first_line, error, problems), _once(problems)
    if isinstance(node, yaml.MappingNode):
        return Reader(source, first_line, problems).fields(node), _once(problems)
    return [], [_not_a_mapping(first_line)] if node is not None else []


def parse_mappings(source: str) -> tuple[list[list[Field]], list[Problem]]:
    """Read a YAML file: a mapping, a list of mappings, a single key with such a list, or several such documents."""
    mappings: list[list[Field]] = []
    problems: list[Problem] = []
    position, line = 0, 1
    for end in [*(match.start() for match in _DOCUMENT.finditer(source)), len(source)]:
        document = source[position:end]
        mappings += _document(document.removeprefix("---"), line, problems)
        position, line = end, line + document.count("\n")
    return mappings, _once(problems)


def _document(source: str, first_line: int, problems: list[Problem]) -> list[list[Field]]:
    if _NOTHING.fullmatch(source):
        return []
    try:
        node = compose(source)
    except yaml.YAMLError as error:
        items = _items(source)
        if not items:
            return [_repaired(source, first_line, error, problems)]
        return [_item(*item, first_line, problems) for item in items]
    reader = Reader(source, first_line, problems)
    if isinstance(node, yaml.MappingNode) and len(node.value) == 1 and isinstance(node.value[0][1], yaml.SequenceNode):
        listed = node.value[0][1]  # `papers:` over a list of papers
        node = listed if any(isinstance(child, yaml.MappingNode) for child in listed.value) else node
    mappings = []
    for root in node.value if isinstance(node, yaml.SequenceNode) else [node]:
        if isinstance(root, yaml.MappingNode):
            mappings.append(reader.fields(root))
        elif root is not None:
            problems.append(_not_a_mapping(*reader.place(root)))
    return mappings


def _not_a_mapping(line: int, column: int = 1) -> Problem:
    return Problem(line, column, "yaml-shape", "expected `key: value` lines", "write one field per line")


def _once(problems: list[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))


# -- what is not YAML ----------------------------------------------------------------------------------------------


def _items(source: str) -> list[tuple[str, int]]:
    """(item as a mapping, number of lines before it) for each item of the outermost list; empty if there is none."""
    first = _ITEM.search(source)
    above = TOP_LEVEL.findall(source, 0, first.start()) if first else []
    if not first or len(above) > 1 or any(value for _, value in above):
        return []
    starts = [match.start(0) for match in _ITEM.finditer(source) if match[1] == first[1]]
    items, line, position = [], 0, 0
    for start, end in zip(starts, [*starts[1:], len(source)], strict=True):
        line += source.count("\n", position, start)
        position = start
        items.append((source[start:end].replace("-", " ", 1), line))
    return items


def _item(source: str, lines_before: int, first_line: int, problems: list[Problem]) -> list[Field]:
    try:
        node = compose(source)
    except yaml.YAMLError as error:
        return _repaired(source, first_line + lines_before, error, problems)
    if isinstance(node, yaml.MappingNode):
        return Reader(source, first_line + lines_before, problems).fields(node)
    problems.append(_not_a_mapping(first_line + lines_before))
    return []


def _repaired(source: str, first_line: int, error: yaml.YAMLError, problems: list[Problem]) -> list[Field]:
    """Read each field of the outermost mapping on its own; one that is still broken keeps its text as its value."""
    indent = len(source) - len(source.lstrip(" "))
    pattern = TOP_LEVEL if not indent else re.compile(f"^ {{{indent}}}{TOP_LEVEL.pattern[1:]}", re.MULTILINE)
    starts = list(pattern.finditer(source))
    if not starts:
        line, column = _error_place(error, source)
        message = f"not YAML: {getattr(error, 'problem', None) or 'unreadable'}"
        problems.append(Problem(first_line + line, column, "yaml", message, "write one `key: value` per line"))
        return []
    fields: dict[str, Field] = {}
    line, position = first_line, 0
    for match, following in zip(starts, [*starts[1:], None], strict=True):
        line += source.count("\n", position, match.start())
        position = match.start()
        chunk = source[match.start() : following.start() if following else len(source)]
        for field in _field(chunk, match, line, problems):
            if field.key in fields:
                message = f"`{field.key}` is given twice; the last one counts"
                problems.append(Problem(field.line, field.column, "yaml-duplicate", message, "keep one"))
            fields[field.key] = field
    return list(fields.values())


def _field(chunk: str, match: re.Match[str], line: int, problems: list[Problem]) -> list[Field]:
    try:
        node = compose(chunk)
        return Reader(chunk, line, problems).fields(node) if isinstance(node, yaml.MappingNode) else []
    except yaml.YAMLError as error:
        error_line, error_column = _error_place(error, chunk)
        key = match["key"].strip().strip("'\"")
        reason = error.problem if isinstance(error, TooDeepError) else "not YAML"
        message = f"the value of `{key}` is {reason}; read as plain text"
        values = tuple(_plain_values(chunk, match, line))
        hint = "put it in quotes" if len(values) < 2 else "put each item in quotes"
        problems.append(Problem(line + error_line, error_column, "yaml", message, hint))
        column = match.start("key") - match.start() + 1
        return [Field(key, values, line, column)]


def _plain_values(chunk: str, match: re.Match[str], line: int) -> list[Scalar]:
    """The text of a broken field: its lines as one value, or one value per `- ` line or item in brackets."""
    rows = chunk.rstrip().split("\n")[1:]
    if not match["value"] and rows and all(row.lstrip().startswith("- ") for row in rows):
        found = []
        for number, row in enumerate(rows, line + 1):
            text = row.lstrip()[1:].strip()
            found.append(Scalar(_unquoted(text), number, row.index(text) + 1, text))
        return found
    column = match.start("value") - match.start() + 1
    text = chunk[column - 1 :].rstrip()
    if listed := _LISTED.fullmatch(text):
        parts = _PART.finditer(text, *listed.span("parts"))
        return [Scalar(part[0], line, column + part.start(), part[0]) for part in parts]
    return [Scalar(_unquoted(" ".join(text.split())), line, column, text)]


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _error_place(error: yaml.YAMLError, source: str) -> tuple[int, int]:
    """(lines before the error, column from 1); an error past the end is placed at the end of the last line."""
    mark = getattr(error, "problem_mark", None)
    if not mark:
        return 0, 1
    lines = source.rstrip().split("\n")
    return (mark.line, mark.column + 1) if mark.line < len(lines) else (len(lines) - 1, len(lines[-1]) + 1)
