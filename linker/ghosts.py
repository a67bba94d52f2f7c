"""Things that are linked but have no note."""

import re
from collections import Counter
from collections.abc import Collection, Iterable

from kb import ids
from kb.conventions import called_by_notion
from kb.ids import PaperId
from kb.regex import rare
from kb.store import Store
from kb.titles import title_key
from linker import nodes

_FILE = rare(r"\.[A-Za-z0-9]{1,5}$")
_ATTACHMENT = rare(r"\.(?:pdf|epub|djvu|png|jpe?g|gif|svg|webp|bmp|mp[34]|webm|canvas|base)$", re.IGNORECASE)
"""The end of a wiki-link to a file; any other may be part of a title (`[[GPT-3.5]]`)."""


def wanted(target: str, kind: str) -> tuple[str, PaperId | None]:
    """The name that a link without a note wants, empty if it names no paper or page, and the id if the name is one."""
    paper = ids.parse_id(target) if kind not in ("citekey", "handle") else None
    if paper:
        return ids.known_as(str(paper)), paper
    name = target.rpartition("/")[2] if kind in ("markdown", "embed") else target
    stem, _, ending = name.rpartition(".")
    if ending.lower() == "md" and stem:
        name = stem
    elif is_file(target, kind) or (kind == "markdown" and "/" in target):
        return "", None
    name = called_by_notion(name.rpartition("/")[2]) or name
    return (name if title_key(name) else ""), None


def is_file(target: str, kind: str) -> bool:
    """Whether a link that is not a note's leads to some other file, by the ending of its name."""
    name = target.rpartition("/")[2]
    return (_FILE if kind in ("markdown", "embed") else _ATTACHMENT).search(name) is not None


def shown(store: Store, documents: Collection[int]) -> Counter[tuple[int, str]]:
    """How links of these documents show ghosts known by an id, whose keys have a colon, which no slug has.

    Counts by ghost and link as written.
    """
    with store.listed("showing", documents) as table:
        rows = store.rows(
            f"SELECT n.id, w.raw FROM {table} t CROSS JOIN written_link w ON w.doc = t.value CROSS JOIN meaning m "
            "ON m.id = w.meaning AND m.to_kind = 'ghost' CROSS JOIN node n ON n.id = m.to_node AND instr(n.key, ':')"
        )
    return Counter(rows)


def settle(store: Store, targets: Iterable[int]) -> None:
    """Remove these ghosts if nothing wants them any more, and name the others by the first of their spellings.

    A ghost known by an id is named by what the links to it show, if that is a title.
    """
    store.make_indexes("meaning_node", "written_meaning")
    with store.listed("led_to", targets) as table:
        ghosts = [
            node
            for (node,) in store.rows(
                f"SELECT n.id FROM {table} t CROSS JOIN node n ON n.id = t.value WHERE n.kind = 'ghost'"
            )
        ]
        rows = store.rows(
            f"SELECT DISTINCT m.to_node, m.target, m.kind FROM {table} t CROSS JOIN meaning m ON m.to_node = t.value "
            "WHERE m.to_kind = 'ghost' AND EXISTS (SELECT 1 FROM written_link w WHERE w.meaning = m.id)"
        )
    spelled: dict[int, list[tuple[str, PaperId | None]]] = {}
    for ghost, target, kind in rows:
        spelled.setdefault(ghost, []).append(wanted(target, kind))
    nodes.drop(store, *(ghost for ghost in ghosts if ghost not in spelled))
    titles = {ghost: min(name for name, _ in found) for ghost, found in spelled.items()}
    titles |= _shown(store, [ghost for ghost, found in spelled.items() if found[0][1]])
    dois = {ghost: _doi(found) for ghost, found in spelled.items()}
    store.run_many(
        "UPDATE node SET title = ?, doi = ? WHERE id = ?",
        ((title, dois[ghost], ghost) for ghost, title in titles.items()),
    )
    if not store.is_fresh:
        store.run_many("DELETE FROM value WHERE node = ?", ((ghost,) for ghost in spelled))
    nodes.add_values(
        store, ((ghost, nodes.value_rows(_fields(titles[ghost], found))) for ghost, found in spelled.items())
    )


def _shown(store: Store, ghosts: list[int]) -> dict[int, str]:
    """The titles that links show for these ghosts, if any does; all links count, whoever wrote them."""
    shown: dict[int, dict[str, int]] = {}
    if ghosts:
        with store.listed("called", ghosts) as table:
            for ghost, raw, count in store.rows(
                f"SELECT t.value, w.raw, count(*) FROM {table} t CROSS JOIN meaning m ON m.to_node = t.value "
                "CROSS JOIN written_link w ON w.meaning = m.id WHERE w.raw LIKE '[%' GROUP BY t.value, w.raw"
            ):
                shown.setdefault(ghost, {})[raw] = count
    if not shown:
        return {}
    from kb.dialects.link_titles import best_title  # few notes link to a paper without a note

    return {ghost: title for ghost, links in shown.items() if (title := best_title(links))}


def _fields(title: str, found: list[tuple[str, PaperId | None]]) -> dict[str, set[str]]:
    names = {title_key(name) for name in (title, *(name for name, _ in found))} - {""}
    told = {str(paper) for _, paper in found if paper}
    return {"name": names, "id": told | set(map(ids.known_as, told))}


def _doi(found: list[tuple[str, PaperId | None]]) -> str | None:
    return min((paper.value for _, paper in found if paper and paper.scheme == "doi"), default=None)
