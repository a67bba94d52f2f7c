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
    """All builds-on edges, by the numbers of the nodes that they join: lines of a node and three that it builds on.

    Who builds on more has more lines; 0, which is no node, stands where there is none left. To look at three at a time
    takes half as long as to look at each.

    Args:
        size: more than any node's number.
        circling: nodes in a circle, and all that lead into one; the edges between them are left out.
        lines: all first numbers, then all second ones, and so on.
    """

    size: int
    circling: "array[int]"
    lines: "array[int]"

    @property
    def columns(self) -> "list[array[int]]":
        """The lines as four arrays."""
        length = len(self.lines) // 4
        return [self.lines[start : start + length] for start in range(0, 4 * length, length or 1)]


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
    if up:
        for source, one, two, three in zip(*map(reversed, order.columns)):
            if seen[source]:
                seen[one] = seen[two] = seen[three] = 1
    else:
        for source, one, two, three in zip(*order.columns):
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
            store.run(
                "INSERT OR REPLACE INTO ordered VALUES (1, ?, ?, ?)",
                (order.size, order.circling.tobytes(), order.lines.tobytes()),
            )
    except DatabaseError:
        return _order(store)
    return order


def _kept(store: Store) -> Ordered | None:
    row = store.one("SELECT size, circling, lines FROM ordered")
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
    of_builders, of_parents = (list(accumulate(counts, initial=0)) for counts in (built_on, due))
    parents, known = array("i", bytes(4 * len(edges))), of_parents[:]
    done = [node for node in range(size) if built_on[node] and not due[node]]
    columns = [array("i") for _ in range(4)]
    for node in done:
        for start in range(of_parents[node], known[node], 3):
            line = (node, *parents[start : min(start + 3, known[node])], 0, 0)
            for column, number in zip(columns, line):
                column.append(number)
        for source in builders[of_builders[node] : of_builders[node + 1]]:
            parents[known[source]] = node
            known[source] += 1
            due[source] -= 1
            if not due[source]:
                done.append(source)
    circling = array("i", [node for node in range(size) if due[node]])
    return Ordered(size, circling, array("i", b"".join(column.tobytes() for column in columns)))
