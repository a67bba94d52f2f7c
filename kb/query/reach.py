"""All that led to a paper and all that it led to: a few are found step by step, very many in one pass over all edges.

For such a pass every paper stands after all that it builds on. It takes long to put them so: what comes out is kept in
the table `ordered`, until an edge changes. Papers that stand in a circle have no such order.
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
    """All builds-on edges, in lines of a node and three that it builds on: edge by edge a pass takes twice as long.

    Args:
        size: more than any node's number.
        circling: nodes in a circle, and all that lead into one; the edges between them are left out.
        nodes: by its number, the first node of each line. Who builds on more than three has more lines.
        parents: the other three, 0 where there is none left.
    """

    size: int
    circling: "array[int]"
    nodes: "array[int]"
    parents: "array[int]"


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
    row = store.one("SELECT size, circling, nodes, parents FROM ordered")
    return Ordered(row[0], *(array("i", part) for part in row[1:])) if row else None


def _order(store: Store) -> Ordered:
    """A node has its lines when all that it builds on has; then what builds on it may be next."""
    [(size,)] = store.rows("SELECT coalesce(max(id), 0) + 1 FROM node")
    rows = store.db.execute("SELECT target << 32 | source FROM edge WHERE type = 'builds-on' ORDER BY target")
    edges = array("q", (edge for (edge,) in rows))  # one by one: together they would fill the memory
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
