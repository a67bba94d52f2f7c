"""Lists of remarks that end in a citation: what stands before it is a sentence of the writer's, not a title.

    - Attention is expensive (Vaswani et al., 2017).
    - Wider nets forget less (Ann & Bo, 2019)

Only of half or more of a list can that be said: `All you need is a good init` is a title.
"""

from collections.abc import Sequence

from kb.dialects.cited_dates import YEAR
from kb.regex import rare

_CITED_LAST = rare(
    r"[\s>]*(?:(?:[-*+•]|\d{1,4}[.)])\s+)?(?P<text>[^\s\"“*_\[\]][^\"“*_\[\]]{2,300}?)"
    rf"\s\((?:[^()]*{YEAR}[a-z]?|[^()]*\bet\.? al\.?)\)(?P<stop>\.?)\s*"
)
"""An item that ends in brackets with a year or `et al.`, and shows no title by quotes, emphasis or a link."""
_VERBS = {
    "is", "are", "was", "were", "be", "has", "have", "had", "can", "cannot", "could", "does", "do", "did", "may",
    "might", "must", "should", "will", "would", "helps", "improves", "improve", "outperforms", "outperform", "requires",
    "require", "needs", "leads", "lead", "makes", "make", "allows", "allow", "suffers", "suffer", "reduces", "reduce",
    "increases", "increase", "depends", "depend", "works", "work", "shows", "show", "fails", "fail",
}  # fmt: skip
_QUESTIONS = ("how", "what", "when", "where", "which", "who", "why", "do", "does", "is", "are", "can", "should")
_MOST_CAPITALS = 0.25
"""Share of the words behind the first that have a capital; more of them are a title."""


def remarks(lines: Sequence[str], cited: Sequence[int]) -> list[int]:
    """Of the lines with a citation, those that end in it, if at least half of these are sentences."""
    ending = {number: found for number in cited if (found := _CITED_LAST.fullmatch(lines[number - 1]))}
    count = sum(_is_sentence(found["text"], bool(found["stop"])) for found in ending.values())
    return list(ending) if 2 * count >= len(ending) else []


def _is_sentence(text: str, has_stop: bool) -> bool:
    first, *words = text.split()
    plain = [word for word in words if not word.isupper()]
    capitals = sum(word[0].isupper() and word[1:].islower() for word in plain)
    if capitals > _MOST_CAPITALS * len(plain) or first.lower() in _QUESTIONS or text.endswith("?"):
        return False
    return has_stop or not _VERBS.isdisjoint(words)
