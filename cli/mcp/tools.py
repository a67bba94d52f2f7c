"""What an agent may ask: a class is a tool, its docstring what that is good for, its fields what it takes.

Each answers as the command of its name does with `--json`; only lists are cut (`cut`), as a model's context is small.
"""

from abc import ABC, abstractmethod
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from cli.answers import check, lineage, patterns, query
from cli.mcp.cut import cut, prune
from cli.mcp.text import passage
from cli.named import named
from kb.query.answer import SORTS, Paper
from kb.query.reference import REFERENCE
from linker import taxonomy
from linker.card import card
from linker.graph import among
from linker.vault import Vault
from linker.wishes import ranked

_NAME = "A key, arXiv id or URL, DOI, title or its beginning, or nickname."
_SEVERITIES = ("error", "warning", "notice")

_Rare = Literal[
    "mentions", "sources", "code.records", "code.trainings.records", "documents.links", "documents.diagnostics"
]
_Usual = Literal["edges.in", "edges.out", "discussed", "neighbors", "documents.items", "documents.discusses"]
_CARD: dict[str, int | None] = {**dict.fromkeys(get_args(_Rare)), **dict.fromkeys(get_args(_Usual), 40)}
"""How many entries of a card's lists are told unasked; of what is rarely wanted none."""


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
        json_schema_extra={"items": {"type": "string", "enum": [*Paper._fields]}},
    )
    sort: str = Field("", description=f"{', '.join(SORTS)}; - before it turns it round.")
    limit: int = Field(20, ge=0, description="At most so many papers.")
    edges: bool = Field(False, description="Also which of the papers told build on which, and why.")

    def answer(self, vault: Vault) -> dict[str, Any]:
        fields = query.known(self.fields)
        found = query.asked(vault.store, self.expression, sort=self.sort, limit=self.limit)
        told = query.plain(found, fields)
        if self.edges:
            joined = among(vault.store, [paper.key for paper in found.papers if paper.source], ("builds-on",))
            told["edges"] = [dict(zip(("source", "target", "type", "why"), edge)) for edge in joined]
        return told


class Show(Tool):
    """All that is known of one thing: a paper, pattern, constraint, implementation, something without note, or a note.

    Facts and summary; edges that lead out of it and into it (`builds-on`, `cites`, `uses-pattern`, ...), each with its
    place and why; the implementation with its claim and what came of that; claims and questions in the notes; what
    lists and digests say of it. What `left_out` names comes with `also`: `code.records` are measurements, `sources` the
    place of every fact, `mentions` every link to it.
    """

    name: str = Field(description=_NAME + " Also a note's path, or kind:key, such as pattern:attention.")
    also: list[Literal[_Rare, _Usual]] = Field([], description="Lists to be told in full.")

    def answer(self, vault: Vault) -> dict[str, Any]:
        found = card(vault.store, named(vault.store, self.name))
        return cut(found, {part: most for part, most in _CARD.items() if part not in self.also})


class Lineage(Tool):
    """How ideas led to ideas, every step with the sentence that justifies it.

    With `to`: the shortest chains of builds-on that join two papers, from the later one back to the earlier one, and
    the `papers` on them. Without: what the paper builds on (`ancestors`) and what builds on it (`descendants`), as
    trees. A paper that is `seen` has its branches elsewhere in the tree; `more` counts those that are not shown,
    `total` all papers there are.
    """

    name: str = Field(description=_NAME)
    to: str = Field("", description="Another paper.")
    depth: int = Field(2, ge=1, le=50, description="Steps of a tree at the most.")
    limit: int = Field(20, ge=1, description="At most so many chains, or branches of each tree, nearest first.")

    def answer(self, vault: Vault) -> dict[str, Any]:
        start, end = lineage.ends(vault.store, self.name, self.to or None)
        if end:
            return cut(lineage.plain(vault.store, start, end), {"paths": self.limit})
        found = lineage.plain(vault.store, start, depth=self.depth)
        return prune(found, ("ancestors", "descendants"), self.limit)


class Patterns(Tool):
    """Design patterns and the limits on progress (`constraints`): which papers use or raise each, what is broader.

    Papers stand oldest first; `total` counts them. With `gaps`: patterns that one family of papers has not tried, while
    several families like it (`near`) have; `query` finds these with `pattern:X family:Y`.
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
    """The text of one note as it stands in its file, from a line on. `lines` counts all, `left_out` what follows."""

    name: str = Field(description="A note's path as answers tell it, or whatever the note is about.")
    curated: bool = Field(False, description="The note that comes with paperkb, where the reader has one as well.")
    line: int = Field(1, ge=1, description="The first line.")

    def answer(self, vault: Vault) -> dict[str, Any]:
        return passage(vault, self.name, self.line, layers=("curated",) if self.curated else ("own", "curated"))


TOOLS: dict[str, type[Tool]] = {
    "query": Query,
    "show": Show,
    "lineage": Lineage,
    "patterns": Patterns,
    "check": Check,
    "note": Note,
}
