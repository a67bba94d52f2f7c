"""Things that are linked but have no note."""

from collections.abc import Iterable

from kb import ids
from kb.store import Store
from kb.titles import title_key
from linker import nodes


def settle(store: Store, targets: Iterable[int]) -> None:
    """A ghost lives as long as something wants it, and is called what the first of its spellings says."""
    for ghost in sorted(targets):
        row = store.one("SELECT kind FROM node WHERE id = ?", (ghost,))
        if not row or row[0] != "ghost":
            continue
        spellings = sorted(row[0] for row in store.rows("SELECT DISTINCT target FROM link WHERE to_node = ?", (ghost,)))
        if not spellings:
            nodes.drop(store, ghost)
            continue
        store.run("UPDATE node SET title = ? WHERE id = ?", (spellings[0], ghost))
        papers = map(ids.parse_id, spellings)
        names = {title_key(spelling) for spelling in spellings} - {""}
        nodes.write_values(store, ghost, {"name": names, "id": {str(paper) for paper in papers if paper}})
