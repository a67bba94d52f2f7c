"""The order of lanes: optimal where that is promised, and never worse than doing nothing elsewhere."""
import random
from collections import Counter
from itertools import pairwise, permutations

import pytest

from cli.render.timeline.lanes import order_lanes


def passed_over(order: list[str], heights: dict[str, float], pairs: list[tuple[str, str]]) -> float:
    """Heights of all lanes strictly between the ends of each edge, by definition."""
    total = 0.0
    for a, b in pairs:
        low, high = sorted((order.index(a), order.index(b)))
        total += sum(heights[lane] for lane in order[low + 1:high])
    return total


def random_lanes(count: int, seed: int) -> tuple[dict[str, float], list[tuple[str, str]]]:
    rng = random.Random(seed)
    names = [f"lane {i:02}" for i in range(count)]
    pairs = [(rng.choice(names), rng.choice(names)) for _ in range(4 * count)]
    return {name: float(rng.randrange(1, 6)) for name in names}, pairs


@pytest.mark.parametrize("seed", range(5))
def test_no_order_of_six_lanes_is_better(seed: int) -> None:
    heights, pairs = random_lanes(6, seed)
    best = min(passed_over(list(order), heights, pairs) for order in permutations(heights))
    assert passed_over(order_lanes(heights, pairs), heights, pairs) == best


def test_fourteen_lanes_in_a_chain_come_out_as_the_chain() -> None:
    chain = [f"lane {i:02}" for i in (7, 3, 11, 0, 9, 13, 5, 1, 12, 4, 10, 2, 8, 6)]
    heights = dict.fromkeys(sorted(chain), 1.0)
    order = order_lanes(heights, list(pairwise(chain)))
    assert order in (chain, chain[::-1])
    assert order[0] == min(chain[0], chain[-1]), "of two mirrored orders, the one whose top lane was given first"


@pytest.mark.parametrize("seed", range(3))
def test_thirty_lanes_are_ordered_better_than_at_random(seed: int) -> None:
    heights, pairs = random_lanes(30, seed)
    order = order_lanes(heights, pairs)
    assert Counter(order) == Counter(heights.keys())
    rng = random.Random(seed)
    shuffled = [passed_over(rng.sample(list(heights), 30), heights, pairs) for _ in range(20)]
    assert passed_over(order, heights, pairs) < 0.9 * min(shuffled)


def test_lanes_without_edges_keep_their_order() -> None:
    assert order_lanes({"b": 1, "a": 3, "c": 2}, []) == ["b", "a", "c"]


@pytest.mark.parametrize("seed", range(5))
def test_new_lanes_find_their_places_among_those_that_stand(seed: int) -> None:
    heights, pairs = random_lanes(8, seed)
    stand = random.Random(seed).sample(list(heights), 2 + seed)
    order = order_lanes(heights, pairs, stand)
    assert sorted(order) == sorted(heights)
    assert [lane for lane in order if lane in stand] == stand
    *_, last = (lane for lane in heights if lane not in stand)
    others = [lane for lane in order if lane != last]
    places = [[*others[:at], last, *others[at:]] for at in range(len(heights))]
    assert passed_over(order, heights, pairs) == min(passed_over(place, heights, pairs) for place in places)
