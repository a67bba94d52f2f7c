"""Where the links of a note lead, and the ids in a page that they may name."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from kb.slugs import slug


@dataclass(frozen=True)
class Reference:
    """Where the link at one place of a note leads.

    Args:
        raw: what is written there.
        href: address of the page, or of a picture; None when it leads nowhere.
        role: the edge that the link makes, if it makes one.
        is_picture: the address is that of a picture to be shown.
        is_mention: an id, a citekey or the title of a cited work in running text.
        is_wanted: a note still to be written; the address leads to the list of notes that link to it.
    """

    raw: str
    href: str | None
    role: str = ""
    is_picture: bool = False
    is_mention: bool = False
    is_wanted: bool = False


References = Mapping[tuple[int, int], Reference]
"""By line and column, as the index has them."""


class Anchors:
    """Ids of headings and blocks, each unique in a page."""

    def __init__(self) -> None:
        self.taken: dict[str, int] = {}

    def new(self, wanted: str) -> str:
        found, n = wanted, self.taken.get(wanted, 0)
        while found in self.taken:
            n += 1
            found = f"{wanted}-{n + 1}"
        self.taken[wanted] = n
        self.taken.setdefault(found, 0)
        return found


def anchor(fragment: str) -> str:
    """The id in a page that a link's fragment names: a heading's, or a `^block`'s."""
    if fragment.startswith("^"):
        return f"b-{fragment[1:].lower()}"
    return f"h-{slug(fragment.rpartition('#')[2])[:80]}"


def address(page: str, fragment: str) -> str:
    """An address with the fragment of a link."""
    return f"{page}#{quote(anchor(fragment))}" if fragment else page
