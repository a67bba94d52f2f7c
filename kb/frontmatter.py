"""YAML in notes: every scalar stays the text that was written, with its place; what is broken is read field by field.

`arxiv_id: 1412.6980` is not a number here, `no` not a boolean and `12:30` not 750: fields get their types later, from
whoever knows what the field means.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_VALUES = 20_000

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_OPENING = re.compile(r"---[ \t]*\n")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_TOP_LEVEL = re.compile(r"^(?P<key>[^\s#\-:\[\]{}&*!|>'\"%@`][^:\n]*):(?=\s|$)(?P<value>.*)$", re.MULTILINE)
_NULLS = {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value as written, and where."""

    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Field:
    """One key and all values under it, lists flattened; a map inside becomes fields `key.inner`."""

    key: str
    values: tuple[Scalar, ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a place of the YAML text."""

    line: int
    column: int
    code: str
    message: str
    hint: str


def split(text: str) -> tuple[str | None, int, Problem | None]:
    """Return (YAML between the fences or None, offset where the body starts, problem)."""
    opening = _OPENING.match(text)
    if not opening:
        return None, 0, None
    closing = _CLOSING.search(text, opening.end())
    if not closing:
        return (
            None,
            0,
            Problem(1, 1, "front-matter-open", "the front matter is not closed", "add a line `---` after it"),
        )
    return text[opening.end() : closing.start()], min(closing.end() + 1, len(text)), None


def parse_fields(source: str, first_line: int = 1) -> tuple[list[Field], list[Problem]]:
    """Read a mapping; `first_line` is the line of `source` in its file. Never raises."""
    mappings, problems = parse_mappings(source, first_line)
    return (mappings[0] if mappings else []), problems


def parse_mappings(source: str, first_line: int = 1, limit: int = MAX_BYTES) -> tuple[list[list[Field]], list[Problem]]:
    """Read one mapping, a list of mappings, or one key over such a list: the fields of each. Never raises."""
    refusal = _refuse(source, limit)
    if refusal:
        return [], [Problem(first_line, 1, "yaml-size", *refusal)]
    try:
        node = yaml.compose(source, Loader=_Loader)
    except yaml.YAMLError as error:
        fields, problems = _repair(source, first_line, error)
        return ([fields] if fields else []), problems
    problems = []
    reader = _Reader(source, first_line, problems)
    if isinstance(node, yaml.MappingNode) and len(node.value) == 1 and isinstance(node.value[0][1], yaml.SequenceNode):
        listed = node.value[0][1]  # `papers:` over a list of papers
        node = listed if any(isinstance(child, yaml.MappingNode) for child in listed.value) else node
    roots = node.value if isinstance(node, yaml.SequenceNode) else [node]
    mappings = []
    for root in roots:
        if isinstance(root, yaml.MappingNode):
            mappings.append(reader.fields(root))
        elif root is not None:
            line, column = reader.place(root)
            problems.append(
                Problem(line, column, "yaml-shape", "expected `key: value` lines", "write one field a line")
            )
    return mappings, problems


def _refuse(source: str, limit: int) -> tuple[str, str] | None:
    if len(source) > limit:
        return f"more than {limit // 1024} KiB of YAML", "move the text below the front matter"
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", source):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    nested = max((len(m) for m in re.findall(r"^(?:[-?][ \t]+|[ \t])+", source, re.MULTILINE)), default=0)
    if deepest > MAX_DEPTH or nested > 8 * MAX_DEPTH:
        return "YAML nested too deeply", "flatten it: one field a line"
    return None


class _Reader:
    """Turns composed nodes into fields, counting values so that alias bombs stay small."""

    def __init__(self, source: str, first_line: int, problems: list[Problem]) -> None:
        self.source, self.first_line, self.problems = source, first_line, problems
        self.budget = max(MAX_VALUES, len(source))

    def place(self, node: yaml.Node) -> tuple[int, int]:
        return node.start_mark.line + self.first_line, node.start_mark.column + 1

    def fields(self, mapping: yaml.MappingNode, prefix: str = "", depth: int = 0) -> list[Field]:
        found: dict[str, Field] = {}
        for key_node, value_node in mapping.value:
            if not isinstance(key_node, yaml.ScalarNode):
                continue
            key = prefix + key_node.value.strip()
            line, column = self.place(key_node)
            if key in found:
                self.problems.append(
                    Problem(
                        line, column, "yaml-duplicate", f"`{key}` is given twice, the last counts", "keep one of them"
                    )
                )
            if isinstance(value_node, yaml.MappingNode) and depth < MAX_DEPTH:
                name = _person(value_node)
                if name is None:
                    found |= {field.key: field for field in self.fields(value_node, f"{key}.", depth + 1)}
                    continue
            found[key] = Field(key, tuple(self.scalars(value_node, depth)), line, column)
            if not found[key].values and "#" in self._rest_of_line(key_node):
                self.problems.append(
                    Problem(line, column, "yaml-comment", f"the value of `{key}` starts a YAML comment", "quote it")
                )
        return list(found.values())

    def scalars(self, node: yaml.Node, depth: int) -> Iterator[Scalar]:
        self.budget -= 1
        if self.budget < 0 or depth > MAX_DEPTH:
            return
        line, column = self.place(node)
        if isinstance(node, yaml.ScalarNode):
            if node.style or node.value not in _NULLS:
                yield Scalar(node.value, line, column)
        elif isinstance(node, yaml.MappingNode):
            name = _person(node)
            if name is not None:
                yield Scalar(name, line, column)
        elif _is_wiki_link(node):
            yield Scalar(self.source[node.start_mark.index : node.end_mark.index], line, column)
        else:
            for child in node.value:
                yield from self.scalars(child, depth + 1)

    def _rest_of_line(self, key: yaml.Node) -> str:
        start = key.end_mark.index
        return self.source[start : self.source.find("\n", start) if "\n" in self.source[start:] else len(self.source)]


def _is_wiki_link(node: yaml.Node) -> bool:
    """`[[Name]]` without quotes is YAML for a list in a list."""
    if not (isinstance(node, yaml.SequenceNode) and node.flow_style and len(node.value) == 1):
        return False
    inner = node.value[0]
    return (
        isinstance(inner, yaml.SequenceNode)
        and bool(inner.flow_style)
        and len(inner.value) == 1
        and isinstance(inner.value[0], yaml.ScalarNode)
        and inner.start_mark.index == node.start_mark.index + 1
    )


def _person(mapping: yaml.MappingNode) -> str | None:
    """`{family: Kingma, given: Diederik}` or `{name: ...}` as one name, else None."""
    parts = {
        key.value: value.value
        for key, value in mapping.value
        if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)
    }
    if "family" in parts:
        return f"{parts.get('given', '')} {parts['family']}".strip()
    return parts.get("name")


def _repair(source: str, first_line: int, error: yaml.YAMLError) -> tuple[list[Field], list[Problem]]:
    """Read each top-level field alone; one that stays broken keeps its text as its only value."""
    starts = list(_TOP_LEVEL.finditer(source))
    if not starts:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + first_line, mark.column + 1) if mark else (first_line, 1)
        return [], [
            Problem(
                line,
                column,
                "yaml",
                f"not YAML: {getattr(error, 'problem', None) or 'unreadable'}",
                "write one `key: value` a line",
            )
        ]
    fields: dict[str, Field] = {}
    problems: list[Problem] = []
    for match, following in zip(starts, [*starts[1:], None], strict=True):
        chunk = source[match.start() : following.start() if following else len(source)]
        line = first_line + source.count("\n", 0, match.start())
        try:
            node = yaml.compose(chunk, Loader=_Loader)
            read = _Reader(chunk, line, problems).fields(node) if isinstance(node, yaml.MappingNode) else []
        except yaml.YAMLError as chunk_error:
            mark = getattr(chunk_error, "problem_mark", None)
            key, value = match["key"].strip(), " ".join(chunk[len(match["key"]) + 1 :].split())
            column = match.start("value") - match.start() + 2
            problems.append(
                Problem(
                    line + (mark.line if mark else 0),
                    (mark.column + 1) if mark else column,
                    "yaml",
                    f"the value of `{key}` is not YAML; read as plain text",
                    "put it in quotes",
                )
            )
            read = [Field(key, (Scalar(value, line, column),), line, 1)]
        fields |= {field.key: field for field in read}
    return list(fields.values()), problems
