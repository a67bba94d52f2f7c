"""One id, two titles: notes with the same id that are plainly about different papers, as after copying a field.

The id still joins them, since a title may change and an id does not; so the mistake is reported.
"""

import json
from collections.abc import Iterator

from kb import ids
from kb.model import Diagnostic
from kb.small_words import SMALL_WORDS
from kb.store import Store
from kb.titles import title_key
from kb.typed import NamedTuple

_ALMOST_NONE = 1
"""Significant words that two titles may share and still be plainly different."""
_FEWEST = 3
"""Significant words that a title needs to be compared without authors; `BERT` may be short for any title."""


class _Naming(NamedTuple):
    """A document that gives an id a title.

    Args:
        place: line and column of the id, else of where the document begins to discuss the paper.
        names: title and aliases, folded.
    """

    layer: str
    path: str
    place: tuple[int, int]
    title: str
    names: frozenset[str]
    authors: tuple[str, ...]

    @property
    def words(self) -> set[str]:
        """The words of the title without articles, prepositions and plural endings."""
        return {word.removesuffix("s") for word in title_key(self.title).split() if word not in SMALL_WORDS}


def one_id_two_titles(store: Store, keys: list[str]) -> Iterator[Diagnostic]:
    """Places where a note of the reader's gives an id another title than the curated vault or the first note with it.

    Args:
        keys: keys of ids that several entries have, as in the table `identity`.
    """
    for identifier, (first, *others) in _namings(store, keys):
        for other in others:
            differ = _differ(first, other) if other.layer == "own" else ""
            if differ:
                of = "the curated note" if first.layer != "own" else f"{first.path}:{first.place[0]}:{first.place[1]}"
                yield Diagnostic(
                    other.path,
                    *other.place,
                    "one-id-two-titles",
                    "warning" if differ == "authors" else "notice",
                    f'{identifier} is "{other.title}" here and "{first.title}" in {of}',
                    "read as one paper: correct the id; if the title changed, add the other one as an alias",
                )


def _namings(store: Store, keys: list[str]) -> Iterator[tuple[str, list[_Naming]]]:
    """Each id with all that give it a title: curated before own, notes before mentions."""
    with store.listed("shared", keys) as table:
        rows = store.rows(
            f"SELECT i.key, d.layer, d.path, e.line, e.title, e.facts FROM {table} t CROSS JOIN identity i "
            "ON i.key = t.value JOIN entry e ON e.doc = i.doc AND e.n = i.n AND e.kind = 'paper' "
            "JOIN document d ON d.id = e.doc ORDER BY i.key, e.mentioned, d.layer, d.path, e.n"
        )
    found: dict[str, list[_Naming]] = {}
    for key, layer, path, line, title, raw in rows:
        if title_key(title):
            identifier, facts = key.removeprefix("id:"), json.loads(raw)
            called = [title, *(value for name, value, *_ in facts if name in ("title", "aliases"))]
            authors = tuple(value for name, value, *_ in facts if name == "authors")
            place = next(_places(identifier, facts), (line, 1))
            naming = _Naming(layer, path, place, title, frozenset(map(title_key, called)), authors)
            found.setdefault(identifier, []).append(naming)
    return ((identifier, namings) for identifier, namings in found.items())


def _places(identifier: str, facts: list[tuple[str, str, int, int]]) -> Iterator[tuple[int, int]]:
    for name, value, line, column in facts:
        if name in ("arxiv_id", "doi", "url") and ids.known_as(str(ids.parse_id(value))) == identifier:
            yield line, column


def _differ(first: _Naming, other: _Naming) -> str:
    """Why two titles cannot belong to one paper: `authors`, `words`, or empty if they can.

    A longer or shorter form of a title is the same title, and so is an alias that one of the notes gives.
    """
    mine, yours = title_key(first.title), title_key(other.title)
    if first.names & other.names or mine in yours or yours in mine:
        return ""
    a, b = first.words, other.words
    shared, shorter = len(a & b), min(len(a), len(b))
    from linker.identity import share_author  # slow to import: few titles differ that much

    if first.authors and other.authors and not share_author(first.authors, other.authors):
        return "authors" if 2 * shared <= shorter else ""
    if shorter < _FEWEST or not (mine.isascii() and yours.isascii()):  # a translation shares no word
        return ""
    return "words" if shared <= _ALMOST_NONE else ""
