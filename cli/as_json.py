"""Answers as JSON: their schema, and the text to print or to put into a file."""

import json

from kb.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def with_schema(command: str, answer: dict[str, Any]) -> dict[str, Any]:
    """An answer that names its schema."""
    return {"schema": f"paperkb.{command}/1", **answer}


def as_json(command: str, answer: dict[str, Any], *, is_ascii: bool = False) -> "Iterator[str]":
    """The text of an answer with its schema, piece by piece, as there may be very many entries.

    Keys are sorted. Everything is indented, except that an entry without nested objects is on one line.

    Raises:
        RecursionError: the answer is nested too deep; raised before the first piece.
    """
    flat = json.JSONEncoder(ensure_ascii=is_ascii, sort_keys=True).encode  # runs in C, as nothing is indented
    indented = json.JSONEncoder(ensure_ascii=is_ascii, sort_keys=True, indent=1).encode
    whole = with_schema(command, answer)
    texts = {name: indented(value).replace("\n", "\n ") for name, value in whole.items() if not _is_table(value)}
    before = "{"
    for name in sorted(whole):
        yield f"{before}\n {flat(name)}: "
        before = ","
        if name in texts:
            yield texts[name]
            continue
        for number, entry in enumerate(whole[name]):
            yield f"{',' if number else '['}\n  {flat(entry)}"
        yield "\n ]"
    yield "\n}\n"


def _is_table(value: Any) -> bool:
    """Whether it is a list of objects that hold strings, numbers and lists of these, and nothing deeper."""
    return bool(value) and isinstance(value, list) and all(map(_is_row, value))


def _is_row(entry: Any) -> bool:
    return isinstance(entry, dict) and not any(map(_is_deep, entry.values()))


def _is_deep(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(isinstance(each, (dict, list, tuple)) for each in value)
    return isinstance(value, dict)
