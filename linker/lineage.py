"""How ideas led to ideas: ancestors, descendants, shortest paths along builds-on, each step with its why."""

from collections import deque
from collections.abc import Collection, Iterable
from functools import cached_property

from kb.store import Store
from kb.typed import Any, NamedTuple

WAYS = 1000
"""Maximum number of chains between two papers; if each step has alternatives, there may be any number."""


class Step(NamedTuple):
    """`source` builds on `target`; `is_own` if the reader's own note says so."""

    source: int
    target: int
    why: str
    path: str
    line: int
    is_own: bool


class Node(NamedTuple):
    """A paper or ghost in a lineage."""

    id: int
    kind: str
    key: str
    title: str
    date: str | None
    code_status: str | None


class Branch(NamedTuple):
    """A node of a lineage tree, with the why and place of the step that leads to it.

    `seen` if its own branches are shown elsewhere in the tree. No step leads to the root.
    """

    node: Node
    why: str
    path: str
    line: int
    seen: bool
    branches: "list[Branch]"


def around(store: Store, node: int, depth: int | None = None) -> set[int]:
    """A paper with everything that led to it and everything it led to, in at most `depth` steps."""
    return reached(store, node, depth, up=True) | reached(store, node, depth, up=False)


def between(store: Store, one: int, other: int) -> set[int]:
    """All papers that may be on a path from one paper to the other."""
    return reached(store, one, up=True) | reached(store, other, up=True)


def reached(store: Store, node: int, depth: int | None = None, *, up: bool) -> set[int]:
    """A paper with its ancestors (`up`) or descendants, in at most `depth` steps; each level is one query."""
    known, answer = ("source", "target") if up else ("target", "source")
    found = {node}
    level = [node]
    while level and (depth is None or depth > 0):
        with store.listed("level", level) as table:
            rows = store.rows(
                f"SELECT DISTINCT g.{answer} FROM {table} t CROSS JOIN edge g ON g.{known} = t.value "
                "WHERE g.type = 'builds-on'"
            )
        level = [other for (other,) in rows if other not in found]
        found.update(level)
        depth = None if depth is None else depth - 1
    return found


class Lineage:
    """The builds-on graph, loaded once: all of it, or the part among some papers."""

    def __init__(self, store: Store, among: Collection[int] | None = None) -> None:
        edges = "edge g"
        with store.listed("among", among or ()) as table:
            if among is not None:
                # +: SQLite does not look up an integer column's values in a list, whose column has no type
                edges = f"{table} t CROSS JOIN edge g ON g.source = t.value JOIN {table} o ON o.value = +g.target"
            rows = store.rows(
                f"SELECT g.source, g.target, g.why, d.path, g.line, d.layer = 'own' FROM {edges} "
                "JOIN document d ON d.id = g.doc WHERE g.type = 'builds-on' ORDER BY d.layer DESC, d.path, g.line"
            )
        self.steps: dict[tuple[int, int], Step] = {}
        for row in rows:
            step = Step(*row)
            before = self.steps.get((step.source, step.target))
            if before is None or (not before.why and step.why):
                self.steps[step.source, step.target] = step
        ids = sorted({end for pair in self.steps for end in pair})
        with store.listed("lineage", ids) as table:
            self.nodes = {
                row[0]: Node(*row)
                for row in store.rows(
                    "SELECT n.id, n.kind, n.key, n.title, n.date, n.code_status "
                    f"FROM node n JOIN {table} t ON t.value = n.id"
                )
            }

    def _order(self, node: int) -> tuple[bool, str, str]:
        found = self.nodes[node]
        return (found.date is None, found.date or "", found.key)

    @cached_property
    def parents(self) -> dict[int, list[int]]:
        """What each paper builds on, oldest first."""
        return self._oldest_first(self.steps)

    @cached_property
    def children(self) -> dict[int, list[int]]:
        """What builds on each paper, oldest first."""
        return self._oldest_first((target, source) for source, target in self.steps)

    def _oldest_first(self, pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for node, other in pairs:
            found.setdefault(node, []).append(other)
        return {node: sorted(others, key=self._order) for node, others in found.items()}

    def tree(self, root: Node, depth: int | None, *, up: bool) -> Branch:
        """Ancestors (`up`) or descendants of a paper; a paper that is already in the tree is not expanded again."""
        edges = self.parents if up else self.children
        seen = {root.id}
        top = Branch(root, "", "", 0, False, [])
        level = [top]
        while level and (depth is None or depth > 0):
            following: list[Branch] = []
            for branch in level:
                for node in edges.get(branch.node.id, []):
                    step = self.steps[(branch.node.id, node) if up else (node, branch.node.id)]
                    child = Branch(self.nodes[node], step.why, step.path, step.line, node in seen, [])
                    branch.branches.append(child)
                    if not child.seen:
                        following.append(child)
                        seen.add(node)
            level = following
            depth = None if depth is None else depth - 1
        return top

    def paths(self, start: int, end: int) -> list[list[Step]]:
        """The shortest chains of builds-on between two papers, in either direction; at most the first `WAYS`."""
        return [] if start == end else self._paths(start, end) or self._paths(end, start)

    def along(self, chains: list[list[Step]]) -> list[Node]:
        """Every paper on these chains once, oldest first."""
        met = {end for chain in chains for step in chain for end in (step.source, step.target)}
        return [self.nodes[node] for node in sorted(met, key=self._order)]

    def plain(self, chains: list[list[Step]]) -> list[list[dict[str, Any]]]:
        """The same chains as JSON, with keys instead of numbers."""
        return [
            [
                {
                    "source": self.nodes[step.source].key,
                    "target": self.nodes[step.target].key,
                    "why": step.why,
                    "path": step.path,
                    "line": step.line,
                }
                for step in chain
            ]
            for chain in chains
        ]

    def _paths(self, start: int, end: int) -> list[list[Step]]:
        distance = {start: 0}
        queue = deque([start])
        while queue:
            node = queue.popleft()
            for parent in self.parents.get(node, []):
                if parent not in distance:
                    distance[parent] = distance[node] + 1
                    queue.append(parent)
        if end not in distance:
            return []
        useful = self._on_the_way(end, distance)
        chains: list[list[Step]] = [[]]
        for length in range(1, distance[end] + 1):
            chains = [
                [*chain, self.steps[at, parent]]
                for chain in chains
                for at in [chain[-1].target if chain else start]
                for parent in self.parents[at]
                if parent in useful and distance[parent] == length
            ][:WAYS]
        return chains

    def _on_the_way(self, end: int, distance: dict[int, int]) -> set[int]:
        """Nodes on some shortest path to `end`."""
        useful, frontier = {end}, {end}
        while frontier:
            frontier = {
                child
                for node in frontier
                for child in self.children.get(node, [])
                if child in distance and distance[child] + 1 == distance[node] and child not in useful
            }
            useful |= frontier
        return useful

    def cycles(self) -> list[Step]:
        """An edge of each cycle of builds-on that is met: the one that closes it, or else the nearest of one's own."""
        state: dict[int, int] = {}
        closing: list[Step] = []
        for root in sorted(self.parents, key=self._order):
            if root in state:
                continue
            state[root] = 1
            stack = [(root, iter(self.parents.get(root, [])))]
            while stack:
                node, parents = stack[-1]
                for parent in parents:
                    if state.get(parent) == 1:
                        step = self.steps[node, parent]
                        closing.append(step if step.is_own else self._nearest_own(step, [each for each, _ in stack]))
                    elif parent not in state:
                        state[parent] = 1
                        stack.append((parent, iter(self.parents.get(parent, []))))
                        break
                else:
                    state[node] = 2
                    stack.pop()
        return closing

    def _nearest_own(self, closing: Step, chain: list[int]) -> Step:
        """The last step before the closing one that the reader's own note makes, on the chain that leads to it."""
        ring = chain[chain.index(closing.target) :]
        back = [self.steps[pair] for pair in zip(reversed(ring[:-1]), reversed(ring))]
        return next((step for step in back if step.is_own), closing)
