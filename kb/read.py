"""From the bytes of one file to its record. Looks at no other file and never raises on content."""

from collections.abc import Callable

from kb import places
from kb.acronyms import called_by_acronym
from kb.conventions import stem
from kb.decorated import plainly_titled
from kb.dialects import markdown_note, yaml_note
from kb.model import Diagnostic, Record


def read(path: str, raw: bytes, limit: int = places.LIMIT) -> Record:
    """Read the document at `path` (relative to the vault, with `/`), at most `limit` bytes of it."""
    text, problems = places.decode(raw, limit)
    record = _reader(path.lower())(path, text)
    record = record._replace(entries=tuple(called_by_acronym(plainly_titled(entry)) for entry in record.entries))
    if not problems:
        return record
    return record._replace(diagnostics=(*(each.found_in(path) for each in problems), *record.diagnostics))


def read_titled(path: str, raw: bytes, title: str, by: str) -> Record:
    """Read a Markdown note that is about the paper of this title if it is about nothing else.

    Args:
        by: what shows it; one of `BY_OTHERS`.
    """
    from kb.dialects.note import open_note  # few notes are read in this way

    record = read(path, raw)
    if record.entries:
        return record
    facts = open_note(path, places.decode(raw, places.LIMIT)[0]).facts
    return record._replace(entries=(facts.entry("paper", 1, by, title),))


def _reader(path: str) -> Callable[[str, str], Record]:
    """The reader for a file with this name."""
    if path.endswith((".yaml", ".yml")):
        return yaml_note.read
    if path.endswith(".bib"):
        from kb.dialects import bib_file

        return bib_file.read
    if path.endswith(".ris"):
        from kb.dialects import ris

        return ris.read
    if path.endswith((".json", ".csljson")):
        from kb.dialects import csl_json

        return csl_json.read
    return markdown_note.read


def unreadable(path: str, reason: str, hint: str = "check its permissions") -> Record:
    """The record of a file that could not be read: the document stays in the index, without content."""
    problem = Diagnostic(path, 1, 1, "unreadable", "error", f"cannot be read: {reason}", hint)
    return Record(path, "none", "the file cannot be read", stem(path), diagnostics=(problem,))
