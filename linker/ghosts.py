"""Things that are linked but have no note."""

from collections import Counter
from collections.abc import Collection, Iterable

from kb import ids
from kb.ids import PaperId
from kb.regex import rare
from kb.store import Store
from kb.titles import title_key
from linker import nodes

_FILE = rare(r"\.[A-Za-z0-9]{1,5}$")


def wanted(target: str, kind: str) -> tuple[str, PaperId | None]:
    """What a link without note asks for: its name, empty when it names no paper or page, and its id if it is one."""
    paper = ids.parse_id(target) if kind != "citekey" else None
    if paper:
        return ids.known_as(str(paper)), paper
    name = target.rpartition("/")[2] if kind in ("markdown", "embed") else target
    stem, _, ending = name.rpartition(".")
    if ending.lower() == "md" and stem:
        name = stem
    elif kind in ("markdown", "embed") and (_FILE.search(name) or (kind == "markdown" and "/" in target)):
        return "", None  # a file that is no note
    return (name if title_key(name) else ""), None


def shown(store: Store, documents: Collection[int]) -> Counter[tuple[int, str]]:
    """How links of these documents show the ghosts that are known by an id, whose keys have a colon as no slug has.

    A ghost and a link as it is written, and how many there are of each.
    """
    with store.listed("showing", documents) as table:
        rows = store.rows(
            f"SELECT n.id, w.raw FROM {table} t CROSS JOIN written_link w ON w.doc = t.value CROSS JOIN meaning m "
            "ON m.id = w.meaning AND m.to_kind = 'ghost' CROSS JOIN node n ON n.id = m.to_node AND instr(n.key, ':')"
        )
    return Counter(rows)


def settle(store: Store, targets: Iterable[int]) -> None:
    """A ghost lives as long as something wants it, and is called what the first of its spellings says.

    One that is known by an id is called what the links to it show, where that is a title.
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
    """What links show as the titles of these ghosts, where one does; all links count, whoever wrote them."""
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
    from kb.dialects.link_titles import best_title  # few notes link a paper that has none

    return {ghost: title for ghost, links in shown.items() if (title := best_title(links))}


def _fields(title: str, found: list[tuple[str, PaperId | None]]) -> dict[str, set[str]]:
    names = {title_key(name) for name in (title, *(name for name, _ in found))} - {""}
    told = {str(paper) for _, paper in found if paper}
    return {"name": names, "id": told | set(map(ids.known_as, told))}


def _doi(found: list[tuple[str, PaperId | None]]) -> str | None:
    return min((paper.value for _, paper in found if paper and paper.scheme == "doi"), default=None)
