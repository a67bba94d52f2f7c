"""The papers that are drawn: a real set of 64 and synthetic sets of any size, as layout input and as vaults of notes.

The 64: the 45 papers of a reading list on the history of deep learning, and 19 that a survey of lighter Transformers
names, in six lanes. Dates (to the month, except for one) and predecessors were checked paper by paper; `papers.json`
has 88 builds-on links among them, two of which run against time (DALL-E names CLIP, whose preprint appeared a month
later; Optimal Brain Damage was presented a month before the journal printed the network that it prunes).
"""

import json
import random
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from cli.render.timeline.papers import Edge, Paper

SYNTHETIC = {500: 743, 5_000: 7_634}            # papers: links, as in the set that the gates were set with
LANES = ("Attention", "Convolution", "Efficiency", "Generative", "Optimization", "Sequence", "Speech", "Vision")
WORDS = """adaptive attentive batch bayesian causal convex deep dense dual dynamic elastic fast gated global graph
hybrid inverse latent linear local masked mixed modular neural nested parallel pruned quantized recurrent residual
robust routed scaled shared slow sparse spectral stacked tiny tuned universal variational wide""".split()  # noqa: SIM905
THINGS = """adapters agents alignment attention autoencoders codes convolutions decoders diffusion distillation
embeddings encoders experts features flows gates heads kernels layers machines memory mixers networks norms
optimizers policies priors prompts pyramids queries regularizers retrieval samplers tokens transformers""".split()  # noqa: SIM905


@dataclass(frozen=True)
class PaperSet:
    """A set to draw. Edges run from a paper to what it builds on."""

    name: str
    papers: tuple[Paper, ...]
    edges: tuple[Edge, ...]

    def without(self, key: str) -> "PaperSet":
        """The set before this paper was added."""
        return PaperSet(
            f"{self.name} without {key}",
            tuple(paper for paper in self.papers if paper.key != key),
            tuple(edge for edge in self.edges if key not in (edge.source, edge.target)),
        )


def thread() -> PaperSet:
    """The 64 papers."""
    read = json.loads((Path(__file__).parent / "papers.json").read_text(encoding="utf-8"))
    papers = tuple(
        Paper(
            paper["key"], paper["label"], paper["title"], paper["date"], paper["lane"], paper["runnable"],
            f"https://arxiv.org/abs/{paper['arxiv']}" if paper["arxiv"] else None,
        )
        for paper in read["papers"]
    )
    return PaperSet("64", papers, tuple(Edge(source, target, "builds-on") for source, target in read["edges"]))


def synthetic(count: int, seed: int = 0) -> PaperSet:
    """Growth and preferential attachment: a field that doubles every three years, in which popular papers gain more.

    Each paper builds on earlier ones, chosen in proportion to 1 + the number that already build on them; half of the
    choices are limited to its own lane. The number of links is in SYNTHETIC, or else 1.5 times the number of papers.
    """
    rng = random.Random(f"timeline {count} {seed}")
    first, years = 1986, 40
    weights = list(accumulate(2 ** (year / 3) + count / 2_000 for year in range(years)))
    dates = sorted(
        (first + rng.choices(range(years), cum_weights=weights)[0], rng.randrange(1, 13), rng.random() < 0.1)
        for _ in range(count)
    )
    papers = []
    for number, (year, month, only_year) in enumerate(dates):
        label = f"{rng.choice(WORDS).capitalize()} {rng.choice(THINGS)} {number}"
        papers.append(Paper(
            f"s{number:04}", label if rng.random() < 0.5 else f"{rng.choice(THINGS)[:4].upper()}-{number}", label,
            f"{year}" if only_year else f"{year}-{month:02}", rng.choice(LANES), rng.random() < 0.3,
        ))
    links = SYNTHETIC.get(count, count * 3 // 2)
    per_paper = [0, *(links // (count - 1) for _ in range(count - 1))]
    for number in rng.sample(range(1, count), links - sum(per_paper)):
        per_paper[number] += 1
    in_lane: dict[str, list[int]] = {lane: [] for lane in LANES}    # a paper is in the urns 1 + in-degree times
    all_lanes: list[int] = []
    edges, owed = [], 0
    for number, paper in enumerate(papers):
        wanted = per_paper[number] + owed
        found: set[int] = set()
        for _ in range(20 * wanted):
            urn = in_lane[paper.lane] if rng.random() < 0.5 and in_lane[paper.lane] else all_lanes
            if len(found) < wanted and urn:
                found.add(rng.choice(urn))
        owed = wanted - len(found)
        for parent in sorted(found):
            edges.append(Edge(paper.key, papers[parent].key, "builds-on"))
        for one in (*sorted(found), number):
            in_lane[papers[one].lane].append(one)
            all_lanes.append(one)
    return PaperSet(str(count), tuple(papers), tuple(edges))


def write_vault(drawn: PaperSet, root: Path) -> None:
    """Write a note for each paper, so that the command draws the set from files; code comes from what is installed."""
    root.mkdir(parents=True)
    (root / "paperkb.toml").write_text("", encoding="utf-8")
    parents: dict[str, list[str]] = {}
    for edge in drawn.edges:
        parents.setdefault(edge.source, []).append(edge.target)
    for paper in drawn.papers:
        front = [
            "kind: paper",
            f"title: {json.dumps(paper.title, ensure_ascii=False)}",
            f"date: {paper.date}",
            f"category: {paper.lane}",
            *([f"aliases: [{json.dumps(paper.label, ensure_ascii=False)}]"] if paper.label != paper.title else []),
            *([f"arxiv: \"{paper.href.rpartition('/')[2]}\""] if paper.href else []),
            *([f"builds_on: [{', '.join(parents[paper.key])}]"] if paper.key in parents else []),
        ]
        (root / f"{paper.key}.md").write_text("\n".join(("---", *front, "---", "")), encoding="utf-8")
