"""Front matter as most notes have it, `key: value` in each line, read without a YAML parser, in a third of its time.

    title: Adam, a method for stochastic optimization
    doi: "10.48550/arXiv.1412.6980"
    authors: [Diederik P. Kingma, 'Jimmy Ba']
    tags:
      - optimizers

What is read here means the same in YAML; whatever might mean something else is left to YAML.
"""

import re

from kb.fields import NULLS, Field, Scalar

_KEY = re.compile(r"[^\W\d_][\w-]{0,60}")
_ITEM = re.compile(r"(?P<indent> *)- +(?P<value>[^ ].*)")
_BARE = re.compile(r"\w[\w ./()+'&-]*")
"""An item between brackets that needs no quotes and has no sign that means something there."""
_BARE_ALL = re.compile(r"[\w ./()+'&,-]*")
"""All items of a list, where none has such a sign."""


def read(source: str, first_line: int) -> list[Field] | None:
    """The fields of a source all of whose lines are plain; None where one is not, or where a key comes twice."""
    lines = source.split("\n")
    if not "".join(lines).isprintable():  # no tab, and nothing that YAML refuses or takes for a line end
        return None
    found: dict[str, tuple[int, list[Scalar]]] = {}
    below: list[Scalar] | None = None  # where the items of lines go: to the key above, where nothing follows it
    indent: str | None = None
    for number, line in enumerate(lines, first_line):
        if not line:
            continue
        if line[0] in " -":
            item = _ITEM.fullmatch(line)
            if below is None or item is None or indent not in (None, item["indent"]):
                return None
            indent = item["indent"]
            value = _value(item["value"].rstrip(" "), number, item.start("value") + 1)
            if value is None:
                return None
            below += value
            continue
        key, colon, rest = line.partition(":")
        if not (colon and _KEY.fullmatch(key)) or rest[:1] not in ("", " ") or key in found:
            return None
        written = rest.strip(" ")
        column = line.index(written, len(key) + 1) + 1
        is_list = written.startswith("[")
        values = _listed(written, number, column) if is_list else _value(written, number, column)
        if values is None:
            return None
        found[key] = (number, values)
        below, indent = (None if written else values), None
    return [Field(key, tuple(values), line, 1) for key, (line, values) in found.items()]


def _value(written: str, line: int, column: int) -> list[Scalar] | None:
    """One value, or none where nothing is written."""
    if written in NULLS:
        return []
    if written[0].isalnum():
        text = None if ": " in written or " #" in written or written.endswith(":") else written
    else:
        text = _unquoted(written)
    return None if text is None else [Scalar(text, line, column, written)]


def _listed(written: str, line: int, column: int) -> list[Scalar] | None:
    """The values of a list in brackets."""
    if not written.endswith("]"):
        return None
    inside = written[1:-1]
    if not inside.strip(" "):
        return []
    values = []
    column += 1
    are_bare = _BARE_ALL.fullmatch(inside)
    for piece in inside.split(","):
        written = piece.strip(" ")
        is_bare = (are_bare and written[:1].isalnum()) or _BARE.fullmatch(written)
        text = written if is_bare else _unquoted(written)
        if text is None:
            return None
        if text is not written or text not in NULLS:
            values.append(Scalar(text, line, column + piece.index(written), written))
        column += len(piece) + 1
    return values


def _unquoted(written: str) -> str | None:
    """What stands in quotes; None where there are none, or where a sign in them means something."""
    quote, text = written[:1], written[1:-1]
    is_quoted = len(written) > 1 and quote in ("'", '"') and written[-1] == quote and quote not in text
    return text if is_quoted and not (quote == '"' and "\\" in text) else None
