"""Stories: lists of papers under a heading `## Story` (or `## Tour`) of a note, each with what to say about it."""

from dataclasses import dataclass

from kb.store import Store


@dataclass(frozen=True, slots=True)
class Story:
    """A tour of papers; `steps` are (key of the paper, sentence) in the order of the list."""

    title: str
    path: str
    steps: tuple[tuple[str, str], ...]


def stories(store: Store) -> list[Story]:
    """Every note with a story of two papers or more, the user's own first; links to anything else are no steps."""
    rows = store.rows(
        "SELECT d.id, d.title, d.path, n.key, l.why FROM link l JOIN document d ON d.id = l.doc "
        "JOIN node n ON n.id = l.to_node WHERE l.role = 'story' AND n.kind = 'paper' "
        "ORDER BY d.layer DESC, d.path, l.line, l.col"
    )
    found: dict[tuple[str, str], tuple[int, list[tuple[str, str]]]] = {}
    for doc, title, path, key, why in rows:
        first, told = found.setdefault((title, path), (doc, []))
        if doc == first:  # the reader's copy of a curated note replaces it
            told.append((key, why))
    return [Story(title, path, tuple(told)) for (title, path), (_, told) in found.items() if len(told) > 1]
