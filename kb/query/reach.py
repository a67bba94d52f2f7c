"""Everything that led to a paper or that it led to: step by step if it is little, else in one pass over all edges.

The pass needs every paper to come after all papers that it builds on. Computing that order is slow, so it is kept in
the table `ordered` until an edge changes. Papers in a cycle have no such order.
"""

from array import array
from itertools import accumulate

from kb.store import DatabaseError, Store
from kb.typed import NamedTuple

FEW = 300
"""Up to this many are found step by step; in a small index that takes no longer than the pass."""
SHARE = 20
"""Up to one node in this many is found step by step when looking for what led to a paper. Not so for what built on it:
few notes name many papers, but many may name one, so each of those steps takes longer."""
_LOW = 0xFFFFFFFF


class Ordered(NamedTuple):
    """All builds-on edges, as rows of a node and three that it builds on; a pass edge by edge takes twice as long.

    Args:
        size: greater than any node id.
        circling: nodes in a cycle, and everything that builds on them; the edges between them are left out.
        nodes: the id of each row's node. A node that builds on more than three has several rows.
        parents: the three nodes of each row, padded with 0.
    """

    size: int
    circling: "array[int]"
    nodes: "array[int]"
    parents: "array[int]"


def condition(store: Store, node: int, edge: str, *, up: bool) -> tuple[str, list[object]]:
    """SQL over `node n` and its parameters: reachable from `node` along edges, or against them if not `up`."""
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
    """One byte for each node: 1 if it is reachable."""
    seen = bytearray(max(node + 1, order.size))
    seen[node] = 1
    columns = order.nodes, order.parents[0::3], order.parents[1::3], order.parents[2::3]
    if up:
        for source, one, two, three in zip(*map(reversed, columns)):
            if seen[source]:
                seen[one] = seen[two] = seen[three] = 1
    else:
        for source, one, two, three in zip(*columns):
            if seen[one] or seen[two] or seen[three]:
                seen[source] = 1
    seen[node] = seen[0] = 0
    return seen


# -- the order -------------------------------------------------------------------------------------------------------


def circling(store: Store) -> "array[int]":
    """Nodes in a cycle of builds-on edges, and everything that builds on them."""
    row = store.one("SELECT circling FROM ordered")
    return array("i", row[0]) if row else ordered(store).circling


def ordered(store: Store) -> Ordered:
    """All builds-on edges in order: from the table, else computed, and stored unless another process is writing."""
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
    row = store.one("SELECT size, circling, nodes, parents FROM ordered")
    return Ordered(row[0], *(array("i", part) for part in row[1:])) if row else None


def _order(store: Store) -> Ordered:
    """A node gets its rows once everything it builds on has its own; then the nodes that build on it may follow."""
    [(size,)] = store.rows("SELECT coalesce(max(id), 0) + 1 FROM node")
    rows = store.db.execute("SELECT target << 32 | source FROM edge WHERE type = 'builds-on' ORDER BY target")
    edges = array("q", (edge for (edge,) in rows))  # one by one: a list of all rows would take too much memory
    builders = array("i", [edge & _LOW for edge in edges])
    due, built_on = [0] * size, [0] * size
    for edge in edges:
        due[edge & _LOW] += 1
        built_on[edge >> 32] += 1
    of_builders = list(accumulate(built_on, initial=0))
    of_parents = array("i", accumulate((-(-count // 3) * 3 for count in due), initial=0))
    parents, nodes, lines = array("i", bytes(4 * of_parents[-1])), array("i"), array("i")
    done = [node for node in range(size) if built_on[node] and not due[node]]
    for node in done:
        begin, end = of_parents[node], of_parents[node + 1]
        lines += parents[begin:end]
        for _ in range(begin, end, 3):
            nodes.append(node)
        for source in builders[of_builders[node] : of_builders[node + 1]]:
            due[source] = left = due[source] - 1
            parents[of_parents[source] + left] = node
            if not left:
                done.append(source)
    return Ordered(size, array("i", [node for node in range(size) if due[node]]), nodes, lines)
