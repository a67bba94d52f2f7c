"""The acronym in parentheses at the end of a title: `Proximal Policy Optimization (PPO)`."""

import re

from kb.model import Entry, Fact
from kb.regex import rare
from kb.small_words import SMALL_WORDS
from kb.venues import is_known

_ENDS_IN_BRACKETS = rare(r"(?P<bare>\S.*?)\s?[(（](?P<acronym>[^\W\d_a-z][\w-]{1,14})[)）]$", re.DOTALL)
_WORD = rare(r"[^\W\d_]+")
_LONGEST = 400
"""Characters; a longer text is not a title."""


def called_by_acronym(entry: Entry) -> Entry:
    """The paper with two more aliases: the acronym that its title explains, and the title without the acronym."""
    if entry.kind != "paper" or entry.title[-1:] not in (")", "）") or len(entry.title) > _LONGEST:
        return entry
    match = _ENDS_IN_BRACKETS.match(entry.title)
    if match is None or is_known(match["acronym"]) or not _stands_for(match["acronym"], match["bare"]):
        return entry
    known = entry.values("aliases")
    told = [Fact("aliases", name, entry.line, 1) for name in (match["acronym"], match["bare"]) if name not in known]
    return entry._replace(facts=(*entry.facts, *told))


def _stands_for(acronym: str, title: str) -> bool:
    """Whether its capitals are initials of the words, in order and from the first word on.

    One capital may come from inside a word (`Variational Autoencoder`). Anything else in parentheses may be a nickname,
    a venue, a library or a topic (`A Survey of Random Numbers (RN)`), an alias that would fit many papers.
    """
    words = [word.lower() for word in _WORD.findall(title)]
    capitals = [sign.lower() for sign in acronym if sign.isupper()]
    at = next((n for n, word in enumerate(words) if word not in SMALL_WORDS), 0)
    if not words or words[at][0] != capitals[0]:
        return False
    inside = 0
    for capital in capitals[1:]:
        later = next((n for n in range(at + 1, len(words)) if words[n][0] == capital), None)
        if later is not None:
            at = later
        elif capital in words[at][1:]:
            inside += 1
        else:
            return False
    return len(capitals) > 1 + inside and inside < 2
