"""How ideas led to ideas: trees, shortest chains with the why of each step, and cycles, reported and not followed."""

from collections.abc import Callable
from itertools import pairwise

from kb.query.names import find
from linker import check
from linker.lineage import Branch, Lineage, Node, around, between
from linker.vault import Vault
from tests.linker.conftest import many


def paper(year: int, *builds_on: str, body: str = "") -> str:
    items = "\n".join(f"- [[{name}]]: because of {name}" for name in builds_on)
    return f"---\nkind: paper\ndate: {year}\n---\n## Builds on\n\n{items}\n\n{body}\n"


DIAMOND = {
    "perceptron.md": paper(1958),
    "backprop.md": paper(1986, "perceptron"),
    "lstm.md": paper(1997, "backprop"),
    "cnn.md": paper(1989, "backprop"),
    "convlstm.md": paper(2015, "lstm", "cnn"),
}


def node(found: Vault, lineage: Lineage, name: str) -> Node:
    return lineage.nodes[find(found.store, name, kinds=("paper", "ghost")).node]


def names(branch: Branch) -> list[object]:
    """A tree as nested lists of keys; `=key` for a paper that is unfolded elsewhere."""
    return [("=" if branch.seen else "") + branch.node.key, *map(names, branch.branches)]


def chains(found: Vault, start: str, end: str) -> list[list[str]]:
    lineage = Lineage(found.store)
    steps = lineage.paths(node(found, lineage, start).id, node(found, lineage, end).id)
    for chain in steps:
        assert all(one.target == two.source for one, two in pairwise(chain))
        assert all(step.why == f"because of {lineage.nodes[step.target].key}" for step in chain)
    keys = {number: node.key for number, node in lineage.nodes.items()}
    return [[keys[chain[0].source], *(keys[step.target] for step in chain)] for chain in steps]


def test_ancestors_and_descendants_unfold_a_shared_one_once(opened: Callable[..., Vault]) -> None:
    with opened(DIAMOND) as found:
        lineage = Lineage(found.store)
        up = lineage.tree(node(found, lineage, "convlstm"), None, up=True)
        assert names(up) == ["convlstm", ["cnn", ["backprop", ["perceptron"]]], ["lstm", ["=backprop"]]]
        down = lineage.tree(node(found, lineage, "backprop"), 1, up=False)
        assert names(down) == ["backprop", ["cnn"], ["lstm"]]
        assert [branch.why for branch in up.branches] == ["because of cnn", "because of lstm"]


def test_all_shortest_chains_and_only_those(opened: Callable[..., Vault]) -> None:
    with opened(DIAMOND) as found:
        both = [["convlstm", "cnn", "backprop", "perceptron"], ["convlstm", "lstm", "backprop", "perceptron"]]
        assert chains(found, "convlstm", "perceptron") == both
        assert chains(found, "perceptron", "convlstm") == both, "whichever is named first"
        assert chains(found, "cnn", "lstm") == []
    with opened({"convlstm.md": paper(2015, "lstm", "cnn", "backprop")}) as found:
        assert chains(found, "convlstm", "perceptron") == [["convlstm", "backprop", "perceptron"]]


def test_a_ladder_of_diamonds_does_not_explode(opened: Callable[..., Vault]) -> None:
    rungs = 9
    ladder = {f"n{rungs}.md": paper(1999)}
    for rung in range(rungs):
        ladder |= {f"n{rung}.md": paper(2020 - rung, f"l{rung}", f"r{rung}")}
        ladder |= {f"{side}{rung}.md": paper(2020 - rung, f"n{rung + 1}") for side in "lr"}
    with opened(ladder) as found:
        lineage = Lineage(found.store)
        ends = node(found, lineage, "n0").id, node(found, lineage, f"n{rungs}").id
        assert len(lineage.paths(*ends)) == 2**rungs
        tree = lineage.tree(node(found, lineage, "n0"), None, up=True)
        pending, shown = [tree], 0
        while pending:
            branch = pending.pop()
            shown += 1
            pending += branch.branches
        assert shown == 1 + 4 * rungs, "every edge is in the tree once"


def test_of_very_many_shortest_chains_the_first_are_told(opened: Callable[..., Vault]) -> None:
    layers, wide = 25, "abc"
    notes = {f"{side}{layer}.md": paper(2020 - layer, *(f"{other}{layer + 1}" for other in wide))
             for layer in range(layers) for side in wide}  # fmt: skip
    with opened({**notes, f"a{layers}.md": paper(1990)}) as found:
        told = chains(found, "a0", f"a{layers}")
        assert len(told) == len({tuple(chain) for chain in told}) == 1000
        assert told == sorted(told)
        assert told[0] == [f"a{layer}" for layer in range(layers + 1)]


def test_a_circle_is_reported_with_its_place_and_harms_nothing(opened: Callable[..., Vault]) -> None:
    circle = {"a.md": paper(2014, "b"), "b.md": paper(2015, "c"), "c.md": paper(2016, "a"), "d.md": paper(2017, "a")}
    with opened(circle) as found:
        lineage = Lineage(found.store)
        [step] = lineage.cycles()
        assert (lineage.nodes[step.source].key, lineage.nodes[step.target].key, step.path) == ("c", "a", "c.md")
        assert names(lineage.tree(node(found, lineage, "d"), None, up=True)) == ["d", ["a", ["b", ["c", ["=a"]]]]]
        assert chains(found, "a", "c") == [["a", "b", "c"]]
        [finding] = [finding for finding in check.findings(found.store) if finding.code == "builds-on-cycle"]
        assert (finding.path, finding.line) == ("c.md", 7)


def test_what_is_loaded_around_a_paper_shows_what_the_whole_shows(opened: Callable[..., Vault]) -> None:
    others = {f"other {n}.md": paper(2000, "perceptron") for n in range(3)}
    with opened(DIAMOND | others) as found:
        whole = Lineage(found.store)
        for name in ("convlstm", "lstm", "backprop"):
            root = node(found, whole, name)
            for depth in (1, 2, None):
                near = Lineage(found.store, around(found.store, root.id, depth))
                for up in (True, False):
                    assert near.tree(root, depth, up=up) == whole.tree(root, depth, up=up), (name, depth, up)
            for other in whole.nodes:
                near = Lineage(found.store, between(found.store, root.id, other))
                assert near.paths(root.id, other) == whole.paths(root.id, other)
        assert len(Lineage(found.store, around(found.store, node(found, whole, "lstm").id)).steps) < len(whole.steps)


def test_building_on_oneself_is_no_edge(opened: Callable[..., Vault]) -> None:
    with opened({"a.md": paper(2014, "a")}) as found:
        assert Lineage(found.store).steps == {}


def test_a_predecessor_without_note_is_part_of_the_lineage(opened: Callable[..., Vault]) -> None:
    with opened({"a.md": paper(2014, "Hopfield Network")}) as found:
        lineage = Lineage(found.store)
        assert names(lineage.tree(node(found, lineage, "a"), None, up=True)) == ["a", ["hopfield-network"]]


def test_the_step_that_says_why_speaks_for_its_pair(opened: Callable[..., Vault]) -> None:
    silent = "---\nkind: paper\ndate: 2015\nbuilds_on: [a]\n---\n"
    with opened({"a.md": paper(2014), "b.md": silent + "\n- builds on [[a]] (it is simpler)\n"}) as found:
        [step] = Lineage(found.store).steps.values()
        assert step.why == "it is simpler"


def test_every_way_of_writing_a_predecessor_is_the_same_edge(opened: Callable[..., Vault]) -> None:
    head = "---\nkind: paper\n---\n"
    ways = {
        "field": "---\nkind: paper\nbuilds_on: [a]\n---\n",
        "quoted": '---\nkind: paper\nbuilds_on: "[[a]]"\n---\n',
        "heading": head + "## Builds on\n\n- [[a]] for its gates, not [[z]]\n",
        "item": head + "- builds on [[a]] (its gates)\n",
        "inline": head + "builds-on:: [[a]]\n",
        "link": head + "## Builds on\n\n- [A](a.md)\n",
        "id": head + "## Builds on\n\n- <https://arxiv.org/abs/1412.6980>\n",
        "bare id": head + "## Builds on\n\n- arXiv:1412.6980 for its gates\n",
    }
    first = "---\nkind: paper\narxiv: '1412.6980'\n---\n"
    for way, text in ways.items():
        with opened({"a.md": first, "b.md": text, "z.md": head}) as found:
            lineage = Lineage(found.store)
            assert [(lineage.nodes[s].key, lineage.nodes[t].key) for s, t in lineage.steps] == [("b", "a")], way


def test_a_paper_may_build_on_a_younger_one(opened: Callable[..., Vault]) -> None:
    with opened({"early.md": paper(2014, "late"), "late.md": paper(2017)}) as vault:
        assert chains(vault, "early", "late") == [["early", "late"]]
        told = [finding for finding in check.findings(vault.store) if finding.severity != "notice"]
    assert told == [], "a later version of a preprint may cite newer work"


def test_a_lineage_of_four_times_as_many_papers_costs_four_times_as_much(opened: Callable[..., Vault]) -> None:
    def cost(count: int) -> int:
        """Steps of SQLite's virtual machine to load all that the first paper led to."""
        taken = 0

        def step() -> int:
            nonlocal taken
            taken += 1
            return 0

        with opened(many(count)) as found:
            among = around(found.store, find(found.store, "note 1").node)
            assert len(among) == count + 1, "all papers and a ghost"
            found.store.db.set_progress_handler(step, 1)
            Lineage(found.store, among)
            found.store.db.set_progress_handler(None, 0)
        return taken

    few, more = cost(100), cost(400)
    assert more < 5 * few
