"""From a lineage, or the paths between two papers, to the papers and edges of a timeline."""
from collections import deque
from collections.abc import Iterable, Mapping

from cli.render.timeline.facets import best_facet
from cli.render.timeline.gather import gather
from cli.render.timeline.papers import Edge, Paper
from kb.query.answer import Paper as Answered
from linker.graph import Link
from linker.lineage import Branch, Lineage, Node, Step

Lines = tuple[list[Paper], list[Edge]]
FAR = 5                     # steps; generations this far away or farther share a lane


def descent(up: Branch, down: Branch, graph: Lineage, answered: Iterable[Answered],
            labels: Mapping[str, str]) -> Lines:
    """All papers of both trees with every builds-on edge among them."""
    nodes = {up.node.id: up.node}
    generation = {up.node.id: 0}
    for top, turn in ((up, -1), (down, 1)):
        level = deque([(top, 0)])
        while level:
            branch, depth = level.popleft()
            nodes.setdefault(branch.node.id, branch.node)
            generation.setdefault(branch.node.id, turn * depth)
            level.extend((child, depth + 1) for child in branch.branches)
    steps = [step for (source, target), step in graph.steps.items() if source in nodes and target in nodes]
    return _lines(nodes, steps, generation, answered, labels)


def ways(paths: Iterable[Iterable[Step]], graph: Lineage, answered: Iterable[Answered],
         labels: Mapping[str, str]) -> Lines:
    """The papers and edges of paths that all lead from one paper to another."""
    steps: dict[Step, None] = {}
    generation: dict[int, int] = {}
    for path in paths:
        for number, step in enumerate(path):
            steps[step] = None
            generation.setdefault(step.source, -number)
            generation.setdefault(step.target, -number - 1)
    return _lines({node: graph.nodes[node] for node in generation}, steps, generation, answered, labels)


def _lines(nodes: Mapping[int, Node], steps: Iterable[Step], generation: Mapping[int, int],
           answered: Iterable[Answered], labels: Mapping[str, str]) -> Lines:
    """Lanes as in a timeline; if no paper has a date, one lane for each generation instead."""
    keys = {node.key for node in nodes.values() if node.kind == "paper"}
    named = {  # a paper with a note is still a ghost to notes that cannot see it: the curated ones
        number: f"ghost:{node.key}" if node.kind == "ghost" and node.key in keys else node.key
        for number, node in nodes.items()
    }
    known = [paper for paper in answered if paper.key in keys]
    links: list[Link] = [(named[step.source], named[step.target], "builds-on", step.why) for step in steps]
    papers, drawn = gather(known, dict(labels), links, best_facet(known))
    found = {paper.key: paper for paper in papers}
    dated = any(node.date for node in nodes.values())
    made = []
    for number, node in sorted(nodes.items()):
        key = named[number]
        ghost = Paper(key, node.title, node.title, node.date, "no note yet", False)
        paper = found[key] if node.kind == "paper" else ghost
        made.append(paper if dated else paper._replace(lane=_called(generation[number])))
    return made, drawn


def _called(generation: int) -> str:
    far = abs(generation)
    steps = f"{far} step{'s' * (far != 1)}" if far < FAR else f"{FAR} steps or more"
    return f"{steps} before" if generation < 0 else f"{steps} after" if generation else "this paper"
