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
        "SELECT d.title, d.path, n.key, l.why FROM link l JOIN document d ON d.id = l.doc "
        "JOIN node n ON n.id = l.to_node WHERE l.role = 'story' AND n.kind = 'paper' "
        "ORDER BY d.layer DESC, d.path, l.line, l.col"
    )
    steps: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for title, path, key, why in rows:
        steps.setdefault((title, path), []).append((key, why))
    return [Story(title, path, tuple(told)) for (title, path), told in steps.items() if len(told) > 1]
