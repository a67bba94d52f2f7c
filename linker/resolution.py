"""The resolver's answer: where a link leads, how that was found, and what else may have been meant."""

from kb.typed import Literal, NamedTuple

How = Literal[
    "",
    "self",
    "exact-path",
    "relative",
    "name",
    "own-folder",
    "subtree",
    "shortest",
    "arxiv-id",
    "doi",
    "id",
    "citekey",
    "alias",
    "title",
    "title-head",
    "title-prefix",
]
Status = Literal["ok", "ambiguous", "fragment-missing", "missing", "external"]
"""In an index, a link to a person without a note is `person` and one that files something `label`, not missing."""

SHOWN = 20
"""Maximum number of candidates shown to the writer of a link; one more is kept to show that there are others."""


class Place(NamedTuple):
    """Where a link can lead: a document, or one entry of it (`n`; -1 is the document itself).

    Args:
        thing: what the place is about; places with the same thing are one answer, whichever note says it.
        kind: paper, pattern, constraint, document or attachment.
        primary: whether it is the thing's primary note, which is the answer for the thing.
        doc: number of the document.
        node: number of what the place is about, if that is a node.
        is_mention: whether the document only mentions the thing and is not a note about it.
    """

    path: str
    n: int = -1
    thing: str = ""
    kind: str = "document"
    primary: bool = True
    doc: int = 0
    node: int | None = None
    is_mention: bool = False


class Resolution(NamedTuple):
    """Where a link leads, and the paths of all candidates if there were several."""

    status: Status
    how: How = ""
    place: Place | None = None
    candidates: tuple[str, ...] = ()
