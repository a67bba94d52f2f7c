"""What an agent may ask: a class is a tool, its docstring what that is good for, its fields what it takes.

Each answers as the command of its name does with `--json`; only lists are cut (`cut`), as a model's context is small.
"""

from abc import ABC, abstractmethod
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cli.answers import check, lineage, patterns, query
from cli.mcp.cut import cut
from cli.mcp.text import passage
from cli.named import named
from kb.query.answer import SORTS, Paper
from kb.query.reference import REFERENCE
from linker import taxonomy
from linker.card import card
from linker.vault import Vault
from linker.wishes import ranked

_NAME = "A key, arXiv id or URL, DOI, title or its beginning, or nickname."
_SEVERITIES = ("error", "warning", "notice")

Part = Literal[
    "edges.in", "edges.out", "mentions", "discussed", "sources", "neighbors", "code.records", "code.trainings",
    "documents.items", "documents.discusses", "documents.links", "documents.diagnostics",
]  # fmt: skip
_LONG = 40
"""Entries of one list of a card; what is rarely asked for is left out."""
_CARD: dict[Part, int | None] = {
    "edges.in": _LONG,
    "edges.out": _LONG,
    "discussed": _LONG // 4,
    "neighbors": _LONG,
    "code.trainings": None,
    "code.records": None,
    "documents.items": _LONG,
    "documents.discusses": _LONG,
    "documents.links": None,
    "documents.diagnostics": None,
    "mentions": None,
    "sources": None,
}


class Tool(BaseModel, ABC):
    """A question with its arguments."""

    model_config = ConfigDict(extra="forbid")

    @abstractmethod
    def answer(self, vault: Vault) -> dict[str, Any]:
        """What is found, as JSON has it.

        Raises:
            CommandError: a name or a query cannot be understood.
        """


class Query(Tool):
    __doc__ = f"""Papers that match an expression: oldest first, or by relevance where it has words.

`pattern:attention has:code year:2014..2017`; an empty one lists all. `total` counts all that match.

{REFERENCE}

`code_status` tells whether an implementation comes with the paper and what its run showed: claim-held,
claim-not-reproduced, verified (equal to an oracle), unverified, stale (its code changed since) or none."""

    expression: str = Field("", description="In the query language.")
    fields: list[str] = Field(
        [*query.DEFAULT_FIELDS],
        description="What to tell of each paper.",
        json_schema_extra={"items": {"enum": [*Paper._fields]}},
    )
    sort: str = Field("", description=f"{', '.join(SORTS)}; - before it turns it round.")
    limit: int = Field(20, ge=0, description="At most so many papers.")

    def answer(self, vault: Vault) -> dict[str, Any]:
        fields = query.known(self.fields)
        return query.plain(query.asked(vault.store, self.expression, sort=self.sort, limit=self.limit), fields)


class Show(Tool):
    """All that is known of one thing: a paper, pattern, constraint, implementation, something without note, or a note.

    Facts and summary; typed edges with who wrote why (`builds-on`, `cites`, `uses-pattern`, ...), `out` of it and
    `in`to it; the implementation with its claim and what came of it; claims and questions in the notes; where lists and
    digests discuss it. What `left_out` names is had with `also`; `code.records` are measurements, `sources` the place
    of every fact, `mentions` every link to it.
    """

    name: str = Field(description=_NAME + " Also a note's path, or kind:key, such as pattern:attention.")
    also: list[Part] = Field([], description="Lists to be told in full.")

    def answer(self, vault: Vault) -> dict[str, Any]:
        found = card(vault.store, named(vault.store, self.name))
        return cut(found, {part: most for part, most in _CARD.items() if part not in self.also})


class Lineage(Tool):
    """How ideas led to ideas, every step with the sentence that justifies it.

    With `to`: the shortest chains of builds-on that join two papers, from the later one back to the earlier one.
    Without: what the paper builds on (`ancestors`) and what builds on it (`descendants`), as trees. A paper that is
    `seen` has its branches elsewhere in the tree; `more` counts those that lie too deep, `total` all papers there are.
    """

    name: str = Field(description=_NAME)
    to: str = Field("", description="Another paper.")
    depth: int = Field(2, ge=1, le=50, description="Steps of a tree at the most.")
    limit: int = Field(10, ge=1, description="At most so many chains.")

    def answer(self, vault: Vault) -> dict[str, Any]:
        found = lineage.plain(vault.store, self.name, to=self.to or None, depth=self.depth)
        return cut(found, {"paths": self.limit})


class Patterns(Tool):
    """Design patterns and the limits on progress (`constraints`), which papers use or raise them, what is broader.

    With `gaps`: patterns that one family of papers has not tried, though several families like it (`near`) have.
    """

    gaps: bool = Field(False, description="The gaps instead.")
    limit: int = Field(10, ge=0, description="At most so many papers of each, or gaps.")

    def answer(self, vault: Vault) -> dict[str, Any]:
        if self.gaps:
            return cut(patterns.plain_gaps(taxonomy.matrix(vault.store)), {"gaps": self.limit, "cells": None})
        return cut(patterns.plain(vault.store), {"patterns.papers": self.limit, "constraints.papers": self.limit})


class Check(Tool):
    """What is wrong or doubtful in the reader's own notes, gravest first, with its place and what to do about it.

    Broken and ambiguous links, front matter that cannot be read, dates and ids that contradict each other, duplicates.
    `counts` are of all severities, shown or not. Notices are, say, links to what has no note yet; with them come
    `ghosts`: papers and pages without note, most wanted first.
    """

    path: str = Field("", description="Only in notes whose path begins so.")
    severity: Literal["error", "warning", "notice"] = Field("warning", description="From this severity up.")
    limit: int = Field(20, ge=0, description="At most so many findings, and ghosts.")

    def answer(self, vault: Vault) -> dict[str, Any]:
        found, cards = check.looked(vault)
        within = [finding for finding in found if finding.path.startswith(self.path)]
        within.sort(key=lambda finding: _SEVERITIES.index(finding.severity))  # what is cut off is the least grave
        wanted = _SEVERITIES[: _SEVERITIES.index(self.severity) + 1]
        shown = min(self.limit, sum(finding.severity in wanted for finding in within))
        everywhere = not self.path
        said = check.plain(within, cards if everywhere else [], ranked(vault.store) if everywhere else [])
        return cut(said, {"findings": shown, "ghosts": self.limit if self.severity == "notice" else None})


class Note(Tool):
    """The text of one note as it stands in its file, from a line on; `lines` counts all of them."""

    name: str = Field(description="A note's path as answers tell it, or whatever the note is about.")
    source: Literal["own", "curated"] | None = Field(
        None, description="The reader's own note, or that of the vault which comes with paperkb; own before curated."
    )
    line: int = Field(1, ge=1, description="The first line.")

    def answer(self, vault: Vault) -> dict[str, Any]:
        return passage(vault, self.name, self.source, self.line)


TOOLS: dict[str, type[Tool]] = {
    "query": Query,
    "show": Show,
    "lineage": Lineage,
    "patterns": Patterns,
    "check": Check,
    "note": Note,
}
