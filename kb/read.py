"""From the bytes of one file to its record. Looks at no other file, never raises on content."""

from kb import places
from kb.dialects import markdown_note, yaml_note
from kb.model import Diagnostic, Record


def read(path: str, raw: bytes) -> Record:
    """Read the document at `path` (relative to the vault, with `/`)."""
    text, problems = places.decode(raw)
    read_text = yaml_note.read if path.lower().endswith((".yaml", ".yml")) else markdown_note.read
    record = read_text(path, text)
    if not problems:
        return record
    return record._replace(diagnostics=(*(each.found_in(path) for each in problems), *record.diagnostics))


def unreadable(path: str, reason: str, hint: str = "check its permissions") -> Record:
    """The record of a file that could not be read: the document stays known, its content does not."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    problem = Diagnostic(path, 1, 1, "unreadable", "error", f"cannot be read: {reason}", hint)
    return Record(path, "none", "the file cannot be read", stem, diagnostics=(problem,))
