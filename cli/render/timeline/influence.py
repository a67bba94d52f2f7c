"""How influential each paper of a picture is: PageRank over who builds on and cites whom.

A paper hands on DAMPING of its score in equal parts to the papers it builds on or cites (Page et al. 1999). What papers
without references would hand on is left out: it would scale all scores alike. Without cycles the scores are exact
after as many rounds as the longest chain has links; with them the rest shrinks by DAMPING a round.
"""
from collections.abc import Collection, Iterable, Mapping

from cli.render.timeline.model import Edge

DAMPING = 0.85
TOLERANCE = 1e-12
ROUNDS = 200                # 0.85 ** 200 < 1e-14


def pagerank(keys: Iterable[str], edges: Collection[Edge]) -> Mapping[str, float]:
    """The score of each paper; 1 for one that nobody builds on. The order of the arguments never matters."""
    order = sorted(keys)
    index = {key: i for i, key in enumerate(order)}
    links = sorted({(index[edge.source], index[edge.target]) for edge in edges})
    references = [0] * len(order)
    for source, _ in links:
        references[source] += 1
    scores = [1.0] * len(order)
    for _ in range(ROUNDS):
        after = [1.0] * len(order)
        for source, target in links:
            after[target] += DAMPING * scores[source] / references[source]
        change = max((abs(new - old) for new, old in zip(after, scores, strict=True)), default=0.0)
        scores = after
        if change <= TOLERANCE:
            break
    return dict(zip(order, scores, strict=True))
