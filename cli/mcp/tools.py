"""The tools for agents: a class is a tool, its docstring the description, its fields the arguments.

Each answers like the command of its name with `--json`, but lists are cut (`cut`), as a model's context is small.
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
"""How many entries of a card's lists are shown by default; of the rarely wanted ones, none."""


class Tool(BaseModel, ABC):
    """A question with its arguments."""

    model_config = ConfigDict(extra="forbid")

    @abstractmethod
    def answer(self, vault: Vault) -> dict[str, Any]:
        """The answer as JSON.

        Raises:
            CommandError: a name or a query cannot be understood.
        """


class Query(Tool):
    __doc__ = f"""Find the papers that match an expression. Oldest first, or by relevance if it has free words.

Example: `pattern:attention has:code year:2014..2017`. An empty expression lists all papers. `total` counts all matches.

{REFERENCE}

`code_status` says whether paperkb has an implementation of the paper and what its runs showed: claim-held,
claim-not-reproduced, verified (equal to an oracle), unverified, stale (its code changed since) or none."""

    expression: str = Field("", description="In the query language.")
    fields: list[str] = Field(
        [*query.DEFAULT_FIELDS],
        description="What to return for each paper.",
        json_schema_extra={"items": {"type": "string", "enum": [*Paper._fields]}},
    )
    sort: str = Field("", description=f"{', '.join(SORTS)} (most cited or built on first); a leading - reverses it.")
    limit: int = Field(20, ge=0, description="Return at most this many papers.")
    edges: bool = Field(False, description="Also return which of these papers build on which, and why.")

    def answer(self, vault: Vault) -> dict[str, Any]:
        fields = query.known(self.fields)
        found = query.asked(vault.store, self.expression, sort=self.sort, limit=self.limit)
        told = query.plain(found, fields)
        if self.edges:
            joined = among(vault.store, [paper.key for paper in found.papers if paper.source], ("builds-on",))
            told["edges"] = [dict(zip(("source", "target", "type", "why"), edge)) for edge in joined]
        return told


class Show(Tool):
    """Show everything about a paper, pattern, constraint, implementation or note, or about a link without a note.

    Facts and summary; edges out of it and into it (`builds-on`, `cites`, `uses-pattern`, ...), each with its place and
    why; the implementation with its claim and the outcome; claims and questions from the notes; what lists and digests
    say about it. To get a list that `left_out` names, pass it in `also`: `code.records` are measurements, `sources` is
    the place of every fact, `mentions` is every link to it.
    """

    name: str = Field(description=_NAME + " Also a note's path, or kind:key, such as pattern:attention.")
    also: list[Literal[_Rare, _Usual]] = Field([], description="Lists to return in full.")

    def answer(self, vault: Vault) -> dict[str, Any]:
        found = card(vault.store, named(vault.store, self.name))
        return cut(found, {part: most for part, most in _CARD.items() if part not in self.also})


class Lineage(Tool):
    """Show how ideas led to ideas, each step with the sentence that justifies it.

    With `to`: the shortest chains of builds-on between two papers, from the later one back to the earlier one, and the
    `papers` on them. Without `to`: what the paper builds on (`ancestors`) and what builds on it (`descendants`), as
    trees. If a paper is `seen`, its branches are elsewhere in the tree. `more` counts branches that are not shown,
    `total` all papers of each tree.
    """

    name: str = Field(description=_NAME)
    to: str = Field("", description="Another paper, named in the same way.")
    depth: int = Field(2, ge=1, le=50, description="Maximum depth of the trees, in steps.")
    limit: int = Field(20, ge=1, description="Return at most this many chains, or branches per tree, nearest first.")

    def answer(self, vault: Vault) -> dict[str, Any]:
        start, end = lineage.ends(vault.store, self.name, self.to or None)
        if end:
            return cut(lineage.plain(vault.store, start, end), {"paths": self.limit})
        found = lineage.plain(vault.store, start, depth=self.depth)
        return prune(found, ("ancestors", "descendants"), self.limit)


class Patterns(Tool):
    """List design patterns and the limits on progress (`constraints`), with the papers that use or raise each.

    Papers are oldest first; `total` counts them. With `gaps`: patterns that one family of papers has not tried although
    several similar families (`near`) have; `query` finds the papers of a near family with `pattern:X family:Y`.
    """

    gaps: bool = Field(False, description="Return the gaps instead.")
    limit: int = Field(10, ge=0, description="Return at most this many papers for each, or this many gaps.")

    def answer(self, vault: Vault) -> dict[str, Any]:
        if self.gaps:
            return cut(patterns.plain_gaps(taxonomy.matrix(vault.store)), {"gaps": self.limit, "cells": None})
        return cut(patterns.plain(vault.store), {"patterns.papers": self.limit, "constraints.papers": self.limit})


class Check(Tool):
    """Report what is wrong or doubtful in the user's own notes, most severe first, with its place and what to do.

    Broken and ambiguous links, unreadable front matter, contradictory dates and ids, duplicates. `counts` covers all
    severities, shown or not. Notices are, for example, links to things that have no note yet; severity `notice` also
    returns `ghosts`: papers and pages without a note, most wanted first.
    """

    path: str = Field("", description="Only notes whose path starts with this.")
    severity: Literal["error", "warning", "notice"] = Field("warning", description="This severity and above.")
    limit: int = Field(20, ge=0, description="Return at most this many findings, and as many ghosts.")

    def answer(self, vault: Vault) -> dict[str, Any]:
        found, cards = check.looked(vault)
        within = [finding for finding in found if finding.path.startswith(self.path)]
        within.sort(key=lambda finding: _SEVERITIES.index(finding.severity))  # so that the least severe are cut off
        wanted = _SEVERITIES[: _SEVERITIES.index(self.severity) + 1]
        shown = min(self.limit, sum(finding.severity in wanted for finding in within))
        everywhere = not self.path
        said = check.plain(within, cards if everywhere else [], ranked(vault.store) if everywhere else [])
        return cut(said, {"findings": shown, "ghosts": self.limit if self.severity == "notice" else None})


class Note(Tool):
    """Return the text of one note, verbatim, from a given line on. `lines` counts all lines, `left_out` the rest."""

    name: str = Field(description="A note's path or name, or the name of what the note is about.")
    curated: bool = Field(False, description="Return the note that ships with paperkb even if the user has one, too.")
    line: int = Field(1, ge=1, description="First line to return.")

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
