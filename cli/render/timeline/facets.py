"""The lanes of a picture: which facet, which of its values get a lane, and which paper goes into which."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from cli.printable import printable
from cli.render.timeline.papers import OTHER
from kb.conventions import called_by_notion
from kb.query.answer import Paper
from kb.query.compile import fold_tag

FACETS = ("family", "category", "pattern", "constraint", "tag", "venue", "status", "folder", "none")
MAX_LANES = 12
"""Lanes of a picture, including the one for the rest: of more, few would hold many papers, and colors would repeat."""
ALL = "papers"
"""The one lane of a picture without a facet."""
_LISTS = {"pattern": "patterns", "constraint": "constraints", "tag": "tags"}
_COMMON, _EMPTY = 1 / 3, 4 / 5
"""A value that a larger share of the user's papers has is a lane only if rarer ones leave papers over; or never."""


def own(papers: list[Paper]) -> list[Paper]:
    """The papers that the user's own notes are about; all papers if there are none."""
    return [paper for paper in papers if paper.source == "own"] or papers


def best_facet(papers: list[Paper]) -> str:
    """The first facet that puts more than half of these papers into two or more lanes; `none` if no facet does."""
    for facet in ("category", "family", "pattern", "tag", "folder"):
        sizes = Counter(lanes_of(papers, facet).values())
        rest = sizes.pop(OTHER, 0)
        if len(sizes) > 1 and 2 * rest < len(papers):
            return facet
    return "none"


def lanes_of(papers: list[Paper], facet: str, kept: Collection[str] = ()) -> dict[str, str]:
    """The lane of each paper by its key, at most MAX_LANES in all.

    The value that most papers still without a lane share is the next lane. A paper that fits several lanes goes to the
    one whose value the fewest papers have: it says the most. Lanes in `kept` stay as long as a paper has their value.
    """
    if facet == "none":
        return {paper.key: ALL for paper in papers}
    sharing = _sharing(papers, facet)
    has_all = len(set().union(*sharing.values())) == len(papers)
    most = MAX_LANES if has_all and len(sharing) <= MAX_LANES else MAX_LANES - 1
    limits, least = [1.0], 1
    if facet in _LISTS:  # papers may have many values, and which ones a few share is chance
        limits, least = [_COMMON, _EMPTY], max(2, len(papers).bit_length() // 2)
    mine = {paper.key for paper in own(papers)}
    shares = {name: len(mine.intersection(keys)) / len(mine) for name, keys in sharing.items()}
    pools = [[name for name, share in shares.items() if share <= limit] for limit in limits]
    lanes = _chosen(sharing, pools, least, most, kept)
    lane_of = {paper.key: OTHER for paper in papers}
    for name in sorted(lanes, key=lambda name: (-len(sharing[name]), name)):
        lane_of.update(dict.fromkeys(sharing[name], name))
    return lane_of


def _sharing(papers: Collection[Paper], facet: str) -> dict[str, list[str]]:
    """Keys of the papers that have each value, spelled as most of them spell it."""
    keys: dict[str, list[str]] = defaultdict(list)
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for paper in papers:
        for folded, name in dict(map(_folded, _values(paper, facet))).items():
            if name:
                keys[folded].append(paper.key)
                written[folded][name] += 1
    return {min(names, key=lambda name: (-names[name], name)): keys[folded] for folded, names in written.items()}


@lru_cache(4096)
def _folded(value: str) -> tuple[str, str]:
    """The form that all spellings of a value share, and the value as it can be shown; many papers share one."""
    name = printable(value)
    return re.sub("[-_ ]+", " ", fold_tag(name)), name


def _values(paper: Paper, facet: str) -> list[str]:
    if facet == "folder":
        folders = [called_by_notion(name) or name for name in paper.path.split("/")[:-1]] if paper.path else []
        return [name for name in folders if any(map(str.isalpha, name))][-1:]  # a number says when, not what
    value = getattr(paper, _LISTS.get(facet, facet))
    return value if isinstance(value, list) else [value] if value else []


def _chosen(
    sharing: Mapping[str, Collection[str]], pools: Iterable[Collection[str]], least: int, most: int, kept: Iterable[str]
) -> list[str]:
    """The values that are lanes: kept ones, then those of the first pool that add `least` papers, then of the next."""
    names_of: dict[str, list[str]] = defaultdict(list)
    for name, keys in sharing.items():
        for key in keys:
            names_of[key].append(name)
    left = {name: len(keys) for name, keys in sharing.items()}  # papers that have no lane yet
    lanes: list[str] = []

    def choose(name: str) -> None:
        lanes.append(name)
        for key in sharing[name]:
            for other in names_of.pop(key, ()):
                left[other] -= 1

    for name in [name for name in kept if name in sharing][:most]:
        choose(name)
    for pool in pools:
        while len(lanes) < most and pool:
            name = min(pool, key=lambda name: (-left[name], name))
            if left[name] < least:
                break
            choose(name)
    return lanes
