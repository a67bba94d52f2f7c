"""What a document says, before anything is linked: plain values, each with its place in the file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from kb.ids import PaperId

EntryKind = Literal["paper", "pattern", "constraint"]
LinkKind = Literal["wiki", "embed", "markdown", "property", "field", "id", "citekey"]
Severity = Literal["error", "warning", "notice"]
Layer = Literal["own", "curated"]


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """Something wrong or worth knowing, printed as `path:line:col code message - hint`."""

    path: str
    line: int
    column: int
    code: str
    severity: Severity
    message: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f" - {self.hint}" if self.hint else ""
        return f"{self.path}:{self.line}:{self.column} {self.code} {self.message}{hint}"


@dataclass(frozen=True, slots=True)
class Link:
    """One place that points somewhere else.

    Args:
        raw: what is written there.
        line: from 1.
        column: from 1, in code points.
        kind: how it is written.
        target: what is looked up: a name, a path, an id or a URL, without fragment.
        fragment: heading path or `^block`, without the first `#`; empty when there is none.
        role: what the writer calls the relation (`builds-on`, `up`, ...); empty for a plain link.
        why: the writer's reason, in one line.
        entry: index of the entry of the document that the link belongs to.
    """

    raw: str
    line: int
    column: int
    kind: LinkKind
    target: str
    fragment: str = ""
    role: str = ""
    why: str = ""
    entry: int = 0


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of an entry as its author wrote it."""

    field: str
    value: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that a document is about: one paper, pattern or constraint.

    Args:
        decided_by: the step that found out what the document is about, in words.
        key: the front matter's own `key`, else empty.
        title: as displayed; empty when nothing names it.
        facts: fields with their places, normalized values as text; a field may occur several times (authors, tags).
        ids: identifiers of the paper, most certain first.
    """

    kind: EntryKind
    line: int
    decided_by: str
    key: str = ""
    title: str = ""
    facts: tuple[Fact, ...] = ()
    ids: "tuple[PaperId, ...]" = ()

    def values(self, field: str) -> list[str]:
        return [fact.value for fact in self.facts if fact.field == field]


@dataclass(frozen=True, slots=True)
class Record:
    """All that one document says.

    Args:
        path: relative to the vault, with `/`.
        dialect: the habit it is written in, and `dialect_by`, what gave that away.
        fragments: headings (folded, also as `a#b` paths) and `^blocks` that a link may point at.
        text: what full-text search looks through.
    """

    path: str
    dialect: str
    dialect_by: str
    title: str
    aliases: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    links: tuple[Link, ...] = ()
    fragments: tuple[str, ...] = ()
    text: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Implementation:
    """A runnable implementation as its card declares it, and how it stands.

    Args:
        papers: `arxiv:ID` or `key:KEY` of the papers it implements.
        status: unverified, verified, claim-held, claim-not-reproduced or stale.
        place: the module's path and the line of its card, for messages.
        records: what was measured of it, as the harness wrote it.
    """

    id: str
    family: str
    role: str
    summary: str
    papers: tuple[str, ...]
    patterns: tuple[str, ...]
    symbols: tuple[str, ...]
    oracle: str
    claim: str
    grade: str
    outcome: str
    status: str
    place: tuple[str, int]
    records: tuple[dict[str, object], ...] = ()


class Implementations(Protocol):
    """Where implementations come from; the graph knows them by what they declare, never by running them."""

    def signature(self) -> str:
        """Changes whenever `read` would answer differently; must be cheap."""

    def read(self) -> Sequence[Implementation]:
        """Every implementation, sorted by id."""
