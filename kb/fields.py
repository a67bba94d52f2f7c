"""Fields of a YAML mapping: every scalar stays the text that was written, with its place.

`arxiv_id: 1412.6980` is not a number here, `no` not a boolean and `12:30` not 750: fields get their types later, from
whoever knows what the field means.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from kb.model import Severity

MAX_DEPTH = 32
MAX_VALUES = 20_000

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_BREAKS = {0x85: " ", 0x2028: " ", 0x2029: " "}  # line ends for YAML 1.1, but not for anything else here
_LEAD = re.compile(r"^(?:[-?][ \t]+|[ \t])+", re.MULTILINE)
_NULLS = {"", "~", "null", "Null", "NULL"}
_LISTS = {"aliases", "tags", "keywords", "authors"}
PEOPLE = {"author", "authors", "creator", "creators", "editor", "editors"}
"""Fields that hold names of people."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value: its text, its place, and how it stands there (with quotes, over several lines)."""

    text: str
    line: int
    column: int
    written: str


@dataclass(frozen=True, slots=True)
class Field:
    """One key and all values under it, lists flattened; a map inside becomes fields `key.inner`."""

    key: str
    values: tuple[Scalar, ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong or worth knowing at a place of the text."""

    line: int
    column: int
    code: str
    message: str
    hint: str = ""
    severity: Severity = "warning"


class TooDeepError(yaml.YAMLError):
    """Composing the YAML would need too much stack."""

    problem = "nested too deeply"

    def __init__(self, mark: Any) -> None:
        super().__init__(self.problem)
        self.problem_mark = mark


def compose(source: str) -> yaml.Node | None:
    """Build the nodes of one YAML document.

    Raises:
        yaml.YAMLError: it is not YAML, or nested too deeply.
    """
    source = source.translate(_BREAKS)
    longest = max((len(lead) for lead in _LEAD.findall(source)), default=0)
    if source.count("[") + source.count("{") > MAX_DEPTH or longest > 2 * MAX_DEPTH:
        _check_depth(source)
    return yaml.compose(source, Loader=_Loader)


def _check_depth(source: str) -> None:
    depth = 0
    for event in yaml.parse(source, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise TooDeepError(event.start_mark)


class Reader:
    """Turns composed nodes into fields, counting values so that alias bombs stay small."""

    def __init__(self, source: str, first_line: int, problems: list[Problem]) -> None:
        self.source, self.first_line, self.problems = source, first_line, problems
        self.budget = max(MAX_VALUES, len(source))

    def place(self, node: yaml.Node) -> tuple[int, int]:
        return node.start_mark.line + self.first_line, node.start_mark.column + 1

    def fields(self, mapping: yaml.MappingNode, prefix: str = "", depth: int = 0) -> list[Field]:
        """One field for each key, the last one where a key is given twice."""
        found: dict[str, Field] = {}
        for key_node, value in self.with_lost_breaks(mapping):
            if not isinstance(key_node, yaml.ScalarNode) or self.is_spent(key_node):
                continue
            key = prefix + key_node.value.strip()
            line, column = self.place(key_node)
            if key in found:
                self.report(key_node, "yaml-duplicate", f"`{key}` is given twice, the last counts", "keep one of them")
            if isinstance(value, yaml.MappingNode) and _as_text(value, key) is None:
                inner = self.fields(value, f"{key}.", depth + 1) if depth < MAX_DEPTH else []
                found |= {field.key: field for field in inner}
            else:
                found[key] = Field(key, tuple(self.scalars(value, key, depth)), line, column)
        return list(found.values())

    def with_lost_breaks(self, mapping: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """The pairs of a mapping; where a list holds `- Adam tags:`, what comes after it is a list of tags."""
        for key, value in mapping.value:
            items = value.value if isinstance(value, yaml.SequenceNode) and self.budget > 0 else []
            at = next((n for n, item in enumerate(items) if _lost_break(item)), len(items))
            if at == len(items):
                yield key, value
                continue
            last, name = _lost_break(items[at])
            start, end = items[at].start_mark, value.end_mark
            message = f"`{name}:` has lost its line break; the items after it are read as `{name}`"
            self.report(items[at], "yaml-shape", message, f"write `{name}:` at the start of a line")
            yield key, yaml.SequenceNode("", [*items[:at], yaml.ScalarNode("", last, start, start)], start, end)
            yield yaml.ScalarNode("", name, start, start), yaml.SequenceNode("", items[at + 1 :], start, end)

    def scalars(self, node: yaml.Node, key: str, depth: int) -> Iterator[Scalar]:
        if depth > MAX_DEPTH or self.is_spent(node):
            return
        if isinstance(node, yaml.ScalarNode):
            if node.style or node.value not in _NULLS:
                yield self.scalar(node, node.value)
            elif self.rest_of_line(node).lstrip().startswith("#"):
                self.report(node, "yaml-comment", f"a value of `{key}` starts a YAML comment", "put it in quotes")
        elif isinstance(node, yaml.MappingNode):
            text = _as_text(node, key)
            if text is not None:
                yield self.scalar(node, text)
                return
            address = [value for name, value in node.value if name.value == "url"]
            values = list(self.each(address or [value for _, value in node.value], key, depth))
            if not values:
                self.report(node, "yaml-shape", f"a map without values in the list `{key}`", "put it in quotes")
            yield from values
        elif _is_wiki_link(node):
            yield self.scalar(node, self.written(node))
        else:
            yield from self.each(node.value, key, depth)

    def each(self, nodes: list[yaml.Node], key: str, depth: int) -> Iterator[Scalar]:
        for node in nodes:
            yield from self.scalars(node, key, depth + 1)

    def scalar(self, node: yaml.Node, text: str) -> Scalar:
        return Scalar(text, *self.place(node), self.written(node))

    def written(self, node: yaml.Node) -> str:
        return self.source[node.start_mark.index : node.end_mark.index]

    def rest_of_line(self, node: yaml.Node) -> str:
        start = node.end_mark.index
        end = self.source.find("\n", start)
        return self.source[start : end if end >= 0 else None]

    def is_spent(self, node: yaml.Node) -> bool:
        """Count one value; say so, once, when there were too many."""
        self.budget -= 1
        if self.budget == -1:
            self.report(node, "yaml-size", "aliases make too many values, the rest is left out", "write them out")
        return self.budget < 0

    def report(self, node: yaml.Node, code: str, message: str, hint: str) -> None:
        self.problems.append(Problem(*self.place(node), code, message, hint))


def _lost_break(node: yaml.Node) -> tuple[str, ...]:
    """(last item, name of the next list) of a map without value whose key ends in such a name; nothing otherwise."""
    if not (isinstance(node, yaml.MappingNode) and len(node.value) == 1):
        return ()
    key, value = node.value[0]
    is_empty = isinstance(value, yaml.ScalarNode) and not value.style and value.value in _NULLS
    last, _, name = key.value.rpartition(" ") if is_empty and isinstance(key, yaml.ScalarNode) else ("", "", "")
    return (last.strip(), name) if last.strip() and name in _LISTS else ()


def _is_wiki_link(node: yaml.Node) -> bool:
    """`[[Name]]` without quotes is YAML for a list in a list."""
    if not (isinstance(node, yaml.SequenceNode) and node.flow_style and len(node.value) == 1):
        return False
    inner = node.value[0]
    return (
        isinstance(inner, yaml.SequenceNode)
        and bool(inner.flow_style)
        and inner.start_mark.index == node.start_mark.index + 1
        and inner.end_mark.index == node.end_mark.index - 1
        and not any(isinstance(part, yaml.SequenceNode) for part in inner.value)
    )


def _as_text(mapping: yaml.MappingNode, key: str) -> str | None:
    """`{family: Kingma, given: Diederik}` or `{name: ...}` as one name; None for a map that is no name."""
    parts = {
        name.value: value.value
        for name, value in mapping.value
        if isinstance(name, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)
    }
    if "family" in parts:
        return f"{parts.get('given', '')} {parts['family']}".strip()
    if "url" in parts and key not in PEOPLE:
        return None  # a link with its label
    return parts.get("name")
