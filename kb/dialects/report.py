"""Generated reports on one paper: claims with their mechanism and evidence, open questions, concepts, next checks.

    ## Why This Works (Mechanism)
    ### Mechanism 1
    - Claim: ...
    - Core assumption: ...
    - Evidence anchors:
      - [abstract] "..."
    - Break condition: ...
    ## Limitations

The same generator may omit labels, write a section as one paragraph, or number its points within a line; headings may
be numbered or bold lines. A remark about a section (`none`) is not a point of it. A report on no single paper mentions
those that it lists.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from kb import names
from kb.dialects import about
from kb.dialects.confidence import confidence
from kb.dialects.habits import FEWEST_REPORTED
from kb.dialects.note import Note, Reading
from kb.dialects.stated import says_something, stated
from kb.dialects.statements import CLAIM, CONCEPT, QUESTION
from kb.labelled import Statement, enumerated, fold_label, listed, statements
from kb.model import Entry, Fact, Item, ItemKind
from kb.remember import remembered

NAME = "report"

_SIGNS = re.compile(
    r"quick facts|(?:executive|method) summary|key (?:results|findings|outcomes)|why (?:this|it) works|"
    r"mechanisms?|foundational (?:learning|concepts|knowledge)|architecture onboarding|"
    r"open questions?(?: the paper calls out)?|failure (?:signatures|modes)|limitations|"
    r"confidence(?: assessment| levels?)?|next checks"
)


def recognize(note: Note) -> str:
    """Recognized by several of the usual headings of such reports, as headings or as bold lines."""
    found = _signs(heading.text for heading in note.scan.headings)
    if len(found) < FEWEST_REPORTED and "*" in note.text:
        found |= _signs(line.strip() for line in note.lines if line.startswith("**") and len(line) < 80)
    if len(found) < FEWEST_REPORTED:
        return ""
    return f"{len(found)} headings of a report, first `{next(iter(found.values()))}`"


def _signs(headings: Iterable[str]) -> dict[str, str]:
    """Each different heading of a report: its folded form -> its text."""
    found: dict[str, str] = {}
    for heading in headings:
        label = _sign(heading)
        if label:
            found.setdefault(label, heading.strip("*: "))
    return found


@remembered(1 << 12)
def _sign(heading: str) -> str:
    label = fold_label(heading.strip("*_")).rstrip(" 0123456789")
    return label if _SIGNS.fullmatch(label) else ""


def read(note: Note) -> Reading:
    """Read the paper, and every piece that is more than running text."""
    title, entry = about.about(note)
    top = statements(note.text, note.lines, note.body_at)
    items = tuple(item for section, reader in _sections(top) for item in reader(section))
    if entry is None:
        from kb.dialects import reading_list  # slow to import, and most reports are about one paper

        return Reading(title, reading_list.read(note).entries if reading_list.recognize(note) else (), items)
    return Reading(title, (_with_authors(entry, top),), tuple(item._replace(entry=0) for item in items))


def _sections(top: list[Statement]) -> Iterator[tuple[Statement, "_Reader"]]:
    """Each section that has a reader; if it has none, the sections under it are tried."""
    waiting = top[::-1]
    while waiting:
        each = waiting.pop()
        reader = _reader(each.label)
        if reader:
            yield each, reader
        elif each.heads:
            waiting += each.under[::-1]


@remembered(1 << 12)
def _reader(label: str) -> "_Reader | None":
    return next((reader for pattern, reader in _READERS if pattern.fullmatch(label)), None)


# -- lists ------------------------------------------------------------------------------------------------------------


def _points(kind: ItemKind, split: Callable[[str], list[str]] = enumerated) -> "_Reader":
    """Every item or paragraph of a section, with everything nested in it; `split` separates points on one line."""

    def read_section(section: Statement) -> Iterator[Item]:
        if not (section.text.endswith((":", "：")) and section.under):
            yield from _parted(kind, section.line, section.text, split)
        waiting = section.under[::-1]
        while waiting:
            each = waiting.pop()
            if each.heads and each.under:  # `Of the data:` over a list only announces it
                waiting += each.under[::-1]
            elif each.kind == "item" and len(section.under) == 1 and (parts := enumerated(f"1) {each.whole}")):
                # Markdown took the first `1)` for a list
                yield from (Item(kind, each.line, part) for part in parts)
            elif each.kind == "item" or each.under:
                text = " ".join([each.whole, *(nested.whole for nested in each.walk())])
                if says_something(text):
                    yield Item(kind, each.line, text.replace("\t", " | "))
            else:
                yield from _parted(kind, each.line, each.whole.replace("\t", " | "), split)

    return read_section


def _parted(kind: ItemKind, line: int, text: str, split: Callable[[str], list[str]]) -> Iterator[Item]:
    yield from (Item(kind, line, part) for part in split(text) or [text] if says_something(part))


def _in_line(text: str) -> list[str]:
    return enumerated(text) or listed(text)


_Reader = Callable[[Statement], Iterator[Item]]
_READERS: list[tuple[re.Pattern[str], _Reader]] = [
    (re.compile(pattern), reader)
    for pattern, reader in (
        (r"why (?:this|it) works.*|(?:key |main )?claims|(?:key |core )?mechanisms?(?: \d+.*)?", stated(CLAIM)),
        (r"(?:open|unresolved|unanswered) (?:questions?|problems?).*", stated(QUESTION)),
        (r"foundational (?:learning|concepts|knowledge)|key concepts|prerequisites", stated(CONCEPT)),
        (r"(?:common |key )?failure (?:signatures?|modes?|cases?|signals?)", _points("failure", _in_line)),
        (
            r"(?:\w+ )?(?:first|initial|suggested|starter) (?:\w+ )?experiments?",
            _points("experiment", _in_line),
        ),
        (r"(?:key|main) (?:results|outcomes|findings)", _points("result")),
        (r"(?:key |main |known )?limitations(?: and .*)?", _points("limitation")),
        (r"confidence(?: assessment| levels?)?", confidence),
        (r"(?:suggested )?next (?:checks?|steps?)", _points("check")),
    )
]


def _with_authors(entry: Entry, top: list[Statement]) -> Entry:
    """The entry with `- **Authors**: ...` from the quick facts, if the front matter has no authors."""
    every = (each for root in top for each in (root, *root.walk()))
    said = next((each for each in every if each.label == "authors" and each.text), None)
    if said is None or entry.values("authors"):
        return entry
    written = [name for name in names.split_names(said.text, style="list") if not names.is_truncation(name)]
    facts = (Fact("authors", names.display(names.parse_name(name)), said.line, 1) for name in written)
    return entry._replace(facts=(*entry.facts, *facts))
