"""What an import would do: which papers are given, which of them have a note, and the note that each other one gets."""

from collections.abc import Callable, Sequence

from cli.export.cited import citekeys
from cli.imports.lookup import is_unknown, looked_up
from cli.imports.note import UnwritableError, note
from cli.imports.paper import Paper, Told, joined
from cli.imports.place import Named, folder_in, named, stems
from cli.imports.sources import SourceError, source
from kb.config import Config, load_config
from kb.model import Diagnostic
from kb.store import Store
from kb.typed import Literal, NamedTuple
from kb.walk import would_read
from linker.refresh import NoNote
from linker.same_as import Same
from linker.vault import Vault, inside

Status = Literal["written", "new", "known", "failed"]


class Outcome(NamedTuple):
    """What happens to a paper, or to a source that names none.

    Args:
        source: as given; the first, if several name the paper.
        path: of its note in the vault; empty if there is none.
        key: of the paper; empty until its note is in the index.
        why: what failed, and what to do.
        text: of the note to write.
        taken: the key in its source, if the note could not have it.
        is_curated: whether it gains what the curated vault knows.
    """

    status: Status
    source: str
    path: str = ""
    key: str = ""
    title: str = ""
    date: str = ""
    why: str = ""
    text: str = ""
    taken: str = ""
    is_curated: bool = False


class Plan(NamedTuple):
    """What happens to every given source, in order, and what was doubtful in the files."""

    outcomes: list[Outcome]
    problems: list[Diagnostic]


def plan(vault: Vault, words: Sequence[str], to: str, *, offline: bool, show: Callable[[int], None]) -> Plan:
    """Read the sources, query arXiv for papers given by id alone, and compose each new note.

    Args:
        words: the sources as given.
        to: the folder for new notes, relative to the vault's.
        offline: do not use the network.
        show: called with the number of papers done, first of those that arXiv is queried for, then of all.

    Raises:
        CommandError: notes cannot be written to that folder.
    """
    config = load_config(vault.folder)
    folder = folder_in(vault.folder, to, config)
    told, failed, problems = _read(vault, words)
    told, found, reasons = looked_up(vault.store, told, offline=offline, show=show)
    papers = [joined(told[n] for n in each.entries) for each in found]
    new = [n for n, each in enumerate(found) if not (each.notes or is_unknown(each, told))]
    names = _names(vault, folder, config, [(papers[n], found[n].keys) for n in new])
    name_of = dict(zip(new, names))
    outcomes = []
    for n, (each, paper) in enumerate(zip(found, papers)):
        show(n)
        begun = Outcome("new", told[each.entries[0]].source, title=paper.title, date=paper.date)
        if name := name_of.get(n):
            begun = begun._replace(path=f"{folder}{name.stem}.md", taken=name.taken, is_curated=each.is_curated)
            outcomes.append(_with_text(begun, paper, name.citekey))
        elif each.notes:
            outcomes.append(_known(vault.store, each, begun.source))
        else:
            outcomes.append(begun._replace(status="failed", why=_why_unknown(paper, begun.source, reasons)))
    return Plan([*outcomes, *failed], problems)


def _read(vault: Vault, words: Sequence[str]) -> tuple[list[Told], list[Outcome], list[Diagnostic]]:
    told: list[Told] = []
    failed: list[Outcome] = []
    problems: list[Diagnostic] = []
    for word in dict.fromkeys(words):
        try:
            found = source(word, vault.store, lambda file: _inside(vault.folder, file))
        except SourceError as error:
            failed.append(Outcome("failed", word, why=str(error)))
        else:
            told += found.told
            problems += found.problems
    return told, failed, problems


def _inside(folder: str, file: str) -> str:
    try:
        return inside(folder, file)
    except NoNote:
        return ""


def _names(vault: Vault, folder: str, config: Config, new: Sequence[tuple[Paper, tuple[str, ...]]]) -> list[Named]:
    """Names for the notes of new papers, each given with the keys that the vault has for it without a note."""
    called = citekeys(vault.store).by_paper
    own = {key for _, keys in new for key in keys}
    cited = (citekey for key, citekey in called.items() if key not in own)
    taken = stems(vault.store, f"{vault.folder}/{folder}")
    papers = [(paper, called[keys[0]] if keys else "") for paper, keys in new]
    return named(papers, cited, taken, lambda stem: would_read(config, f"{folder}{stem}.md"))


def _known(store: Store, same: Same, source: str) -> Outcome:
    """The outcome for a paper that has a note."""
    of_paper = "SELECT key, title, date FROM node WHERE kind = 'paper' AND key = ?"
    [(key, title, date)] = store.rows(of_paper, same.keys[:1])
    return Outcome("known", source, same.notes[0], key, title, date or "")


def _with_text(outcome: Outcome, paper: Paper, citekey: str) -> Outcome:
    try:
        return outcome._replace(text=note(paper, outcome.path, citekey))
    except UnwritableError as error:
        return outcome._replace(status="failed", path="", why=f"{outcome.source}: {error}")


def _why_unknown(paper: Paper, named: str, reasons: dict[str, str]) -> str:
    told = (reasons[each.value] for each in paper.ids if each.value in reasons)
    return next(told, f"{named}: has neither a title nor an arXiv id - add one of them")
