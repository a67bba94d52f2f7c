"""Front matter as in most notes, one `key: value` per line, read without a YAML parser in a third of the time.

    title: Adam, a method for stochastic optimization
    doi: "10.48550/arXiv.1412.6980"
    authors: [Diederik P. Kingma, 'Jimmy Ba']
    tags:
      - optimizers

Everything read here means the same in YAML; whatever might mean something else is left to the YAML parser.
"""

import re

from kb.fields import NULLS, Field, Scalar

_KEY = re.compile(r"[^\W\d_][\w-]{0,60}(?: [\w-]{1,20}){0,4}")
_ITEM = re.compile(r"(?P<indent> *)- +(?P<value>[^ ].*)")
_BARE = re.compile(r"\w[\w ./()+'&-]*")
"""An item in brackets that needs no quotes and has no character that is special in YAML."""
_BARE_ALL = re.compile(r"[\w ./()+'&,-]*")
"""All items of a list if none has such a character."""


def read(source: str, first_line: int) -> list[Field] | None:
    """The fields of a source that has only plain lines; None if a line is not plain or a key occurs twice."""
    lines = source.split("\n")
    if not "".join(lines).isprintable():  # a tab, or what YAML rejects or treats as a line end
        return None
    found: dict[str, tuple[int, list[Scalar]]] = {}
    below: list[Scalar] | None = None  # the list for `- item` lines, if the key above has no value
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
    """One value, or none if nothing is written; None if it is not plain."""
    if written in NULLS:
        return []
    if written[0].isalnum():
        text = None if ": " in written or " #" in written or written.endswith(":") else written
    else:
        text = _unquoted(written)
    return None if text is None else [Scalar(text, line, column, written)]


def _listed(written: str, line: int, column: int) -> list[Scalar] | None:
    """The values of a list in brackets; None if one is not plain."""
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
    """The text inside quotes; None if there are none, or if a character inside is special."""
    quote, text = written[:1], written[1:-1]
    is_quoted = len(written) > 1 and quote in ("'", '"') and written[-1] == quote and quote not in text
    return text if is_quoted and not (quote == '"' and "\\" in text) else None
