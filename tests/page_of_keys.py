"""Read a page of tables `| key | type | |` as a description of JSON, and compare real answers with it.

The anchor of a heading names its table. `a.b[].c?` is a key that may be missing; a word in capitals stands for any key.
A type is `string`, `integer or null`, `list of strings`, or `list of [edge](#edge)`, where the link leads to its table.
A description that starts with words in code, with `or` before the last one, lists all values that the text can have.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_ROW = re.compile(r"\| `(?P<key>[^`]+)` \| (?P<types>[^|]+) \|(?P<meaning>.*)\|")
_WORDS = re.compile(r"(?:`[^`]+`(?: \([^)]*\))?, )*`[^`]+`(?: \([^)]*\))? or `[^`]+`")
_LINK = re.compile(r"\[[^]]+\]\(#([\w-]+)\)")
_NAMES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "object": (dict,),
    "list": (list,),
}


@dataclass
class Key:
    """What the page says about one place in an answer, and what was seen there."""

    types: list[str] = field(default_factory=list)
    meaning: str = ""
    may_miss: bool = False
    inside: dict[str, "Key"] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    was_met: bool = False
    was_missing: bool = False


class Page:
    """The tables of a page. Once all answers are compared with them, `unseen` lists what none of the answers had.

    If there is a table `edge` and another `edge-of-kind-x`, an object whose `kind` is x has the keys of both.

    Args:
        elsewhere: for objects described elsewhere, a function that yields problems, by the anchor of the missing table.
    """

    def __init__(self, text: str, elsewhere: Mapping[str, Callable[[Any], list[str]]] | None = None) -> None:
        self.tables: dict[str, Key] = {}
        self.elsewhere = elsewhere or {}
        for heading, part in re.findall(r"^#+ (.+)\n((?:(?!#).*\n?)*)", text, re.MULTILINE):
            if "| key | type | |" in part:
                table = self.tables[anchor(heading)] = Key(["object"])
                for line in part.split("\n"):
                    if line.startswith("| `"):
                        row = _ROW.fullmatch(line)
                        assert row, line
                        _put(table, row["key"], _types(row["types"]), row["meaning"].strip())

    def problems(self, name: str, answer: object) -> list[str]:
        """The places where an answer differs from its table."""
        return [f"{name}: {path or 'answer'}: {what}" for path, what in self._hold(self.tables[name], answer, "")]

    def unseen(self, names: Iterable[str]) -> list[str]:
        """What the tables describe but no answer had: a key, one of its types, or its absence."""
        return [f"{name}: {what}" for name in names for what in _unseen(self.tables[name], "")]

    def _hold(self, key: Key, value: Any, path: str) -> Iterator[tuple[str, str]]:
        key.was_met = True
        types = key.types or ["list of objects or lists" if "[]" in key.inside else "object"]  # as the rows below show
        fitting = [kind for kind in types if _fits(kind, value)]
        if not fitting:
            yield path, f"{value!r:.60} is not {' or '.join(types)}"
            return
        key.seen |= {kind for kind in fitting if value != []}
        words = _WORDS.match(key.meaning)
        if isinstance(value, str) and words and f"`{value}`" not in words[0]:
            yield path, f"{value!r:.60} is none of {words[0]}"
        for link in (match[1] for kind in fitting if (match := _LINK.search(kind))):
            for each in value if isinstance(value, list) else [value]:
                yield from self._hold_linked(link, each, f"{path} ({link})")
        if isinstance(value, list) and "[]" in key.inside:
            for each in value:
                yield from self._hold(key.inside["[]"], each, f"{path}[]")
        if isinstance(value, dict) and key.inside:
            yield from self._hold_keys(key, value, path)

    def _hold_linked(self, link: str, value: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
        kind = f"{link}-of-kind-{value.get('kind')}"
        if kind in self.elsewhere:
            yield from ((path, problem) for problem in self.elsewhere[kind](value))
        elif kind in self.tables:
            common = self.tables[link]
            yield from self._hold(common, {name: each for name, each in value.items() if name in common.inside}, path)
            rest = {name: each for name, each in value.items() if name not in common.inside}
            yield from self._hold(self.tables[kind], rest, path)
        else:
            yield from self._hold(self.tables[link], value, path)

    def _hold_keys(self, key: Key, value: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
        for name, each in value.items():
            inside = key.inside.get(name) or next((key.inside[known] for known in key.inside if known.isupper()), None)
            if inside is None:
                yield f"{path}.{name}", "is not on the page"
            else:
                yield from self._hold(inside, each, f"{path}.{name}")
        for name, inside in key.inside.items():
            if name not in value and not name.isupper():
                inside.was_missing = True
                if not inside.may_miss:
                    yield f"{path}.{name}", "is missing"


def anchor(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _put(table: Key, path: str, types: list[str], meaning: str) -> None:
    key = table
    for step in re.findall(r"\[\]|[^.\[\]]+", path.removesuffix("?")):
        key = key.inside.setdefault(step, Key())
    key.types, key.meaning, key.may_miss = types, meaning, path.endswith("?")


def _types(cell: str) -> list[str]:
    """The alternatives. `list of numbers or nulls` is a single one: a plural belongs to the list before it."""
    found: list[str] = []
    for word in cell.split(" or "):
        if word.endswith("s") and not word.startswith("list of "):
            found[-1] += f" or {word}"
        else:
            found.append(word)
    return found


def _fits(kind: str, value: Any) -> bool:
    if kind.startswith("list of "):
        names = [name.removesuffix("s") for name in kind.removeprefix("list of ").split(" or ")]
        return isinstance(value, list) and all(any(_fits(name, each) for name in names) for each in value)
    if _LINK.fullmatch(kind):
        return isinstance(value, dict)
    return isinstance(value, _NAMES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _unseen(key: Key, path: str) -> Iterator[str]:
    if not key.was_met:
        yield f"{path} was never met"
        return
    yield from (f"{path} was never {kind}" for kind in key.types if kind not in key.seen)
    if key.may_miss and not key.was_missing:
        yield f"{path} was never missing"
    for name, inside in key.inside.items():
        yield from _unseen(inside, f"{path}.{name}".lstrip("."))
