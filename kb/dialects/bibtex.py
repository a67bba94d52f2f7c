"""BibTeX inside notes, fenced or bare: the facts of the note's own paper, or a mention of another.

    ```bibtex
    @article{ann2019nets, title = {Nets}, author = {Ann, A. and {Some Group}}, year = 2019, eprint = {1234.56789}}
    ```

An entry is the note's own paper where ids, title or alias are equal, or where it stands alone under `Citation`.
"""

import re
from collections.abc import Iterator

from kb import facts, ids, names
from kb.dialects import passages
from kb.dialects.note import Note, Reading
from kb.facts import Facts
from kb.fields import Field, Problem, Scalar
from kb.markdown import Heading
from kb.model import Entry, Fact
from kb.targets import fold_heading
from kb.titles import title_head, title_key

_TYPES = (
    "article|book|booklet|collection|conference|dataset|electronic|inbook|incollection|inproceedings|manual|mastersthesis"
    "|misc|online|patent|phdthesis|preprint|proceedings|report|software|string|techreport|thesis|unpublished"
)
_TYPED = re.compile(rf"@(?:{_TYPES})[ \t]*\{{", re.IGNORECASE)
_BEGINS = re.compile(rf"^[ \t>]*{_TYPED.pattern}", re.IGNORECASE | re.MULTILINE)
_BRACE = re.compile(r"\\.|[{}]|\n[ \t>]*(?:```|~~~)", re.DOTALL)
_QUOTE = re.compile(r"^[ \t]*>[ \t]?", re.MULTILINE)
_FIELDS = {
    "title", "author", "year", "month", "date", "journal", "booktitle", "doi", "eprint", "url", "keywords", "abstract",
}  # fmt: skip
_CITE = {"bib", "bibtex", "citation", "cite", "cite as", "cite this", "citing", "how to cite", "引用", "인용"}


def added(note: Note, reading: Reading) -> Reading:
    """The reading with what the note's BibTeX says; the same one where there is none."""
    if not (_TYPED.search(note.body) and _BEGINS.search(note.body)):
        return reading
    problems: list[Problem] = []
    found = list(_entries(note, problems))
    own = [n for n, entry in enumerate(reading.entries) if not entry.mentioned and entry.kind == "paper"]
    entries = list(reading.entries)
    for line, key, told in found:
        is_alone = len(found) == 1 and _under_citation(note, line)
        if len(own) == 1 and _is_of(entries[own[0]], told, is_alone):
            entries[own[0]] = _joined(entries[own[0]], key, told)
        elif not own and title_key(told.first("title")) == title_key(reading.title):
            own = [len(entries)]
            entries.append(_entry(note, reading.title, line, key, told, mentioned=False))
        else:
            entries.append(_entry(note, reading.title, line, key, told, mentioned=True))
    return reading._replace(entries=tuple(entries), problems=(*reading.problems, *problems))


def _entry(note: Note, title: str, line: int, key: str, told: Facts, *, mentioned: bool) -> Entry:
    above: list[Heading] = []
    for heading in note.scan.headings:
        if heading.line < line:
            above = [*(each for each in above if each.level < heading.level), heading]
    placed = [*passages.placed(above, title)] if mentioned else [*note.facts.facts]
    told.facts += [Fact("citekey", key, line, 1), *placed]
    shown, by = told.first("title"), f"BibTeX in line {line}"
    return told.entry("paper", line, by, shown)._replace(mentioned=mentioned, text=shown if mentioned else "")


def _is_of(entry: Entry, told: Facts, is_alone: bool) -> bool:
    """Is this BibTeX of the paper that the note is about?"""
    if set(entry.ids) & set(told.ids):
        return True
    for mine, yours in ((a, b) for a in entry.ids for b in told.ids):
        if mine.scheme == yours.scheme:
            return False
    called = {title_key(name) for name in (entry.title, *entry.values("title"), *entry.values("aliases"))} - {""}
    title = told.first("title")
    return is_alone or bool({title_key(title), title_head(title) or ""} & called)


def _joined(entry: Entry, key: str, told: Facts) -> Entry:
    """The entry with what BibTeX adds: fields that the note does not give, ids, the title as another name."""
    known = {fact.field for fact in entry.facts}
    more = [fact for fact in told.facts if fact.field not in known]
    line = told.facts[0].line if told.facts else entry.line
    more += [] if "citekey" in known else [Fact("citekey", key, line, 1)]
    return entry._replace(facts=(*entry.facts, *more), ids=tuple(dict.fromkeys([*entry.ids, *told.ids])))


def _under_citation(note: Note, line: int) -> bool:
    over = [heading for heading in note.scan.headings if heading.line < line]
    return bool(over) and fold_heading(over[-1].text) in _CITE


# -- entries ---------------------------------------------------------------------------------------------------------


def _entries(note: Note, problems: list[Problem]) -> Iterator[tuple[int, str, Facts]]:
    """(line, citation key, facts) of each entry; one that cannot be read is a problem."""
    import logging

    from bibtexparser.entrypoint import parse_string  # 50 ms: only for notes that hold BibTeX
    from bibtexparser.model import Entry as Parsed
    from bibtexparser.model import ParsingFailedBlock

    logging.getLogger("bibtexparser").addHandler(logging.NullHandler())  # what fails is a problem, not a log line
    for block in parse_string(_source(note)).blocks:
        line = (block.start_line or 0) + 1
        is_raw = isinstance(block, ParsingFailedBlock)
        if isinstance(block, ParsingFailedBlock):
            why = getattr(block.error, "abort_reason", str(block.error)).partition(". Note:")[0]
            problems.append(Problem(line, 1, "bibtex", f"BibTeX: {' '.join(why.split())}", "correct the entry"))
            block = block.ignore_error_block or block
        if isinstance(block, Parsed):
            fields = {f.key.lower(): (str(f.value), (f.start_line or 0) + 1) for f in reversed(block.fields)}
            told = _facts({name: (_bare(text) if is_raw else text, at) for name, (text, at) in fields.items()})
            problems += told.problems
            if told.first("title"):
                yield line, block.key, told


def _bare(value: str) -> str:
    """A field's value without its quotes or braces, which it still has in an entry with an error."""
    return value[1:-1] if value[:1] + value[-1:] in ("{}", '""') else value


def _source(note: Note) -> str:
    """The entries alone, each in its own lines: up to the brace that closes it, a fence, or the next entry."""
    text = note.text
    begins = [match.start() for match in _BEGINS.finditer(text, note.body_at)]
    pieces: list[str] = []
    done = 0
    for start, limit in zip(begins, [*begins[1:], len(text)]):
        depth, end = 0, limit
        for sign in _BRACE.finditer(text, start, limit):
            depth += (sign[0] == "{") - (sign[0] == "}")
            if sign[0] == "}" and depth <= 0:
                end = sign.end()
                break
            if sign[0].startswith("\n"):
                end = sign.start()
                break
        pieces += ["\n" * text.count("\n", done, start), _QUOTE.sub("", text[start:end])]
        done = end
    return "".join(pieces)


def _facts(fields: dict[str, tuple[str, int]]) -> Facts:
    """BibTeX's fields as a note's front matter would say them; names are taken apart before their TeX is decoded."""
    known = {{"journaltitle": "journal"}.get(name, name): value for name, value in fields.items()}
    archive = known.get("archiveprefix", known.get("eprinttype", ("arxiv", 0)))[0]
    journal, line = known.get("journal", ("", 0))
    told: list[Field] = []
    for name in sorted(_FIELDS & set(known)):
        text, at = known[name]
        if not text.strip() or (name == "eprint" and (archive.lower() != "arxiv" or not ids.parse_arxiv(text))):
            continue
        if name == "journal" and next(ids.find_ids(text), None):
            continue  # `arXiv preprint arXiv:1234.56789` is no journal
        values = names.split_names(text, "bibtex") if name == "author" else [text]
        told.append(Field(name, tuple(Scalar(value, at, 1, value) for value in values), at, 1))
    result = facts.from_fields(told)
    for _, _, paper, _ in ids.find_ids(journal):
        if paper not in result.ids:
            result.ids.append(paper)
            result.facts += [Fact("arxiv_id", paper.value, line, 1)] if paper.scheme == "arxiv" else []
    return result
