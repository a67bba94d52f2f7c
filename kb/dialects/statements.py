"""Labels of claims, open questions and concepts in generated reports, and of their parts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from kb.model import ItemKind


@dataclass(frozen=True)
class Kind:
    """The labels of a kind of statement and of its parts.

    Args:
        label: the label of the statement itself, possibly followed by a number.
        parts: lower-case label -> name of the part.
        asks: whether a paragraph counts only if it asks something.
        named: whether the label before a colon is its name; otherwise only a bold label is.
    """

    item: ItemKind
    label: str
    parts: Mapping[str, str]
    asks: bool = False
    named: bool = False

    @cached_property
    def own_label(self) -> re.Pattern[str]:
        """The folded label of a statement of this kind."""
        return re.compile(self.label + r"(?: #?\d+)?")

    @cached_property
    def part_labels(self) -> re.Pattern[str]:
        """The labels of parts within a line."""
        labels = "|".join(sorted(map(re.escape, self.parts), key=len, reverse=True))
        return re.compile(rf"(?<!\w)({labels})\s*(?:[:：]|\s[–—-]\s)\s*", re.IGNORECASE)


CLAIM = Kind(
    "claim",
    r"(?:core |key |main )?(?:claim|hypothesis)",
    {
        "mechanism": "mechanism",
        "how it works": "mechanism",
        "core assumption": "assumption",
        "core assumptions": "assumption",
        "assumption": "assumption",
        "assumptions": "assumption",
        "key assumption": "assumption",
        "evidence anchors": "evidence",
        "evidence anchor": "evidence",
        "evidence": "evidence",
        "break condition": "break condition",
        "break conditions": "break condition",
    },
)
QUESTION = Kind(
    "question",
    r"(?:open |key |research )?question",
    {
        "basis in paper": "basis",
        "basis": "basis",
        "why unresolved": "why unresolved",
        "why is it unresolved": "why unresolved",
        "what evidence would resolve it": "resolved by",
        "what would resolve it": "resolved by",
        "evidence needed": "resolved by",
        "resolution": "resolved by",
    },
    asks=True,
)
CONCEPT = Kind(
    "concept",
    r"(?:key |core )?concept",
    {
        "why needed here": "why needed",
        "why it is needed": "why needed",
        "why needed": "why needed",
        "why it matters": "why needed",
        "quick check question": "quick check",
        "quick check": "quick check",
    },
    named=True,
)
