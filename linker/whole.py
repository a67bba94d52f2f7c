"""A pass over the whole graph: how influential each paper is.

Plain lists: the targets of all nodes are in one list, node after node, from `starts[node]` to `starts[node + 1]`.
Questions about one paper and its neighbors go to the index itself.
"""

from collections.abc import Iterable
from itertools import accumulate

from kb.store import Store
from linker.graph import CITING

DAMPING = 0.85
TOLERANCE = 1e-12
"""Largest relative error of a score."""
_LOW = 0xFFFFFFFF


class Arrays:
    """A directed graph of the nodes 0 to `size` - 1."""

    def __init__(self, size: int, edges: Iterable[int]) -> None:
        """Edges are source << 32 | target: one number is compared and sorted faster than two. Equal ones count once."""
        ordered = sorted(dict.fromkeys(edges))  # fast, as the index gives them in order
        counts = [0] * size
        for edge in ordered:
            counts[edge >> 32] += 1
        self.size = size
        self.starts = list(accumulate(counts, initial=0))
        self.targets = [edge & _LOW for edge in ordered]

    def pagerank(self) -> list[float]:
        """How influential each node is: 1, plus DAMPING times an equal share of the score of each node pointing to it.

        PageRank (Page et al. 1999) up to a factor common to all nodes: what nodes without targets would pass on is
        left out. Divided by their sum, the scores are those of the usual definition.

        A node passes on what it received since its last turn, citing papers before those they cite. Without cycles,
        one turn each is exact; with them, turns continue while more than TOLERANCE of a score is still to come.
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
            if len(turn) < self.size // 20:  # then it pays to look only at nodes that received something
                found = {target for node in turn for target in targets[starts[node] : starts[node + 1]]}
                got = sorted(found, key=place.__getitem__)
            turn = [node for node in got if to_come[node] > TOLERANCE * scores[node]]
        return scores

    def _sources_first(self) -> list[int]:
        """All nodes, each before those it points to, except in cycles."""
        starts, targets = self.starts, self.targets
        following = starts[:-1]  # each node's first target that was not looked at yet
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
        f"SELECT source << 32 | target FROM edge WHERE type IN ({', '.join('?' * len(CITING))}) ORDER BY source", CITING
    )
    scores = Arrays(last + 1, (edge for (edge,) in edges)).pagerank()
    named = store.rows("SELECT id, kind, key FROM node WHERE kind IN ('paper', 'ghost')")
    found = [(scores[node], f"{kind}:{key}") for node, kind, key in named if kind == "paper" or scores[node] > 1]
    return {name: score for score, name in sorted(found, key=lambda pair: (-pair[0], pair[1]))}
