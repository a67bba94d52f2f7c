"""The order of the lanes, top to bottom, that keeps edges between lanes short.

The cost of an order is the weighted edge span: each edge pays the heights of the lanes that it passes over. With at
most 14 lanes the order is exact, by dynamic programming over the sets of lanes that can be on top.
"""
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

EXACT_LANES = 14
Weights = Counter[tuple[int, int]]


def order_lanes(heights: Mapping[str, float], pairs: Iterable[tuple[str, str]], kept: Sequence[str] = ()) -> list[str]:
    """Lanes in drawing order; `pairs` are the lanes of the two ends of each edge.

    Ties go to the name given first. There always is one: the reverse order is just as short.
    Lanes named in `kept` keep that order, and each other one goes where it lengthens the edges least.
    """
    names, sizes = list(heights), list(heights.values())
    index = {name: i for i, name in enumerate(names)}
    weights: Weights = Counter()
    for a, b in pairs:
        if a != b:
            weights[index[a], index[b]] += 1
            weights[index[b], index[a]] += 1
    standing = [index[name] for name in dict.fromkeys(kept) if name in index]
    if standing:
        best = _inserted(standing, sizes, weights)
    else:
        best = _exact(sizes, weights) if len(names) <= EXACT_LANES else _barycenter(sizes, weights)
    return [names[i] for i in best]


def _inserted(standing: Sequence[int], heights: Sequence[float], weights: Weights) -> list[int]:
    """New lanes, in the order given, each where the span becomes shortest; among equal places, the lowest."""
    order = list(standing)
    for lane in range(len(heights)):
        if lane not in standing:
            known = {*order, lane}
            between = Counter({pair: count for pair, count in weights.items() if known.issuperset(pair)})
            places = [[*order[:at], lane, *order[at:]] for at in range(len(order), -1, -1)]
            spans = [span(place, heights, between) for place in places]
            order = places[spans.index(min(spans))]
    return order


def span(order: Sequence[int], heights: Sequence[float], weights: Weights) -> float:
    """The height that the edges pass over: the lanes between their ends."""
    top, y = {}, 0.0
    for lane in order:
        top[lane] = y
        y += heights[lane]
    return sum(count * (top[b] - top[a] - heights[a]) for (a, b), count in weights.items() if top[a] < top[b])


def _exact(heights: Sequence[float], weights: Weights) -> list[int]:
    n = len(heights)
    degree = [sum(weights[i, j] for j in range(n)) for i in range(n)]
    cut = [0] * (1 << n)                                        # edges between a set of lanes and the others
    for lanes in range(1, 1 << n):
        low = (lanes & -lanes).bit_length() - 1
        rest = lanes & (lanes - 1)
        inside = sum(weights[low, i] for i in range(n) if rest >> i & 1)
        cut[lanes] = cut[rest] + degree[low] - 2 * inside

    def passing(top: int, lane: int) -> float:
        """What a lane below this top set costs: its height for each edge from above it to below it."""
        ending = (cut[top] + degree[lane] - cut[top | 1 << lane]) // 2
        return heights[lane] * (cut[top] - ending)

    everything = (1 << n) - 1
    least = [0.0] * (1 << n)                                    # cost of the best order of all lanes below a top set
    for top in range(everything - 1, -1, -1):
        least[top] = min(passing(top, i) + least[top | 1 << i] for i in range(n) if not top >> i & 1)
    order: list[int] = []
    top = 0
    while top != everything:                                    # among equally good lanes, the first given
        lane = min((i for i in range(n) if not top >> i & 1),
                   key=lambda i: (round(passing(top, i) + least[top | 1 << i], 6), i))
        order.append(lane)
        top |= 1 << lane
    return order


def _barycenter(heights: Sequence[float], weights: Weights) -> list[int]:
    """Move each lane to the mean position of its neighbors, a fixed number of rounds; then swap while it helps."""
    n = len(heights)
    order = list(range(n))
    best = order
    for _ in range(24):
        position = {lane: i for i, lane in enumerate(order)}
        order = sorted(range(n), key=lambda lane: (_mean_position(lane, position, weights), lane))
        best = min(best, order, key=lambda candidate: span(candidate, heights, weights))
    improved = True
    while improved:
        improved = False
        for i in range(n - 1):
            swapped = [*best[:i], best[i + 1], best[i], *best[i + 2:]]
            if span(swapped, heights, weights) < span(best, heights, weights) - 1e-6:
                best, improved = swapped, True
    return best


def _mean_position(lane: int, position: Mapping[int, int], weights: Weights) -> float:
    total = sum(weights[lane, other] for other in position)
    if not total:
        return position[lane]
    return sum(weights[lane, other] * at for other, at in position.items()) / total
