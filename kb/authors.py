"""Authors as notes show them, read despite what lists omit: the braces of groups, the commas of `Jr.`."""

import re

from kb.names import Name, parse_name
from kb.titles import display_title, fold

_LAST = frozenset(re.findall(
    r"\w+",
    "team group lab labs laboratory laboratories corporation company consortium collaboration community contributors "
    "initiative alliance association society committee council institute academy university college department "
    "research deepmind authors developers",
))  # fmt: skip
_FIRMS = frozenset(("inc", "ltd", "llc", "gmbh"))
_JUNIOR = re.compile(r"([^,]*\S\s+[^\s,]+),?\s+((?:jr|sr)\.?|i{2,3}|iv)", re.IGNORECASE)


def author(shown: str) -> Name:
    """The parts of one author's name; a group is one literal."""
    if _is_group(shown):
        return Name(last=display_title(shown), literal=True)
    junior = _JUNIOR.fullmatch(shown.strip())
    return parse_name(junior[1])._replace(jr=junior[2]) if junior else parse_name(shown)


def _is_group(shown: str) -> bool:
    """Whether a name of several words ends the way group names do."""
    words = fold(shown).split()
    if len(words) < 2:
        return False
    return words[-1] in _FIRMS or ("," not in shown and (words[-1] in _LAST or shown.endswith(" AI")))
