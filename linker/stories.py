"""Stories: lists of papers under a heading `## Story` (or `## Tour`) of a note, each with what is to be said of it."""

from dataclasses import dataclass

from kb.store import Store


@dataclass(frozen=True, slots=True)
class Story:
    """A way through papers; `steps` are (key of the paper, sentence) in the order of the list."""

    title: str
    path: str
    steps: tuple[tuple[str, str], ...]


def stories(store: Store) -> list[Story]:
    """Every note that tells of two papers or more, the user's own first; what is no paper (yet) is no step."""
    rows = store.rows(
        "SELECT d.id, d.title, d.path, n.key, l.why FROM link l JOIN document d ON d.id = l.doc "
        "JOIN node n ON n.id = l.to_node WHERE l.role = 'story' AND n.kind = 'paper' "
        "ORDER BY d.layer DESC, d.path, l.line, l.col"
    )
    found: dict[tuple[str, str], tuple[int, list[tuple[str, str]]]] = {}
    for doc, title, path, key, why in rows:
        first, told = found.setdefault((title, path), (doc, []))
        if doc == first:  # a curated note that the reader has a copy of is told as the reader has it
            told.append((key, why))
    return [Story(title, path, tuple(told)) for (title, path), (_, told) in found.items() if len(told) > 1]
