"""What a document says before anything is linked: plain values, each with its place in the file."""

from collections.abc import Sequence

from kb.typed import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from kb.ids import PaperId

EntryKind = Literal["paper", "pattern", "constraint"]
LinkKind = Literal["wiki", "embed", "markdown", "property", "field", "id", "citekey", "handle", "reference"]
ItemKind = Literal[
    "claim", "question", "concept", "failure", "experiment", "result", "limitation", "confidence", "check", "technique",
    "topic", "summary", "comment", "highlight", "figure", "code",
]
Severity = Literal["error", "warning", "notice"]
Layer = Literal["own", "curated"]


class Diagnostic(NamedTuple):
    """Something wrong or worth knowing, printed as `path:line:col: code message - hint`."""

    path: str
    line: int
    column: int
    code: str
    severity: Severity
    message: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f" - {self.hint}" if self.hint else ""
        return f"{self.path}:{self.line}:{self.column}: {self.code} {self.message}{hint}"


class Link(NamedTuple):
    """One place that points somewhere else.

    Args:
        raw: the link as written.
        line: from 1.
        column: from 1, in code points.
        kind: how it is written; a `handle` is `@name` in running text, a citation key only if a paper has it; a
            `reference` is a work cited in full, a link only if it can be a known paper.
        target: what to look up: a name, a path, an id or a URL, without the fragment.
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


class Fact(NamedTuple):
    """One field of an entry as its author wrote it."""

    field: str
    value: str
    line: int
    column: int


CITED_YEAR = "cited_year"
"""The fact for a year that appears only next to a paper's title, authors or venue, as in a citation.

It is the year of a publication, which may be years after the paper came out, so every other date takes precedence.
"""

NOTED_IN = "noted_in"
"""The fact for the reader's own note on a paper of a list, which the list links: its path in the vault."""


KNOWN_TITLE = "it has the title of a known paper"
LINKED_NOTE = "a list links it as the note on a paper"
BY_OTHERS = (KNOWN_TITLE, LINKED_NOTE)
"""What decides that a note is about a paper if nothing in it says so; true as long as something else tells of it."""


class Entry(NamedTuple):
    """Something that a document is about (a paper, pattern or constraint), or a paper that it only mentions.

    Args:
        decided_by: the step that decided what the document is about, in words.
        key: the front matter's own `key`, else empty.
        title: as displayed; empty when nothing names it.
        facts: fields with their places, normalized values as text; a field may occur several times (authors, tags).
        ids: identifiers of the paper, most certain first.
        mentioned: whether a list, thread or digest only mentions the paper; the document is not a note about it.
        why: for a mentioned paper, what the document says about it, in one line.
        text: for a mentioned paper, the whole passage about it; full-text search uses it instead of the document.
    """

    kind: EntryKind
    line: int
    decided_by: str
    key: str = ""
    title: str = ""
    facts: tuple[Fact, ...] = ()
    ids: "tuple[PaperId, ...]" = ()
    mentioned: bool = False
    why: str = ""
    text: str = ""

    def values(self, field: str) -> list[str]:
        return [fact.value for fact in self.facts if fact.field == field]


class Item(NamedTuple):
    """A piece of a document that is more than running text: a claim, an open question, an experiment, a comment.

    Args:
        text: the statement itself, as plain text on one line.
        parts: its parts by name: `mechanism`, `assumption`, `evidence`, `break condition`, `by`, `url`, ...; a name may
            occur several times.
        entry: index of the entry that it belongs to; -1 is the document.
    """

    kind: ItemKind
    line: int
    text: str
    parts: tuple[tuple[str, str], ...] = ()
    entry: int = -1


class Record(NamedTuple):
    """Everything that one document says.

    Args:
        path: relative to the vault, with `/`.
        dialect: the dialect it is written in; `dialect_by` says how it was recognized.
        fragments: headings (folded, also as `a#b` paths) and `^blocks` that a link may point at.
        text: the text for full-text search.
    """

    path: str
    dialect: str
    dialect_by: str
    title: str
    aliases: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    links: tuple[Link, ...] = ()
    items: tuple[Item, ...] = ()
    fragments: tuple[str, ...] = ()
    text: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def about(self) -> int | None:
        """Index of the one entry that the document is a note about; None if there is none or more than one."""
        notes = [n for n, entry in enumerate(self.entries) if not entry.mentioned]
        return notes[0] if len(notes) == 1 else None


class Implementation(NamedTuple):
    """A runnable implementation or experiment as its card declares it, and its status.

    Args:
        papers: `arxiv:ID` or `key:KEY` of the papers it implements, or that an experiment is about.
        question: the question of an experiment; `answer` is what was measured.
        trainings: ids of its trained models, each with its own records.
        status: unverified, verified, claim-held, claim-not-reproduced or stale.
        place: the module's path and the line of its card, for messages.
        records: its measurements, as the harness wrote them.
        unread: one line for each record file that cannot be used.
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
    question: str = ""
    answer: str = ""
    trainings: tuple[dict[str, object], ...] = ()
    unread: tuple[str, ...] = ()


class Implementations(Protocol):
    """The source of implementations; the graph knows them by what they declare, never by running them."""

    def signature(self) -> str:
        """A value that changes whenever `read` would return something else; must be cheap."""

    def read(self) -> Sequence[Implementation]:
        """Every implementation, sorted by id."""
