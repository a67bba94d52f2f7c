"""The pass over the whole graph is exact: against a dense solution, against networkx, and in every order of edges."""

import random
from collections.abc import Callable

import networkx
import pytest

from kb.query.names import find
from linker.graph import cocited
from linker.vault import Vault
from linker.whole import DAMPING, Arrays
from tests.linker.test_lineage import paper

Edges = list[tuple[int, int]]


def graph(size: int, edges: Edges) -> Arrays:
    return Arrays(size, (source << 32 | target for source, target in edges))


def solved(size: int, edges: Edges) -> list[float]:
    """The scores as the solution of `score = 1 + DAMPING * (what is handed on)`, by elimination in float64."""
    out = [len({target for source, target in edges if source == node}) for node in range(size)]
    rows = [[float(i == j) for j in range(size)] + [1.0] for i in range(size)]
    for source, target in set(edges):
        rows[target][source] -= DAMPING / out[source]
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(size):
            if row != column and rows[row][column]:
                factor = rows[row][column] / rows[column][column]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column])]
    return [row[-1] / row[place] for place, row in enumerate(rows)]


def any_edges(rng: random.Random, size: int, count: int) -> Edges:
    return [(rng.randrange(size), int(size * rng.random() ** 2)) for _ in range(count)]


GRAPHS: dict[str, tuple[int, Edges]] = {
    "nothing": (0, []),
    "no edges": (3, []),
    "a chain": (6, [(n, n + 1) for n in range(5)]),
    "a cycle": (5, [(n, (n + 1) % 5) for n in range(5)]),
    "a cycle with a tail and a loop": (6, [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 4), (5, 0)]),
    "a hub": (40, [(n, 0) for n in range(1, 40)] + [(0, 1)]),
    "citations": (60, [(s, t) for s, t in any_edges(random.Random(1), 60, 400) if t < s]),
    "cycles everywhere": (60, any_edges(random.Random(2), 60, 400)),
    "few edges": (60, any_edges(random.Random(3), 60, 50)),
}


@pytest.mark.parametrize(("size", "edges"), GRAPHS.values(), ids=list(GRAPHS))
def test_pagerank_has_converged(size: int, edges: Edges) -> None:
    twice = random.Random(0).sample(edges * 2, 2 * len(edges))
    assert graph(size, twice).pagerank() == pytest.approx(solved(size, edges), rel=1e-11, abs=0)


@pytest.mark.parametrize("name", ["citations", "cycles everywhere", "few edges"])
def test_pagerank_agrees_with_networkx(name: str) -> None:
    size, edges = GRAPHS[name]
    other = networkx.DiGraph(edges)
    other.add_nodes_from(range(size))
    usual = networkx.pagerank(other, alpha=DAMPING, tol=1e-15, max_iter=1000)
    scores = graph(size, edges).pagerank()
    assert [score / sum(scores) for score in scores] == pytest.approx([usual[n] for n in range(size)], rel=1e-9)


def test_a_long_chain_is_no_problem() -> None:
    length = 50_000
    chain = graph(length, [(n + 1, n) for n in range(length - 1)])
    assert chain.pagerank()[0] == pytest.approx(1 / (1 - DAMPING))


def test_papers_that_are_cited_together(opened: Callable[..., Vault]) -> None:
    notes = {
        "a.md": paper(2001, "x", "y"),
        "b.md": paper(2002, "x", "y", "z"),
        "c.md": paper(2003, "x", "z", body="## Cites\n\n- [[y]]\n- [[z]]\n"),
        "d.md": paper(2004, "w"),
        "x.md": paper(1990),
        "y.md": paper(1991),
    }
    with opened(notes) as found:
        x = find(found.store, "x").node
        assert cocited(found.store, x) == [("paper:y", 3), ("ghost:z", 2)]
        assert cocited(found.store, x, limit=1) == [("paper:y", 3)]
