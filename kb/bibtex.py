"""BibTeX entries as facts, from a BibTeX file or from a note."""

import re

from kb import bibtex_values, ids, references
from kb.facts import Facts
from kb.fields import Field, Problem, Scalar
from kb.preprints import is_archive, leave_date_to_id
from kb.references import Cited, Written
from kb.titles import display_title
from kb.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from bibtexparser.model import Entry as Parsed

_FIELDS = {
    "title", "author", "year", "month", "date", "journal", "booktitle", "doi", "eprint", "url", "keywords", "abstract",
}  # fmt: skip
_ADDRESS = re.compile(r"(?:\\(?:url|href)\s*\{\s*)?(https?://[^\s{}]+)")
_INHERITED = {"title": "booktitle"} | {
    name: name
    for name in ("booktitle", "year", "month", "date", "editor", "publisher", "address", "series", "volume", "isbn")
}
"""What an entry inherits from the volume that its `crossref` names, unless it has the field itself: field by field."""

_REMARKS = re.compile(r"annote|annotation|review|comment(?:-.+)?")
"""Fields for the owner's remarks; in JabRef, each user may have one."""
_KEYLESS = re.compile(r"(?im)^([ \t]*@(?!string|comment|preamble)[a-z]+[ \t]*\{)(?=\s*[a-z-]+\s*=)")
"""The start of an entry without a citation key, as EndNote writes it."""
_PROCEEDINGS = ("proceedings", "mvproceedings")
_OPEN = "no-enclosing"
"""The parser's name for a value that is neither in quotes nor in braces."""
_PIECE = re.compile(r'\s*(?:"([^"]*)"|\{((?:[^{}]|\{[^{}]*\})*)\}|([^\s"#{}]+))\s*(?:#|$)')


def cited(source: str, problems: list[Problem]) -> list[Cited]:
    """Every entry that has a title, in order; entries that cannot be read are added to the problems.

    Proceedings that other entries name as their `crossref` are not papers.
    """
    import logging

    from bibtexparser.entrypoint import parse_string  # 50 ms: only if there is BibTeX
    from bibtexparser.model import DuplicateBlockKeyBlock, Entry, ParsingFailedBlock

    logging.getLogger("bibtexparser").addHandler(logging.NullHandler())  # failures become problems, not log lines
    library = parse_string(_KEYLESS.sub(r"\1,", source))
    strings = {name.lower(): str(string.value) for name, string in library.strings_dict.items()}
    written: list[tuple[int, str, str, Written]] = []
    for block in library.blocks:
        line = (block.start_line or 0) + 1
        is_raw = isinstance(block, ParsingFailedBlock)
        if isinstance(block, ParsingFailedBlock):
            why = getattr(block.error, "abort_reason", str(block.error)).partition(". Note:")[0]
            if not (isinstance(block, DuplicateBlockKeyBlock) and not block.key):  # several without a key are no copies
                problems.append(Problem(line, 1, "bibtex", f"BibTeX: {' '.join(why.split())}", "fix the entry"))
            block = block.ignore_error_block or block
        if isinstance(block, Entry):
            written.append((line, block.entry_type.lower(), block.key, _fields(block, strings, is_raw=is_raw)))
    return _joined(written, problems)


def _fields(entry: "Parsed", strings: dict[str, str], *, is_raw: bool) -> Written:
    """The fields of an entry; if a field occurs twice, the first. If the entry has an error, its values are raw."""
    found: Written = {}
    for field in entry.fields:
        name = field.key.lower()
        if name in found:
            continue
        value = str(field.value)
        if is_raw:
            value = value[1:-1] if value[:1] + value[-1:] in ("{}", '""') else value
        elif field.enclosing == _OPEN and "#" in value:
            value = _PIECE.sub(lambda piece: _text_of(piece, strings), value)
        value = bibtex_values.with_names(value) if name in ("author", "editor") and "=" in value else value
        found[name] = value, (field.start_line or 0) + 1
    if "issue" in found:  # as the American Physical Society calls it
        found.setdefault("number", found["issue"])
    return found


def _text_of(piece: re.Match[str], strings: dict[str, str]) -> str:
    """The text of one piece of `icml # " 2017"`, which the parser leaves as written."""
    quoted, braced, name = piece.groups()
    return strings.get(name.lower(), name) if name else quoted or braced or ""


def _joined(written: list[tuple[int, str, str, Written]], problems: list[Problem]) -> list[Cited]:
    """The entries with what they inherit from their volumes; a volume that is a book may also be cited itself."""
    volumes = {fields["crossref"][0].lower() for *_, fields in written if "crossref" in fields}
    of_volume = {key.lower(): fields for _, _, key, fields in written if key.lower() in volumes}
    found: list[Cited] = []
    for line, kind, key, fields in written:
        volume = of_volume.get(fields.get("crossref", ("", 0))[0].lower(), {})
        inherited = {own: (volume[name][0], line) for name, own in _INHERITED.items() if name in volume}
        told = _facts(inherited | fields)
        told.facts += references.place(kind, line, inherited | fields, told)
        problems += told.problems
        if told.first("title") and not (kind in _PROCEEDINGS and key.lower() in of_volume):
            remarks = (display_title(fields[name][0]) for name in fields if _REMARKS.fullmatch(name))
            found.append(Cited(line, key, told, " ".join(filter(None, remarks))))
    return found


def _facts(fields: Written) -> Facts:
    """The fields as front matter would give them; names are split before their TeX is decoded."""
    known = {{"journaltitle": "journal"}.get(name, name): said for name, said in fields.items() if said[0].strip()}
    known = _published(known) | known
    archive = known.get("archiveprefix", known.get("eprinttype", ("arxiv", 0)))[0]
    told: list[Field] = []
    for name in sorted(_FIELDS & set(known)):
        text, at = known[name]
        if name == "eprint" and (archive.lower() != "arxiv" or not ids.parse_arxiv(text)):
            continue
        values = bibtex_values.read(name, text, known)
        told.append(Field(name, tuple(Scalar(value, at, 1, text) for value in values), at, 1))
    result = references.told_by(told)
    leave_date_to_id(result.facts, result.ids)
    return result


def _published(fields: Written) -> Written:
    """Where a page, program or report can be found: from `howpublished`, or a `note` that begins with an address.

    A `note` that is an arXiv id gives it, as in Zotero; so does a `volume` of CoRR, as in DBLP.
    """
    (how, line), (note, at) = fields.get("howpublished", ("", 0)), fields.get("note", ("", 0))
    told: Written = {}
    in_how = _ADDRESS.search(how)
    if found := in_how or _ADDRESS.match(note.strip()):
        told["url"] = found[1].rstrip(".,;)"), line if in_how else at
    if how and not in_how and "booktitle" not in fields and (next(ids.find_ids(how), None) or not is_archive(how)):
        told["journal"] = how, line
    volume, below = fields.get("volume", ("", 0))
    if ids.parse_arxiv(note, bare=False):
        told["eprint"] = note, at
    elif is_archive(fields.get("journal", ("", 0))[0]) and ids.parse_arxiv(volume):
        told["eprint"] = volume, below
    return told
