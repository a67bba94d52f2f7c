"""Safe fixes of a note's front matter: they cannot change what the note says, and every other byte stays.

A fix is safe because it is tested: the fixed note is read again and must say the same, with fewer problems.
"""

import codecs
import re
from collections.abc import Iterable, Iterator

import yaml

from kb import frontmatter, inline_fields, places, portable
from kb.fields import Field
from kb.model import Record
from kb.portable import Change
from kb.read import read
from kb.yaml_fields import compose

CODES = ("yaml", "yaml-type", "not-a-list")
"""Findings that a fix may remove."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def mend(path: str, raw: bytes) -> tuple[bytes, list[Change]]:
    """The note with every safe fix applied, and the fixes in line order; unchanged if there are none."""
    done: list[Change] = []
    fixed, changes = _once(path, raw)
    while changes:  # one fix may make another one possible; each round leaves fewer problems
        done += changes
        fixed, changes = _once(path, fixed)
    return fixed, sorted(done, key=lambda change: (change.line, change.column))


def _once(path: str, raw: bytes) -> tuple[bytes, list[Change]]:
    text, problems = places.decode(raw)
    if problems:  # the meaning of the bytes is in doubt
        return raw, []
    done: list[Change] = []
    fixed, record = raw, read(path, raw)
    for change in _wanted(text):
        candidate = _apply(raw, [*done, change])
        again = read(path, candidate) if candidate is not None else None
        if candidate is not None and again and _means(again) == _means(record) and _is_better(again, record):
            done, fixed, record = [*done, change], candidate, again
    return fixed, done


def _wanted(text: str) -> Iterator[Change]:
    source, _, _ = frontmatter.split(text)
    if source is None or inline_fields.of_fence(source, first_line=2):
        return
    fields, problems = frontmatter.parse_fields(source, first_line=2)
    found = list(portable.changes(fields, text.split("\n")))
    if any(problem.code == "yaml" for problem in problems):
        found += _broken(fields)
    yield from sorted(found, key=lambda change: (change.line, change.column))


def _broken(fields: Iterable[Field]) -> Iterator[Change]:
    """One-line values that are not YAML, such as a title with a colon."""
    for field in fields:
        if len(field.values) == 1 and not field.values[0].written.startswith(("'", '"', "|", ">")):
            value = field.values[0]
            try:
                compose(f"x: {value.written}")
            except yaml.YAMLError:
                better = portable.quoted(value.written)
                yield Change(value.line, value.column, value.written, better, "yaml", "put it in quotes")


def _apply(raw: bytes, changes: Iterable[Change]) -> bytes | None:
    """The bytes with these values replaced; None if one is not at its place."""
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    lines = _LINE.findall(raw[len(mark) :].decode())
    for change in sorted(changes, key=lambda change: -change.column):
        line, start = lines[change.line - 1], change.column - 1
        if not line.startswith(change.written, start) or "\n" in change.written:
            return None
        lines[change.line - 1] = line[:start] + change.better + line[start + len(change.written) :]
    return mark + "".join(lines).encode()


def _means(record: Record) -> Record:
    """The record without columns, which added quotes shift, and without diagnostics."""
    entries = tuple(
        entry._replace(facts=tuple(fact._replace(column=0) for fact in entry.facts)) for entry in record.entries
    )
    return record._replace(
        entries=entries, links=tuple(link._replace(column=0) for link in record.links), diagnostics=()
    )


def _is_better(now: Record, before: Record) -> bool:
    """Whether there are fewer problems and no new ones."""
    had = {(found.line, found.code) for found in before.diagnostics}
    has = {(found.line, found.code) for found in now.diagnostics}
    return has <= had and len(now.diagnostics) < len(before.diagnostics)
