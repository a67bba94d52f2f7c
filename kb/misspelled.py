"""Finding the names that a mistyped one may mean, without comparing everything with everything."""

from collections import Counter
from collections.abc import Iterable

from kb.titles import nearest

_RAREST, _HOLDERS, _COMPARED = 8, 100, 10
"""Limits: trigrams of a target that are used, names per trigram, and names that are compared letter by letter."""


def near_each(targets: Iterable[str], names: Iterable[str]) -> dict[str, list[str]]:
    """For each target, the closest names: those that share its rarest trigrams, ranked by `nearest`."""
    return {target: nearest(target, likely) for target, likely in likely_each(targets, names).items()}


def likely_each(targets: Iterable[str], names: Iterable[str]) -> dict[str, list[str]]:
    """For each target, the few names worth comparing with it: those that share its rarest trigrams.

    Time grows with the number of targets plus the number of names, not with their product.
    """
    triples = {target: _triples(target) for target in targets}
    holders: dict[str, list[str]] = {triple: [] for found in triples.values() for triple in found}
    for name in sorted(set(names)):
        for triple in _triples(name) & holders.keys():
            holders[triple].append(name)
    answer = {}
    for target, found in triples.items():
        rarest = sorted(
            (triple for triple in found if holders[triple]), key=lambda triple: (len(holders[triple]), triple)
        )
        shared = Counter(name for triple in rarest[:_RAREST] for name in holders[triple][:_HOLDERS])
        answer[target] = sorted(shared, key=lambda name: (-shared[name], name))[:_COMPARED]
    return answer


def _triples(text: str) -> set[str]:
    """All trigrams of the text, padded with spaces."""
    padded = f"  {text.casefold().replace('-', ' ')} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}
