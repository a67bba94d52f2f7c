"""How influential each paper of a picture is: PageRank over who builds on and cites whom (`linker.whole`)."""
from collections.abc import Collection, Iterable, Mapping

from cli.render.timeline.papers import Edge
from linker.whole import Arrays


def pagerank(keys: Iterable[str], edges: Collection[Edge]) -> Mapping[str, float]:
    """The score of each paper; 1 for one that nobody builds on. The order of the arguments never matters."""
    order = sorted(keys)
    index = {key: i for i, key in enumerate(order)}
    graph = Arrays(len(order), (index[edge.source] << 32 | index[edge.target] for edge in edges))
    return dict(zip(order, graph.pagerank(), strict=True))
