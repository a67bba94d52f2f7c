"""BibTeX inside notes, fenced or bare: facts about the note's own paper, or a mention of another.

    ```bibtex
    @article{ann2019nets, title = {Nets}, author = {Ann, A. and {Some Group}}, year = 2019, eprint = {1234.56789}}
    ```

An entry is the note's own paper if ids, title or alias are equal, or if it is the only one under `Citation`.
"""

import re

from kb import bibtex
from kb.dialects import passages
from kb.dialects.note import Note, Reading
from kb.facts import Facts
from kb.fields import Problem
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
_CITE = {"bib", "bibtex", "citation", "cite", "cite as", "cite this", "citing", "how to cite", "引用", "인용"}


def added(note: Note, reading: Reading) -> Reading:
    """The reading with the facts of the note's BibTeX; unchanged if there is none."""
    if not (_TYPED.search(note.body) and _BEGINS.search(note.body)):
        return reading
    problems: list[Problem] = []
    found = bibtex.cited(_source(note), problems)
    own = [n for n, entry in enumerate(reading.entries) if not entry.mentioned and entry.kind == "paper"]
    entries = list(reading.entries)
    for line, key, told, _ in found:
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
    own = [fact for fact in note.facts.facts if fact.field != "authors" or not told.all("authors")]
    placed = [*passages.placed(above, title)] if mentioned else own
    told.facts += [Fact("citekey", key, line, 1)] * bool(key) + placed
    shown, by = told.first("title"), f"BibTeX on line {line}"
    return told.entry("paper", line, by, shown)._replace(mentioned=mentioned, text=shown if mentioned else "")


def _is_of(entry: Entry, told: Facts, is_alone: bool) -> bool:
    """Whether this BibTeX is of the paper that the note is about."""
    if set(entry.ids) & set(told.ids):
        return True
    for mine, yours in ((a, b) for a in entry.ids for b in told.ids):
        if mine.scheme == yours.scheme:
            return False
    called = {title_key(name) for name in (entry.title, *entry.values("title"), *entry.values("aliases"))} - {""}
    title = told.first("title")
    return is_alone or bool({title_key(title), title_head(title) or ""} & called)


def _joined(entry: Entry, key: str, told: Facts) -> Entry:
    """The entry with what BibTeX adds: fields that the note does not give, ids, the title as an alias."""
    known = {fact.field for fact in entry.facts}
    more = [fact for fact in told.facts if fact.field not in known]
    line = told.facts[0].line if told.facts else entry.line
    more += [] if "citekey" in known or not key else [Fact("citekey", key, line, 1)]
    return entry._replace(facts=(*entry.facts, *more), ids=tuple(dict.fromkeys([*entry.ids, *told.ids])))


def _under_citation(note: Note, line: int) -> bool:
    over = [heading for heading in note.scan.headings if heading.line < line]
    return bool(over) and fold_heading(over[-1].text) in _CITE


def _source(note: Note) -> str:
    """Only the entries, on their own lines, each up to its closing brace, a fence or the next entry."""
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
