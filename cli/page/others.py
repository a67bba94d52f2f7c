"""What queries and the panel need besides the papers of a page: patterns, ghosts, other papers that are linked."""

from collections.abc import Iterable, Mapping
from typing import Any

from cli.page.known import names
from cli.page.pack import full, sparse
from cli.printable import printable
from kb.store import Store
from kb.titles import title_key
from linker.graph import KINDS, Kind

_KINDS = {"paper": "p", "ghost": "g", "pattern": "t", "constraint": "c"}
GHOSTS = 1_000
"""Up to this many names without a note are included even if no paper of the page builds on them or cites them."""


def others(store: Store, index: Mapping[str, int], urls: Mapping[str, str], *, whole: bool) -> dict[str, Any]:
    """Columns `kind`, `key`, `title`, `names`, `url`, `broader` over things that are not drawn, and `edges` to them.

    The numbers of `index` are the papers'; these continue from there. `urls` are the pages of papers by key. `complete`
    means that no other name has a meaning in a query: the page shows the `whole` vault, and has all its ghosts.
    """
    found = {(kind, key): (node, title) for node, kind, key, title in store.rows(
        "SELECT id, kind, key, title FROM node WHERE kind IN ('pattern', 'constraint', 'ghost', 'paper') "
        "ORDER BY kind, key")}  # fmt: skip
    links = _links(store, index)
    ghosts = sum(kind == "ghost" for kind, _ in found)
    linked = {end for source, target, *_ in links for end in (source, target)} | _ideas(store)
    kept = [
        (kind, key)
        for kind, key in found
        if kind in ("pattern", "constraint")
        or ((kind, key) in linked and not (kind == "paper" and key in index))
        or (kind == "ghost" and whole and ghosts <= GHOSTS)
    ]
    place = {each: len(index) + i for i, each in enumerate(kept)}
    called = {kind: names(store, kind) for kind in _KINDS}
    broader: dict[int, list[int]] = {}
    for narrow, broad in _broader(store):
        if narrow in place and broad in place:
            broader.setdefault(place[narrow] - len(index), []).append(place[broad])

    def numbered(end: tuple[str, str]) -> int:
        return index[end[1]] if end[0] == "paper" and end[1] in index else place[end]

    return {
        "complete": whole and ghosts <= GHOSTS,
        "kind": "".join(_KINDS[kind] for kind, _ in kept),
        "key": [key for _, key in kept],
        **full({
            "title": sparse(printable(title) if (title := found[each][1]) != each[1] else "" for each in kept),
            "names": sparse(
                sorted(called[kind].get(key, set()) - {title_key(found[kind, key][1])}) for kind, key in kept
            ),
            "url": sparse(urls.get(key) if kind == "paper" else None for kind, key in kept),
            "broader": sparse(broader.get(i) for i in range(len(kept))),
        }),
        "edges": {
            "source": [numbered(source) for source, *_ in links],
            "target": [numbered(target) for _, target, *_ in links],
            "kind": digits(kind for _, _, kind, _ in links),
            "why": sparse(printable(why) for *_, why in links),
        },
    }  # fmt: skip


_End = tuple[str, str]


def digits(kinds: Iterable[Kind]) -> str:
    """Kinds of links as the page has them: their places in `KINDS`."""
    return "".join(str(KINDS.index(kind)) for kind in kinds)


def _links(store: Store, index: Mapping[str, int]) -> list[tuple[_End, _End, Kind, str]]:
    """builds-on and cites edges with just one end among the papers of the page."""
    with store.listed("shown", index) as table:
        rows = store.rows(
            "SELECT s.kind, s.key, t.kind, t.key, g.type, max(g.why) FROM edge g "
            "JOIN node s ON s.id = g.source JOIN node t ON t.id = g.target "
            "WHERE g.type IN ('builds-on', 'cites') AND s.kind IN ('paper', 'ghost') AND t.kind IN ('paper', 'ghost') "
            f"AND (s.kind = 'paper' AND s.key IN (SELECT value FROM {table})) "
            f"<> (t.kind = 'paper' AND t.key IN (SELECT value FROM {table})) "
            "GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
        )
    return [((a, source), (b, target), kind, why) for a, source, b, target, kind, why in rows]


def _ideas(store: Store) -> set[_End]:
    """Ghosts that are used as a pattern or a constraint."""
    rows = store.rows(
        "SELECT DISTINCT n.kind, n.key FROM edge g JOIN node n ON n.id = g.target "
        "WHERE g.type IN ('uses-pattern', 'raises-constraint') AND n.kind = 'ghost'"
    )
    return {(kind, key) for kind, key in rows}


def _broader(store: Store) -> list[tuple[_End, _End]]:
    rows = store.rows(
        "SELECT DISTINCT s.kind, s.key, t.kind, t.key FROM edge g JOIN node s ON s.id = g.source "
        "JOIN node t ON t.id = g.target WHERE g.type = 'broader' ORDER BY 1, 2, 3, 4"
    )
    return [((a, narrow), (b, broad)) for a, narrow, b, broad in rows]
