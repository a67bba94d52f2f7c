"""Patterns as an indented list with counts."""

from collections.abc import Iterator

from cli.printable import printable
from cli.render.parts import Counted, Text
from linker.taxonomy import Pattern


def render_taxonomy(title: str, patterns: dict[str, Pattern]) -> Iterator[Text | Counted]:
    """Broad patterns first, narrower ones below them, each with the papers that use it; nothing without patterns."""
    if not patterns:
        return
    yield Text(title, "bold cyan")
    rows: list[tuple[str, int, Text]] = []
    shown: set[str] = set()
    tops = [pattern.key for pattern in patterns.values() if not pattern.broader]
    pending = [(key, 0) for key in reversed([*tops, *(key for key in patterns if key not in tops)])]
    while pending:  # a pattern below several broader ones unfolds once; those in a cycle come last
        key, depth = pending.pop()
        if not depth and key in shown:
            continue
        pattern = patterns[key]
        papers = Text(printable(", ".join(pattern.papers)), "dim")
        if pattern.ghost:
            papers.append("  no note yet", "yellow")
        rows.append(("  " * depth + printable(key), len(pattern.papers), papers))
        if key not in shown:
            pending += [(narrower, depth + 1) for narrower in reversed(pattern.narrower)]
        shown.add(key)
    yield Counted(rows, "bold")
