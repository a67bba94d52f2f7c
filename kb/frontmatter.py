"""Front matter: where it ends, and its fields. Most has plain lines only; the rest needs the YAML parser."""

import re

from kb import plain_matter
from kb.fields import TOP_LEVEL, Field, Problem

MAX_BYTES = 64 * 1024

_OPENING = re.compile(r"---[ \t]*\n")
_CLOSING = re.compile(r"\n(?:---|\.\.\.)[ \t]*$", re.MULTILINE)


def split(text: str) -> tuple[str | None, int, Problem | None]:
    """Return (YAML between the fences or None, offset where the body starts, problem).

    A `---` with no `key:` after it is a horizontal rule, not front matter.
    """
    opening = _OPENING.match(text)
    if not opening:
        return None, 0, None
    closing = _CLOSING.search(text, opening.end() - 1)
    if not closing:
        if not TOP_LEVEL.match(text, opening.end()):
            return None, 0, None
        problem = Problem(1, 1, "front-matter-open", "the front matter is not closed", "add a line `---` after it")
        return None, 0, problem
    source = text[opening.end() : closing.start() + 1]
    if source.strip() and not TOP_LEVEL.search(source) and not source.lstrip().startswith(("{", "#", "?")):
        hint = "write `key: value` lines there, or leave a blank line after the first `---`"
        problem = Problem(2, 1, "yaml-shape", "no `key: value` line between the `---` lines; read as text", hint)
        return None, 0, problem if source[0] != "\n" else None
    return source, min(closing.end() + 1, len(text)), None


def parse_fields(source: str, first_line: int = 1) -> tuple[list[Field], list[Problem]]:
    """Read one mapping; `first_line` is the line of `source` in its file. Never raises."""
    if len(source) > MAX_BYTES:
        message = f"front matter over {MAX_BYTES // 1024} KiB is not read"
        return [], [Problem(first_line, 1, "yaml-size", message, "move the text below it")]
    plain = plain_matter.read(source, first_line)
    if plain is not None:
        return plain, []
    from kb import yaml_matter

    return yaml_matter.parse_fields(source, first_line)
