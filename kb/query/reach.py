"""All that led to a paper and all that it led to: a few are found step by step, very many in one pass over all edges.

For such a pass every edge stands after all those that lead on from its target. It takes long to put them so: what
comes out is kept in the table `ordered`, until an edge changes. Edges that stand in a circle have no such order.
"""

from array import array
from itertools import accumulate

from kb.store import DatabaseError, Store
from kb.typed import NamedTuple

FEW = 300
"""So many are found step by step: in a small index it takes no longer than the pass."""
SHARE = 20
"""One node in so many is found step by step if it led to a paper. What built on a paper is not: few notes name many
papers, but many may name one, so that each of these steps takes longer."""
_LOW = 0xFFFFFFFF


class Ordered(NamedTuple):
    """All builds-on edges, by the numbers of the nodes that they join.

    Args:
        size: more than any node's number.
        circling: nodes in a circle, and all that lead into one; the edges between them are left out.
    """

    size: int
    circling: "array[int]"
    sources: "array[int]"
    targets: "array[int]"


def condition(store: Store, node: int, edge: str, *, up: bool) -> tuple[str, list[object]]:
    """SQL over `node n` and its parameters: is it reached from a node, along edges or (`up` is false) against them?"""
    known, answer = ("source", "target") if up else ("target", "source")
    steps = (
        f"WITH RECURSIVE reach(id) AS (SELECT g.{answer} FROM edge g WHERE g.{known} = ? AND g.type = ? UNION "
        f"SELECT g.{answer} FROM edge g JOIN reach ON g.{known} = reach.id WHERE g.type = ?) SELECT id FROM reach"
    )
    parameters: list[object] = [node, edge, edge]
    few = max(FEW, store.rows("SELECT max(id) FROM node")[0][0] // SHARE) if up else FEW
    if edge == "builds-on" and store.one(f"{steps} LIMIT 1 OFFSET {few}", parameters):
        order = ordered(store)
        if not order.circling:
            return "substr(?, n.id + 1, 1) = x'01'", [bytes(_reached(order, node, up=up))]
    return f"n.id IN ({steps})", parameters


def _reached(order: Ordered, node: int, *, up: bool) -> bytearray:
    """A byte for each node: 1 if it is reached."""
    sources, targets = order.sources, order.targets
    seen = bytearray(max(node + 1, order.size))
    seen[node] = 1
    if up:
        for source, target in zip(reversed(sources), reversed(targets)):
            if seen[source]:
                seen[target] = 1
    else:
        for source, target in zip(sources, targets):
            if seen[target]:
                seen[source] = 1
    seen[node] = 0
    return seen


# -- the order -------------------------------------------------------------------------------------------------------


def circling(store: Store) -> "array[int]":
    """Nodes in a circle of builds-on, and all that lead into one."""
    row = store.one("SELECT circling FROM ordered")
    return array("i", row[0]) if row else ordered(store).circling


def ordered(store: Store) -> Ordered:
    """All builds-on edges in order: as it was kept, else found and kept where no other process is writing."""
    kept = _kept(store)
    if kept:
        return kept
    try:
        with store.unless_busy():
            order = _order(store)
            parts = (part.tobytes() for part in order[1:])
            store.run("INSERT OR REPLACE INTO ordered VALUES (1, ?, ?, ?, ?)", (order.size, *parts))
    except DatabaseError:
        return _order(store)
    return order


def _kept(store: Store) -> Ordered | None:
    row = store.one("SELECT size, circling, sources, targets FROM ordered")
    return Ordered(row[0], *(array("i", part) for part in row[1:])) if row else None


def _order(store: Store) -> Ordered:
    """A node is done when all that it builds on is; then the edges that lead to it are next."""
    [(size,)] = store.rows("SELECT coalesce(max(id), 0) + 1 FROM node")
    rows = store.db.execute("SELECT target << 32 | source FROM edge WHERE type = 'builds-on' ORDER BY target")
    edges = array("q", (edge for (edge,) in rows))  # one by one: together they would fill the memory
    builders = array("i", [edge & _LOW for edge in edges])
    due, built_on = [0] * size, [0] * size
    for edge in edges:
        due[edge & _LOW] += 1
        built_on[edge >> 32] += 1
    starts = list(accumulate(built_on, initial=0))
    done = [node for node in range(size) if built_on[node] and not due[node]]
    sources, targets = array("i"), array("i")
    for node in done:
        found = builders[starts[node] : starts[node + 1]]
        sources += found
        targets += array("i", [node]) * len(found)
        for source in found:
            due[source] -= 1
            if not due[source]:
                done.append(source)
    return Ordered(size, array("i", [node for node in range(size) if due[node]]), sources, targets)
