"""The citation key of each paper: the one its note declares, else that in the existing file, else a generated one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kb.citekeys import Preset, citekey, distinct
from kb.store import Store

_USABLE = re.compile(r"[A-Za-z0-9_:.+/-]+")


@dataclass(frozen=True, slots=True)
class Citekeys:
    """The citation key of each paper.

    Args:
        by_paper: paper key -> citation key.
        lettered: paper key -> the paper that has the key which was generated for both.
        unusable: paper key -> a declared key that no bibliography can hold or another paper has.
    """

    by_paper: dict[str, str]
    lettered: dict[str, str]
    unusable: dict[str, str]


def citekeys(store: Store, preset: Preset = "scholar", kept: Mapping[str, str] | None = None) -> Citekeys:
    """Keys of all papers of the vault, whatever is requested, so that a paper has the same key in every answer.

    A key that a note declares (`citekey:`) comes first, then the one that the paper has in the file being replaced;
    the others are generated. Nothing in the notes says which paper was there first, so the file is the only memory:
    with it, an added paper never changes a key. Without it, if several papers get the same key, the first keeps it
    without a letter: curated before own, notes before mere mentions, then by date of publication, then by key.

    Args:
        kept: paper key -> citation key in the existing file.
    """
    made: dict[str, str] = {}
    given: dict[str, str] = {}
    taken: set[str] = set()
    unusable: dict[str, str] = {}
    rows = store.rows(
        "SELECT n.key, n.title, n.date, n.arxiv_id, "
        "(SELECT v.value FROM value v WHERE v.node = n.id AND v.field = 'author' ORDER BY v.position LIMIT 1), "
        "coalesce(json_extract(n.facts, '$.citekey[0][0]'), '') FROM node n WHERE n.kind IN ('paper', 'ghost') "
        "ORDER BY n.kind = 'ghost', n.layer IS NOT 'curated', n.wish_rank > 2, n.first_day IS NULL, n.first_day, n.key"
    )
    for paper, title, date, arxiv_id, author, written in rows:
        if paper in made:  # a ghost with the key of a paper
            continue
        year = int(date[:4]) if date else None
        made[paper] = citekey([author] if author else [], year, title, preset, arxiv_id=arxiv_id or "")
        own = str(written)
        if own and _USABLE.fullmatch(own) and own.lower() not in taken:
            given[paper] = own
            taken.add(own.lower())
        elif own:
            unusable[paper] = own
    for paper, key in (kept or {}).items():
        if paper not in given and key.lower() not in taken:
            given[paper] = key
            taken.add(key.lower())
    found = distinct(made.items(), given)
    holders = {key.lower(): paper for paper, key in found.items()}
    lettered = {
        paper: holders[key.lower()]
        for paper, key in made.items()
        if paper not in given and found[paper].lower() != key.lower()
    }
    return Citekeys(found, lettered, unusable)
