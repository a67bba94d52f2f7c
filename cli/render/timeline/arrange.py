"""What a picture of papers shows before anything is placed: lane order, dates, importance, implied edges."""
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from cli.printable import printable
from cli.render.timeline.lanes import order_lanes
from cli.render.timeline.papers import OTHER, Edge, Moment, Paper, moment
from kb.typed import NamedTuple
from linker.whole import Arrays


class Arrangement(NamedTuple):
    """Papers (oldest first, undated last) and edges of one picture, with everything that follows from them alone."""

    papers: tuple[Paper, ...]
    edges: tuple[Edge, ...]
    moments: Mapping[str, Moment | None]
    lanes: tuple[str, ...]                  # that of the oldest paper first, except for kept ones
    other: str | None                       # the last lane, if it holds the papers that are in no other
    children: Mapping[str, int]             # how many papers build on a paper
    rank: Mapping[str, int]                 # 0 for the most influential
    important: frozenset[str]
    implied: frozenset[Edge]


def arrange(papers: Iterable[Paper], edges: Iterable[Edge], kept_lanes: Sequence[str] = ()) -> Arrangement:
    """Sort and rate; the order of the arguments never matters.

    Lanes named in `kept_lanes` keep that order, and new ones go where they keep edges short.

    An edge from or to a paper outside the picture, or from a paper to itself, is left out.

    Raises:
        ValueError: two papers have the same key.
    """
    cleaned = [paper._replace(label=printable(paper.label) or printable(paper.key), title=printable(paper.title),
                              lane=printable(paper.lane)) for paper in papers]
    moments = {paper.key: moment(paper.date) for paper in cleaned}
    if len(moments) < len(cleaned):
        twice = min(key for key, count in Counter(paper.key for paper in cleaned).items() if count > 1)
        raise ValueError(f"two papers have the key {twice!r}; give each paper of a timeline its own key")
    inside = _inside(edges, moments)
    other = OTHER if any(paper.lane == OTHER for paper in cleaned) else None
    by_age = sorted(cleaned, key=lambda paper: _age(paper, moments))
    lanes = tuple(dict.fromkeys(paper.lane for paper in by_age if paper.lane != other))
    children = Counter(edge.target for edge in inside if edge.kind == "builds-on")
    arrangement = Arrangement(
        papers=tuple(by_age),
        edges=tuple(inside),
        moments=moments,
        lanes=(*lanes, *([other] if other is not None else [])),
        other=other,
        children=children,
        rank=_rank(by_age, inside),
        important=_important(children, len(cleaned)),
        implied=frozenset(_implied(inside)),
    )
    return _ordered(arrangement, kept_lanes) if not set(kept_lanes).isdisjoint(lanes) else arrangement


def shortest(arrangement: Arrangement) -> Arrangement:
    """The same with its lanes in the order with the shortest edges, for drawings that do not `settle` them."""
    return _ordered(arrangement, ())


def _ordered(arrangement: Arrangement, kept_lanes: Sequence[str]) -> Arrangement:
    """The lanes ordered by `order_lanes`; the lane for the rest stays last."""
    other = arrangement.other
    lane_of = {paper.key: paper.lane for paper in arrangement.papers}
    between = ((lane_of[edge.source], lane_of[edge.target]) for edge in arrangement.edges)
    sizes = Counter(lane for lane in lane_of.values() if lane != other)         # oldest first: ties read downwards
    lanes = order_lanes(sizes, (pair for pair in between if other not in pair), kept_lanes)
    return arrangement._replace(lanes=(*lanes, *([other] if other is not None else [])))


def _inside(edges: Iterable[Edge], keys: Collection[str]) -> list[Edge]:
    """One edge of each kind between two papers of the picture, sorted; if there are several, the first with a why."""
    named = sorted(edges, key=lambda edge: (edge.target, edge.source, edge.kind, not edge.why, edge.why))
    first: dict[tuple[str, str, str], Edge] = {}
    for edge in named:
        if edge.source in keys and edge.target in keys and edge.source != edge.target:
            first.setdefault((edge.target, edge.source, edge.kind), edge)
    return list(first.values())


def _age(paper: Paper, moments: Mapping[str, Moment | None]) -> tuple[bool, float, str, str]:
    when = moments[paper.key]
    return (when is None, when.years if when else 0.0, paper.lane, paper.key)


def _rank(by_age: Sequence[Paper], edges: Collection[Edge]) -> dict[str, int]:
    """The rank of each paper by PageRank over who builds on and cites whom; among equals, the oldest comes first."""
    index = {key: i for i, key in enumerate(sorted(paper.key for paper in by_age))}
    graph = Arrays(len(index), (index[edge.source] << 32 | index[edge.target] for edge in edges))
    score = dict(zip(index, graph.pagerank(), strict=True))
    ranked = sorted(by_age, key=lambda paper: -round(score[paper.key], 9))
    return {paper.key: rank for rank, paper in enumerate(ranked)}


def _important(children: Mapping[str, int], papers: int) -> frozenset[str]:
    """The most built-on tenth of the papers, at least one, each with two or more papers that build on it."""
    ranked = sorted((key for key, count in children.items() if count >= 2), key=lambda key: (-children[key], key))
    return frozenset(ranked[:max(1, papers // 10)])


def _implied(edges: Sequence[Edge]) -> list[Edge]:
    """Edges that a chain of builds-on edges already implies (transitive reduction), and cites parallel to builds-on.

    Papers on a builds-on cycle, and those after one, have no order; all their edges stay.
    """
    parents: dict[str, set[str]] = defaultdict(set)
    children: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        if edge.kind == "builds-on":
            parents[edge.source].add(edge.target)
            children[edge.target].add(edge.source)
    waiting = {key: len(above) for key, above in parents.items()}
    ready = sorted(children.keys() - parents.keys())
    bit = {key: 1 << i for i, key in enumerate(sorted(parents.keys() | children.keys()))}
    ancestors: dict[str, int] = {}                              # bit sets, for the papers that can be ordered
    while ready:
        key = ready.pop()
        ancestors[key] = 0
        for parent in parents[key]:
            ancestors[key] |= bit[parent] | ancestors[parent]
        for child in children[key]:
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)

    def is_implied(edge: Edge) -> bool:
        if edge.kind == "cites" and edge.target in parents[edge.source]:
            return True
        return edge.source in ancestors and any(
            ancestors[parent] & bit.get(edge.target, 0) for parent in parents[edge.source] if parent != edge.target)

    return [edge for edge in edges if is_implied(edge)]
