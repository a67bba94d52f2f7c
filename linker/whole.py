"""A pass over the whole graph: how influential each paper is.

Plain lists: what each node points at stands in one list, node after node, from `starts[node]` to `starts[node + 1]`.
What concerns one paper and its neighbors is asked of the index itself.
"""

from collections.abc import Iterable
from itertools import accumulate

from kb.store import Store
from linker.graph import DRAWN

DAMPING = 0.85
TOLERANCE = 1e-12
"""What a score may lack in the end, as a part of it."""
_LOW = 0xFFFFFFFF


class Arrays:
    """A directed graph of the nodes 0 to `size` - 1."""

    def __init__(self, size: int, edges: Iterable[int]) -> None:
        """Edges are source << 32 | target: one number is compared and sorted faster than two; equal ones count once."""
        ordered = sorted(dict.fromkeys(edges))  # quick where they come in order, as the index gives them
        counts = [0] * size
        for edge in ordered:
            counts[edge >> 32] += 1
        self.size = size
        self.starts = list(accumulate(counts, initial=0))
        self.targets = [edge & _LOW for edge in ordered]

    def pagerank(self) -> list[float]:
        """How influential each node is: 1, and of each node that points at it DAMPING of its score, parted equally.

        PageRank (Page et al. 1999) but for a factor that is the same for all nodes: what nodes that point nowhere
        would hand on is left out. Divided by their sum, the scores are those of the usual definition.

        A node hands on what came to it since its last turn, citing papers before those they cite. Without cycles one
        turn each is exact; with them turns go on where more than TOLERANCE of a score is still to come.
        """
        starts, targets = self.starts, self.targets
        scores, to_come = [0.0] * self.size, [1.0] * self.size
        turn = order = self._sources_first()
        place = {node: place for place, node in enumerate(order)}
        while turn:
            for node in turn:
                new = to_come[node]
                to_come[node] = 0.0
                scores[node] += new
                begins, ends = starts[node], starts[node + 1]
                if begins < ends:
                    share = DAMPING * new / (ends - begins)
                    for target in targets[begins:ends]:
                        to_come[target] += share
            got: Iterable[int] = order
            if len(turn) < self.size // 20:  # then it is worth while to look only where something came
                found = {target for node in turn for target in targets[starts[node] : starts[node + 1]]}
                got = sorted(found, key=place.__getitem__)
            turn = [node for node in got if to_come[node] > TOLERANCE * scores[node]]
        return scores

    def _sources_first(self) -> list[int]:
        """All nodes in an order in which, but for cycles, each stands before those it points at."""
        starts, targets = self.starts, self.targets
        following = starts[:-1]  # where each node's targets are not looked at yet
        seen = bytearray(self.size)
        done: list[int] = []
        for root in range(self.size):
            if seen[root]:
                continue
            seen[root] = 1
            path = [root]
            while path:
                node = path[-1]
                at, end = following[node], starts[node + 1]
                while at < end and seen[targets[at]]:
                    at += 1
                following[node] = at + 1
                if at < end:
                    seen[targets[at]] = 1
                    path.append(targets[at])
                else:
                    done.append(path.pop())
        done.reverse()
        return done


def influence(store: Store) -> dict[str, float]:
    """PageRank over who cites and builds on whom: papers, and ghosts that a paper cites, most influential first."""
    [(last,)] = store.rows("SELECT coalesce(max(id), -1) FROM node")
    edges = store.rows(
        f"SELECT source << 32 | target FROM edge WHERE type IN ({', '.join('?' * len(DRAWN))}) ORDER BY source", DRAWN
    )
    scores = Arrays(last + 1, (edge for (edge,) in edges)).pagerank()
    named = store.rows("SELECT id, kind, key FROM node WHERE kind IN ('paper', 'ghost')")
    found = [(scores[node], f"{kind}:{key}") for node, kind, key in named if kind == "paper" or scores[node] > 1]
    return {name: score for score, name in sorted(found, key=lambda pair: (-pair[0], pair[1]))}
