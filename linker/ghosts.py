"""Things that are linked but have no note."""

from collections.abc import Iterable

from kb import ids
from kb.ids import PaperId
from kb.store import Store
from kb.titles import title_key
from linker import nodes


def wanted(target: str, kind: str) -> tuple[str, PaperId | None]:
    """What a link without note asks for: its name, empty when it names no paper or page, and its id if it is one."""
    paper = ids.parse_id(target) if kind != "citekey" else None
    if paper:
        return str(paper), paper
    name = target.rpartition("/")[2] if kind in ("markdown", "embed") else target
    stem, _, ending = name.rpartition(".")
    if ending.lower() == "md" and stem:
        name = stem
    elif kind in ("markdown", "embed"):
        return "", None  # a file that is no note
    return (name if title_key(name) else ""), None


def settle(store: Store, targets: Iterable[int]) -> None:
    """A ghost lives as long as something wants it, and is called what the first of its spellings says."""
    for ghost in sorted(targets):
        row = store.one("SELECT kind FROM node WHERE id = ?", (ghost,))
        if not row or row[0] != "ghost":
            continue
        links = store.rows("SELECT DISTINCT target, kind FROM link WHERE to_node = ?", (ghost,))
        if not links:
            nodes.drop(store, ghost)
            continue
        found = [wanted(target, kind) for target, kind in links]
        store.run("UPDATE node SET title = ? WHERE id = ?", (min(name for name, _ in found), ghost))
        names = {title_key(name) for name, _ in found} - {""}
        nodes.write_values(store, ghost, {"name": names, "id": {str(paper) for _, paper in found if paper}})
