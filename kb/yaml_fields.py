"""YAML to fields with a YAML parser: nodes first, then one field for each key.

Only notes whose front matter has more than plain lines need it, so only they load the parser.
"""

import re
from collections.abc import Iterator

import yaml

from kb.fields import MAX_DEPTH, NULLS, PEOPLE, Field, Problem, Scalar
from kb.typed import Any

MAX_VALUES = 20_000

_LINE_ENDS = "\x85\u2028\u2029"
"""Line ends in YAML 1.1, but nowhere else here."""
_WIDE = re.compile(rf"\n[-? \t]{{{2 * MAX_DEPTH}}}")
_LISTS = {"aliases", "tags", "keywords", "authors"}


class TooDeepError(yaml.YAMLError):
    """Composing the YAML would need too much stack."""

    problem = "nested too deeply"

    def __init__(self, mark: Any) -> None:
        super().__init__(self.problem)
        self.problem_mark = mark


class _Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """Builds nodes without tags: scalars are interpreted later, and finding their tags takes longer than parsing."""

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: object) -> str:
        return ""

    def descend_resolver(self, parent: yaml.Node | None, index: object) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass


def compose(source: str) -> yaml.Node | None:
    """Build the nodes of one YAML document.

    Raises:
        yaml.YAMLError: it is not YAML, or nested too deeply.
    """
    if not source.isascii():
        for sign in _LINE_ENDS:
            source = source.replace(sign, " ")
    if source.count("[") + source.count("{") > MAX_DEPTH or _WIDE.search(f"\n{source}"):
        _check_depth(source)
    node: yaml.Node | None = _Loader(source).get_single_node()
    return node


def _check_depth(source: str) -> None:
    depth = 0
    for event in yaml.parse(source, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise TooDeepError(event.start_mark)


class Reader:
    """Turns composed nodes into fields; counts values so that alias bombs stay small."""

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
                self.report(key_node, "yaml-duplicate", f"`{key}` is given twice; the last one counts", "keep one")
            if isinstance(value, yaml.MappingNode) and _as_text(value, key) is None:
                inner = self.fields(value, f"{key}.", depth + 1) if depth < MAX_DEPTH else []
                found |= {field.key: field for field in inner}
            else:
                found[key] = Field(key, tuple(self.scalars(value, key, depth)), line, column)
        return list(found.values())

    def with_lost_breaks(self, mapping: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """The pairs of a mapping; if a list contains `- Adam tags:`, the items after it are a list of tags."""
        for key, value in mapping.value:
            items = value.value if isinstance(value, yaml.SequenceNode) and self.budget > 0 else []
            maps = [n for n, item in enumerate(items) if isinstance(item, yaml.MappingNode)]
            at = next((n for n in maps if _lost_break(items[n])), len(items))
            if at == len(items):
                yield key, value
                continue
            last, name = _lost_break(items[at])
            start, end = items[at].start_mark, value.end_mark
            message = f"`{name}:` has lost its line break; the items after it are read as `{name}`"
            self.report(items[at], "yaml-shape", message, f"write `{name}:` at the start of a line")
            yield key, yaml.SequenceNode("", [*items[:at], yaml.ScalarNode("", last, start, start)], start, end)
            yield yaml.ScalarNode("", name, start, start), yaml.SequenceNode("", items[at + 1 :], start, end)

    def scalars(self, node: yaml.Node, key: str, depth: int) -> list[Scalar]:
        if depth > MAX_DEPTH or self.is_spent(node):
            return []
        if isinstance(node, yaml.ScalarNode):
            if node.style or node.value not in NULLS:
                return [self.scalar(node, node.value)]
            if self.rest_of_line(node).lstrip().startswith("#"):
                self.report(node, "yaml-comment", f"a value of `{key}` starts a YAML comment", "put it in quotes")
            return []
        if isinstance(node, yaml.MappingNode):
            text = _as_text(node, key)
            if text is not None:
                return [self.scalar(node, text)]
            address = [value for name, value in node.value if name.value == "url"]
            values = self.each(address or [value for _, value in node.value], key, depth)
            if not values:
                self.report(node, "yaml-shape", f"a map without values in the list `{key}`", "put it in quotes")
            return values
        if _is_wiki_link(node):
            return [self.scalar(node, self.written(node))]
        return self.each(node.value, key, depth)

    def each(self, nodes: list[yaml.Node], key: str, depth: int) -> list[Scalar]:
        return [scalar for node in nodes for scalar in self.scalars(node, key, depth + 1)]

    def scalar(self, node: yaml.Node, text: str) -> Scalar:
        start = node.start_mark
        return Scalar(text, start.line + self.first_line, start.column + 1, self.written(node))

    def written(self, node: yaml.Node) -> str:
        return self.source[node.start_mark.index : node.end_mark.index]

    def rest_of_line(self, node: yaml.Node) -> str:
        start = node.end_mark.index
        end = self.source.find("\n", start)
        return self.source[start : end if end >= 0 else None]

    def is_spent(self, node: yaml.Node) -> bool:
        """Count one value; whether there were too many, which is reported once."""
        self.budget -= 1
        if self.budget == -1:
            self.report(node, "yaml-size", "aliases expand to too many values; the rest is left out", "write them out")
        return self.budget < 0

    def report(self, node: yaml.Node, code: str, message: str, hint: str) -> None:
        self.problems.append(Problem(*self.place(node), code, message, hint))


def _lost_break(node: yaml.Node) -> tuple[str, ...]:
    """(last item, name of the next list) of a map without value whose key ends in such a name; otherwise empty."""
    if not (isinstance(node, yaml.MappingNode) and len(node.value) == 1):
        return ()
    key, value = node.value[0]
    is_empty = isinstance(value, yaml.ScalarNode) and not value.style and value.value in NULLS
    last, _, name = key.value.rpartition(" ") if is_empty and isinstance(key, yaml.ScalarNode) else ("", "", "")
    return (last.strip(), name) if last.strip() and name in _LISTS else ()


def _is_wiki_link(node: yaml.Node) -> bool:
    """Whether a node is an unquoted `[[Name]]`, which is a list in a list in YAML."""
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
    """`{family: Kingma, given: Diederik}` or `{name: ...}` as one name; None for a map that is not a name."""
    parts = {
        name.value: value.value
        for name, value in mapping.value
        if isinstance(name, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)
    }
    if "family" in parts:
        return f"{parts.get('given', '')} {parts['family']}".strip()
    if "url" in parts and key not in PEOPLE:
        return None  # a link and its label
    return parts.get("name")
