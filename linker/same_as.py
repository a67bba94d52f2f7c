"""Identify papers that are not in the vault yet: which are the same, and which the vault knows. Nothing is written."""

from collections.abc import Sequence

from kb.model import Entry
from kb.store import Store
from kb.typed import NamedTuple
from linker.components import AT_PLACE, Place, closure
from linker.identity import identity_keys, merge
from linker.things import claimant, load

_NOWHERE = -1
"""The number of a document that is not in the index."""


class Same(NamedTuple):
    """Entries that are one paper, and what the vault has of it.

    Args:
        entries: positions in the given sequence, ascending.
        notes: the reader's own notes about it, highest ranked first.
        keys: keys of the papers in the index that it is, the first note's first; several if it makes them one.
        is_curated: whether the curated vault has a note about it.
    """

    entries: tuple[int, ...]
    notes: tuple[str, ...]
    keys: tuple[str, ...]
    is_curated: bool


def same_as(store: Store, entries: Sequence[Entry]) -> list[Same]:
    """Each paper of these entries once, in the order of their first entries, by the rules of identity."""
    asked = [
        claimant(_NOWHERE, n, True, "own", "", mention, [*map(str, mention.ids)])
        for n, mention in enumerate(entry._replace(kind="paper", key="", mentioned=True) for entry in entries)
    ]
    alike = closure(store, {key for each in asked for key in identity_keys(each)})
    there, _ = load(store, [place for component in alike for place in component])
    found = []
    for group in merge([*asked, *there]):
        mine = sorted(each.n for each in group.members if each.doc == _NOWHERE)
        if mine:
            known = [each for each in group.members if each.doc != _NOWHERE]
            notes = [each.path for each in known if each.layer == "own" and not each.mentioned]
            keys = _keys(store, [each.doc << 20 | each.n for each in known])
            is_curated = any(each.layer == "curated" and not each.mentioned for each in known)
            found.append(Same(tuple(mine), tuple(dict.fromkeys(notes)), keys, is_curated))
    return sorted(found)


def _keys(store: Store, places: Sequence[Place]) -> tuple[str, ...]:
    """The keys of the papers that these entries belong to, in the same order."""
    with store.listed("places", places) as table:
        rows = store.rows(
            f"SELECT t.value, n.key FROM {table} t JOIN entry e ON {AT_PLACE} JOIN node n ON n.id = e.node"
        )
    key_of = dict(rows)
    return tuple(dict.fromkeys(key_of[place] for place in places))
