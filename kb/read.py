"""From the bytes of one file to its record. Looks at no other file, never raises on content."""

from kb import places
from kb.dialects import markdown_note, yaml_note
from kb.model import Diagnostic, Record


def read(path: str, raw: bytes) -> Record:
    """Read the document at `path` (relative to the vault, with `/`)."""
    text, problems = places.decode(raw)
    reader = yaml_note if path.endswith((".yaml", ".yml")) else markdown_note
    record = reader.read(path, text)
    found = tuple(Diagnostic(path, 1, 1, code, "warning", message, hint) for code, message, hint in problems)
    return Record(
        record.path,
        record.dialect,
        record.dialect_by,
        record.title,
        record.aliases,
        record.entries,
        record.links,
        record.fragments,
        record.text,
        found + record.diagnostics,
    )


def unreadable(path: str, reason: str) -> Record:
    """The record of a file that could not be opened: the document stays known, its content does not."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    problem = Diagnostic(path, 1, 1, "unreadable", "error", f"cannot be read: {reason}", "check its permissions")
    return Record(path, "none", "the file cannot be read", stem, diagnostics=(problem,))
