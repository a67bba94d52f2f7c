"""What a refresh compares, what it found, and how it tells its progress."""

from collections.abc import Callable

from kb.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import StrPath

    from kb.model import Layer


class Source:
    """A folder of notes and the layer it forms."""

    def __init__(self, layer: "Layer", root: "StrPath") -> None:
        self.layer, self.root = layer, root


class Changes:
    """What a refresh found in the reader's own notes: paths that were added, changed or removed."""

    def __init__(self) -> None:
        self.added: list[str] = []
        self.changed: list[str] = []
        self.removed: list[str] = []

    def __len__(self) -> int:
        return len(self.added) + len(self.changed) + len(self.removed)

    def __repr__(self) -> str:
        return f"Changes(added={self.added}, changed={self.changed}, removed={self.removed})"


OnDocument = Callable[[int], None]
"""Called before each document with the number of documents read so far."""


def silent(documents: int) -> None:
    """Ignore the progress."""
